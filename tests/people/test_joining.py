from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from storage.store import Store
from tests.support.builders import a_case, a_person, some_rules, waiting_notices
from tests.support.stores import SettableClock
from triage.audit import Act, Actor
from triage.cases.handle import claim
from triage.cases.reading import read_queue
from triage.people.duty import take_duty
from triage.people.invite import (
    Invited,
    WayIn,
    accept,
    accept_first,
    create_first_administrator_ticket,
    disable,
    find_invited,
    invite,
    invite_again,
    recover,
)
from triage.people.person import Person, PersonState, Role
from triage.people.roles import change_roles
from triage.people.sign_in import find_for_sign_in, password_was_right
from triage.refusals import Reason, Refused

RULES = some_rules()
WAY_IN = WayIn(password_hash="hash of a long sentence", totp_secret="SECRET", totp_step=100)


async def first_administrator(store: Store) -> Person:
    token = await store.write(create_first_administrator_ticket)
    assert isinstance(token, str)
    person = await store.write(
        accept_first, token=token, name="Testperson A", email="a@example.org", language="en", way_in=WAY_IN
    )
    assert isinstance(person, Person)
    return person


async def invited(store: Store, by: Person, email: str = "b@example.org") -> Invited:
    made = await store.write(
        invite, RULES, by=by.id, name="Testperson B", email=email, roles=[Role.DUTY_OFFICER], language="da"
    )
    assert isinstance(made, Invited)
    return made


@pytest.mark.asvs("6.3.2")
async def test_a_fresh_house_lets_in_one_first_administrator(store: Store) -> None:
    tokens = [await store.write(create_first_administrator_ticket) for _ in range(2)]
    assert all(isinstance(token, str) for token in tokens)
    administrator = await first_administrator(store)

    assert administrator.state is PersonState.ACTIVE
    assert administrator.roles == {Role.ADMINISTRATOR}
    assert await store.write(create_first_administrator_ticket) == Refused(Reason.ALREADY_USED)
    late = await store.write(
        accept_first,
        token=str(tokens[0]),
        name="Testperson X",
        email="x@example.org",
        language="en",
        way_in=WAY_IN,
    )
    assert late == Refused(Reason.ALREADY_USED)


async def test_the_first_administrators_secret_lives_an_hour(store: Store, clock: SettableClock) -> None:
    token = await store.write(create_first_administrator_ticket)
    clock.advance(timedelta(hours=1))

    late = await store.write(
        accept_first,
        token=str(token),
        name="Testperson A",
        email="a@example.org",
        language="en",
        way_in=WAY_IN,
    )

    assert late == Refused(Reason.EXPIRED)


@pytest.mark.asvs("6.4.1")
async def test_an_invitation_lets_one_person_in_once(store: Store) -> None:
    administrator = await first_administrator(store)
    invitation = await invited(store, administrator)

    shown = await store.write(find_invited, token=invitation.token)
    joined = await store.write(accept, RULES, token=invitation.token, way_in=WAY_IN)
    again = await store.write(accept, RULES, token=invitation.token, way_in=WAY_IN)

    assert shown == invitation.person
    assert isinstance(joined, Person)
    assert (joined.state, joined.password_hash, joined.totp_last_step) == (
        PersonState.ACTIVE,
        WAY_IN.password_hash,
        100,
    )
    assert again == Refused(Reason.ALREADY_USED)
    assert invitation.token not in repr(invitation)


@pytest.mark.asvs("6.4.1")
async def test_an_invitation_ends_after_three_days_and_a_new_one_replaces_it(
    store: Store, clock: SettableClock
) -> None:
    administrator = await first_administrator(store)
    old = await invited(store, administrator)
    new = await store.write(invite_again, by=administrator.id, person_id=old.person.id)
    assert isinstance(new, Invited)

    assert await store.write(accept, RULES, token=old.token, way_in=WAY_IN) == Refused(Reason.WRONG_CODE)
    clock.advance(timedelta(hours=72))
    assert await store.write(accept, RULES, token=new.token, way_in=WAY_IN) == Refused(Reason.EXPIRED)


async def test_a_secret_that_nobody_was_given_opens_nothing(store: Store) -> None:
    for token in ("", "guess", "\ud800", "x" * 9999):
        assert await store.write(accept, RULES, token=token, way_in=WAY_IN) == Refused(Reason.WRONG_CODE)


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"name": " "}, Reason.EMPTY),
        ({"roles": []}, Reason.EMPTY),
        ({"name": "x" * 121}, Reason.TOO_LONG),
        ({"email": "no address"}, Reason.NOT_AN_EMAIL),
        ({"email": "b@example.org\r\nBcc: c@example.org"}, Reason.NOT_AN_EMAIL),
        ({"email": "b@example.org,c@example.org"}, Reason.NOT_AN_EMAIL),
        ({"email": "A@Example.org"}, Reason.EMAIL_TAKEN),
    ],
)
@pytest.mark.asvs("1.3.11")
async def test_an_invitation_needs_a_name_a_role_and_an_address_of_ones_own(
    store: Store, given: dict[str, object], reason: Reason
) -> None:
    administrator = await first_administrator(store)
    asked = {"name": "Testperson B", "email": "b@example.org", "roles": [Role.HEAD], "language": "da"} | given

    refused = await store.write(lambda tx: invite(tx, RULES, by=administrator.id, **asked))  # type: ignore[arg-type]

    assert refused == Refused(reason)


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ADMINISTRATOR}))
async def test_only_an_administrator_manages_people(store: Store, role: Role) -> None:
    person, other = await store.write(a_person, roles=[role]), await store.write(a_person)

    for refused in (
        await store.write(
            invite,
            RULES,
            by=person.id,
            name="Testperson X",
            email="x@example.org",
            roles=[role],
            language="da",
        ),
        await store.write(invite_again, by=person.id, person_id=other.id),
        await store.write(change_roles, RULES, by=person.id, person_id=other.id, roles=[Role.ADMINISTRATOR]),
        await store.write(disable, RULES, by=person.id, person_id=other.id),
    ):
        assert refused == Refused(Reason.NOT_ALLOWED)


@pytest.mark.asvs("8.3.1")
async def test_changed_roles_hold_from_the_next_request(store: Store) -> None:
    administrator = await first_administrator(store)
    officer = await store.write(a_person, on_duty=True)
    await store.write(change_roles, RULES, by=administrator.id, person_id=officer.id, roles=[Role.ANALYST])

    assert await store.write(read_queue, RULES, by=officer.id) == Refused(Reason.NOT_ALLOWED)
    assert await store.read(lambda tx: tx.people.on_duty()) is None
    entries = await store.read(lambda tx: tx.audit.of_object(officer.id))
    assert [(entry.act, entry.facts) for entry in entries] == [
        (Act.DUTY_LEFT, {}),
        (Act.PERSON_CHANGED, {"before": "duty_officer", "after": "analyst", "alone": "yes"}),
    ]


async def test_the_last_administrator_stays(store: Store) -> None:
    administrator = await first_administrator(store)

    demoted = await store.write(
        change_roles, RULES, by=administrator.id, person_id=administrator.id, roles=[Role.HEAD]
    )
    disabled = await store.write(disable, RULES, by=administrator.id, person_id=administrator.id)
    bare = await store.write(change_roles, RULES, by=administrator.id, person_id=administrator.id, roles=[])

    assert [demoted, disabled] == [Refused(Reason.LAST_ADMINISTRATOR)] * 2
    assert bare == Refused(Reason.EMPTY)


async def test_whoever_is_shut_out_is_out_at_once_and_their_notices_climb(store: Store) -> None:
    administrator = await first_administrator(store)
    head = await store.write(a_person, roles=[Role.HEAD])
    officer = await store.write(a_person, on_duty=True, telegram=77)
    earlier = await store.write(a_case)
    await store.write(claim, RULES, case_id=earlier.id, by=officer.id)
    signed_in = await store.write(password_was_right, person_id=officer.id, password_hash="hash")
    assert not isinstance(signed_in, Refused)

    gone = await store.write(disable, RULES, by=administrator.id, person_id=officer.id)
    await store.write(a_case)

    assert isinstance(gone, Person)
    assert (gone.state, gone.password_hash, gone.telegram_chat) == (PersonState.DISABLED, None, None)
    assert await store.read(lambda tx: tx.people.find_session(signed_in.session.digest)) is None
    assert await store.write(take_duty, by=officer.id) == Refused(Reason.NOT_ALLOWED)
    assert (await store.read(waiting_notices))[-1] == ("notice.case_received", head.id, "mail")


@pytest.mark.asvs("6.4.3")
async def test_recovery_ends_every_session_and_gives_a_new_way_in(store: Store) -> None:
    officer = await store.write(a_person)
    signed_in = await store.write(password_was_right, person_id=officer.id, password_hash="hash")
    assert not isinstance(signed_in, Refused)

    recovery = await store.write(recover, email=f" {officer.email.upper()} ")
    assert isinstance(recovery, Invited)
    assert await store.read(lambda tx: tx.people.find_session(signed_in.session.digest)) is None
    back = await store.write(accept, RULES, token=recovery.token, way_in=WAY_IN)

    assert back == replace(
        officer, password_hash=WAY_IN.password_hash, totp_secret="SECRET", totp_last_step=100
    )
    entries = await store.read(lambda tx: tx.audit.of_object(officer.id))
    assert (Act.PERSON_RECOVERED, Actor.OPERATOR) in [(entry.act, entry.actor) for entry in entries]


async def test_nobody_is_recovered_who_is_not_there_or_was_shut_out(store: Store) -> None:
    administrator = await first_administrator(store)
    officer = await store.write(a_person)
    recovery = await store.write(recover, email=officer.email)
    assert isinstance(recovery, Invited)
    await store.write(disable, RULES, by=administrator.id, person_id=officer.id)

    assert await store.write(recover, email="nobody@example.org") == Refused(Reason.NOT_FOUND)
    assert await store.write(recover, email=officer.email) == Refused(Reason.NOT_FOUND)
    assert isinstance(await store.write(accept, RULES, token=recovery.token, way_in=WAY_IN), Refused)


async def test_signs_that_cannot_be_written_are_no_part_of_a_name_or_an_address(store: Store) -> None:
    administrator = await first_administrator(store)

    named = await store.write(
        invite,
        RULES,
        by=administrator.id,
        name="Test\0person\ud800 B",
        email="b@example.org",
        roles=[Role.DUTY_OFFICER],
        language="da",
    )
    unknown = await store.write(find_for_sign_in, email="b@example.org\0", source="s")

    assert isinstance(named, Invited)
    assert named.person.name == "Test person B"
    assert getattr(unknown, "person_id", "") is None
