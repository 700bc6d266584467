"""A closed case is opened again for a reason, and decided anew; the promise is not made a second time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.store import Store
from tests.support.builders import a_decision, a_person, a_submission, some_rules
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.case import Case, CaseState, EventKind
from triage.cases.decide import confirm
from triage.cases.dialogue import write_from_reporter
from triage.cases.handle import close_case, reopen_case
from triage.cases.words import Done
from triage.ids import ClockPolicyId
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
ANEW = ClockPolicyId("decide_anew")


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


async def a_closed_case(store: Store, by: Person) -> Case:
    case = await store.write(a_submission)
    await store.write(a_decision, case, by)
    done = await store.write(close_case, RULES, case_id=case.id, by=by.id)
    assert isinstance(done, Done)
    return done.case


async def running(store: Store, case: Case) -> set[ClockPolicyId]:
    clocks = await store.read(lambda tx: tx.clocks.of_case(case.id))
    return {clock.policy_id for clock in clocks if clock.stopped_at is None}


async def reopens(store: Store, case: Case, by: Person, words: str = "MARKER-NEW") -> Done | Refused:
    return await store.write(reopen_case, RULES, case_id=case.id, by=by.id, words=words)


async def test_it_waits_in_the_queue_again_and_is_decided_anew(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await a_closed_case(store, officer)
    before = await store.read(lambda tx: tx.clocks.of_case(case.id))
    clock.advance(timedelta(days=30))

    done = await reopens(store, case, officer)

    assert isinstance(done, Done)
    assert (done.case.state, done.case.closed_at, done.case.waits) == (CaseState.IN_TRIAGE, None, True)
    *old, anew = await store.read(lambda tx: tx.clocks.of_case(case.id))
    assert old == list(before)
    assert (anew.policy_id, anew.due_at, anew.stopped_at) == (ANEW, clock.at + timedelta(hours=48), None)
    queue = await store.read(lambda tx: tx.cases.queue(reader=officer.id, limit=9))
    assert [each.code for each in queue] == [case.code]
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert (event.kind, event.words) == (EventKind.REOPENED, "MARKER-NEW")
    entry = (await store.read(lambda tx: tx.audit.of_object(case.id)))[-1]
    assert entry.act is Act.CASE_REOPENED
    # What was in time stays in time, though it is long ago.
    await store.write(a_decision, case, officer, "not_our_field")
    found = await store.read(lambda tx: tx.cases.get(case.id))
    assert (found.state, getattr(found.decision, "outcome", "")) == (CaseState.TRIAGED, "not_our_field")
    assert await running(store, case) == set()


async def test_a_decision_that_waits_for_a_second_person_leaves_the_new_one_due(
    store: Store, officer: Person
) -> None:
    case = await a_closed_case(store, officer)
    second = await store.write(a_person, roles=[Role.HEAD])
    await reopens(store, case, officer)

    await store.write(a_decision, case, officer, "unfounded")
    waiting = await running(store, case)
    await store.write(confirm, RULES, case_id=case.id, by=second.id)

    assert (waiting, await running(store, case)) == ({ANEW}, set())


async def test_the_reporter_can_write_again(store: Store, officer: Person) -> None:
    case = await a_closed_case(store, officer)
    shut = await store.write(write_from_reporter, RULES, case_id=case.id, words="More.")
    await reopens(store, case, officer)

    assert shut == Refused(Reason.CLOSED)
    assert isinstance(await store.write(write_from_reporter, RULES, case_id=case.id, words="More."), Done)


async def test_without_a_reason_or_a_right_or_a_closed_case_nothing_is_opened(
    store: Store, officer: Person
) -> None:
    case = await a_closed_case(store, officer)
    chair = await store.write(a_person, roles=[Role.CHAIR])

    assert await reopens(store, case, officer, " ") == Refused(Reason.REASON_NEEDED)
    assert await reopens(store, case, chair) == Refused(Reason.NOT_ALLOWED)
    assert isinstance(await reopens(store, case, officer), Done)
    assert await reopens(store, case, officer) == Refused(Reason.NOT_WAITING)
