"""Every kind of contact is answered: an owner, a clock, a place in the one queue, and a person who lets it go."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_person, a_submission, notices, some_rules
from tests.support.stores import SettableClock
from triage.cases.case import CaseState
from triage.cases.decide import decide
from triage.cases.reading import read_queue
from triage.cases.words import Done
from triage.ids import ClockPolicyId
from triage.kinds import CountedAs
from triage.people.person import Role
from triage.refusals import Reason, Refused

RULES = some_rules()
KINDS = tuple(kind.code for kind in RULES.organisation.reporter_kind)
LETS_GO = {
    "relative": "advice_only",
    "professional": "to_unit",
    "advice": "answered",
    "talk_request": "planned",
    "self": "advice_only",
}


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_has_an_owner_a_clock_of_48_hours_and_a_place_in_the_queue(
    store: Store, kind: str
) -> None:
    officer = await store.write(a_person, on_duty=True)

    case = await store.write(a_submission, kind=kind)

    view = await store.read(lambda tx: read_queue(tx, RULES, by=officer.id, again=True))
    assert not isinstance(view, Refused)
    [row] = view.waiting
    assert row.clock is not None
    assert (row.case.id, row.case.kind, row.clock.policy_id) == (case.id, kind, RULES.main_clock(kind))
    assert row.left == timedelta(hours=48)
    assert RULES.policies.newest(row.clock.policy_id).pausable is False
    told = {(found.notice, found.person_id) for found in await store.read(notices)}
    assert told == {("notice.case_received", officer.id)}


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_leaves_the_queue_only_by_a_person_with_a_reason(
    store: Store, clock: SettableClock, kind: str
) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_submission, kind=kind)
    given = {"case_id": case.id, "outcome": LETS_GO[kind], "local_action": True, "to_unit": True}

    nobody = await store.write(a_person, roles=(Role.ADMINISTRATOR,))
    refused = await store.write(
        lambda tx: decide(tx, RULES, by=nobody.id, reason="Fordi.", **given)  # type: ignore[arg-type]
    )
    unsaid = await store.write(
        lambda tx: decide(tx, RULES, by=officer.id, reason=" ", **given)  # type: ignore[arg-type]
    )
    done = await store.write(
        lambda tx: decide(tx, RULES, by=officer.id, reason="Fordi.", **given)  # type: ignore[arg-type]
    )

    assert (refused, unsaid) == (Refused(Reason.NOT_ALLOWED), Refused(Reason.REASON_NEEDED))
    assert isinstance(done, Done)
    assert done.case.state is CaseState.TRIAGED
    assert done.case.decision is not None
    about_a_person = RULES.organisation.kind(kind).about_a_person
    assert (done.case.decision.local_action, done.case.decision.to_unit) == (about_a_person,) * 2
    assert await store.read(lambda tx: tx.cases.queue(reader=None, limit=5)) == []
    clocks = await store.read(lambda tx: tx.clocks.of_case(case.id))
    [stopped] = [each for each in clocks if each.policy_id == RULES.main_clock(kind)]
    assert stopped.stopped_at == clock.at


@pytest.mark.parametrize("outcome", ["spam", "wrong_number"])
@pytest.mark.parametrize("kind", KINDS)
async def test_what_nobody_meant_for_us_leaves_by_a_named_hand_and_is_not_counted(
    store: Store, kind: str, outcome: str
) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_submission, kind=kind)

    done = await store.write(
        lambda tx: decide(
            tx,
            RULES,
            case_id=case.id,
            by=officer.id,
            outcome=outcome,
            reason="Reklame.",
            local_action=True,
            to_unit=True,
        )
    )

    assert isinstance(done, Done)
    assert done.case.decision is not None
    assert (done.case.decision.decided_by, done.case.decision.local_action) == (officer.id, False)
    assert RULES.organisation.get_outcome(outcome).counted is False
    decided = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert (decided.by, decided.words, decided.facts) == (officer.id, "Reklame.", {"outcome": outcome})


@pytest.mark.parametrize(("kind", "outcome"), [("advice", "to_unit"), ("relative", "answered")])
async def test_an_outcome_of_another_kind_is_refused(store: Store, kind: str, outcome: str) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_submission, kind=kind)

    refused = await store.write(
        lambda tx: decide(
            tx,
            RULES,
            case_id=case.id,
            by=officer.id,
            outcome=outcome,
            reason="Fordi.",
            local_action=False,
            to_unit=False,
        )
    )

    assert refused == Refused(Reason.OUTCOME_OF_ANOTHER_KIND)
    assert len(await store.read(lambda tx: tx.cases.queue(reader=None, limit=5))) == 1


async def test_a_decision_that_was_asked_for_as_another_kind_is_refused(store: Store) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_submission, kind="relative")

    def decided(tx: Transaction, asked_as: str) -> Done | Refused:
        return decide(
            tx,
            RULES,
            case_id=case.id,
            by=officer.id,
            outcome="advice_only",
            reason="Fordi.",
            local_action=False,
            to_unit=False,
            asked_as=asked_as,
        )

    assert await store.write(decided, "advice") == Refused(Reason.KIND_CHANGED)
    assert isinstance(await store.write(decided, "relative"), Done)


def test_only_a_concern_is_counted_as_one() -> None:
    counted = {kind.code: kind.counted_as for kind in RULES.organisation.reporter_kind}

    assert [code for code, how in counted.items() if how is CountedAs.CONCERN] == ["relative", "professional"]


async def test_a_profile_with_a_clock_of_another_name_works_from_data_alone(store: Store) -> None:
    answer = RULES.policies.newest(ClockPolicyId("answer48"))
    own = answer.model_copy(update={"id": "two_days"})
    kinds = tuple(kind.model_copy(update={"clock": "two_days"}) for kind in RULES.organisation.reporter_kind)
    rules = type(RULES)(
        organisation=RULES.organisation.model_copy(update={"reporter_kind": kinds}),
        policies=RULES.policies.model_copy(update={"clocks": (own,)}),
        calendar=RULES.calendar,
        clean=RULES.clean,
    )
    officer = await store.write(a_person, on_duty=True)

    case = await store.write(a_submission, rules=rules)
    done = await store.write(
        lambda tx: decide(
            tx,
            rules,
            case_id=case.id,
            by=officer.id,
            outcome="advice_only",
            reason="Fordi.",
            local_action=False,
            to_unit=False,
        )
    )

    assert isinstance(done, Done)
    [clock] = await store.read(lambda tx: tx.clocks.of_case(case.id))
    assert (clock.policy_id, clock.stopped_at is None) == ("two_days", False)


def test_a_kind_that_is_not_known_any_more_is_met_as_a_concern() -> None:
    assert RULES.organisation.kind("gone").counted_as is CountedAs.CONCERN
    assert RULES.main_clock("gone") == RULES.main_clock("relative")
