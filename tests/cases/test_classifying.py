from __future__ import annotations

import pytest

from bot.workers import Replies
from storage.store import Store
from tests.cases.classifying import (
    ANSWER,
    HOUR,
    RULES,
    TRIAGE,
    case_of,
    changed,
    clocks_of,
)
from tests.support.builders import a_person, a_submission, waiting_notices
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.case import CaseState, EventKind
from triage.cases.classify import confirm_kind, decline_kind
from triage.cases.decide import decide
from triage.cases.reading import Why, read_case, read_queue, why_waiting
from triage.cases.records import Channel
from triage.cases.replying import UNDO, hold_reply
from triage.clocks.keep import tick
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused


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


async def test_nobody_counts_as_told_by_a_reply_that_can_still_be_undone(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await store.write(lambda tx: a_submission(tx, kind="advice", channel=Channel.TELEGRAM))
    await store.write(hold_reply, RULES, case_id=case.id, by=officer.id, words="It becomes a concern.")

    early = await changed(store, case.id, officer.id, "relative", told=True)
    clock.advance(UNDO)
    assert not await Replies(store, RULES).round()

    assert early == Refused(Reason.REPLY_GOES_OUT)
    assert case_of(await changed(store, case.id, officer.id, "relative", told=True)).kind == "relative"


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
