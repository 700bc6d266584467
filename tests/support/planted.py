"""Faults planted on purpose, to show that the kill test sees them. Each replaces one part of a running product."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable
from enum import StrEnum
from typing import TypeVar

from sqlalchemy.util import await_only

from bot import workers
from handlers.dialog import step
from storage.postgres import PostgresStore
from storage.store import Store
from storage.transaction import Transaction
from triage.clocks.keep import Ticked, tick
from triage.house_ports import Outbox
from triage.ids import NoticeId, PersonId
from triage.notices.notice import Written
from triage.notices.outbox import Outgoing
from triage.rules import Rules

T = TypeVar("T")
WINDOW_SECONDS = 0.15
"""How long the wrong order stays open to a kill; a real one would be shorter, and rarer to catch."""
_NOTICE_WINDOW_SECONDS = 0.5
"""The same for a round of clocks, of which there are fewer than there are updates."""


_FEW = 4
"""Clocks in one round: many small rounds are many open windows."""


class Plant(StrEnum):
    """What is done wrong."""

    NOTHING = ""
    REPLY_BEFORE_COMMIT = "reply_before_commit"
    """The update is answered, to the person and to Telegram, before what it led to is stored."""
    NO_DEDUPLICATION = "no_deduplication"
    """No update is recognised as taken before, and no press as belonging to an earlier step."""
    NOTICE_OUTSIDE = "notice_outside"
    """A milestone is recorded first; its notices are written in a transaction after it."""


def plant(fault: str, store: Store) -> Store:
    """Put the fault into this process; the store to go on with."""
    match Plant(fault):
        case Plant.NOTHING:
            pass
        case Plant.REPLY_BEFORE_COMMIT:
            _answer_early(store)
        case Plant.NO_DEDUPLICATION:
            _forget()
        case Plant.NOTICE_OUTSIDE:
            _notify_later()
    return store


def _answer_early(store: Store) -> None:
    assert isinstance(store, PostgresStore)
    write = store._write

    async def early(job: Callable[[Transaction], T], *, repeatable: bool) -> T:
        told: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        def answering(tx: Transaction) -> T:
            result = job(tx)
            leased = list(tx._work.leased)
            if leased and not told.done():
                tx._work.leased.clear()
                store._tell(leased)
                told.set_result(result)
                await_only(asyncio.sleep(WINDOW_SECONDS))
            return result

        stored = asyncio.ensure_future(write(answering, repeatable=repeatable))
        await asyncio.wait({told, stored}, return_when=asyncio.FIRST_COMPLETED)
        return told.result() if told.done() else await stored

    store._write = early  # type: ignore[method-assign]


def _forget() -> None:
    def remember(_tx: Transaction, _source: str, _key: str) -> bool:
        return True

    def never_stale(*_args: object) -> bool:
        return False

    def remembers(_tx: Transaction, _source: str, _key: str) -> bool:
        return False

    setattr(Transaction, "remember", remember)  # noqa: B010  a method is replaced on purpose
    setattr(Transaction, "remembers", remembers)  # noqa: B010  as above
    setattr(step, "_stale", never_stale)  # noqa: B010  as above


class _Holding:
    """An outbox that keeps what is written into it for later."""

    def __init__(self, outbox: Outbox, held: list[Outgoing]) -> None:
        self._outbox = outbox
        self._held = held

    def add_all(self, rows: Iterable[Outgoing]) -> None:
        self._held.extend(rows)

    def take_back(self, what: Iterable[tuple[str, PersonId]]) -> None:
        self._outbox.take_back(what)


class _HoldingNotices:
    """The same for the notices: one that is written down and has no row would be found and routed on."""

    def __init__(self, held: list[Written]) -> None:
        self._held = held

    def add(self, written: Collection[Written]) -> Collection[NoticeId]:
        self._held.extend(written)
        return {each.id for each in written}


def _notify_later() -> None:

    async def round_(self: workers.ClockWork) -> bool:
        held: list[Outgoing] = []
        notices: list[Written] = []

        def recorded(tx: Transaction, rules: Rules) -> Ticked:
            tx.__dict__["outbox"] = _Holding(tx.outbox, held)
            tx.__dict__["notices"] = _HoldingNotices(notices)
            return tick(tx, rules, limit=_FEW)

        ticked = await self._store.write(recorded, self._rules)
        await asyncio.sleep(_NOTICE_WINDOW_SECONDS if held else 0)
        await self._store.write(_add, notices, held)
        self.last_round = self._loop_time()
        return ticked.more

    workers.ClockWork.round = round_  # type: ignore[method-assign]


def _add(tx: Transaction, written: list[Written], rows: list[Outgoing]) -> None:
    tx.notices.add(written)
    tx.outbox.add_all(rows)
