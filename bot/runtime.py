"""One process from start to stop: opens, serves, and on a signal finishes what it has accepted."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.settings import TelegramMode, split_address
from bot.web_side import build_public, build_staff
from bot.wiring import Parts, is_reachable
from bot.workers import SWEEP_SECONDS, ClockWork, Sweeper, forever
from handlers.web.server import serve as listen
from storage.migrate import upgrade
from triage.faults import StoreUnavailableError
from triage.notices.outbox import Lane, Via

log = logging.getLogger(__name__)

DRAIN_SECONDS = 5.0
_LATE_ROUNDS = 6
"""The clockwork counts as stuck after so many rounds without one that worked."""


@dataclass(kw_only=True)
class Process:
    """A running process."""

    parts: Parts
    public: str
    staff: str
    _runners: list[web.AppRunner] = field(default_factory=list)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def stop(self) -> None:
        """Take nothing new, finish what was accepted, and let go of the store."""
        for runner in self._runners:
            await runner.cleanup()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.parts.post.drain(seconds=DRAIN_SECONDS)
        if self.parts.telegram is not None:
            await self.parts.telegram.close()
        await self.parts.store.close()


async def start(parts: Parts) -> Process:
    """Bring the tables up to date, open everything and listen; returns once requests are taken."""
    settings = parts.settings
    await upgrade(settings.store_url)
    await parts.store.open()
    clockwork = ClockWork(parts.store, parts.rules, asyncio.get_running_loop().time)
    healthy = _health(parts, clockwork)
    if parts.telegram is not None:
        await parts.telegram.request.initialize()
    runners = []
    host, port = split_address(settings.listen)
    public_app = build_public(parts, healthy=healthy, with_console=not settings.staff_listen)
    runner, public_port = await listen(public_app, host=host, port=port)
    runners.append(runner)
    public = f"http://{host}:{public_port}"
    staff = f"{public}/desk"
    if settings.staff_listen:
        staff_host, staff_port = split_address(settings.staff_listen)
        staff_app = web.Application()
        staff_app.add_subapp("/desk", build_staff(parts))
        runner, staff_port = await listen(staff_app, host=staff_host, port=staff_port)
        runners.append(runner)
        staff = f"http://{staff_host}:{staff_port}/desk"
    process = Process(parts=parts, public=public, staff=staff)
    process._runners = runners  # noqa: SLF001 - it is made here
    process._tasks = [asyncio.create_task(loop) for loop in _loops(parts, clockwork)]  # noqa: SLF001
    if parts.telegram is not None:
        await parts.telegram.open()
        if parts.telegram.mode is TelegramMode.POLLING:
            process._tasks.append(asyncio.create_task(parts.telegram.poll()))  # noqa: SLF001
    return process


async def run(parts: Parts, *, started: Callable[[Process], Awaitable[None]] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    process = await start(parts)
    try:
        if started is not None:
            await started(process)
        await stopping.wait()
        log.info("process.stopping")
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        await process.stop()


def _loops(parts: Parts, clockwork: ClockWork) -> Iterator[Coroutine[Any, Any, None]]:
    yield forever("clocks", clockwork.round, seconds=parts.settings.tick_seconds)
    yield forever("sweeper", Sweeper(parts.store).round, seconds=SWEEP_SECONDS)
    for via in (Via.MAIL, Via.TELEGRAM):
        if via is Via.TELEGRAM and parts.telegram is None:
            continue
        for lane in Lane:
            yield parts.post.run_lane(lane, via)


def _health(parts: Parts, clockwork: ClockWork) -> Callable[[], Awaitable[bool]]:
    async def healthy() -> bool:
        with contextlib.suppress(StoreUnavailableError, TimeoutError):
            async with asyncio.timeout(3):
                answers = await parts.store.read(is_reachable)
            last = clockwork.last_round
            now = asyncio.get_running_loop().time()
            return answers and (last is None or now - last < _LATE_ROUNDS * parts.settings.tick_seconds + 5)
        return False

    return healthy
