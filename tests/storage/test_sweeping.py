"""Sweeping what has served its time: notices, and what of them never went out."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import func, select, update

from storage.notice_tables import notices
from storage.store import Store
from storage.tables import outbox
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, some_rules
from tests.support.stores import SettableClock
from triage.clocks.keep import stop_clocks, tick
from triage.ids import CaseId

HOUR = timedelta(hours=1)


async def test_what_of_a_notice_was_taken_back_goes_with_it_and_one_that_nobody_took_stays(
    store: Store, clock: SettableClock
) -> None:
    await store.write(a_person, on_duty=True)
    over, lost = await store.write(a_case), await store.write(a_case)
    clock.advance(13 * HOUR)
    await store.write(tick, some_rules())
    await store.write(lambda tx: stop_clocks(tx, some_rules(), over.id))

    def left(tx: Transaction) -> list[tuple[CaseId, int]]:
        rows = tx._work.all(
            select(notices.c.case_id, notices.c.id).where(notices.c.key.contains("unclaimed"))
        )
        count = select(func.count()).select_from(outbox)
        return [
            (row.case_id, tx._work.run(count.where(outbox.c.notice_id == row.id)).scalar_one())
            for row in rows
        ]

    def give_up(tx: Transaction) -> None:
        tx._work.run(update(notices).where(notices.c.case_id == lost.id).values(given_up_at=tx.now))

    before = await store.read(left)
    await store.write(give_up)
    clock.advance(HOUR)
    old = clock.at
    await store.write(
        lambda tx: tx.housekeeping.sweep(
            inputs_before=old, sent_before=old, notices_before=old, roster_before=old, limit=100
        )
    )

    assert sorted(before) == sorted([(over.id, 1), (lost.id, 1)])
    assert await store.read(left) == [(lost.id, 1)]
    gone = select(func.count()).select_from(outbox).where(outbox.c.state == "superseded")
    assert await store.read(lambda tx: tx._work.run(gone).scalar_one()) == 0
