"""A house that watches itself, on a clock that a test moves: real store and post, a fake Bot API, a mail server."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from pydantic import SecretStr

from bot.settings import Settings, SmtpSettings, TelegramMode, TelegramSettings
from bot.settings_watch import WatchdogSettings
from bot.telegram_side import TelegramSide
from bot.watching import Watchdog, make_ping
from bot.wiring import Parts, wire
from bot.workers import ClockWork
from storage.keyring import Keyring
from storage.store import Store
from storage.transaction import Transaction
from tests.support.botapi.server import FakeBotApi
from tests.support.patience import PATIENCE
from tests.support.ports import held_port
from tests.support.profiles import shipped
from tests.support.stores import SettableClock
from triage.house.records import HouseAlarm, Trouble
from triage.house.report import HouseReport
from triage.notices.outbox import Lane, Via

MINUTE = timedelta(minutes=1)


@dataclass(kw_only=True, repr=False)
class WatchHouse:
    """One process's parts that watch, tick and send. Nothing runs by itself but the post."""

    parts: Parts
    clock: SettableClock
    watchdog: Watchdog
    clockwork: ClockWork
    api: FakeBotApi
    loops: list[asyncio.Task[None]] = field(default_factory=list)
    sends: frozenset[Via] = frozenset()
    """The channels that this process serves."""

    @property
    def store(self) -> Store:
        return self.parts.store

    @property
    def side(self) -> TelegramSide:
        assert self.parts.telegram is not None
        return self.parts.telegram

    async def rounds(self, minutes: float, *, step: timedelta = MINUTE) -> None:
        """So many minutes go by, with a look at the clocks and at the house in each."""
        until = self.clock.at + timedelta(minutes=minutes)
        while self.clock.at < until:
            self.clock.advance(min(step, until - self.clock.at))
            await self.clockwork.round()
            await self.watch()

    async def watch(self) -> None:
        """One look at the house; what it told has gone out before time moves on, where the way is open."""
        await self.watchdog.round()
        async with asyncio.timeout(PATIENCE):
            while await self.store.read(_waits_on, self.sends - self.parts.post.resting()):
                await asyncio.sleep(0.02)

    def stop_sending(self) -> None:
        """The post of this process stands still from now on."""
        for loop in self.loops:
            loop.cancel()
        self.sends = frozenset()

    async def past_the_start(self) -> None:
        """The house has run for a while and is as it is."""
        await self.clockwork.round()
        await self.watch()
        await self.rounds(3)

    async def told(self) -> set[Trouble]:
        """Which alarms were told and last."""
        return {
            each.trouble for each in await self.store.read(lambda tx: tx.house_alarms.open()) if each.told
        }

    async def alarm(self, trouble: Trouble) -> HouseAlarm:
        """The latest about this trouble."""
        found = await self.store.write(lambda tx: tx.house_alarms.lock_latest(trouble))
        assert found is not None
        return found

    async def report(self) -> HouseReport:
        """What the last round saw."""
        found = await self.store.read(lambda tx: tx.house_alarms.report())
        assert found is not None
        return found

    async def read_in(self, chat: int, number: int) -> list[str]:
        """What the bot wrote into this chat, once it is so many messages."""
        async with asyncio.timeout(PATIENCE):
            while len(self.api.sent(chat)) < number:
                await asyncio.sleep(0.02)
        return [message.text for message in self.api.sent(chat)]


def _waits_on(tx: Transaction, vias: frozenset[Via]) -> bool:
    return any(tx.outbox.oldest_waiting(lane, via) is not None for lane in Lane for via in vias)


@contextlib.asynccontextmanager
async def watch_house(
    store: Store,
    keyring: Keyring,
    folder: Path,
    clock: SettableClock,
    *,
    api: FakeBotApi | None = None,
    smtp_port: int = 0,
    mode: TelegramMode = TelegramMode.WEBHOOK,
    ping_url: str = "",
    ping_fail: bool = False,
    vias: Collection[Via] = (Via.MAIL, Via.TELEGRAM),
) -> AsyncIterator[WatchHouse]:
    """Until the block ends. Where Telegram would deliver to, nobody listens."""
    async with contextlib.AsyncExitStack() as stack:
        fake = (
            api
            if api is not None
            else await stack.enter_async_context(FakeBotApi(clock=lambda: clock.at, expect_violations=True))
        )
        port = stack.enter_context(held_port())
        settings = Settings(
            data_dir=folder,
            public_url=f"http://127.0.0.1:{port}",
            staff_url="https://desk.example.org/desk",
            send_outside_trial=True,
            smtp=SmtpSettings(host="127.0.0.1" if smtp_port else "", port=smtp_port or 587, starttls=False),
            telegram=TelegramSettings(
                token=SecretStr(fake.token), api_url=fake.base_url.removesuffix("/bot"), mode=mode
            ),
            watchdog=WatchdogSettings(
                ping_url=SecretStr(ping_url) if ping_url else None, ping_fail=ping_fail, ping_seconds=1
            ),
        )
        parts = wire(settings, keyring=keyring, profile=shipped(), store=store, now=lambda: clock.at)
        assert parts.telegram is not None
        await parts.telegram.open()
        clockwork = ClockWork(store, parts.rules, asyncio.get_running_loop().time)
        watchdog = Watchdog(
            store=store,
            rules=parts.rules,
            settings=settings,
            clockwork=clockwork,
            post=parts.post,
            telegram=parts.telegram,
            ping=make_ping(settings),
        )
        loops = [asyncio.create_task(parts.post.run_lane(lane, via)) for lane in Lane for via in vias]
        house = WatchHouse(
            parts=parts,
            clock=clock,
            watchdog=watchdog,
            clockwork=clockwork,
            api=fake,
            loops=loops,
            sends=frozenset(vias),
        )
        try:
            yield house
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.gather(*loops, return_exceptions=True)
            await parts.post.drain(seconds=1)
            await parts.telegram.close()
