from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from storage.store import Store
from tests.support.builders import a_person, a_submission, some_rules, waiting_notices
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.case import Case, CaseState, EventKind
from triage.cases.classify import confirm_kind, decline_kind, reclassify
from triage.cases.decide import decide, explain_overdue
from triage.cases.dialogue import write_from_reporter, write_to_reporter
from triage.cases.handle import close_case
from triage.cases.reading import Why, read_case, read_queue, why_waiting
from triage.cases.receipts import make_receipt
from triage.cases.words import Done
from triage.clocks.clock import Clock
from triage.clocks.keep import tick
from triage.ids import CaseId, PersonId
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
HOUR = timedelta(hours=1)
TRIAGE, ANSWER = RULES.main_clock("relative"), RULES.main_clock("advice")
ADDITION = RULES.addition_clock or ""


async def changed(store: Store, case_id: CaseId, by: PersonId, kind: str, **more: Any) -> Done | Refused:
    given: dict[str, Any] = {"reason": "Det er noget andet."} | more
    return await store.write(lambda tx: reclassify(tx, RULES, case_id=case_id, by=by, kind=kind, **given))


async def an_answered_one(store: Store, by: PersonId, *, kind: str = "advice") -> Case:
    case = await store.write(a_submission, kind=kind)
    await answered(store, case.id, by)
    return case


async def answered(store: Store, case_id: CaseId, by: PersonId) -> None:
    done = await store.write(
        lambda tx: decide(
            tx,
            RULES,
            case_id=case_id,
            by=by,
            outcome="answered",
            reason="Talt i telefon.",
            local_action=False,
            to_unit=False,
        )
    )
    assert isinstance(done, Done), done


async def concern_decided(
    store: Store, case_id: CaseId, by: PersonId, *, overdue_reason: str = ""
) -> Done | Refused:
    return await store.write(
        lambda tx: decide(
            tx,
            RULES,
            case_id=case_id,
            by=by,
            outcome="advice_only",
            reason="Fordi.",
            local_action=False,
            to_unit=False,
            overdue_reason=overdue_reason,
        )
    )


async def all_clocks_of(store: Store, case_id: CaseId) -> Sequence[Clock]:
    return await store.read(lambda tx: tx.clocks.of_case(case_id))


async def clocks_of(store: Store, case_id: CaseId) -> dict[str, Clock]:
    return {clock.policy_id: clock for clock in await all_clocks_of(store, case_id)}


def case_of(done: Done | Refused) -> Case:
    assert isinstance(done, Done), done
    return done.case


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


async def test_advice_that_names_somebody_becomes_a_concern_with_its_true_time_left(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    came = clock.at
    case = await store.write(a_submission, kind="advice")
    clock.advance(30 * HOUR)

    done = case_of(await changed(store, case.id, officer.id, "relative", told=True))

    clocks = await clocks_of(store, case.id)
    assert (done.kind, done.state) == ("relative", CaseState.RECEIVED)
    assert clocks[TRIAGE].due_at == came + 48 * HOUR
    assert clocks[TRIAGE].stopped_at is None
    assert ("halfway", 0) in clocks[TRIAGE].fired
    assert clocks[ANSWER].stopped_at == clock.at
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert (event.kind, event.by, event.words) == (
        EventKind.KIND_CHANGED,
        officer.id,
        "Det er noget andet.",
    )
    assert event.facts == {"from": "advice", "to": "relative", "told": "yes"}
    entry = (await store.read(lambda tx: tx.audit.of_object(case.id)))[-1]
    assert (entry.act, entry.facts) == (Act.CASE_KIND_CHANGED, event.facts)


async def test_whoever_asked_without_naming_anybody_is_told_first(store: Store, officer: Person) -> None:
    case = await store.write(a_submission, kind="advice")

    untold = await changed(store, case.id, officer.id, "relative")
    unknown = await changed(store, case.id, officer.id, "relative", because="in_a_hurry")

    assert untold == unknown == Refused(Reason.ASKER_NOT_TOLD)
    assert (await store.read(lambda tx: tx.cases.get(case.id))).kind == "advice"


async def test_the_exception_is_written_and_waits_for_a_second_person_while_the_clock_runs(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    head = await store.write(a_person, roles=(Role.HEAD,))
    case = await store.write(a_submission, kind="advice")
    came = clock.at
    clock.advance(HOUR)

    asked = case_of(await changed(store, case.id, officer.id, "relative", because="child"))

    assert (asked.kind, why_waiting(asked)) == ("advice", Why.SECOND_PERSON)
    assert ("notice.second_person", head.id, "mail") in await store.read(waiting_notices)
    assert (await clocks_of(store, case.id))[TRIAGE].due_at == came + 48 * HOUR
    itself = await store.write(lambda tx: confirm_kind(tx, RULES, case_id=case.id, by=officer.id))
    assert itself == Refused(Reason.SAME_PERSON)
    decided = await store.write(
        lambda tx: decide(
            tx,
            RULES,
            case_id=case.id,
            by=head.id,
            outcome="answered",
            reason="Fordi.",
            local_action=False,
            to_unit=False,
        )
    )
    assert decided == Refused(Reason.KIND_ASKED)

    done = case_of(await store.write(lambda tx: confirm_kind(tx, RULES, case_id=case.id, by=head.id)))

    assert (done.kind, done.kind_asked) == ("relative", None)
    facts = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1].facts
    assert facts == {
        "from": "advice",
        "to": "relative",
        "told": "no",
        "because": "child",
        "asked_by": str(officer.id),
    }
    clocks = await clocks_of(store, case.id)
    assert (clocks[TRIAGE].stopped_at, clocks[ANSWER].stopped_at) == (None, clock.at)
    assert "notice.second_person" not in [notice for notice, _, _ in await store.read(waiting_notices)]


async def test_a_declined_exception_leaves_the_contact_what_it_was(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await store.write(a_submission, kind="advice")
    await changed(store, case.id, officer.id, "relative", because="acute_danger")

    done = case_of(
        await store.write(
            lambda tx: decline_kind(tx, RULES, case_id=case.id, by=officer.id, reason="Vi spørger først.")
        )
    )

    clocks = await clocks_of(store, case.id)
    assert (done.kind, done.kind_asked, done.waits) == ("advice", None, True)
    assert (clocks[TRIAGE].stopped_at, clocks[ANSWER].stopped_at) == (clock.at, None)
    again = await store.write(
        lambda tx: decline_kind(tx, RULES, case_id=case.id, by=officer.id, reason="Igen.")
    )
    assert again == Refused(Reason.NOT_WAITING)


async def test_there_and_back_again_no_clock_is_doubled_paused_or_set_back(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await store.write(a_submission, kind="advice")
    came = clock.at
    clock.advance(10 * HOUR)
    await changed(store, case.id, officer.id, "relative", told=True)
    clock.advance(20 * HOUR)
    await store.write(lambda tx: tick(tx, RULES))

    back = case_of(await changed(store, case.id, officer.id, "advice"))
    between = await clocks_of(store, case.id)
    clock.advance(10 * HOUR)
    await changed(store, case.id, officer.id, "professional", told=True)
    after = await clocks_of(store, case.id)

    assert back.kind == "advice"
    assert (between[TRIAGE].stopped_at, between[ANSWER].stopped_at) == (came + 30 * HOUR, None)
    assert ("halfway", 0) in between[TRIAGE].fired
    assert len(await store.read(lambda tx: tx.clocks.of_case(case.id))) == 2
    assert (after[TRIAGE].stopped_at, after[TRIAGE].due_at) == (None, came + 48 * HOUR)
    assert ("three_quarters", 0) in after[TRIAGE].fired
    kinds = [
        (event.facts["from"], event.facts["to"])
        for event in await store.read(lambda tx: tx.cases.timeline(case.id))
        if event.kind is EventKind.KIND_CHANGED
    ]
    assert kinds == [("advice", "relative"), ("relative", "advice"), ("advice", "professional")]


async def test_a_change_between_kinds_under_one_clock_leaves_the_clock_alone(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await store.write(a_submission, kind="relative")
    before = await clocks_of(store, case.id)
    clock.advance(HOUR)

    done = case_of(await changed(store, case.id, officer.id, "self"))

    assert done.kind == "self"
    assert await clocks_of(store, case.id) == before


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
    queued = await store.read(lambda tx: tx.cases.queue(limit=5))
    runs = (await clocks_of(store, case.id))[TRIAGE].stopped_at is None
    await store.write(lambda tx: decline_kind(tx, RULES, case_id=case.id, by=officer.id, reason="Nej."))

    assert (asked.state, runs, [each.id for each in queued]) == (CaseState.TRIAGED, True, [case.id])
    assert closed == Refused(Reason.KIND_ASKED)
    assert await store.read(lambda tx: tx.cases.queue(limit=5)) == []
    assert all(clock.stopped_at for clock in (await clocks_of(store, case.id)).values())


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        ("advice", {}, Reason.UNKNOWN_KIND),
        ("rumour", {}, Reason.UNKNOWN_KIND),
        ("talk_request", {"reason": " "}, Reason.REASON_NEEDED),
    ],
)
async def test_a_change_of_kind_needs_a_kind_and_a_reason(
    store: Store, officer: Person, kind: str, given: dict[str, str], expected: Reason
) -> None:
    case = await store.write(a_submission, kind="advice")

    assert await changed(store, case.id, officer.id, kind, **given) == Refused(expected)


async def test_a_decided_concern_keeps_its_kind(store: Store, officer: Person) -> None:
    case = await store.write(a_submission)
    await store.write(
        lambda tx: decide(
            tx,
            RULES,
            case_id=case.id,
            by=officer.id,
            outcome="advice_only",
            reason="Fordi.",
            local_action=False,
            to_unit=False,
        )
    )

    assert await changed(store, case.id, officer.id, "advice") == Refused(Reason.ALREADY_DECIDED)


async def test_only_who_may_handle_the_case_changes_its_kind(store: Store, officer: Person) -> None:
    colleague = await store.write(a_person, roles=(Role.COORDINATOR,))
    stranger = await store.write(
        a_person, roles=tuple(set(Role) - {Role.DUTY_OFFICER, Role.HEAD, Role.COORDINATOR})
    )
    case = await store.write(a_submission, kind="talk_request")
    code = case.code
    await changed(store, case.id, officer.id, "advice")
    await store.write(lambda tx: read_case(tx, RULES, code=code, by=officer.id))

    assert await changed(store, case.id, stranger.id, "self") == Refused(Reason.NOT_ALLOWED)
    assert case_of(await changed(store, case.id, colleague.id, "talk_request")).kind == "talk_request"


async def test_of_two_clocks_that_run_out_together_the_queue_shows_that_of_the_contacts_kind(
    store: Store, officer: Person
) -> None:
    case = await store.write(a_submission, kind="advice")
    await changed(store, case.id, officer.id, "relative", because="child")

    view = await store.read(lambda tx: read_queue(tx, RULES, by=officer.id, again=True))

    assert not isinstance(view, Refused)
    [row] = view.waiting
    assert row.clock is not None
    assert row.clock.policy_id == ANSWER
