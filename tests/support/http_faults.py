"""A real HTTP server on loopback that keeps what it is asked and fails in every way that real ones do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

HANG = b"hang"
"""Take the request and say nothing ever again."""
CUT = b"cut"
"""Take the request and close the line."""


def answer(status: int, body: str = "", *, length: int | None = None, **headers: str) -> bytes:
    """An answer as it goes over the line; a `length` that is none of the body's cuts it short."""
    lines = [f"HTTP/1.1 {status} Some"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    content = body.encode()
    lines += [f"Content-Length: {len(content) if length is None else length}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode() + content


@dataclass(frozen=True)
class Asked:
    """A request as it came in; names of headers are in small letters."""

    method: str
    target: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Gateway:
    """What was asked so far. `answers` go out one after the other, and the last one for ever."""

    answers: list[bytes]
    asked: list[Asked] = field(default_factory=list)
    port: int = 0

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/take"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Take one request."""
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            first, *rest = head.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in rest)}
            body = await reader.readexactly(int(headers.get("content-length", 0)))
            method, target, _ = first.split(" ")
            self.asked.append(Asked(method, target, headers, body))
            said = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            if said == HANG:
                await reader.read()
            elif said != CUT:
                writer.write(said)
                await writer.drain()
        writer.close()


@contextlib.asynccontextmanager
async def open_gateway(*answers: bytes) -> AsyncIterator[Gateway]:
    """Listen until the block ends."""
    gateway = Gateway(list(answers))
    server = await asyncio.start_server(gateway.talk, "127.0.0.1", 0)
    gateway.port = server.sockets[0].getsockname()[1]
    try:
        yield gateway
    finally:
        server.close()
