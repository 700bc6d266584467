"""What is done on a case does to the ladders of its clocks, within the same transaction: held, ended, left."""

from __future__ import annotations

from triage.ids import CaseId, ClockId, PersonId
from triage.notices.ladder import ended, held, left_by
from triage.ports import Transaction
from triage.rules import Rules


def end_ladder(tx: Transaction, clock_id: ClockId) -> None:
    """Tell nobody more of a clock that has stopped."""
    ladder = tx.ladders.lock(clock_id)
    if ladder is not None and ladder.ended_at is None:
        tx.ladders.save(ended(ladder, at=tx.now))


def hold_ladders(tx: Transaction, case_id: CaseId, *, by: PersonId) -> None:
    """Keep what runs on a case quiet until its next step, because somebody has taken it or decided on it."""
    clock_ids = [clock.id for clock in tx.clocks.of_case(case_id)]
    # Clocks before ladders, as whoever fires locks them.
    tx.clocks.lock(clock_ids)
    ladders = tx.ladders.lock_all(clock_ids).values()
    tx.ladders.save(*(held(ladder, by=by, now=tx.now) for ladder in ladders if ladder.ended_at is None))


def leave_ladders(tx: Transaction, rules: Rules, case_id: CaseId, *, person: PersonId) -> None:
    """Take somebody off what runs on a case. What they had said that they have is nobody's again."""
    clocks = {clock.id: clock for clock in tx.clocks.of_case(case_id)}
    tx.clocks.lock(list(clocks))
    ladders = tx.ladders.lock_all(list(clocks)).values()
    changed = [
        left_by(ladder, rules, clocks[ladder.clock_id], person=person, now=tx.now)
        for ladder in ladders
        if ladder.ended_at is None
    ]
    tx.ladders.save(*changed)
