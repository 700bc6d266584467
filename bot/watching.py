"""The watchdog at work: one process is elected, looks at everything in each round, and writes down what it saw.

Whoever watches holds a lease; when it dies another process takes over once the lease has run out. What has to be told
is told by rows of the outbox, written together with the alarm, so that it is told once whatever happens.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from typing import Protocol

from bot.ping import Ping
from bot.settings import Settings, TelegramMode
from bot.telegram_side import TelegramSide
from bot.watchdog import GRACE, Facts, TelegramFacts, holds_ping, judge, note_trouble
from bot.workers import ClockWork
from handlers.telegram.door import CHANNEL
from storage.rows import Failing, LaneHealth
from storage.store import Store
from storage.transaction import Transaction
from triage.clocks.policy import UnknownPolicyError
from triage.faults import StoreUnavailableError
from triage.house.alarm import end_house_alarm
from triage.house.records import HouseAlarm, Trouble
from triage.house.report import Address, HouseReport, SeenLane, State
from triage.notices.outbox import Via
from triage.people.duty_now import finder
from triage.people.roster import on_duty_at
from triage.rules import Rules

log = logging.getLogger(__name__)

WATCHER = "watchdog"
REPLICA = "replica:"
ASK_EVERY = timedelta(seconds=60)
"""How often Telegram is asked while it is well; while it is not, each round asks."""
SIZE_EVERY = timedelta(minutes=10)
REFUSED_SECONDS = 60.0
CLOSE_SECONDS = 2.0
_LATE_ROUNDS = 6
_MANY = 50
"""Tasks that are counted; more is more than enough."""


class Resting(Protocol):
    """What the watchdog asks of the post."""

    def resting(self) -> frozenset[Via]:
        """The channels that fail, so that they are left alone or tried with care."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the store held in one picture of the data."""

    now: datetime
    engine: str
    lanes: Sequence[LaneHealth]
    failing: Sequence[Failing]
    channels_failing: frozenset[Via]
    clocks_due_since: datetime | None
    clocks_unknown: int
    on_duty: bool
    """Whether somebody has the duty now, in staffed hours, or else when they begin."""
    staffed_from: datetime | None
    undelivered: int
    parked_since: datetime | None
    alarms: Mapping[Trouble, HouseAlarm]
    replicas: Sequence[str]
    updates_taken_at: datetime | None


@dataclass(kw_only=True)
class Watchdog:
    """One process's share in watching the house. All waits are by the store's time, so that tests can move it."""

    store: Store
    rules: Rules
    settings: Settings
    clockwork: ClockWork
    post: Resting
    telegram: TelegramSide | None = None
    ping: Ping | None = None
    watches: bool = False
    """Whether this process is the elected one."""
    _began: datetime | None = None
    _last: datetime | None = None
    _asked: TelegramFacts | None = None
    _bytes: tuple[datetime, int] | None = None
    _started: float | None = None
    _loop_time: Callable[[], float] = field(default=lambda: asyncio.get_running_loop().time())

    async def round(self) -> bool:
        """Look once, if it is this process that watches; never again at once."""
        ttl = timedelta(seconds=3 * self.settings.watchdog.seconds)
        self.watches, now = await self.store.write(_take_turn, self.store.holder, ttl)
        if self._last is None or self._began is None or now - self._last > GRACE:
            self._began = now
        self._last = now
        if not self.watches:
            self._asked = None
            return False
        picture = await self.store.read(look, self.rules)
        telegram = await self._ask_telegram(picture)
        facts = self._facts(picture, telegram)
        states = judge(facts)
        report = await self._report(picture, facts, states)
        alarms = await self.store.write(
            note_round, self.rules, report, down=facts.down(), holder=self.store.holder, ttl=ttl
        )
        if alarms is None:
            self.watches = False
            return False
        if states[Trouble.WEBHOOK_EMPTIED] is State.TROUBLE and self.telegram is not None:
            # Nobody else gets what people write meanwhile; an address of somebody else's is left, as a sign of theft.
            await self.telegram.introduce_again()
            self._asked = None
        if self.ping is not None:
            well = not holds_ping(alarms, now=picture.now)
            await self.ping.tell(well=well, at=self._loop_time(), now=picture.now)
        return False

    async def close(self) -> None:
        """Let another process watch at once."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.store.write(_let_go, self.store.holder)
        except (StoreUnavailableError, TimeoutError) as error:
            log.warning("watchdog.lease_kept", extra={"why": type(error).__name__})

    async def _ask_telegram(self, picture: Picture) -> TelegramFacts | None:
        side = self.telegram
        if side is None:
            return None
        known = self._asked
        well = (
            known is not None and known.webhook is not None and known.webhook.address is not Address.FOREIGN
        )
        if known is None or not well or picture.now - known.asked_at >= ASK_EVERY:
            webhook, refused = await side.look()
            known = TelegramFacts(
                polling=side.mode is TelegramMode.POLLING,
                asked_at=picture.now,
                introduced=side.introduced,
                webhook=webhook,
                refused=refused,
            )
            self._asked = known
        return replace(known, taken_at=picture.updates_taken_at)

    def _facts(self, picture: Picture, telegram: TelegramFacts | None) -> Facts:
        days = self.settings.watchdog.backup_days
        return Facts(
            now=picture.now,
            began=self._began or picture.now,
            lanes=picture.lanes,
            failing=picture.failing,
            clocks_due_since=picture.clocks_due_since,
            clocks_unknown=picture.clocks_unknown,
            round_late=self._round_is_late(),
            on_duty=picture.on_duty,
            staffed_from=picture.staffed_from,
            undelivered=picture.undelivered,
            parked_since=picture.parked_since,
            refused=self.store.refused_within(REFUSED_SECONDS),
            channels=self.rules.channels,
            resting=self.post.resting() | picture.channels_failing,
            telegram=telegram,
            backup_at=self._backup_at(),
            backup_within=timedelta(days=days) if days else None,
            alarms=picture.alarms,
        )

    def _round_is_late(self) -> bool:
        """Whether this process has not managed to look at its clocks for several rounds."""
        at = self._loop_time()
        self._started = at if self._started is None else self._started
        last = self.clockwork.last_round or self._started
        return at - last > _LATE_ROUNDS * self.settings.tick_seconds + 5

    def _backup_at(self) -> datetime | None:
        try:
            changed = self.settings.backup_mark.stat().st_mtime
        except OSError:
            return None
        return datetime.fromtimestamp(changed, UTC)

    async def _report(self, picture: Picture, facts: Facts, states: Mapping[Trouble, State]) -> HouseReport:
        if self._bytes is None or picture.now - self._bytes[0] >= SIZE_EVERY:
            self._bytes = (picture.now, await self.store.read(_database_bytes))
        last = self.clockwork.last_round
        looked = None if last is None else picture.now - timedelta(seconds=self._loop_time() - last)
        return HouseReport(
            at=picture.now,
            by=self.store.holder,
            version=version("tovholder"),
            engine=picture.engine,
            states=dict(states),
            lanes=_seen_lanes(picture),
            clocks_looked_at=looked,
            clocks_due_since=picture.clocks_due_since,
            replicas=tuple(picture.replicas),
            database_bytes=self._bytes[1],
            webhook=None if facts.telegram is None else facts.telegram.webhook,
            ping=None if self.ping is None else self.ping.seen,
            updates_taken_at=picture.updates_taken_at,
            backup_at=facts.backup_at,
        )


def make_ping(settings: Settings) -> Ping | None:
    """The ping that the settings ask for."""
    given = settings.watchdog
    if given.ping_url is None:
        return None
    return Ping(
        url=given.ping_url.get_secret_value(), seconds=given.ping_seconds, says_failure=given.ping_fail
    )


def look(tx: Transaction, rules: Rules) -> Picture:
    """Everything that the store knows about how the house is."""
    oldest: datetime | None = None
    unknown = 0
    for each in tx.watching.due_clocks():
        try:
            rules.policies.get(each.policy_id, each.policy_version)
        except UnknownPolicyError:
            unknown += each.number
            continue
        oldest = each.oldest if oldest is None else min(oldest, each.oldest)
    staffed_from = rules.calendar.next_staffed(tx.now)
    at = max(tx.now, staffed_from or tx.now)
    parked = tx.parked.notices(limit=1)
    given_up = tx.outbox.undelivered(reader=None, limit=_MANY)
    return Picture(
        now=tx.now,
        engine=tx.watching.engine,
        lanes=tx.outbox.health(),
        failing=tx.watching.failing(),
        channels_failing=frozenset(
            each.via for each in tx.notices.channels() if each.failing_since and each.via in rules.channels
        ),
        clocks_due_since=oldest,
        clocks_unknown=unknown,
        on_duty=on_duty_at(tx.duty.roster(tx.now, at), at, finder(tx)) is not None,
        staffed_from=staffed_from,
        undelivered=sum(row.person is not None for row in given_up),
        parked_since=parked[0].at if parked else None,
        alarms={alarm.trouble: alarm for alarm in tx.house_alarms.open()},
        replicas=tx.watching.holders(REPLICA),
        updates_taken_at=tx.watching.last_input_at(CHANNEL),
    )


def note_round(
    tx: Transaction,
    rules: Rules,
    report: HouseReport,
    *,
    down: Collection[Via],
    holder: str,
    ttl: timedelta,
) -> Sequence[HouseAlarm] | None:
    """Write down what a round saw, and tell what must be told; the alarms that are open then.

    None, and nothing is written, when another process watches by now.
    """
    if not tx.leases.try_take(WATCHER, holder, ttl):
        return None
    there = {alarm.trouble for alarm in tx.house_alarms.open()}
    for trouble, state in report.states.items():
        if state is State.TROUBLE:
            note_trouble(tx, rules, trouble, down=down)
        elif state is not State.UNKNOWN and trouble in there:
            end_house_alarm(tx, rules, trouble, down=down)
    tx.house_alarms.put_report(report)
    return tx.house_alarms.open()


def _seen_lanes(picture: Picture) -> tuple[SeenLane, ...]:
    failing = {(each.lane, each.via): each.number for each in picture.failing}
    return tuple(
        SeenLane(
            lane=each.lane,
            via=each.via,
            waiting=each.waiting,
            since=each.oldest_due_at,
            failing=failing.get((each.lane, each.via), 0),
            dead=each.dead,
        )
        for each in picture.lanes
    )


def _take_turn(tx: Transaction, holder: str, ttl: timedelta) -> tuple[bool, datetime]:
    tx.leases.try_take(f"{REPLICA}{holder}", holder, ttl)
    return tx.leases.try_take(WATCHER, holder, ttl), tx.now


def _let_go(tx: Transaction, holder: str) -> None:
    tx.leases.release(WATCHER, holder)
    tx.leases.release(f"{REPLICA}{holder}", holder)


def _database_bytes(tx: Transaction) -> int:
    return tx.watching.database_bytes()
