"""Roles are given by two people, as long as there are two; taken away they are by one."""

from __future__ import annotations

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_person, some_rules, waiting_notices
from triage.audit import Act
from triage.ids import PersonId, RoleRequestId
from triage.people.invite import Invited, disable, invite
from triage.people.person import Person, Role
from triage.people.roles import (
    Asked,
    RoleRequest,
    agree_to_roles,
    change_roles,
    decline_roles,
    waiting_roles,
)
from triage.refusals import Reason, Refused

RULES = some_rules()


async def roles_of(store: Store, person_id: PersonId) -> frozenset[Role]:
    return (await store.read(lambda tx: tx.people.get(person_id))).roles


async def asked(
    store: Store, by: Person, whom: Person, *roles: Role, authority: str | None = None
) -> RoleRequest:
    done = await store.write(
        change_roles, RULES, by=by.id, person_id=whom.id, roles=roles, authority=authority
    )
    assert isinstance(done, Asked)
    return done.request


@pytest.fixture
async def admin(store: Store) -> Person:
    return await store.write(a_person, roles=[Role.ADMINISTRATOR])


@pytest.fixture
async def head(store: Store) -> Person:
    return await store.write(a_person, roles=[Role.HEAD])


def agrees(tx: Transaction, by: Person, request: RoleRequest) -> Person | Refused:
    return agree_to_roles(tx, RULES, by=by.id, request_id=request.id)


async def test_more_roles_wait_for_a_second_person_who_is_told_and_is_neither_of_the_two(
    store: Store, admin: Person, head: Person
) -> None:
    analyst = await store.write(a_person, roles=[Role.ANALYST])
    request = await asked(store, admin, analyst, Role.ANALYST, Role.COORDINATOR)

    assert await roles_of(store, analyst.id) == {Role.ANALYST}
    assert await store.read(waiting_notices) == [("notice.roles_wait", head.id, "mail")]
    assert await store.write(agrees, admin, request) == Refused(Reason.SAME_PERSON)
    assert await store.write(agrees, analyst, request) == Refused(Reason.NOT_ALLOWED)
    assert isinstance(await store.write(agrees, head, request), Person)
    assert await roles_of(store, analyst.id) == {Role.ANALYST, Role.COORDINATOR}
    assert await store.write(agrees, head, request) == Refused(Reason.NOT_WAITING)
    assert await store.read(waiting_notices) == []
    entry = (await store.read(lambda tx: tx.audit.of_object(analyst.id)))[-1]
    assert (entry.act, entry.actor, entry.facts["asked_by"]) == (Act.PERSON_CHANGED, head.id, str(admin.id))


async def test_nobody_gives_themself_roles_with_a_colleague_s_unknowing_help(
    store: Store, admin: Person, head: Person
) -> None:
    other = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    own = await asked(store, admin, admin, Role.ADMINISTRATOR, Role.HEAD)
    for_head = await asked(store, admin, head, Role.HEAD, Role.ADMINISTRATOR)

    assert await store.write(agrees, admin, own) == Refused(Reason.SAME_PERSON)
    assert await store.write(agrees, head, for_head) == Refused(Reason.SAME_PERSON)
    assert isinstance(await store.write(agrees, other, for_head), Person)


async def test_fewer_roles_are_one_s_alone_and_shut_what_was_open_at_once(
    store: Store, admin: Person, head: Person
) -> None:
    both = await store.write(a_person, roles=[Role.COORDINATOR, Role.ANALYST])

    done = await store.write(change_roles, RULES, by=admin.id, person_id=both.id, roles=[Role.ANALYST])

    assert isinstance(done, Person)
    assert await roles_of(store, both.id) == {Role.ANALYST}
    assert head.id != admin.id


async def test_an_authority_is_given_as_roles_are(store: Store, admin: Person, head: Person) -> None:
    member = await store.write(a_person, roles=[Role.UNIT_MEMBER], authority="SSP")

    request = await asked(store, admin, member, Role.UNIT_MEMBER, authority="KF")

    assert (await store.read(lambda tx: tx.people.get(member.id))).authority == "SSP"
    await store.write(agrees, head, request)
    assert (await store.read(lambda tx: tx.people.get(member.id))).authority == "KF"


async def test_where_nobody_else_could_agree_one_is_enough_and_the_entry_says_so(
    store: Store, admin: Person
) -> None:
    analyst = await store.write(a_person, roles=[Role.ANALYST])

    done = await store.write(
        change_roles, RULES, by=admin.id, person_id=analyst.id, roles=[Role.ANALYST, Role.HEAD]
    )

    assert isinstance(done, Person)
    entry = (await store.read(lambda tx: tx.audit.of_object(analyst.id)))[-1]
    assert entry.facts["alone"] == "yes"


@pytest.mark.parametrize("alone", [True, False])
async def test_whoever_is_invited_has_no_role_before_a_second_person_agrees(
    store: Store, admin: Person, *, alone: bool
) -> None:
    head = None if alone else await store.write(a_person, roles=[Role.HEAD])

    made = await store.write(
        invite,
        RULES,
        by=admin.id,
        name="Testperson Ny",
        email="ny@example.org",
        roles=[Role.HEAD],
        language="da",
    )

    assert isinstance(made, Invited)
    assert await roles_of(store, made.person.id) == ({Role.HEAD} if alone else frozenset())
    if head is not None:
        [request] = await store.read(lambda tx: list(tx.role_requests.waiting()))
        assert isinstance(await store.write(agrees, head, request), Person)
        assert await roles_of(store, made.person.id) == {Role.HEAD}


async def test_what_is_declined_overtaken_or_asked_by_somebody_who_is_gone_is_given_by_nobody(
    store: Store, admin: Person, head: Person
) -> None:
    other = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    analyst = await store.write(a_person, roles=[Role.ANALYST])
    first = await asked(store, admin, analyst, Role.HEAD)
    second = await asked(store, admin, analyst, Role.COORDINATOR)

    assert await store.write(agrees, head, first) == Refused(Reason.NOT_WAITING)
    assert isinstance(await store.write(decline_roles, by=head.id, request_id=second.id), RoleRequest)
    assert await store.write(agrees, other, second) == Refused(Reason.NOT_WAITING)
    third = await asked(store, admin, analyst, Role.COORDINATOR)
    await store.write(disable, RULES, by=other.id, person_id=admin.id)
    assert await store.write(agrees, head, third) == Refused(Reason.NOT_WAITING)
    assert await roles_of(store, analyst.id) == {Role.ANALYST}


async def test_whoever_is_not_asked_sees_and_ends_nothing(store: Store, admin: Person, head: Person) -> None:
    officer = await store.write(a_person)
    request = await asked(store, admin, officer, Role.DUTY_OFFICER, Role.HEAD)
    none = RoleRequestId(officer.id)

    assert await store.read(waiting_roles, by=officer.id) == Refused(Reason.NOT_ALLOWED)
    assert await store.write(decline_roles, by=officer.id, request_id=request.id) == Refused(
        Reason.NOT_ALLOWED
    )
    assert await store.write(decline_roles, by=head.id, request_id=none) == Refused(Reason.NOT_WAITING)
    assert await store.read(waiting_roles, by=head.id) == (request,)


@pytest.mark.parametrize("how", ["shut out", "other roles"])
async def test_that_one_less_can_agree_is_told_outside_the_desk(store: Store, how: str) -> None:
    admin, head, dpo, officer = [
        await store.write(lambda tx, role=role: a_person(tx, roles=[role]))  # type: ignore[misc]
        for role in (Role.ADMINISTRATOR, Role.HEAD, Role.DPO, Role.DUTY_OFFICER)
    ]
    for person in (officer, head):
        if how == "shut out":
            await store.write(disable, RULES, by=admin.id, person_id=person.id)
        else:
            await store.write(change_roles, RULES, by=admin.id, person_id=person.id, roles=[Role.ANALYST])

    told = [who for key, who, _ in await store.read(waiting_notices) if key == "notice.agrees_no_more"]

    assert sorted(told, key=str) == sorted([head.id, dpo.id], key=str)
