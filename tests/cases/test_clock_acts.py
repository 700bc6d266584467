"""Clocks that events start and stop, and those that people keep."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, a_submission, notices, some_rules
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.case import Case, EventKind
from triage.cases.clock_acts import go_on_by_hand, pause_by_hand, start_by_hand, stop_by_hand
from triage.cases.decide import decide
from triage.cases.dialogue import write_to_reporter
from triage.cases.handle import claim, close_case
from triage.cases.receive import receive
from triage.cases.records import Channel
from triage.cases.words import Done
from triage.clocks.clock import Clock
from triage.clocks.keep import tick
from triage.ids import CaseId, ClockPolicyId, PersonId
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
RELEASE = datetime(2026, 11, 2, 11, 0, tzinfo=UTC)


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


async def running(store: Store, case_id: CaseId) -> dict[str, Clock]:
    clocks = await store.read(lambda tx: tx.clocks.of_case(case_id))
    return {str(clock.policy_id): clock for clock in clocks if clock.stopped_at is None}


async def decided(store: Store, case: Case, by: PersonId, outcome: str) -> None:
    done = await store.write(
        lambda tx: decide(
            tx,
            RULES,
            case_id=case.id,
            by=by,
            outcome=outcome,
            reason="Synthetic.",
            local_action=True,
            to_unit=True,
        )
    )
    assert isinstance(done, Done)


async def test_whoever_can_be_written_to_starts_a_clock_until_a_person_writes(
    store: Store, officer: Person
) -> None:
    case = await store.write(a_case, channel=Channel.TELEGRAM)
    unreachable = await store.write(a_case)
    assert set(await running(store, case.id)) == {"triage48", "ack_human"}
    assert set(await running(store, unreachable.id)) == {"triage48"}

    await store.write(
        lambda tx: write_to_reporter(tx, RULES, case_id=case.id, by=officer.id, words="We have read it.")
    )

    assert set(await running(store, case.id)) == {"triage48"}


async def test_a_child_starts_the_clock_of_the_notification_and_an_adult_does_not(store: Store) -> None:
    def report(tx: Transaction, age: str) -> Case:
        conversation = tx.conversations.open_new(Channel.WEBCHAT)
        return receive(
            tx,
            RULES,
            conversation_id=conversation.id,
            channel=Channel.WEBCHAT,
            hotline="local",
            kind="relative",
            language="en",
            flow_id="relative",
            flow_version=1,
            fingerprint="f" * 64,
            clear={"municipality": "0101", "age": age},
            body={"worry": "Something has changed."},
            identity={},
            municipality="0101",
        )

    child, adult = await store.write(report, "15_17"), await store.write(report, "25_plus")

    assert "child_forward" in await running(store, child.id)
    assert "child_forward" not in await running(store, adult.id)


async def test_to_the_unit_waits_for_the_police_and_goes_on_when_they_have_answered(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await store.write(a_case)
    await decided(store, case, officer.id, "to_unit")
    clocks = await running(store, case.id)
    assert set(clocks) == {"police_clear", "unit_decision"}
    was_due = clocks["unit_decision"].due_at
    assert clocks["unit_decision"].paused_since is not None

    clock.advance(timedelta(days=2))
    await store.write(
        lambda tx: stop_by_hand(
            tx,
            RULES,
            case_id=case.id,
            by=officer.id,
            clock_id=clocks["police_clear"].id,
            result="may_be_handled",
        )
    )

    (unit,) = (await running(store, case.id)).values()
    assert (unit.paused_since, unit.due_at - was_due) == (None, timedelta(days=2))


async def test_a_joined_case_escalates_no_more(store: Store, clock: SettableClock, officer: Person) -> None:
    case = await store.write(a_case, channel=Channel.TELEGRAM)
    await decided(store, case, officer.id, "duplicate")
    assert await running(store, case.id) == {}

    before = len(await store.read(notices))
    clock.advance(timedelta(days=10))
    assert (await store.write(tick, RULES)).milestones == 0
    assert len(await store.read(notices)) == before


async def test_a_release_is_prepared_by_a_clock_that_counts_back_from_its_date(
    store: Store, officer: Person
) -> None:
    case = await store.write(a_case)

    def begin(tx: Transaction, date: datetime | None) -> Done | Refused:
        return start_by_hand(
            tx, RULES, case_id=case.id, by=officer.id, policy="release_prep", date=date, words="Synthetic."
        )

    assert await store.write(begin, None) == Refused(Reason.DATE_NEEDED)
    assert isinstance(await store.write(begin, RELEASE), Done)
    assert await store.write(begin, RELEASE) == Refused(Reason.CLOCK_RUNS_ALREADY)

    release = (await running(store, case.id))["release_prep"]
    assert release.due_at == RELEASE - timedelta(weeks=8)
    timeline = await store.read(lambda tx: tx.cases.timeline(case.id))
    assert timeline[-1].kind is EventKind.CLOCK_STARTED
    acts = [entry.act for entry in await store.read(lambda tx: tx.audit.of_object(case.id))]
    assert Act.CLOCK_STARTED in acts


async def test_a_date_that_is_a_slip_is_asked_about_and_one_that_no_clock_wants_is_not_dropped(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await store.write(a_case)
    long_ago = clock.at - timedelta(days=2000)

    def begin(tx: Transaction, policy: str, *, anyway: bool = False) -> Done | Refused:
        return start_by_hand(
            tx, RULES, case_id=case.id, by=officer.id, policy=policy, date=long_ago, anyway=anyway
        )

    assert await store.write(begin, "followup_6m") == Refused(Reason.DEADLINE_PASSED)
    assert await store.write(begin, "art14") == Refused(Reason.NO_DATE_WANTED)
    assert not {"followup_6m", "art14"} & set(await running(store, case.id))
    assert isinstance(await store.write(lambda tx: begin(tx, "followup_6m", anyway=True)), Done)
    assert (await running(store, case.id))["followup_6m"].due_at < clock.at


async def test_the_day_of_erasing_is_kept_by_a_clock_of_a_case_that_is_over_and_told_to_the_data_protection_officer(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    guard = await store.write(a_person, roles=[Role.DPO])
    case = await store.write(a_case)
    await decided(store, case, officer.id, "duplicate")
    date = clock.at + timedelta(days=90)
    begun = await store.write(
        lambda tx: start_by_hand(
            tx, RULES, case_id=case.id, by=officer.id, policy="retention", date=date, words="Synthetic."
        )
    )
    assert isinstance(begun, Done)
    retention = (await running(store, case.id))["retention"]
    assert retention.due_at == date

    before = len(await store.read(notices))
    clock.advance(timedelta(days=59))
    assert (await store.write(tick, RULES)).milestones == 0
    clock.advance(timedelta(days=2))
    assert (await store.write(tick, RULES)).milestones == 1
    assert [row.person_id for row in (await store.read(notices))[before:]] == [guard.id]


async def test_a_pause_holds_the_steps_and_a_promise_takes_none(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await store.write(a_case)
    await decided(store, case, officer.id, "to_unit")
    police = (await running(store, case.id))["police_clear"]

    def pause(tx: Transaction, clock_of: Clock, reason: str, words: str = "") -> Done | Refused:
        return pause_by_hand(
            tx, RULES, case_id=case.id, by=officer.id, clock_id=clock_of.id, reason=reason, words=words
        )

    def go_on(tx: Transaction) -> Done | Refused:
        return go_on_by_hand(tx, RULES, case_id=case.id, by=officer.id, clock_id=police.id)

    other = await store.write(a_case)
    promise = (await running(store, other.id))["triage48"]
    assert await store.write(
        lambda tx: pause_by_hand(
            tx, RULES, case_id=other.id, by=officer.id, clock_id=promise.id, reason="person_away"
        )
    ) == Refused(Reason.NEVER_PAUSED)
    assert await store.write(go_on) == Refused(Reason.NOT_WAITING)
    assert await store.write(pause, police, "no_such") == Refused(Reason.NOTHING_CHOSEN)
    assert await store.write(pause, police, "other") == Refused(Reason.REASON_NEEDED)
    assert isinstance(await store.write(pause, police, "person_away"), Done)
    assert await store.write(pause, police, "person_away") == Refused(Reason.CLOCK_STANDS)

    clock.advance(timedelta(days=30))
    await store.write(tick, RULES)
    fired = await store.read(lambda tx: tx.clocks.get(police.id).fired)
    assert fired == frozenset()

    assert isinstance(await store.write(go_on), Done)
    clock.advance(timedelta(days=30))
    await store.write(tick, RULES)
    fired = await store.read(lambda tx: tx.clocks.get(police.id).fired)
    assert {milestone for milestone, _ in fired} >= {"first_day", "second_day", "breached", "after"}


async def test_only_whoever_may_keeps_the_clocks_of_a_case(store: Store, officer: Person) -> None:
    case = await store.write(a_case)
    await store.write(lambda tx: claim(tx, RULES, case_id=case.id, by=officer.id))
    other = await store.write(a_person, roles=[Role.COORDINATOR])
    outsider = await store.write(a_person, roles=[Role.STEERING])

    for person in (other, outsider):
        refused = await store.write(start_by_hand, RULES, case_id=case.id, by=person.id, policy="art14")
        assert refused == Refused(Reason.NOT_ALLOWED)


async def test_what_is_followed_up_runs_on_when_the_case_is_closed(store: Store, officer: Person) -> None:
    case = await store.write(a_case)
    await decided(store, case, officer.id, "advice_only")
    for policy in ("followup_6m", "contact_citizen"):
        await store.write(start_by_hand, RULES, case_id=case.id, by=officer.id, policy=policy, date=RELEASE)

    assert isinstance(
        await store.write(lambda tx: close_case(tx, RULES, case_id=case.id, by=officer.id)), Done
    )

    left = await running(store, case.id)
    assert set(left) == {"followup_6m"}
    stopped = await store.write(
        lambda tx: stop_by_hand(
            tx,
            RULES,
            case_id=case.id,
            by=officer.id,
            clock_id=left["followup_6m"].id,
            result="cannot_be_judged",
        )
    )
    assert isinstance(stopped, Done)
    assert await running(store, case.id) == {}


async def test_a_report_that_was_written_down_late_is_late_for_every_clock(store: Store) -> None:
    case = await store.write(a_submission, channel=Channel.TELEGRAM)
    clocks = await running(store, case.id)
    assert {each.started_at for each in clocks.values()} == {case.received_at}


async def test_a_clock_that_closing_starts_runs_on_the_closed_case(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)
    police = RULES.policies.newest(ClockPolicyId("police_clear"))
    after = police.model_copy(update={"version": 2, "starts_on": ("closed",), "stops_on": ()})
    clocks = (*RULES.policies.clocks, after)
    rules = replace(RULES, policies=RULES.policies.model_copy(update={"clocks": clocks}))
    await store.write(
        lambda tx: decide(
            tx,
            rules,
            case_id=case.id,
            by=officer.id,
            outcome="advice_only",
            reason="Synthetic.",
            local_action=False,
            to_unit=False,
        )
    )

    closed = await store.write(close_case, rules, case_id=case.id, by=officer.id)

    assert isinstance(closed, Done)
    running = [
        each.policy_id
        for each in await store.read(lambda tx: tx.clocks.of_case(case.id))
        if each.stopped_at is None
    ]
    assert running == ["police_clear"]
