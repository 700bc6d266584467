"""A receiver outside is told by a person, who writes it down: what that records, and which clock it stops."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_conversation, a_person, a_submission, some_rules
from tests.support.profiles import shipped
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.case import Case, CaseEvent, EventKind
from triage.cases.decide import decide
from triage.cases.handle import claim, close_case
from triage.cases.reading import read_case
from triage.cases.receive import receive
from triage.cases.receivers import receivers_of, record_told
from triage.cases.records import Channel
from triage.cases.words import Done
from triage.clocks.clock import Clock
from triage.ids import PersonId
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = shipped().rules()
TO = "Testvagt 12,\n børneafdelingen"


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


def about_a_child(tx: Transaction) -> Case:
    return receive(
        tx,
        RULES,
        conversation_id=a_conversation(tx).id,
        channel=Channel.WEBCHAT,
        hotline="local",
        kind="relative",
        language="da",
        flow_id="relative",
        flow_version=1,
        fingerprint="f" * 64,
        clear={"age": "15_17"},
        body={},
        identity={},
        municipality="0101",
    )


async def told(
    store: Store, case: Case, by: PersonId, receiver: str = "child", **more: object
) -> Done | Refused:
    given = {"to": TO, "receipt": "J.nr. 7", **more}
    return await store.write(
        lambda tx: record_told(tx, RULES, case_id=case.id, by=by, receiver=receiver, **given)  # type: ignore[arg-type]
    )


async def decided(store: Store, case: Case, by: PersonId, outcome: str) -> None:
    done = await store.write(
        decide,
        RULES,
        case_id=case.id,
        by=by,
        outcome=outcome,
        reason="Syntetisk.",
        local_action=False,
        to_unit=False,
    )
    assert isinstance(done, Done)


async def waiting(store: Store, case: Case) -> Clock:
    clocks = await store.read(lambda tx: tx.clocks.of_case(case.id))
    return next(each for each in clocks if each.policy_id == "child_forward")


async def timeline(store: Store, case: Case) -> list[CaseEvent]:
    return list(await store.read(lambda tx: tx.cases.timeline(case.id)))


async def offered(store: Store, case: Case) -> set[str]:
    def look(tx: Transaction) -> set[str]:
        found = receivers_of(RULES, tx.cases.get(case.id), tx.clocks.of_case(case.id))
        return {each.code for each in found}

    return await store.read(look)


async def test_it_is_recorded_with_whom_and_when_decides_nothing_and_stops_the_clock_that_waits(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await store.write(about_a_child)
    clock.advance(timedelta(hours=3))
    at = clock.at - timedelta(hours=1)

    done = await told(store, case, officer.id, at=at)

    assert isinstance(done, Done)
    handed, stopped = (await timeline(store, case))[-2:]
    assert (handed.kind, handed.by) == (EventKind.HANDED_TO, officer.id)
    assert handed.words == "Testvagt 12, børneafdelingen\nJ.nr. 7"
    assert handed.facts == {"receiver": "child", "at": at.isoformat()}
    assert (stopped.kind, stopped.facts["result"]) == (EventKind.CLOCK_STOPPED, "notified")
    ended = await waiting(store, case)
    assert (ended.stopped_at, ended.result) == (clock.at, "notified")
    now = await store.read(lambda tx: tx.cases.get(case.id))
    assert (now.decision, now.state) == (None, case.state)
    acts = [each.act for each in await store.read(lambda tx: tx.audit.of_object(case.id))]
    assert acts[-2:] == [Act.CASE_HANDED_TO, Act.CLOCK_STOPPED]


async def test_without_a_receipt_and_for_another_receiver_the_clock_runs_on(
    store: Store, officer: Person
) -> None:
    case = await store.write(about_a_child)

    assert isinstance(await told(store, case, officer.id, receipt=" "), Done)
    assert isinstance(await told(store, case, officer.id, "police"), Done)

    assert (await waiting(store, case)).stopped_at is None
    assert [each.kind for each in (await timeline(store, case))[-2:]] == [EventKind.HANDED_TO] * 2


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"receiver": "nobody"}, Reason.NOTHING_CHOSEN),
        ({"to": " \n "}, Reason.EMPTY),
        ({"at": timedelta(hours=1)}, Reason.NOT_THEN),
        ({"at": timedelta(hours=-48)}, Reason.NOT_THEN),
    ],
)
async def test_what_cannot_be_is_refused(
    store: Store, clock: SettableClock, officer: Person, *, more: dict[str, object], reason: Reason
) -> None:
    case = await store.write(about_a_child)
    given = {
        name: clock.at + value if isinstance(value, timedelta) else str(value) for name, value in more.items()
    }

    assert await told(store, case, officer.id, **{"receiver": "child", **given}) == Refused(reason)  # type: ignore[arg-type]
    assert EventKind.HANDED_TO not in {each.kind for each in await timeline(store, case)}


async def test_advice_has_no_receiver_and_a_closed_case_takes_no_more(store: Store, officer: Person) -> None:
    asked = await store.write(a_submission, kind="advice", rules=RULES)
    case = await store.write(a_case)
    await decided(store, case, officer.id, "advice_only")
    await store.write(close_case, RULES, case_id=case.id, by=officer.id, words="")

    assert await told(store, asked, officer.id, "police") == Refused(Reason.NOTHING_CHOSEN)
    assert await told(store, case, officer.id, "police") == Refused(Reason.CLOSED)
    assert await offered(store, asked) == await offered(store, case) == set()


async def test_before_a_decision_all_are_offered_then_whom_it_names_or_for_whom_a_clock_waits(
    store: Store, officer: Person
) -> None:
    adult, child = await store.write(a_case), await store.write(about_a_child)
    assert await offered(store, adult) == {"police", "child"}

    await decided(store, adult, officer.id, "police_now")
    await decided(store, child, officer.id, "to_unit")

    assert await offered(store, adult) == {"police"}
    assert await offered(store, child) == {"child"}


async def test_whoever_may_not_decide_records_nothing_and_opens_no_sheet(
    store: Store, officer: Person
) -> None:
    case = await store.write(a_case)
    await store.write(claim, some_rules(), case_id=case.id, by=officer.id)
    other = await store.write(a_person, roles=[Role.COORDINATOR])
    guard = await store.write(a_person, roles=[Role.DPO])

    def sheet(tx: Transaction, by: PersonId) -> object:
        return read_case(tx, RULES, code=case.code, by=by, sheet="police")

    for person in (other, guard):
        assert await told(store, case, person.id, "police") == Refused(Reason.NOT_ALLOWED)
        assert await store.write(sheet, person.id) == Refused(Reason.NOT_FOUND)
    assert not isinstance(await store.write(sheet, officer.id), Refused)
    [read] = [
        each for each in await store.read(lambda tx: tx.audit.of_object(case.id)) if each.act is Act.CASE_READ
    ]
    assert (read.actor, read.facts) == (officer.id, {"sheet": "police"})


async def test_a_case_is_not_closed_before_somebody_says_what_became_of_the_child(
    store: Store, officer: Person
) -> None:
    case = await store.write(about_a_child)
    await decided(store, case, officer.id, "advice_only")

    refused = await store.write(close_case, RULES, case_id=case.id, by=officer.id)
    await told(store, case, officer.id)
    closed = await store.write(close_case, RULES, case_id=case.id, by=officer.id)

    assert refused == Refused(Reason.CLOCK_WAITS)
    assert isinstance(closed, Done)


async def test_a_case_for_the_unit_goes_through_the_unit(store: Store, officer: Person) -> None:
    case = await store.write(a_case)
    await decided(store, case, officer.id, "to_unit")

    found = await store.read(lambda tx: tx.cases.get(case.id))

    assert found.decision is not None
    assert found.decision.to_unit
