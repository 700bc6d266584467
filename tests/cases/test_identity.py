"""Who a reporter is, is opened by two: one asks with a reason, another one agrees, and both stand in the timeline."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, a_submission, some_rules, waiting_notices
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.acute import mark_acute
from triage.cases.case import Case, CaseState, EventKind
from triage.cases.conflict import keep_out
from triage.cases.identity import Identity, read_identity
from triage.cases.identity_requests import (
    AGREED_FOR,
    IdentityRequest,
    end_identity_request,
    identity_requests_for,
)
from triage.cases.words import Done
from triage.ids import PersonId
from triage.people.invite import disable
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
REASON = "MARKER-REASON"
WAITS = "notice.identity_waits"


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


@pytest.fixture
async def colleague(store: Store) -> Person:
    return await store.write(a_person, roles=[Role.HEAD])


@pytest.fixture
async def case(store: Store) -> Case:
    return await store.write(a_submission)


async def opens(
    store: Store, case: Case, by: Person, reason: str = REASON
) -> Identity | IdentityRequest | Refused:
    def read(tx: Transaction) -> Identity | IdentityRequest | Refused:
        return read_identity(tx, RULES, code=case.code, by=by.id, reason=reason, verified_at=tx.now)

    return await store.write(read)


async def ends(
    store: Store, case: Case, by: Person, *, agrees: bool = True, request: IdentityRequest | None = None
) -> Done | Refused:
    """Answer this request, or the latest."""

    def end(tx: Transaction) -> Done | Refused:
        answered = request or tx.identity_requests.of_case(case.id)[0]
        return end_identity_request(
            tx, RULES, case_id=case.id, by=by.id, request_id=answered.id, agrees=agrees
        )

    return await store.write(end)


async def told_of(store: Store, what: str) -> set[PersonId | None]:
    return {who for key, who, _ in await store.read(waiting_notices) if key == f"notice.{what}"}


async def kinds(store: Store, case: Case) -> list[EventKind]:
    return [event.kind for event in await store.read(lambda tx: tx.cases.timeline(case.id))]


@pytest.mark.asvs("2.3.5")
async def test_it_opens_once_a_colleague_has_agreed_and_for_an_hour(
    store: Store, clock: SettableClock, officer: Person, colleague: Person, case: Case
) -> None:
    asked = await opens(store, case, officer, f"{REASON} 010101-1234")
    told = await store.read(waiting_notices)
    waits = await store.read(lambda tx: identity_requests_for(tx, by=colleague.id, limit=9))
    own = await store.read(lambda tx: identity_requests_for(tx, by=officer.id, limit=9))
    agreed = await ends(store, case, colleague)
    opened = await opens(store, case, officer)

    assert isinstance(asked, IdentityRequest)
    assert REASON in asked.reason
    assert "010101" not in asked.reason
    assert (waits, own) == ([case.code], [])
    assert (WAITS, colleague.id, "mail") in told
    assert (WAITS, officer.id, "mail") not in told
    assert isinstance(agreed, Done)
    assert await told_of(store, "identity_answered") == {officer.id}
    assert isinstance(opened, Identity)
    assert opened.answers == ({"your_name": "Testperson R"},)
    assert (await kinds(store, case))[-3:] == [
        EventKind.IDENTITY_ASKED,
        EventKind.IDENTITY_AGREED,
        EventKind.IDENTITY_READ,
    ]
    # Another one who would open it asks anew, and after an hour so does the first.
    other = await store.write(a_person)
    assert isinstance(await opens(store, case, other), IdentityRequest)
    clock.advance(AGREED_FOR)
    assert isinstance(await opens(store, case, officer), IdentityRequest)


@pytest.mark.asvs("2.3.5")
async def test_nobody_agrees_with_themself_and_a_no_opens_nothing(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    await opens(store, case, officer)

    alone = await ends(store, case, officer)
    declined = await ends(store, case, colleague, agrees=False)
    late = await ends(store, case, colleague)

    assert alone == Refused(Reason.SAME_PERSON)
    assert isinstance(declined, Done)
    assert late == Refused(Reason.NOT_WAITING)
    assert isinstance(await opens(store, case, officer), IdentityRequest)
    assert EventKind.IDENTITY_READ not in await kinds(store, case)


async def test_whoever_asked_may_take_it_back(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    await opens(store, case, officer)

    assert isinstance(await ends(store, case, officer, agrees=False), Done)

    assert await told_of(store, "identity_answered") == set()
    assert await ends(store, case, colleague) == Refused(Reason.NOT_WAITING)
    assert (WAITS, colleague.id, "mail") not in await store.read(waiting_notices)


@pytest.mark.parametrize("why", ["call", "alarm", "nobody"])
async def test_one_is_enough_where_waiting_would_harm_or_nobody_else_is_there(
    store: Store, officer: Person, why: str
) -> None:
    dpo = await store.write(a_person, roles=[Role.DPO])
    if why != "nobody":
        await store.write(a_person, roles=[Role.COORDINATOR])
    if why == "alarm":
        case = await store.write(lambda tx: a_case(tx, acute=True))
    else:
        reach = {"reach_how": ("call",), "reach_when": ("evening",)} if why == "call" else {}
        case = await store.write(lambda tx: a_submission(tx, body={"worry": "Synthetic.", **reach}))

    assert isinstance(await opens(store, case, officer), Identity)

    entry = (await store.read(lambda tx: tx.audit.of_object(case.id)))[-1]
    assert (entry.act, entry.facts) == (Act.IDENTITY_READ, {"alone": why})
    # That nobody else is there can be brought about.
    assert await told_of(store, "identity_alone") == ({dpo.id} if why == "nobody" else set())


async def test_whoever_marks_danger_themself_opens_it_alone_and_that_is_told(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    dpo = await store.write(a_person, roles=[Role.DPO])
    asked = await opens(store, case, officer)
    await store.write(lambda tx: mark_acute(tx, RULES, case_id=case.id, by=officer.id, reason="Synthetic."))

    opened = await opens(store, case, officer)

    assert isinstance(asked, IdentityRequest)
    assert isinstance(opened, Identity)
    assert await told_of(store, "identity_alone") == {colleague.id, dpo.id}
    # What was asked for is no longer waited for.
    assert await ends(store, case, colleague, request=asked) == Refused(Reason.NOT_WAITING)
    assert await told_of(store, "identity_waits") == set()
    assert await store.read(lambda tx: identity_requests_for(tx, by=colleague.id, limit=9)) == []


async def test_what_stands_in_the_case_is_the_reason_that_was_agreed_to(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    await opens(store, case, officer, "The reason that was read.")
    await ends(store, case, colleague)

    await opens(store, case, officer, "Another one.")

    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert (event.kind, event.words) == (EventKind.IDENTITY_READ, "The reason that was read.")


async def test_the_yes_of_somebody_who_could_not_say_it_any_more_opens_nothing(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    await store.write(a_person, roles=[Role.COORDINATOR])
    await opens(store, case, officer)
    await ends(store, case, colleague)
    await store.write(
        lambda tx: keep_out(tx, RULES, case_id=case.id, by=colleague.id, person_id=colleague.id)
    )

    assert isinstance(await opens(store, case, officer), IdentityRequest)


async def test_each_request_is_answered_by_itself(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    other = await store.write(a_person, roles=[Role.DUTY_OFFICER])
    read = await opens(store, case, officer, "A good reason.")
    unread = await opens(store, case, other, "Curious.")
    assert isinstance(read, IdentityRequest)
    assert isinstance(unread, IdentityRequest)

    await ends(store, case, colleague, request=read)

    assert isinstance(await opens(store, case, officer), Identity)
    assert isinstance(await opens(store, case, other), IdentityRequest)
    # The other one still waits for whoever was told of it.
    assert colleague.id in await told_of(store, "identity_waits")
    assert await ends(store, case, officer, agrees=False, request=unread) == Refused(Reason.NOT_WAITING)


async def test_asking_three_times_at_once_is_one_request_that_is_answered_once(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    third = await store.write(a_person, roles=[Role.COORDINATOR])

    await asyncio.gather(*(opens(store, case, officer) for _ in range(3)))

    requests = await store.read(lambda tx: tx.identity_requests.of_case(case.id))
    [waits] = [each for each in requests if each.ended_at is None]
    both = await asyncio.gather(
        ends(store, case, colleague, request=waits), ends(store, case, third, agrees=False, request=waits)
    )
    assert sorted(isinstance(each, Done) for each in both) == [False, True]


@pytest.mark.parametrize("how", ["kept out", "shut out"])
async def test_nothing_waits_for_somebody_who_may_not_read_the_case_any_more(
    store: Store, officer: Person, colleague: Person, case: Case, how: str
) -> None:
    admin = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    await opens(store, case, officer)

    if how == "kept out":
        await store.write(
            lambda tx: keep_out(tx, RULES, case_id=case.id, by=officer.id, person_id=officer.id)
        )
    else:
        await store.write(disable, RULES, by=admin.id, person_id=officer.id)

    assert await ends(store, case, colleague) == Refused(Reason.NOT_WAITING)
    assert await store.read(lambda tx: identity_requests_for(tx, by=colleague.id, limit=9)) == []
    assert await told_of(store, "identity_waits") == set()


async def test_whoever_is_kept_out_neither_agrees_nor_counts_nor_sees_that_it_waits(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    await opens(store, case, officer)
    await store.write(
        lambda tx: keep_out(tx, RULES, case_id=case.id, by=colleague.id, person_id=colleague.id)
    )

    assert await ends(store, case, colleague) == Refused(Reason.NOT_ALLOWED)
    assert await store.read(lambda tx: identity_requests_for(tx, by=colleague.id, limit=9)) == []
    # Nobody else is left who could agree.
    assert isinstance(await opens(store, case, officer), Identity)


async def test_asking_again_is_instead_of_the_first_time(
    store: Store, clock: SettableClock, officer: Person, colleague: Person, case: Case
) -> None:
    await opens(store, case, officer, "First.")
    clock.advance(timedelta(minutes=1))
    await opens(store, case, officer, "Second.")

    await ends(store, case, colleague)

    requests = await store.read(lambda tx: tx.identity_requests.of_case(case.id))
    assert [(each.reason, each.agreed) for each in requests] == [("Second.", True), ("First.", False)]
    assert await ends(store, case, colleague) == Refused(Reason.NOT_WAITING)


async def test_it_opens_on_a_closed_case_too(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    await store.write(
        lambda tx: tx.cases.save(
            replace(tx.cases.lock(case.id), state=CaseState.CLOSED, closed_at=tx.now, assignee=officer.id)
        )
    )

    assert isinstance(await opens(store, case, officer), IdentityRequest)
    assert isinstance(await ends(store, case, colleague), Done)
    assert isinstance(await opens(store, case, officer), Identity)
