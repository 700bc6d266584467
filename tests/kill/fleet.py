"""Replicas as real processes that are killed without warning and started again at once."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from bot.telegram_side import WEBHOOK_PATH
from tests.support.patience import PATIENCE
from tests.support.ports import held_port

_ROOT = Path(__file__).parents[2]


@dataclass(kw_only=True)
class Replica:
    """One of them: the same name and port for each life."""

    name: str
    settings: dict[str, Any]
    port: int = 0
    pid: int = 0
    alive: asyncio.Event = field(default_factory=asyncio.Event)
    killed_at: float = 0.0

    @property
    def webhook(self) -> str:
        return f"http://127.0.0.1:{self.port}{WEBHOOK_PATH}"


class Fleet:
    """Several replicas over one store, from one nursery. `recoveries` are seconds from a kill to listening again."""

    def __init__(
        self,
        settings: dict[str, Any],
        *,
        replicas: int,
        folder: Path,
        clock: Path | None = None,
        lease: float | None = None,
        plant: str = "",
        cores: list[int] | None = None,
        look: Callable[[], None] | None = None,
    ) -> None:
        """Nothing is started yet."""
        self.replicas = [Replica(name=f"replica-{number}", settings=settings) for number in range(replicas)]
        self._ports = ExitStack()
        self._order: dict[str, Any] = {"plant": plant, "log": str(folder / "replicas.log")}
        if clock is not None:
            self._order["clock"] = str(clock)
        if lease is not None:
            self._order["lease"] = lease
        if cores is not None:
            self._order["cores"] = cores
        self._look = look
        self._nursery: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self.log = folder / "replicas.log"
        self.kills = 0
        self.recoveries: list[float] = []

    async def __aenter__(self) -> Self:
        self._nursery = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "tests.support.replica",
            cwd=_ROOT,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.create_task(self._read())
        for replica in self.replicas:
            replica.port = self._ports.enter_context(held_port())
        # One after the other: the first brings the tables up to date.
        for replica in self.replicas:
            self._start(replica)
            await self._wait(replica)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for replica in self.replicas:
            # One that ended by itself has been told of already, and must not keep the others alive.
            if replica.pid:
                with contextlib.suppress(AssertionError):
                    _signal(replica.pid, signal.SIGKILL)
        if self._nursery is not None and self._nursery.stdin is not None:
            self._nursery.stdin.close()
            await self._nursery.wait()
        if self._reading is not None:
            await self._reading
        self._ports.close()

    async def kill(self, replica: Replica) -> None:
        """Kill -9, look at what it left if that was asked for, and start it again at once."""
        replica.alive.clear()
        replica.killed_at = time.monotonic()
        _signal(replica.pid, signal.SIGKILL)
        self.kills += 1
        # On a busy machine a killed process holds its port for a while, and the next one could not listen.
        await _gone(replica.pid)
        if self._look is not None:
            self._look()
        self._start(replica)

    async def wait_alive(self) -> None:
        """Until every replica listens."""
        for replica in self.replicas:
            await self._wait(replica)

    async def stop(self, replica: Replica) -> None:
        """Ask it to end in good order, and wait until it did."""
        _signal(replica.pid, signal.SIGTERM)
        replica.alive.clear()
        await _gone(replica.pid)
        replica.pid = 0

    async def _wait(self, replica: Replica) -> None:
        assert self._reading is not None
        alive = asyncio.create_task(replica.alive.wait())
        await asyncio.wait({alive, self._reading}, timeout=PATIENCE, return_when=asyncio.FIRST_COMPLETED)
        if not alive.done():
            alive.cancel()
            log = self.log.read_text(errors="replace")[-3000:] if self.log.exists() else ""
            msg = f"{replica.name} does not listen; its log ends:\n{log}"
            raise AssertionError(msg)

    def _start(self, replica: Replica) -> None:
        assert self._nursery is not None
        assert self._nursery.stdin is not None
        settings = {**replica.settings, "listen": f"127.0.0.1:{replica.port}"}
        order = {"start": replica.name, "settings": settings, **self._order}
        self._nursery.stdin.write(json.dumps(order).encode() + b"\n")

    async def _read(self) -> None:
        assert self._nursery is not None
        assert self._nursery.stdout is not None
        async for line in self._nursery.stdout:
            said = json.loads(line)
            for replica in self.replicas:
                if said.get("ready") == replica.name:
                    replica.pid = said["pid"]
                    if replica.killed_at:
                        self.recoveries.append(time.monotonic() - replica.killed_at)
                    replica.alive.set()


async def _gone(pid: int) -> None:
    while Path(f"/proc/{pid}").exists():
        await asyncio.sleep(0.002)


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError as error:
        raise AssertionError(f"process {pid} ended by itself; see its log") from error
