"""Rules propose, people answer: every rule that fits is shown, and a yes does nothing by itself."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_person, a_submission, some_rules
from triage.audit import Act
from triage.cases.case import Case, EventKind
from triage.cases.words import Done
from triage.coordination.proposals import Target, answer_proposal, proposals, to_pull
from triage.people.person import Person, Role
from triage.profile import RoutingRule
from triage.refusals import Reason, Refused

RULES = replace(
    some_rules(),
    routing=(
        RoutingRule(
            id="young", when={"age": ("15_17",)}, authorities=("A", "B"), outcome="o", note="routing.x"
        ),
        RoutingRule(id="far", when={"home": ("@elsewhere",), "age": ("15_17", "18_24")}, note="routing.y"),
        RoutingRule(id="read", authorities=("C",), clocks=("k",), note="routing.z"),
    ),
)


@pytest.mark.parametrize(
    ("answers", "made"),
    [
        ({}, []),
        ({"age": {"18_24"}}, []),
        (
            {"age": {"15_17"}},
            [("young", "outcome", "o"), ("young", "authority", "A"), ("young", "authority", "B")],
        ),
        ({"age": {"18_24"}, "home": {"0461", "@elsewhere"}}, [("far", "note", "")]),
        (
            {"age": {"15_17"}, "home": {"@elsewhere"}},
            [
                ("young", "outcome", "o"),
                ("young", "authority", "A"),
                ("young", "authority", "B"),
                ("far", "note", ""),
            ],
        ),
    ],
)
def test_every_rule_that_fits_proposes_each_of_its_things_in_the_order_of_the_file(
    answers: Mapping[str, Collection[str]], made: list[tuple[str, str, str]]
) -> None:
    assert [(each.rule, each.target, each.code) for each in proposals(RULES, answers)] == made


def test_rules_without_a_condition_are_for_people_to_pull() -> None:
    assert [(each.rule, each.target, each.code) for each in to_pull(RULES)] == [
        ("read", "authority", "C"),
        ("read", "clock", "k"),
    ]


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


async def says(
    store: Store, case: Case, by: Person, *, code: str = "A", taken: bool = True, age: str = "15_17"
) -> Done | Refused:
    def answer(tx: Transaction) -> Done | Refused:
        return answer_proposal(
            tx,
            RULES,
            case_id=case.id,
            by=by.id,
            rule="young",
            target="authority",
            code=code,
            taken=taken,
            answers={"age": (age,)},
        )

    return await store.write(answer)


async def test_a_yes_is_written_down_and_does_nothing(store: Store, officer: Person) -> None:
    case = await store.write(a_submission)
    clocks = await store.read(lambda tx: tx.clocks.of_case(case.id))

    done = await says(store, case, officer)
    await says(store, case, officer, code="B", taken=False)
    await says(store, case, officer, code="B")

    assert isinstance(done, Done)
    answers = await store.read(lambda tx: tx.proposal_answers.of_case(case.id))
    assert [(each.target, each.code, each.taken, each.by) for each in answers] == [
        (Target.AUTHORITY, "A", True, officer.id),
        (Target.AUTHORITY, "B", False, officer.id),
        (Target.AUTHORITY, "B", True, officer.id),
    ]
    events = await store.read(lambda tx: tx.cases.timeline(case.id))
    assert [(each.kind, each.facts) for each in events[-3:-1]] == [
        (EventKind.PROPOSAL_TAKEN, {"rule": "young", "authority": "A"}),
        (EventKind.PROPOSAL_DECLINED, {"rule": "young", "authority": "B"}),
    ]
    entry = (await store.read(lambda tx: tx.audit.of_object(case.id)))[-1]
    assert (entry.act, entry.actor) == (Act.PROPOSAL_TAKEN, officer.id)
    found = await store.read(lambda tx: tx.cases.get(case.id))
    assert (found.decision, found.assignee, found.state) == (None, None, case.state)
    assert await store.read(lambda tx: tx.clocks.of_case(case.id)) == clocks
    assert await store.read(lambda tx: tx.enquiries.of_case(case.id)) == []


async def test_what_no_rule_proposes_and_whoever_may_not_is_refused(store: Store, officer: Person) -> None:
    case = await store.write(a_submission)
    chair = await store.write(a_person, roles=[Role.CHAIR])

    assert await says(store, case, officer, code="Z") == Refused(Reason.CHANGED_SINCE)
    # The rule is there, and does not fit the case as it stands now.
    assert await says(store, case, officer, age="25_plus") == Refused(Reason.CHANGED_SINCE)
    assert await says(store, case, chair) == Refused(Reason.NOT_ALLOWED)
    assert await store.read(lambda tx: tx.proposal_answers.of_case(case.id)) == []
