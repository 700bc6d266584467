"""Staff, the duty, one-time tickets and sessions."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, select, update

from storage.envelopes import Place
from storage.house_tables import people, sessions, tickets
from storage.keyring import House
from storage.repositories.duty import SqlDuty
from storage.types import Id
from storage.work import Work
from triage.ids import PersonId
from triage.people.person import Person, PersonState, Role, Session, Ticket, TicketKind
from triage.people.roster import on_duty_at

_P = people.c
_GET = select(people).where(_P.id == bindparam("id", type_=Id()))
_LOCK = _GET.with_for_update()
_BY_EMAIL = select(people).where(_P.email_key == bindparam("email_key"))
_BY_TELEGRAM = select(people).where(_P.telegram_chat == bindparam("chat"))
_ALL = select(people).order_by(_P.name, _P.id)
_ACTIVE = select(people).where(_P.state == PersonState.ACTIVE.value).order_by(_P.name, _P.id)
_INSERT = insert(people)
_SAVE = update(people).where(_P.id == bindparam("row_id", type_=Id()))
_LOCK_TICKET = (
    select(tickets)
    .where(tickets.c.digest == bindparam("digest"), tickets.c.kind == bindparam("kind"))
    .with_for_update()
)
_FIND_SESSION = select(sessions).where(sessions.c.digest == bindparam("digest"))
_SESSIONS_OF = (
    select(sessions)
    .where(sessions.c.person_id == bindparam("person", type_=Id()))
    .order_by(sessions.c.seen_at.desc(), sessions.c.created_at.desc(), sessions.c.digest)
)
_SAVE_SESSION = update(sessions).where(sessions.c.digest == bindparam("row_digest"))


class SqlPeople:
    """The port `People` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, person: Person) -> None:
        self._work.run(_INSERT, {"id": person.id, **self._values(person)})

    def get(self, person_id: PersonId) -> Person:
        return self._there(self._work.one(_GET, {"id": person_id}))

    def lock(self, person_id: PersonId) -> Person:
        return self._there(self._work.one(_LOCK, {"id": person_id}))

    def find_by_email(self, email: str) -> Person | None:
        if "\0" in email:
            # No address has it, and PostgreSQL takes no text with it.
            return None
        return self._person(self._work.one(_BY_EMAIL, {"email_key": _email_key(email)}))

    def find_by_telegram(self, chat: int) -> Person | None:
        return self._person(self._work.one(_BY_TELEGRAM, {"chat": chat}))

    def save(self, person: Person) -> None:
        if self._work.changed(_SAVE, {"row_id": person.id, **self._values(person)}) != 1:
            raise LookupError("There is no such person to save.")

    def all(self) -> Sequence[Person]:
        return [self._read(row) for row in self._work.all(_ALL)]

    def with_role(self, role: Role) -> Sequence[Person]:
        active = (self._read(row) for row in self._work.all(_ACTIVE))
        return [person for person in active if role in person.roles]

    def on_duty(self) -> Person | None:
        roster = SqlDuty(self._work).roster(self._work.now, self._work.now)
        found = on_duty_at(roster, self._work.now, self._find)
        return None if found is None else found.person

    def set_on_duty(self, person_id: PersonId | None, *, left: Collection[PersonId] = ()) -> None:
        SqlDuty(self._work).set_by_hand(person_id, left=left)

    def add_ticket(self, ticket: Ticket) -> None:
        self._work.run(
            insert(tickets),
            {
                "digest": ticket.digest,
                "kind": ticket.kind.value,
                "person_id": ticket.person_id,
                "created_at": ticket.created_at,
                "expires_at": ticket.expires_at,
                "used_at": ticket.used_at,
                "made_by": ticket.made_by,
            },
        )

    def lock_ticket(self, digest: bytes, kind: TicketKind) -> Ticket | None:
        row = self._work.one(_LOCK_TICKET, {"digest": digest, "kind": kind.value})
        if row is None:
            return None
        return Ticket(
            digest=bytes(row.digest),
            kind=TicketKind(row.kind),
            person_id=None if row.person_id is None else PersonId(row.person_id),
            created_at=row.created_at,
            expires_at=row.expires_at,
            used_at=row.used_at,
            made_by=None if row.made_by is None else PersonId(row.made_by),
        )

    def use_ticket(self, digest: bytes) -> None:
        self._work.run(update(tickets).where(tickets.c.digest == digest).values(used_at=self._work.now))

    def drop_tickets(self, person_id: PersonId, kind: TicketKind) -> None:
        self._work.run(
            delete(tickets).where(
                tickets.c.person_id == person_id, tickets.c.kind == kind.value, tickets.c.used_at.is_(None)
            )
        )

    def add_session(self, session: Session) -> None:
        self._work.run(insert(sessions), {"digest": session.digest, **_session_values(session)})

    def find_session(self, digest: bytes) -> Session | None:
        row = self._work.one(_FIND_SESSION, {"digest": digest})
        return None if row is None else _session(row)

    def sessions_of(self, person_id: PersonId) -> Sequence[Session]:
        return [_session(row) for row in self._work.all(_SESSIONS_OF, {"person": person_id})]

    def save_session(self, session: Session) -> None:
        self._work.run(_SAVE_SESSION, {"row_digest": session.digest, **_session_values(session)})

    def end_session(self, digest: bytes) -> None:
        self._work.run(delete(sessions).where(sessions.c.digest == digest))

    def end_sessions(self, person_id: PersonId) -> None:
        self._work.run(delete(sessions).where(sessions.c.person_id == person_id))

    def _values(self, person: Person) -> dict[str, Any]:
        secret = None
        if person.totp_secret is not None:
            key = self._work.keyring.house_key(House.PEOPLE)
            secret = key.seal_text(_place(person.id), person.totp_secret)
        return {
            "name": person.name,
            "email": person.email,
            "email_key": _email_key(person.email),
            "roles": sorted(person.roles),
            "language": person.language,
            "state": person.state.value,
            "created_at": person.created_at,
            "authority": person.authority,
            "password_hash": person.password_hash,
            "totp_secret": secret,
            "totp_last_step": person.totp_last_step,
            "telegram_chat": person.telegram_chat,
            "telegram_failed_at": person.telegram_failed_at,
            "sms": person.sms,
        }

    def _find(self, person_id: PersonId) -> Person | None:
        return self._person(self._work.one(_GET, {"id": person_id}))

    def _there(self, row: Row[Any] | None) -> Person:
        if row is None:
            raise LookupError("There is no such person.")
        return self._read(row)

    def _person(self, row: Row[Any] | None) -> Person | None:
        return None if row is None else self._read(row)

    def _read(self, row: Row[Any]) -> Person:
        secret = None
        # The escalation worker needs people's addresses and has no key: for it the second factor stays shut.
        if row.totp_secret is not None and self._work.house.keyring is not None:
            key = self._work.keyring.house_key_of(row.totp_secret, House.PEOPLE)
            secret = key.open_text(_place(row.id), row.totp_secret)
        return Person(
            id=PersonId(row.id),
            name=row.name,
            email=row.email,
            roles=frozenset(Role(role) for role in row.roles),
            language=row.language,
            state=PersonState(row.state),
            created_at=row.created_at,
            authority=row.authority,
            password_hash=row.password_hash,
            totp_secret=secret,
            totp_last_step=row.totp_last_step,
            telegram_chat=row.telegram_chat,
            telegram_failed_at=row.telegram_failed_at,
            sms=row.sms,
        )


def _place(person_id: object) -> Place:
    return Place("people", "totp_secret", str(person_id))


def _email_key(email: str) -> str:
    return email.strip().casefold()


def _session(row: Row[Any]) -> Session:
    return Session(
        digest=bytes(row.digest),
        person_id=PersonId(row.person_id),
        created_at=row.created_at,
        seen_at=row.seen_at,
        expires_at=row.expires_at,
        verified_at=row.verified_at,
    )


def _session_values(session: Session) -> dict[str, Any]:
    return {
        "person_id": session.person_id,
        "created_at": session.created_at,
        "seen_at": session.seen_at,
        "expires_at": session.expires_at,
        "verified_at": session.verified_at,
    }
