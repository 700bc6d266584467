"""One process from start to stop: opens, serves, and on a signal finishes what it has accepted."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from bot.metrics import add_metrics
from bot.returned_mail import ReturnedMails
from bot.senders.post import IDLE_SECONDS
from bot.settings import Settings, TelegramMode, reachable, split_address
from bot.watching import Watchdog, make_ping
from bot.web_side import build_public, build_staff
from bot.wiring import Parts, is_reachable
from bot.workers import (
    RECOUNT_SECONDS,
    ROUTE_SECONDS,
    SWEEP_SECONDS,
    ClockWork,
    DutyRound,
    Ladders,
    Recounter,
    Replies,
    Router,
    Sweeper,
    forever,
)
from handlers.web.server import serve as listen
from storage.migrate import upgrade
from storage.sqlite_file import ProcessLock, database_path
from triage.faults import StoreUnavailableError

log = logging.getLogger(__name__)


class CannotListenError(Exception):
    """The address is taken or not this machine's; says which setting to change."""


DRAIN_SECONDS = 3.0
HEALTH_SECONDS = 3.0
_REFUSED_SECONDS = 10.0
"""So long after something could not be stored the process says that it is not well; a full disk can still be read."""
_LATE_ROUNDS = 6
"""The clockwork counts as stuck after so many rounds without one that worked."""


class WorkerEndedError(Exception):
    """A loop that never ends has ended: the process stops, so that whoever watches it starts it anew."""


@dataclass(kw_only=True)
class Process:
    """A running process. `public` and `staff` are the addresses that it listens on, as one would type them."""

    parts: Parts
    public: str = ""
    staff: str = ""
    _runners: list[web.AppRunner] = field(default_factory=list)
    watchdog: Watchdog | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def wait_for(self, stopping: asyncio.Event) -> None:
        """Return once told to stop; `WorkerEndedError` if a loop ends before."""
        told = asyncio.create_task(stopping.wait())
        try:
            await asyncio.wait([told, *self._tasks], return_when=asyncio.FIRST_COMPLETED)
        finally:
            told.cancel()
        if not stopping.is_set():
            raise WorkerEndedError("A worker of this process ended.")

    async def stop(self) -> None:
        """Take nothing new, finish what was accepted, and let go of the store."""
        await asyncio.gather(*(runner.cleanup() for runner in self._runners))
        for task in self._tasks:
            task.cancel()
        for ended in await asyncio.gather(*self._tasks, return_exceptions=True):
            if isinstance(ended, Exception):
                log.error("process.worker_ended", exc_info=ended)
        await self.parts.post.drain(seconds=DRAIN_SECONDS)
        if self.watchdog is not None:
            await self.watchdog.close()
        await self.parts.outside.close()
        if self.parts.telegram is not None:
            await self.parts.telegram.close()
        await self.parts.store.close()


async def bring_up_to_date(url: str) -> None:
    """Bring the tables to this version. A SQLite store that another process serves is left alone."""
    if not url.startswith("sqlite:"):
        await upgrade(url)
        return
    lock = ProcessLock(database_path(url))
    lock.take()
    try:
        await upgrade(url)
    finally:
        lock.release()


async def start(parts: Parts) -> Process:
    """Bring the tables up to date, open everything and listen; returns once requests are taken."""
    await bring_up_to_date(parts.settings.store_url)
    process = Process(parts=parts)
    try:
        await parts.store.open()
        await _begin(process)
    except BaseException:
        await process.stop()
        raise
    return process


async def run(parts: Parts, *, started: Callable[[Process], Awaitable[None]] | None = None) -> None:
    """Serve until SIGTERM or SIGINT."""
    async with _told_to_stop() as stopping:
        process = await start(parts)
        try:
            if started is not None:
                await started(process)
            await process.wait_for(stopping)
            log.info("process.stopping")
        finally:
            await process.stop()


@contextlib.asynccontextmanager
async def _told_to_stop() -> AsyncIterator[asyncio.Event]:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    for number in numbers:
        loop.add_signal_handler(number, stopping.set)
    try:
        yield stopping
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)


async def _begin(process: Process) -> None:
    parts, settings = process.parts, process.parts.settings
    clockwork = _clockwork(parts)
    if parts.telegram is not None:
        await parts.telegram.request.initialize()
        await parts.telegram.learn_name()
    healthy = _health(parts, clockwork, process._tasks)  # noqa: SLF001 - it is made here
    app = build_public(parts, healthy=healthy, with_console=not settings.staff_listen)
    process.public = await _listen(process, app, settings.listen)
    process.staff = f"{process.public}/desk"
    if settings.staff_listen:
        app = web.Application()
        parts.metrics.timed(app)
        app.add_subapp("/desk", build_staff(parts))
        add_metrics(app, parts.metrics, parts.store, token=settings.metrics.token)
        process.staff = f"{await _listen(process, app, settings.staff_listen)}/desk"
    process._tasks += [asyncio.create_task(loop) for loop in _loops(parts, clockwork)]  # noqa: SLF001
    process.watchdog = Watchdog(
        store=parts.store,
        rules=parts.rules,
        settings=settings,
        clockwork=clockwork,
        post=parts.post,
        telegram=parts.telegram,
        ping=make_ping(settings),
    )
    if parts.telegram is not None:
        await parts.telegram.open()
        if parts.telegram.mode is TelegramMode.POLLING:
            process._tasks.append(asyncio.create_task(parts.telegram.poll()))  # noqa: SLF001
    watching = forever("watchdog", process.watchdog.round, seconds=settings.watchdog.seconds)
    process._tasks.append(asyncio.create_task(watching))  # noqa: SLF001


async def _listen(process: Process, app: web.Application, address: str) -> str:
    host, port = split_address(address)
    try:
        runner, port = await listen(app, host=host, port=port)
    except OSError as error:
        why = "another program listens there" if error.errno == errno.EADDRINUSE else error.strerror
        raise CannotListenError(
            f"Cannot listen on {address}: {why}. Set TOVHOLDER_LISTEN (or TOVHOLDER_STAFF_LISTEN) to another "
            "address, such as 127.0.0.1:8090."
        ) from error
    process._runners.append(runner)  # noqa: SLF001 - it is made here
    return reachable(f"{host}:{port}")


def staff_address(settings: Settings, process: Process) -> str:
    """Where staff come in: what the settings say they reach, or else what this process listens on."""
    return settings.console_url if settings.staff_url or settings.public_url else process.staff


@contextlib.asynccontextmanager
async def post_at_work(parts: Parts) -> AsyncIterator[None]:
    """Clocks and post of a process that serves nobody else; what was written by the end goes out before it ends."""
    if parts.telegram is not None:
        await parts.telegram.request.initialize()
    clockwork = _clockwork(parts)
    loops = [asyncio.create_task(loop) for loop in _loops(parts, clockwork)]
    try:
        yield
        await asyncio.sleep(2 * IDLE_SECONDS)
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await parts.post.drain(seconds=DRAIN_SECONDS)
        await parts.outside.close()
        if parts.telegram is not None:
            await parts.telegram.request.shutdown()


def _clockwork(parts: Parts) -> ClockWork:
    return ClockWork(parts.store, parts.rules, asyncio.get_running_loop().time, note=parts.metrics.note_fired)


def _loops(parts: Parts, clockwork: ClockWork) -> Iterator[Coroutine[Any, Any, None]]:
    yield forever("clocks", clockwork.round, seconds=parts.settings.tick_seconds)
    yield forever("duty", DutyRound(parts.store, parts.rules).round, seconds=parts.settings.tick_seconds)
    yield forever("replies", Replies(parts.store, parts.rules).round, seconds=parts.settings.tick_seconds)
    ladders = Ladders(parts.store, parts.rules)
    yield forever("ladders", ladders.round, seconds=parts.settings.tick_seconds)
    yield forever("recount", Recounter(parts.store, parts.rules).round, seconds=RECOUNT_SECONDS)
    yield forever("router", Router(parts.store, parts.rules).round, seconds=ROUTE_SECONDS)
    returned = ReturnedMails(parts.settings.returned_folder)
    yield forever("returned", lambda: returned.take(parts.store), seconds=ROUTE_SECONDS)
    yield forever("sweeper", Sweeper(parts.store).round, seconds=SWEEP_SECONDS)
    for lane, via in parts.post.lanes:
        yield parts.post.run_lane(lane, via)


def _health(
    parts: Parts, clockwork: ClockWork, tasks: Sequence[asyncio.Task[None]]
) -> Callable[[], Awaitable[bool]]:
    loop = asyncio.get_running_loop()
    began = loop.time()
    allowed = _LATE_ROUNDS * parts.settings.tick_seconds + 5

    async def healthy() -> bool:
        """The store answers and takes what it is given, every loop runs, the clocks were looked at not long ago."""
        if any(task.done() for task in tasks) or parts.store.refused_within(_REFUSED_SECONDS):
            return False
        with contextlib.suppress(StoreUnavailableError, TimeoutError):
            async with asyncio.timeout(HEALTH_SECONDS):
                answers = await parts.store.read(is_reachable)
            return answers and loop.time() - (clockwork.last_round or began) < allowed
        return False

    return healthy
