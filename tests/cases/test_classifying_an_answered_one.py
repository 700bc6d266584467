"""An answered contact that becomes one of another kind: its clock counts from the words that made it so."""

from __future__ import annotations

import pytest

from storage.store import Store
from tests.cases.classifying import (
    ADDITION,
    ANSWER,
    HOUR,
    RULES,
    TRIAGE,
    all_clocks_of,
    an_answered_one,
    answered,
    case_of,
    changed,
    clocks_of,
    concern_decided,
)
from tests.support.builders import a_person, a_submission
from tests.support.stores import SettableClock
from triage.cases.case import CaseState
from triage.cases.classify import decline_kind
from triage.cases.decide import explain_overdue
from triage.cases.dialogue import write_from_reporter, write_to_reporter
from triage.cases.handle import close_case
from triage.cases.reading import read_case
from triage.cases.receipts import make_receipt
from triage.people.person import Person
from triage.refusals import Reason, Refused


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


async def test_words_added_to_an_answered_contact_can_make_it_a_concern_from_when_they_came(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await an_answered_one(store, officer.id)
    clock.advance(1000 * HOUR)
    wrote = clock.at
    await store.write(lambda tx: write_from_reporter(tx, RULES, case_id=case.id, words="Det er min bror."))
    clock.advance(5 * HOUR)

    done = case_of(await changed(store, case.id, officer.id, "relative", told=True))

    clocks = await clocks_of(store, case.id)
    assert (done.state, done.decision, done.addition_at) == (CaseState.IN_TRIAGE, None, None)
    assert (clocks[TRIAGE].due_at, clocks[TRIAGE].stopped_at) == (wrote + 48 * HOUR, None)
    assert clocks[ADDITION].stopped_at == clock.at


async def test_what_was_told_before_the_kind_is_changed_does_not_date_the_concern_back(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await an_answered_one(store, officer.id)
    await store.write(lambda tx: make_receipt(tx, case_id=case.id))
    clock.advance(1000 * HOUR)
    wrote = clock.at
    await store.write(write_from_reporter, RULES, case_id=case.id, words="Det er min bror.")
    clock.advance(HOUR)
    await store.write(read_case, RULES, code=case.code, by=officer.id)
    clock.advance(HOUR)
    told = await store.write(
        write_to_reporter, RULES, case_id=case.id, by=officer.id, words="Så er det en bekymring."
    )
    clock.advance(HOUR)

    done = case_of(await changed(store, case.id, officer.id, "relative", told=True))

    concern = (await clocks_of(store, case.id))[TRIAGE]
    assert (case_of(told).addition_at, done.state) == (None, CaseState.IN_TRIAGE)
    assert (concern.due_at, concern.fired) == (wrote + 48 * HOUR, frozenset())


async def test_what_the_answer_had_heard_already_dates_nothing(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await store.write(a_submission, kind="advice")
    await store.write(write_from_reporter, RULES, case_id=case.id, words="Og en ting til.")
    await store.write(read_case, RULES, code=case.code, by=officer.id)
    clock.advance(HOUR)
    await answered(store, case.id, officer.id)
    clock.advance(HOUR)

    await changed(store, case.id, officer.id, "relative", told=True)

    assert (await clocks_of(store, case.id))[TRIAGE].due_at == case.received_at + 48 * HOUR


async def test_between_kinds_under_one_clock_an_answer_that_was_given_in_time_never_becomes_late(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    heard, silent = [await an_answered_one(store, officer.id, kind="talk_request") for _ in range(2)]
    clock.advance(1000 * HOUR)
    wrote = clock.at
    await store.write(write_from_reporter, RULES, case_id=heard.id, words="Jeg har et spørgsmål.")
    clock.advance(HOUR)

    for case in (heard, silent):
        await changed(store, case.id, officer.id, "advice")

    for case, since in ((heard, wrote), (silent, clock.at)):
        kept, new = [each for each in await all_clocks_of(store, case.id) if each.policy_id == ANSWER]
        assert (kept.stopped_at, new.stopped_at) == (case.received_at, None)
        assert (new.due_at, new.fired) == (since + 48 * HOUR, frozenset())
        view = await store.write(read_case, RULES, code=case.code, by=officer.id)
        assert not isinstance(view, Refused)
        assert view.overdue is False


async def test_there_and_back_after_an_answer_both_clocks_count_from_the_added_words(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await an_answered_one(store, officer.id)
    clock.advance(1000 * HOUR)
    wrote = clock.at
    await store.write(write_from_reporter, RULES, case_id=case.id, words="Det er min bror.")
    clock.advance(HOUR)
    await changed(store, case.id, officer.id, "relative", told=True)
    clock.advance(HOUR)

    back = case_of(await changed(store, case.id, officer.id, "advice"))

    clocks = await all_clocks_of(store, case.id)
    assert back.kind == "advice"
    assert [(each.policy_id, each.due_at) for each in clocks if each.stopped_at is None] == [
        (ANSWER, wrote + 48 * HOUR)
    ]


async def test_why_it_was_late_as_one_kind_does_not_explain_why_it_is_late_as_another(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await store.write(a_submission, kind="advice")
    clock.advance(49 * HOUR)
    await store.write(explain_overdue, RULES, case_id=case.id, by=officer.id, reason="Sygdom.")
    await changed(store, case.id, officer.id, "relative", told=True)

    unsaid = await concern_decided(store, case.id, officer.id)
    before = await store.write(read_case, RULES, code=case.code, by=officer.id)
    done = case_of(await concern_decided(store, case.id, officer.id, overdue_reason="Set for sent."))
    after = await store.write(read_case, RULES, code=case.code, by=officer.id)

    assert unsaid == Refused(Reason.OVERDUE_REASON_NEEDED)
    assert done.state is CaseState.TRIAGED
    assert not isinstance(before, Refused)
    assert not isinstance(after, Refused)
    assert (before.overdue_explained, after.overdue_explained) == (False, True)


async def test_an_exception_after_the_answer_runs_its_clock_and_declined_it_leaves_the_queue(
    store: Store, officer: Person
) -> None:
    case = await an_answered_one(store, officer.id)

    asked = case_of(await changed(store, case.id, officer.id, "relative", because="child"))
    closed = await store.write(lambda tx: close_case(tx, RULES, case_id=case.id, by=officer.id))
    queued = await store.read(lambda tx: tx.cases.queue(reader=None, limit=5))
    runs = (await clocks_of(store, case.id))[TRIAGE].stopped_at is None
    await store.write(lambda tx: decline_kind(tx, RULES, case_id=case.id, by=officer.id, reason="Nej."))

    assert (asked.state, runs, [each.id for each in queued]) == (CaseState.TRIAGED, True, [case.id])
    assert closed == Refused(Reason.KIND_ASKED)
    assert await store.read(lambda tx: tx.cases.queue(reader=None, limit=5)) == []
    assert all(clock.stopped_at for clock in (await clocks_of(store, case.id)).values())
