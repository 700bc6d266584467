"""Ways back in: codes on paper, and a link from an administrator, who could use it themself."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.store import Store
from tests.support.builders import a_person, a_submission, some_rules, waiting_notices
from tests.support.stores import MONDAY_MORNING
from triage.audit import Act
from triage.cases.acute import mark_acute
from triage.cases.handle import claim
from triage.cases.tasks import make_task
from triage.ids import PersonId
from triage.people.duty import take_duty
from triage.people.invite import (
    Invited,
    WayIn,
    accept,
    create_first_administrator_ticket,
    disable,
    recover,
)
from triage.people.person import Person, Role
from triage.people.recovery_codes import CODES, codes_left, make_recovery_codes, verify_recovery_code
from triage.people.roles import agree_to_roles, change_roles, decline_roles, waiting_roles
from triage.people.sign_in import FACTOR_TRIES, SignedIn, password_was_right, verify_second_factor
from triage.people.upkeep import recover_person
from triage.refusals import Reason, Refused

RULES = some_rules()
TOMORROW = MONDAY_MORNING + timedelta(days=1)
WAY_IN = WayIn(password_hash="hash", totp_secret="another", totp_step=100)


async def half(store: Store, person: Person) -> str:
    opened = await store.write(password_was_right, person_id=person.id, password_hash="hash")
    assert isinstance(opened, SignedIn)
    return opened.token or ""


async def by_code(store: Store, person: Person, typed: str) -> SignedIn | Refused:
    token = await half(store, person)
    return await store.write(verify_recovery_code, RULES, token=token, typed=typed)


async def left(store: Store, person: Person) -> int:
    return await store.read(codes_left, by=person.id)


@pytest.mark.asvs("6.5.1")
async def test_a_code_on_paper_lets_its_person_in_once_and_they_are_told(store: Store) -> None:
    person, other = await store.write(a_person), await store.write(a_person)
    codes = await store.write(make_recovery_codes, RULES, by=person.id)
    assert len(set(codes)) == CODES

    wrong = await by_code(store, other, codes[0])
    first = await by_code(store, person, f"  {codes[0].replace(' ', '-')} ")
    again = await by_code(store, person, codes[0])

    assert wrong == again == Refused(Reason.WRONG_CODE)
    assert isinstance(first, SignedIn)
    assert first.session.verified_at is not None
    assert await left(store, person) == CODES - 1
    told = [key for key, who, _ in await store.read(waiting_notices) if who == person.id]
    assert told == ["notice.way_in_added", "notice.recovery_code_used"]
    kept = str(await store.read(lambda tx: tx.audit.of_object(person.id)))
    assert not any(code in kept or code.replace(" ", "") in kept for code in codes)


async def test_new_codes_are_instead_of_the_old_ones(store: Store) -> None:
    person = await store.write(a_person)
    old = await store.write(make_recovery_codes, RULES, by=person.id)
    new = await store.write(make_recovery_codes, RULES, by=person.id)

    assert await by_code(store, person, old[0]) == Refused(Reason.WRONG_CODE)
    assert isinstance(await by_code(store, person, new[0]), SignedIn)


@pytest.mark.asvs("6.3.1")
async def test_codes_on_paper_and_codes_of_the_app_are_counted_together(store: Store) -> None:
    person = await store.write(a_person)
    codes = await store.write(make_recovery_codes, RULES, by=person.id)
    tries = FACTOR_TRIES.burst

    answers = [await by_code(store, person, f"{number:012}") for number in range(tries)]

    assert answers == [Refused(Reason.WRONG_CODE)] * tries
    assert await by_code(store, person, codes[0]) == Refused(Reason.TOO_MANY_TRIES)
    token = await half(store, person)
    throttled = await store.write(verify_second_factor, token=token, step_of=lambda _: 1)
    assert throttled == Refused(Reason.TOO_MANY_TRIES)


async def test_without_the_password_a_code_opens_nothing(store: Store) -> None:
    person = await store.write(a_person)
    codes = await store.write(make_recovery_codes, RULES, by=person.id)

    refused = await store.write(verify_recovery_code, RULES, token="none", typed=codes[0])

    assert refused == Refused(Reason.EXPIRED)
    assert await left(store, person) == CODES


@pytest.mark.parametrize("how", ["shut out", "recovered"])
async def test_codes_end_with_the_way_in(store: Store, how: str) -> None:
    admin = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    person = await store.write(a_person)
    await store.write(make_recovery_codes, RULES, by=person.id)

    if how == "shut out":
        await store.write(disable, RULES, by=admin.id, person_id=person.id)
    else:
        await recovered(store, admin, person)

    assert await left(store, person) == 0


async def recovered(store: Store, by: Person, person: Person) -> str:
    made = await store.write(recover_person, RULES, by=by.id, person_id=person.id)
    assert isinstance(made, Invited)
    return made.token


async def comes_back(store: Store, by: Person, person: Person) -> Person:
    joined = await store.write(accept, RULES, token=await recovered(store, by, person), way_in=WAY_IN)
    assert isinstance(joined, Person)
    return joined


async def roles(store: Store, person_id: PersonId) -> set[Role]:
    return set(await store.read(lambda tx: tx.people.get(person_id).roles))


@pytest.mark.asvs("2.3.5")
async def test_whoever_comes_back_by_a_colleagues_link_has_no_role_until_another_one_has_looked(
    store: Store,
) -> None:
    admin = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    head = await store.write(a_person, roles=[Role.HEAD])
    person = await store.write(a_person, roles=[Role.HEAD, Role.DPO])

    await comes_back(store, admin, person)

    assert await roles(store, person.id) == set()
    [request] = await store.read(lambda tx: tx.role_requests.waiting())
    assert (request.person_id, request.asked_by, request.roles) == (person.id, admin.id, person.roles)
    # Neither who made the link nor who came by it agrees.
    for alone in (admin, person):
        assert isinstance(
            await store.write(agree_to_roles, RULES, by=alone.id, request_id=request.id), Refused
        )
    assert await roles(store, person.id) == set()
    told = {(key, who) for key, who, _ in await store.read(waiting_notices)}
    assert {("notice.roles_wait", head.id), ("notice.way_in_added", person.id)} <= told

    await store.write(agree_to_roles, RULES, by=head.id, request_id=request.id)

    assert await roles(store, person.id) == set(person.roles)


async def test_somebody_who_is_not_who_they_say_gets_nothing(store: Store) -> None:
    admin = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    head = await store.write(a_person, roles=[Role.HEAD])
    person = await store.write(a_person)
    await comes_back(store, admin, person)
    waiting = await store.read(waiting_roles, by=head.id)
    assert not isinstance(waiting, Refused)

    await store.write(decline_roles, by=head.id, request_id=waiting[0].id)

    assert await roles(store, person.id) == set()


async def test_where_nobody_else_can_look_the_person_has_their_roles_at_once_and_it_stands_in_the_audit(
    store: Store,
) -> None:
    admin = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    person = await store.write(a_person, roles=[Role.HEAD])

    back = await comes_back(store, admin, person)

    assert back.roles == person.roles
    entries = await store.read(lambda tx: tx.audit.of_object(person.id))
    joined = next(entry for entry in entries if entry.act is Act.PERSON_JOINED)
    assert joined.facts == {"by": "recovery", "looked_at": "no"}


async def test_nobody_makes_a_way_back_for_themself(store: Store) -> None:
    admin = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    await store.write(a_person, roles=[Role.HEAD])

    made = await store.write(recover_person, RULES, by=admin.id, person_id=admin.id)

    assert made == Refused(Reason.OWN_WAY_BACK)


async def test_the_last_administrator_is_let_in_anew_by_the_operator_alone(store: Store) -> None:
    maker = await store.write(a_person, roles=[Role.ADMINISTRATOR, Role.HEAD])
    await store.write(a_person, roles=[Role.HEAD])
    last = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    link = await recovered(store, maker, last)
    await store.write(change_roles, RULES, by=last.id, person_id=maker.id, roles=[Role.HEAD])

    by_colleague = await store.write(accept, RULES, token=link, way_in=WAY_IN)
    first = await store.write(create_first_administrator_ticket)
    made = await store.write(recover, email=last.email)
    assert isinstance(made, Invited)
    by_operator = await store.write(accept, RULES, token=made.token, way_in=WAY_IN)

    assert by_colleague == Refused(Reason.WAY_BACK_OF_THE_LAST)
    assert first == Refused(Reason.ALREADY_USED)
    assert isinstance(by_operator, Person)
    assert by_operator.roles == {Role.ADMINISTRATOR}


async def test_while_somebody_is_looked_at_their_duty_cases_and_tasks_are_somebody_elses(
    store: Store,
) -> None:
    admin = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    head = await store.write(a_person, roles=[Role.HEAD])
    officer = await store.write(a_person, roles=[Role.DUTY_OFFICER])
    case = await store.write(a_submission)
    await store.write(claim, RULES, case_id=case.id, by=officer.id)
    await store.write(take_duty, by=officer.id)
    await store.write(
        lambda tx: make_task(
            tx, RULES, case_id=case.id, by=head.id, what="Call.", owner=officer.id, due=TOMORROW
        )
    )

    await comes_back(store, admin, officer)

    assert await store.read(lambda tx: tx.people.on_duty()) is None
    assert (await store.read(lambda tx: tx.cases.get(case.id))).assignee is None
    [task] = await store.read(lambda tx: tx.tasks.of_case(case.id))
    assert task.owner is None
    # Danger is told to who is there, and not to somebody who may not answer it.
    colleague = await store.write(a_person)
    await store.write(
        lambda tx: mark_acute(tx, RULES, case_id=case.id, by=colleague.id, reason="Synthetic danger.")
    )
    told = {who for key, who, _ in await store.read(waiting_notices) if key.startswith("notice.acute_check")}
    assert told == {head.id}
