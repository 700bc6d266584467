"""What keeping a clock does to its ladder, within the same transaction: held, ended."""

from __future__ import annotations

from triage.ids import CaseId, ClockId, PersonId
from triage.notices.ladder import ended, held
from triage.ports import Transaction


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
