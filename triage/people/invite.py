"""Who belongs to the house: the first administrator, invitations, recovery, roles, and leaving."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import timedelta

from triage.access.table import Right, allowed
from triage.audit import Act, Actor
from triage.cases.release import leave_cases
from triage.ids import PersonId
from triage.people.person import Person, PersonState, Role, TicketKind
from triage.people.roles import (
    ask_for_roles,
    authority_of,
    drop_duty,
    give_roles,
    is_last_administrator,
    listed,
    tell_that_one_less_agrees,
    who_can_agree,
)
from triage.people.tickets import find_ticket, issue, new_token
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

FIRST_ADMINISTRATOR_LIVES = timedelta(hours=1)
INVITATION_LIVES = timedelta(hours=72)
RECOVERY_LIVES = timedelta(hours=1)

_LONGEST_NAME = 120
_LONGEST_EMAIL = 254


@dataclass(frozen=True, slots=True, kw_only=True)
class WayIn:
    """What a person chose to sign in with: hash and secret are made and checked outside.

    `totp_step` is the step of the code that showed that the secret works; the same code does not sign in as well.
    """

    password_hash: str = field(repr=False)
    totp_secret: str = field(repr=False)
    totp_step: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Invited:
    """A person who may come in by this secret, which is shown once and not kept."""

    person: Person
    token: str = field(repr=False)


def create_first_administrator_ticket(tx: Transaction) -> str | Refused:
    """The secret by which the first administrator comes in; refused once there is one. Every start makes one."""
    if tx.people.with_role(Role.ADMINISTRATOR):
        return Refused(Reason.ALREADY_USED)
    token = new_token(tx)
    issue(tx, TicketKind.FIRST_ADMINISTRATOR, token=token, person_id=None, lives=FIRST_ADMINISTRATOR_LIVES)
    return token


def accept_first(
    tx: Transaction, *, token: str, name: str, email: str, language: str, way_in: WayIn
) -> Person | Refused:
    """Let the first administrator in; of two tickets at once only the first one used works."""
    ticket = find_ticket(tx, TicketKind.FIRST_ADMINISTRATOR, token)
    if isinstance(ticket, Refused):
        return ticket
    if tx.people.with_role(Role.ADMINISTRATOR):
        return Refused(Reason.ALREADY_USED)
    person = _new_person(tx, name=name, email=email, roles={Role.ADMINISTRATOR}, language=language)
    if isinstance(person, Refused):
        return person
    joined = _let_in(person, way_in)
    tx.people.add(joined)
    tx.people.use_ticket(ticket.digest)
    tx.audit.record(Act.PERSON_JOINED, actor=joined.id, object_id=joined.id)
    return joined


def invite(
    tx: Transaction,
    rules: Rules,
    *,
    by: PersonId,
    name: str,
    email: str,
    roles: Collection[Role],
    language: str,
    authority: str | None = None,
) -> Invited | Refused:
    """Invite a person; the administrator hands the secret on. Refused when the address belongs to somebody.

    A member of the coordination unit needs the `authority` that they come from. Where somebody is there who can agree,
    the person comes in without any role until that one has.
    """
    if not allowed(tx.people.get(by), Right.MANAGE_PEOPLE):
        return Refused(Reason.NOT_ALLOWED)
    if Role.UNIT_MEMBER in roles and not authority:
        return Refused(Reason.AUTHORITY_NEEDED)
    person = _new_person(tx, name=name, email=email, roles=roles, language=language, authority=authority)
    if isinstance(person, Refused):
        return person
    waits = bool(who_can_agree(tx, but={by}))
    added = replace(person, roles=frozenset(), authority=None) if waits else person
    tx.people.add(added)
    facts = {
        "roles": listed(person.roles),
        "authority": person.authority or "",
        "waits": "yes" if waits else "no",
    }
    tx.audit.record(Act.PERSON_INVITED, actor=by, object_id=person.id, facts=facts)
    if waits:
        ask_for_roles(tx, rules, person, by=by)
    return _invited(tx, added)


def invite_again(tx: Transaction, *, by: PersonId, person_id: PersonId) -> Invited | Refused:
    """A new secret for somebody who has not come in yet; the old one stops working."""
    if not allowed(tx.people.get(by), Right.MANAGE_PEOPLE):
        return Refused(Reason.NOT_ALLOWED)
    person = tx.people.lock(person_id)
    if person.state is not PersonState.INVITED:
        return Refused(Reason.ALREADY_USED)
    tx.audit.record(Act.PERSON_INVITED, actor=by, object_id=person.id, facts={"again": "yes"})
    return _invited(tx, person)


def find_invited(tx: Transaction, *, token: str) -> Person | Refused:
    """Who a secret of an invitation or recovery belongs to, for showing the form. Nothing is used up."""
    found = _ticket_of_person(tx, token)
    return found if isinstance(found, Refused) else tx.people.get(found.person_id)


def accept(tx: Transaction, rules: Rules, *, token: str, way_in: WayIn) -> Person | Refused:
    """Let somebody in by their invitation, or anew by their recovery; every earlier session of theirs ends.

    Whoever hands out a way back could use it themself. So where a colleague did and another one is there who can look,
    the person comes in without any role until that one has agreed that it is them; duty, cases and tasks that they had
    are somebody else's to take at once, for danger waits for nobody. Refused for the last administrator, whom only the
    operator's command lets in anew.
    """
    ticket = _ticket_of_person(tx, token)
    if isinstance(ticket, Refused):
        return ticket
    person = tx.people.lock(ticket.person_id)
    if person.state is PersonState.DISABLED:
        return Refused(Reason.NOT_ALLOWED)
    joined = _let_in(person, way_in)
    looked_at = ticket.kind is TicketKind.RECOVERY and _must_be_looked_at(tx, ticket, person)
    if looked_at and ticket.made_by is not None:
        if is_last_administrator(tx, person):
            return Refused(Reason.WAY_BACK_OF_THE_LAST)
        bare = replace(joined, roles=frozenset(), authority=None)
        joined = give_roles(tx, rules, bare, by=ticket.made_by)
        ask_for_roles(tx, rules, person, by=ticket.made_by)
    else:
        tx.people.save(joined)
    tx.people.use_ticket(ticket.digest)
    tx.people.end_sessions(person.id)
    # Whoever lost their way in may have lost the device as well.
    drop_other_ways_in(tx, person.id)
    facts = {"by": ticket.kind.value, "looked_at": "yes" if looked_at else "no"}
    tx.audit.record(Act.PERSON_JOINED, actor=person.id, object_id=person.id, facts=facts)
    return joined


def drop_other_ways_in(tx: Transaction, person_id: PersonId) -> None:
    """Let nobody in by a passkey or a recovery code of this person any more."""
    tx.passkeys.drop_all(person_id)
    tx.recovery_codes.drop_all(person_id)


def _must_be_looked_at(tx: Transaction, ticket: _OfPerson, person: Person) -> bool:
    """Whether a colleague made this way back and somebody else is there who can say whether it is the person."""
    if ticket.made_by is None or not person.roles:
        return False
    return bool(who_can_agree(tx, but={ticket.made_by, person.id}))


def recover(tx: Transaction, *, email: str) -> Invited | Refused:
    """A way back in for somebody who lost theirs, made by the operator's command; all their sessions end now."""
    found = tx.people.find_by_email(email.strip())
    if found is None or found.state is PersonState.DISABLED:
        return Refused(Reason.NOT_FOUND)
    person = tx.people.lock(found.id)
    token = new_token(tx)
    issue(tx, TicketKind.RECOVERY, token=token, person_id=person.id, lives=RECOVERY_LIVES)
    tx.people.end_sessions(person.id)
    tx.audit.record(Act.PERSON_RECOVERED, actor=Actor.OPERATOR, object_id=person.id)
    return Invited(person=person, token=token)


def disable(tx: Transaction, rules: Rules, *, by: PersonId, person_id: PersonId) -> Person | Refused:
    """Shut a person out: sessions, tickets, duty and linked Telegram go at once, and open cases of theirs are nobody's.

    Notices meant for them climb from now on. Refused for the last administrator.
    """
    if not allowed(tx.people.get(by), Right.MANAGE_PEOPLE):
        return Refused(Reason.NOT_ALLOWED)
    person = tx.people.lock(person_id)
    if is_last_administrator(tx, person):
        return Refused(Reason.LAST_ADMINISTRATOR)
    gone = replace(
        person, state=PersonState.DISABLED, password_hash=None, totp_secret=None, telegram_chat=None
    )
    tx.people.save(gone)
    tell_that_one_less_agrees(tx, rules, person, by=by)
    tx.people.end_sessions(person_id)
    drop_other_ways_in(tx, person_id)
    tx.role_requests.drop_of(person_id)
    for kind in TicketKind:
        tx.people.drop_tickets(person_id, kind)
    drop_duty(tx, person_id, by=by)
    leave_cases(tx, rules, person_id=person_id, by=by)
    tx.audit.record(Act.PERSON_DISABLED, actor=by, object_id=person_id)
    return gone


def _new_person(
    tx: Transaction,
    *,
    name: str,
    email: str,
    roles: Collection[Role],
    language: str,
    authority: str | None = None,
) -> Person | Refused:
    name, email = " ".join(printable(name).split()), email.strip()
    if not name or not email or not roles:
        return Refused(Reason.EMPTY)
    if len(name) > _LONGEST_NAME or len(email) > _LONGEST_EMAIL:
        return Refused(Reason.TOO_LONG)
    if not _looks_like_email(email):
        return Refused(Reason.NOT_AN_EMAIL)
    if tx.people.find_by_email(email) is not None:
        return Refused(Reason.EMAIL_TAKEN)
    return Person(
        id=PersonId(tx.new_id()),
        name=name,
        email=email,
        roles=frozenset(roles),
        language=language,
        state=PersonState.INVITED,
        created_at=tx.now,
        authority=authority_of(roles, authority),
    )


def printable(text: str) -> str:
    """The text with a space for every sign that cannot be written."""
    return "".join(sign if sign.isprintable() else " " for sign in text)


def _looks_like_email(email: str) -> bool:
    # It becomes a header of a mail: nothing that could end the line or add a second address gets in.
    name, at, host = email.partition("@")
    printable = email.isprintable() and not any(sign in email for sign in ' ,;<>"()')
    return bool(name and at and "." in host and "@" not in host) and printable


def _invited(tx: Transaction, person: Person) -> Invited:
    token = new_token(tx)
    issue(tx, TicketKind.INVITATION, token=token, person_id=person.id, lives=INVITATION_LIVES)
    return Invited(person=person, token=token)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OfPerson:
    """A ticket that is somebody's."""

    digest: bytes = field(repr=False)
    kind: TicketKind
    person_id: PersonId
    made_by: PersonId | None


def _ticket_of_person(tx: Transaction, token: str) -> _OfPerson | Refused:
    answer = Refused(Reason.WRONG_CODE)
    for kind in (TicketKind.INVITATION, TicketKind.RECOVERY):
        ticket = find_ticket(tx, kind, token)
        if isinstance(ticket, Refused):
            answer = ticket if ticket.reason is not Reason.WRONG_CODE else answer
        elif ticket.person_id is not None:
            return _OfPerson(
                digest=ticket.digest, kind=kind, person_id=ticket.person_id, made_by=ticket.made_by
            )
    return answer


def _let_in(person: Person, way_in: WayIn) -> Person:
    return replace(
        person,
        state=PersonState.ACTIVE,
        password_hash=way_in.password_hash,
        totp_secret=way_in.totp_secret,
        totp_last_step=way_in.totp_step,
    )
