"""Sweeping what has served its time: notices, and what of them never went out."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import func, select, update

from storage.notice_tables import notices
from storage.store import Store
from storage.tables import outbox
from storage.transaction import Transaction
from storage.watch_tables import house_alarms
from tests.support.builders import a_case, a_person, some_rules
from tests.support.stores import SettableClock
from triage.clocks.keep import stop_clocks, tick
from triage.house.alarm import end_house_alarm, raise_house_alarm
from triage.house.records import Trouble
from triage.ids import CaseId, ShiftId
from triage.people.handing_over import hand_over
from triage.people.roster import Shift

HOUR = timedelta(hours=1)


def sweep(tx: Transaction, old: datetime) -> int:
    """Everything of before this instant."""
    return tx.housekeeping.sweep(
        inputs_before=old,
        sent_before=old,
        notices_before=old,
        roster_before=old,
        presences_before=old,
        limit=100,
    )


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
    await store.write(sweep, old)

    assert sorted(before) == sorted([(over.id, 1), (lost.id, 1)])
    assert await store.read(left) == [(lost.id, 1)]
    gone = select(func.count()).select_from(outbox).where(outbox.c.state == "superseded")
    assert await store.read(lambda tx: tx._work.run(gone).scalar_one()) == 0


async def test_the_last_shift_that_began_is_kept_for_it_ended_what_was_taken_by_hand(
    store: Store, clock: SettableClock
) -> None:
    by_hand = await store.write(a_person, on_duty=True)
    other = await store.write(a_person)
    begins = [clock.at + HOUR, clock.at + 3 * HOUR]
    for at in begins:
        shift = Shift(id=ShiftId(uuid4()), person_id=other.id, start=at, end=at + HOUR)
        await store.write(lambda tx, shift=shift: tx.duty.add_shift(shift))  # type: ignore[misc]
    clock.advance(500 * HOUR)
    old = clock.at

    await store.write(sweep, old)

    roster = await store.read(lambda tx: tx.duty.roster(begins[0], old))
    assert [shift.start for shift in roster.shifts] == [begins[1]]
    assert await store.read(lambda tx: tx.people.on_duty()) is None
    assert by_hand.id != other.id


async def test_handovers_and_alarms_of_the_house_that_are_over_go_and_what_stands_stays(
    store: Store, clock: SettableClock
) -> None:
    first = await store.write(a_person, on_duty=True)
    for number in range(3):
        await store.write(hand_over, some_rules(), by=first.id, to=None, note=f"Note {number}")
    for trouble in (Trouble.MAIL_FAILING, Trouble.BACKUP_OLD):
        await store.write(
            lambda tx, trouble=trouble: raise_house_alarm(  # type: ignore[misc]
                tx, some_rules(), trouble, after=timedelta(), wakes=False
            )
        )
    await store.write(end_house_alarm, some_rules(), Trouble.MAIL_FAILING)
    clock.advance(500 * HOUR)

    await store.write(sweep, clock.at)

    last = await store.read(lambda tx: tx.duty.last_handovers(limit=9))
    assert [(each.note, each.waits) for each in last] == [("Note 2", True)]
    rows = await store.read(lambda tx: tx._work.all(select(house_alarms.c.trouble)))
    assert [row.trouble for row in rows] == [Trouble.BACKUP_OLD]
