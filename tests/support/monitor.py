"""An outside monitor on loopback that a house pings: it answers as a test says, and can fail as real ones do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from aiohttp import web


@dataclass
class Monitor:
    """Keeps what it was asked. `answers` is a status, or `never`, `hang up` or `elsewhere`."""

    address: str = ""
    answers: str = "200"
    asked: list[str] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.asked.append(f"{request.method} {request.raw_path}")
        self.heads.append(dict(request.headers))
        self.bodies.append(await request.read())
        if self.answers == "never":
            await asyncio.sleep(30)
        if self.answers == "hang up":
            assert request.transport is not None
            request.transport.abort()
        if self.answers == "elsewhere":
            return web.Response(status=302, headers={"Location": f"{self.address}/elsewhere"})
        return web.Response(status=int(self.answers) if self.answers.isdigit() else 200, text="OK")


@contextlib.asynccontextmanager
async def open_monitor() -> AsyncIterator[Monitor]:
    """Listen until the block ends."""
    found = Monitor()
    runner = web.ServerRunner(web.Server(found.handle, access_log=None), shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    found.address = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield found
    finally:
        await runner.cleanup()
