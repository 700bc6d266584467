"""Time that passes: whatever comes due by itself happens at its moment, and what goes out is noted as told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from storage.rope_tables import ladders
from storage.store import Store
from storage.tables import clocks, outbox
from storage.transaction import Transaction
from tests.support.stores import SettableClock
from triage.clocks.climb import climb
from triage.clocks.keep import tick
from triage.ids import PersonId
from triage.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Went:
    """A notice that went out by mail."""

    at: datetime
    person_id: PersonId
    notice: str
    payload: dict[str, Any]


async def let_pass(store: Store, clock: SettableClock, rules: Rules, *, until: datetime) -> list[Went]:
    """Go from moment to moment until then, ticking, climbing and sending at each; what went out, in order."""
    went: list[Went] = []
    while True:
        await store.write(tick, rules)
        await store.write(climb, rules)
        went += await store.write(_send)
        coming = await store.read(_next_moment)
        if coming is None or coming > until:
            clock.at = max(clock.at, until)
            return went
        clock.at = max(clock.at, coming)


def _send(tx: Transaction) -> list[Went]:
    of = outbox.c
    due = select(outbox).where(of.state == "pending", of.not_before <= tx.now, of.person_id.is_not(None))
    rows = tx._work.all(due.order_by(of.seq))
    for row in rows:
        tx._work.run(update(outbox).where(of.id == row.id).values(state="sent", sent_at=tx.now))
    return [
        Went(at=tx.now, person_id=row.person_id, notice=row.payload["notice"], payload=row.payload)
        for row in rows
        if row.via == "mail"
    ]


def _next_moment(tx: Transaction) -> datetime | None:
    moments = (
        select(func.min(clocks.c.next_fire_at)).where(clocks.c.stopped_at.is_(None)),
        select(func.min(ladders.c.climbs_at)).where(ladders.c.ended_at.is_(None)),
        select(func.min(outbox.c.not_before)).where(outbox.c.state == "pending"),
    )
    found = [tx._work.run(each).scalar_one() for each in moments]
    return min((each for each in found if each is not None), default=None)
