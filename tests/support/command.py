"""The command `tovholder` as an operator runs it: a process of its own in a folder of its own."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.nursery import Born, bear
from tests.support.patience import PATIENCE

ROOT = Path(__file__).parents[2]
_ADDRESS = re.compile(r"http://\S+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """What a command said, and its status."""

    status: int
    out: str
    err: str


def environment(settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a command: nothing of the caller's but the path, and these settings."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR") if name in os.environ}
    given = {f"TOVHOLDER_{name}": value for name, value in settings.items()}
    return {**kept, "LANG": "en", "PYTHONPATH": str(ROOT), **given}


async def tovholder(folder: Path, *arguments: str, typed: str = "", **settings: str) -> Ended:
    """Run a command to its end; `typed` is what it finds on its standard input."""
    process = await bear(folder, arguments, environment=environment(settings), typed=typed)
    async with asyncio.timeout(PATIENCE):
        out, err, status = await asyncio.gather(process.out.read(), process.err.read(), process.wait())
    return Ended(status=status, out=out.decode(), err=err.decode())


@dataclass(kw_only=True)
class Serving:
    """A process that serves. `public` and `staff` are the addresses that it printed."""

    process: Born
    out: list[str] = field(default_factory=list)
    err: list[str] = field(default_factory=list)
    _readers: list[asyncio.Task[None]] = field(default_factory=list)

    @property
    def public(self) -> str:
        return self._address("Reporters write at")

    @property
    def staff(self) -> str:
        return self._address("Staff sign in at")

    def _address(self, beginning: str) -> str:
        line = next(line for line in self.out if line.startswith(beginning))
        found = _ADDRESS.search(line)
        assert found is not None
        return found.group()

    async def stop(self, *, seconds: float = 10) -> int:
        """Tell it to stop; its status, once it has."""
        self.process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(seconds):
            status = await self.process.wait()
        await asyncio.gather(*self._readers)
        return status


@contextlib.asynccontextmanager
async def serving(
    folder: Path, *arguments: str, until: str = "one-time link", **settings: str
) -> AsyncIterator[Serving]:
    """A process that serves, from the moment when it has printed a line with these words until the block ends."""
    settings = {"LISTEN": "127.0.0.1:0", **settings}
    process = await bear(folder, arguments or ("serve",), environment=environment(settings))
    served = Serving(process=process)
    ready = asyncio.Event()
    served._readers = [
        asyncio.create_task(_read(process.out, served.out, ready, until)),
        asyncio.create_task(_read(process.err, served.err, asyncio.Event(), "")),
    ]
    try:
        async with asyncio.timeout(PATIENCE):
            await ready.wait()
        assert process.returncode is None, served.err
        yield served
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.send_signal(signal.SIGKILL)
            await process.wait()
        await asyncio.gather(*served._readers)


async def _read(stream: asyncio.StreamReader, lines: list[str], ready: asyncio.Event, until: str) -> None:
    while line := await stream.readline():
        lines.append(line.decode().rstrip("\n"))
        if until in lines[-1]:
            ready.set()
    ready.set()
