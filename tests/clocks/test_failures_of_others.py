"""What went wrong with the clocks of other systems, and must not with ours.

Held elsewhere: an answered case that still escalates and a joined one (tests/cases/test_clock_acts.py), a deadline
left stale by a changed calendar, a new holiday and a policy that was switched off (tests/clocks/test_moving.py),
reminders at midnight and at week-ends (tests/clocks/test_the_weekend.py, test_a_year.py).
"""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.store import Store
from tests.clocks.builders import COPENHAGEN, DESK_DAY, a_clock, local
from tests.support.builders import a_person, a_submission, some_rules
from tests.support.stores import SettableClock
from triage.cases.calls import Called, record_call
from triage.cases.dialogue import write_from_reporter, write_to_reporter
from triage.cases.records import Channel
from triage.clocks.calendar import WEEKDAYS, Calendar, OpeningHours
from triage.clocks.keep import start_clock
from triage.ids import ClockPolicyId

RULES = some_rules()
WANTS_A_CALL = {"reach_how": ("call",), "reach_when": ("evening",), "leave_message": "no"}


@pytest.mark.parametrize("did", list(Called))
async def test_a_call_stops_the_clock_of_the_first_answer_as_a_message_does(
    store: Store, did: Called
) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_submission, body=WANTS_A_CALL)
    before = {
        str(each.policy_id): each.stopped_at
        for each in await store.read(lambda tx: tx.clocks.of_case(case.id))
    }
    assert before["ack_human"] is None

    await store.write(lambda tx: record_call(tx, RULES, case_id=case.id, by=officer.id, did=did))

    after = {
        str(each.policy_id): each.stopped_at
        for each in await store.read(lambda tx: tx.clocks.of_case(case.id))
    }
    assert after["ack_human"] is not None
    assert after["triage48"] is None


async def test_words_that_come_after_an_answer_start_no_first_answer_anew_and_set_no_promise_back(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_submission, channel=Channel.TELEGRAM)
    [promise] = [
        each
        for each in await store.read(lambda tx: tx.clocks.of_case(case.id))
        if each.policy_id == "triage48"
    ]
    await store.write(
        lambda tx: write_to_reporter(tx, RULES, case_id=case.id, by=officer.id, words="We read it.")
    )
    clock.advance(timedelta(hours=20))
    await store.write(lambda tx: write_from_reporter(tx, RULES, case_id=case.id, words="There is more."))

    running = [
        each for each in await store.read(lambda tx: tx.clocks.of_case(case.id)) if each.stopped_at is None
    ]
    assert [(each.policy_id, each.due_at) for each in running] == [("triage48", promise.due_at)]


async def test_of_two_clocks_the_nearer_stands_in_the_queue_until_it_stops_and_the_other_after_it(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_submission, channel=Channel.TELEGRAM)

    async def place() -> object:
        [queued] = await store.read(lambda tx: tx.cases.queue(reader=None, limit=5))
        clocks = await store.read(lambda tx: tx.clocks.of_cases([queued.id]))
        return min(each.due_at for each in clocks if each.stopped_at is None) - clock.at

    assert await place() == timedelta(hours=24)
    await store.write(
        lambda tx: write_to_reporter(tx, RULES, case_id=case.id, by=officer.id, words="We read it.")
    )
    assert await place() == timedelta(hours=48)
    await store.write(
        lambda tx: start_clock(tx, RULES, ClockPolicyId("breach72"), wakes=False, case_id=case.id)
    )
    assert await place() == timedelta(hours=48)


def test_no_minute_is_lost_at_midnight() -> None:
    always = Calendar(
        zone=COPENHAGEN,
        staffed=OpeningHours.model_validate({day: ["00:00-24:00"] for day in WEEKDAYS}),
    )
    clock = a_clock("2026-03-16 23:59", policy=DESK_DAY, calendar=always)
    assert clock.due_at == local("2026-03-17 23:59")
    assert always.staffed_between(local("2026-03-16 00:00"), local("2026-03-23 00:00")) == timedelta(days=7)
    assert always.add_staffed(local("2026-03-16 12:00"), timedelta(days=6)) == local("2026-03-22 12:00")
