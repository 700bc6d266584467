from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storage.store import Store
from tests.support.builders import a_case, a_person, some_rules, waiting_notices
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.acute import Action, answer_alarm
from triage.cases.case import TRANSITIONS, Case, CaseMoveError, CaseState, EventKind
from triage.cases.decide import (
    NextStep,
    confirm,
    decide,
    decline_confirmation,
    explain_overdue,
    record_forward_receipt,
)
from triage.cases.handle import add_note, claim, close_case
from triage.cases.words import Done
from triage.clocks.keep import tick
from triage.ids import CaseId, PersonId
from triage.people.person import Role
from triage.refusals import Reason, Refused

RULES = some_rules()


async def decided(
    store: Store, case_id: CaseId, by: PersonId, outcome: str = "advice_only", **more: Any
) -> Done | Refused:
    given: dict[str, Any] = {"reason": "Because.", "local_action": False, "to_unit": False} | more
    return await store.write(lambda tx: decide(tx, RULES, case_id=case_id, by=by, outcome=outcome, **given))


def case_of(done: Done | Refused) -> Case:
    assert isinstance(done, Done)
    return done.case


async def runs(store: Store, case_id: CaseId) -> bool:
    """Whether the clock that holds the promise runs on."""
    clocks = await store.read(lambda tx: tx.clocks.of_case(case_id))
    [clock] = [each for each in clocks if each.policy_id == "triage48"]
    return clock.stopped_at is None


async def test_a_decision_stands_with_name_reason_and_both_answers_and_stops_the_clock(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)

    done = case_of(
        await decided(
            store, case.id, officer.id, "to_unit", reason="Two signs.", local_action=True, to_unit=True
        )
    )

    assert done.state is CaseState.TRIAGED
    assert done.assignee == officer.id
    decision = done.decision
    assert decision is not None
    assert (decision.outcome, decision.decided_by, decision.decided_at) == ("to_unit", officer.id, clock.at)
    assert (decision.local_action, decision.to_unit) == (True, True)
    assert not await runs(store, case.id)
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert (event.kind, event.by, event.words) == (EventKind.DECIDED, officer.id, "Two signs.")
    entries = await store.read(lambda tx: tx.audit.of_object(case.id))
    assert Act.CASE_DECIDED in [entry.act for entry in entries]
    assert "signs" not in str(entries)


async def test_what_was_decided_escalates_no_more(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_case)
    clock.advance(timedelta(hours=12))
    await store.write(tick, RULES)
    await decided(store, case.id, officer.id)
    assert await store.read(waiting_notices) == []

    clock.advance(timedelta(hours=60))
    await store.write(tick, RULES)

    assert await store.read(waiting_notices) == []


async def test_a_breach_between_two_ticks_is_recorded_by_the_decision_itself(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_case)
    clock.advance(timedelta(hours=48, seconds=10))

    await decided(store, case.id, officer.id, overdue_reason="Illness.")

    timeline = await store.read(lambda tx: tx.cases.timeline(case.id))
    assert "breached" in [event.facts.get("milestone") for event in timeline]


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"reason": "  "}, Reason.REASON_NEEDED),
        ({"reason": "x" * 8001}, Reason.TOO_LONG),
        ({"outcome": "shrug"}, Reason.UNKNOWN_OUTCOME),
        ({"outcome": "need_more"}, Reason.NEXT_STEP_NEEDED),
    ],
)
async def test_a_decision_that_lacks_something_is_refused(
    store: Store, given: dict[str, Any], reason: Reason
) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)

    assert await decided(store, case.id, officer.id, **given) == Refused(reason)
    assert await runs(store, case.id)


async def test_identity_numbers_go_out_of_a_reason_and_the_writer_is_told(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)

    done = await decided(store, case.id, officer.id, reason="Number 010190-1234 was given.")

    assert isinstance(done, Done)
    assert done.removed == 1
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert "010190" not in str(event.words)


async def test_need_more_lets_the_clock_run_and_can_be_decided_later(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)
    step = NextStep(what="Call the school.", owner=officer.id, due=clock.at + timedelta(hours=20))

    waiting = case_of(await decided(store, case.id, officer.id, "need_more", next_step=step))
    assert waiting.state is CaseState.IN_TRIAGE
    assert await runs(store, case.id)
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert (event.kind, event.words) == (EventKind.NEXT_STEP, "Call the school.")
    assert event.facts == {"owner": str(officer.id), "due": step.due.isoformat()}

    later = case_of(await decided(store, case.id, officer.id))
    assert later.state is CaseState.TRIAGED
    assert not await runs(store, case.id)


async def test_a_next_step_needs_a_date_ahead_and_an_owner_at_the_desk(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person)
    analyst = await store.write(a_person, roles=[Role.ANALYST])
    case = await store.write(a_case)

    for step in (
        NextStep(what="Call.", owner=officer.id, due=clock.at),
        NextStep(what="Call.", owner=analyst.id, due=clock.at + timedelta(hours=1)),
        NextStep(what=" ", owner=officer.id, due=clock.at + timedelta(hours=1)),
    ):
        refused = await decided(store, case.id, officer.id, "need_more", next_step=step)
        assert refused == Refused(Reason.NEXT_STEP_NEEDED)


@pytest.mark.asvs("2.3.5")
async def test_unfounded_waits_for_a_second_person_while_the_clock_runs(store: Store) -> None:
    first = await store.write(a_person, on_duty=True)
    second = await store.write(a_person, roles=[Role.HEAD])
    case = await store.write(a_case)

    waiting = case_of(await decided(store, case.id, first.id, "unfounded"))
    assert waiting.state is CaseState.AWAITS_SECOND_PERSON
    assert await runs(store, case.id)
    assert await store.read(waiting_notices) == [("notice.second_person", second.id, "mail")]

    alone = await store.write(confirm, RULES, case_id=case.id, by=first.id)
    assert alone == Refused(Reason.SAME_PERSON)

    confirmed = case_of(await store.write(confirm, RULES, case_id=case.id, by=second.id))
    assert confirmed.state is CaseState.TRIAGED
    assert confirmed.decision is not None
    assert confirmed.decision.confirmed_by == second.id
    assert not await runs(store, case.id)
    assert await store.read(waiting_notices) == []


async def test_a_declined_decision_goes_back_into_triage(store: Store) -> None:
    first, second = await store.write(a_person), await store.write(a_person)
    case = await store.write(a_case)
    await decided(store, case.id, first.id, "unfounded")

    unsaid = await store.write(decline_confirmation, RULES, case_id=case.id, by=second.id, reason="")
    back = case_of(
        await store.write(decline_confirmation, RULES, case_id=case.id, by=second.id, reason="Look again.")
    )

    assert unsaid == Refused(Reason.REASON_NEEDED)
    assert (back.state, back.decision) == (CaseState.IN_TRIAGE, None)
    assert await runs(store, case.id)
    assert await store.write(confirm, RULES, case_id=case.id, by=second.id) == Refused(Reason.NOT_WAITING)


async def test_forwarding_stops_the_clock_once_receipt_is_recorded(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)

    waiting = case_of(await decided(store, case.id, officer.id, "forward_infohus"))
    assert waiting.state is CaseState.AWAITS_RECEIPT
    assert await runs(store, case.id)

    clock.advance(timedelta(hours=1))
    unsaid = await store.write(record_forward_receipt, RULES, case_id=case.id, by=officer.id, words=" ")
    forwarded = case_of(
        await store.write(record_forward_receipt, RULES, case_id=case.id, by=officer.id, words="By phone.")
    )
    assert unsaid == Refused(Reason.REASON_NEEDED)
    assert forwarded.state is CaseState.FORWARDED
    assert forwarded.decision is not None
    assert forwarded.decision.receipt_at == clock.at
    assert not await runs(store, case.id)


async def test_an_overdue_decision_needs_an_explanation(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)
    clock.advance(timedelta(hours=48))
    at_the_limit = await store.write(
        explain_overdue, RULES, case_id=case.id, by=officer.id, reason="Too early."
    )
    clock.advance(timedelta(seconds=1))

    refused = await decided(store, case.id, officer.id)
    done = await decided(store, case.id, officer.id, overdue_reason="Illness.")

    assert at_the_limit == Refused(Reason.NOT_WAITING)
    assert refused == Refused(Reason.OVERDUE_REASON_NEEDED)
    assert case_of(done).state is CaseState.TRIAGED
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-6:]
    assert "Illness." in [each.words for each in event if each.kind is EventKind.OVERDUE_EXPLAINED]


async def test_what_was_explained_before_need_not_be_explained_again(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)
    clock.advance(timedelta(hours=49))
    await store.write(explain_overdue, RULES, case_id=case.id, by=officer.id, reason="Illness.")

    assert case_of(await decided(store, case.id, officer.id)).state is CaseState.TRIAGED


async def test_what_becomes_overdue_while_it_waits_is_explained_by_the_second_person(
    store: Store, clock: SettableClock
) -> None:
    first, second = await store.write(a_person), await store.write(a_person)
    case = await store.write(a_case)
    await decided(store, case.id, first.id, "unfounded")
    clock.advance(timedelta(hours=49))

    refused = await store.write(confirm, RULES, case_id=case.id, by=second.id)
    done = await store.write(confirm, RULES, case_id=case.id, by=second.id, overdue_reason="Nobody was in.")

    assert refused == Refused(Reason.OVERDUE_REASON_NEEDED)
    assert case_of(done).state is CaseState.TRIAGED


async def test_a_case_is_decided_once(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)
    await decided(store, case.id, officer.id)

    assert await decided(store, case.id, officer.id) == Refused(Reason.ALREADY_DECIDED)


async def test_a_coordinator_decides_what_nobody_or_they_hold(store: Store) -> None:
    mine, theirs = [await store.write(a_person, roles=[Role.COORDINATOR]) for _ in range(2)]
    case = await store.write(a_case)
    claimed = await store.write(claim, RULES, case_id=case.id, by=theirs.id)

    assert isinstance(claimed, Case)
    assert claimed.state is CaseState.IN_TRIAGE
    assert await decided(store, case.id, mine.id) == Refused(Reason.NOT_ALLOWED)
    assert await store.write(claim, RULES, case_id=case.id, by=mine.id) == Refused(
        Reason.SOMEONE_ELSE_WAS_FIRST
    )
    assert case_of(await decided(store, case.id, theirs.id)).state is CaseState.TRIAGED


async def test_claiming_twice_is_one_claim_and_the_head_may_take_over(store: Store) -> None:
    officer = await store.write(a_person)
    head = await store.write(a_person, roles=[Role.HEAD])
    case = await store.write(a_case)

    for by in (officer, officer, head):
        await store.write(claim, RULES, case_id=case.id, by=by.id)

    timeline = await store.read(lambda tx: tx.cases.timeline(case.id))
    claims = [(event.by, event.facts) for event in timeline if event.kind is EventKind.CLAIMED]
    assert claims == [(officer.id, {}), (head.id, {"taken_over_from": str(officer.id)})]


async def test_only_a_decided_case_closes_and_then_all_its_clocks_stand_still(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)
    early = await store.write(close_case, RULES, case_id=case.id, by=officer.id)
    await decided(store, case.id, officer.id)

    closed = case_of(await store.write(close_case, RULES, case_id=case.id, by=officer.id, words="Done."))

    assert early == Refused(Reason.NOT_WAITING)
    assert closed.state is CaseState.CLOSED
    assert closed.closed_at is not None
    for refused in (
        await decided(store, case.id, officer.id),
        await store.write(add_note, RULES, case_id=case.id, by=officer.id, words="Late."),
        await store.write(claim, RULES, case_id=case.id, by=officer.id),
    ):
        assert refused == Refused(Reason.CLOSED)


async def test_a_case_whose_alarm_nobody_answered_does_not_close(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case, acute=True)
    await decided(store, case.id, officer.id, "police_now")
    [alarm] = await store.read(lambda tx: tx.alarms.of_case(case.id))

    refused = await store.write(close_case, RULES, case_id=case.id, by=officer.id)
    await store.write(answer_alarm, RULES, alarm_id=alarm.id, by=officer.id, action=Action.CALLED_POLICE)
    closed = await store.write(close_case, RULES, case_id=case.id, by=officer.id)

    assert refused == Refused(Reason.ALARM_OPEN)
    assert case_of(closed).state is CaseState.CLOSED


async def test_a_note_is_for_staff_and_may_not_be_empty(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)

    empty = await store.write(add_note, RULES, case_id=case.id, by=officer.id, words="\n")
    await store.write(add_note, RULES, case_id=case.id, by=officer.id, words="Called back.")

    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert empty == Refused(Reason.EMPTY)
    assert (event.kind, event.words) == (EventKind.NOTE, "Called back.")


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.DUTY_OFFICER, Role.COORDINATOR, Role.HEAD}))
async def test_no_other_role_touches_a_case(store: Store, role: Role) -> None:
    person = await store.write(a_person, roles=[role])
    case = await store.write(a_case)

    assert await decided(store, case.id, person.id) == Refused(Reason.NOT_ALLOWED)
    assert await store.write(claim, RULES, case_id=case.id, by=person.id) == Refused(Reason.NOT_ALLOWED)


@pytest.mark.parametrize("state", list(CaseState))
async def test_a_case_makes_only_the_moves_that_exist(store: Store, state: CaseState) -> None:
    case = await store.write(a_case)
    for to in CaseState:
        if to in TRANSITIONS[case.state]:
            assert case.moved(to).state is to
        else:
            with pytest.raises(CaseMoveError):
                case.moved(to)
    assert state in TRANSITIONS
