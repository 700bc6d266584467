"""Signing in: password, then a second factor, then a session. The slow arithmetic is done outside.

The edge asks `find_for_sign_in`, checks the password outside of any transaction, and says what came of it.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from triage.audit import Act, Actor
from triage.ids import PersonId
from triage.limits import Limit
from triage.people.person import Person, PersonState, Session
from triage.people.tickets import new_token, token_digest
from triage.ports import Transaction
from triage.refusals import Reason, Refused

ACCOUNT_TRIES = Limit(burst=10, refill=timedelta(minutes=5))
"""Passwords tried on one account from browsers that are not known."""

SOURCE_TRIES = Limit(burst=30, refill=timedelta(minutes=1))
"""Passwords tried from one source."""

DEVICE_TRIES = Limit(burst=10, refill=timedelta(minutes=1))
"""Passwords tried from a browser that has signed in to the account before: strangers cannot use these up."""

FACTOR_TRIES = Limit(burst=5, refill=timedelta(minutes=1))
"""Second factors tried on one account, after a right password."""

HALF_SESSION = timedelta(minutes=10)
"""From the password to the second factor."""

SESSION_IDLE = timedelta(minutes=20)
SESSION_LIVES = timedelta(hours=8)
_TOUCH_EVERY = timedelta(minutes=1)

_SESSION = "session"
_DEVICE = "device"
_SALT_BYTES = 16
_MARK_SIGNS = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Whose password is to be checked; for an address of nobody both are None, and the edge checks a dummy."""

    person_id: PersonId | None
    password_hash: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A person and their session. `token` is set when it was just made, and goes to the browser."""

    person: Person
    session: Session
    token: str | None = field(default=None, repr=False)


def find_for_sign_in(
    tx: Transaction, *, email: str, source: str, device: str | None = None
) -> Candidate | Refused:
    """Whom this address belongs to, while tries are left.

    A browser that has signed in to the account before spends tries of its own, so that nobody can lock a person
    out by using up the account's. The answer for an address of nobody looks the same.
    """
    address = email.strip().casefold()
    person = tx.people.find_by_email(address)
    mark = None if person is None or device is None else _known_device(tx, person, device)
    if mark is not None:
        left = DEVICE_TRIES.allows(tx, f"device:{_counted(tx, mark)}")
    else:
        # Both are always counted: leaving the second out would tell which of them was used up.
        of_source = SOURCE_TRIES.allows(tx, f"source:{source}")
        tried = _counted(tx, address.encode("utf-8", "replace"))
        left = ACCOUNT_TRIES.allows(tx, f"account:{tried}") and of_source
    if not left:
        tx.audit.record(
            Act.SIGN_IN_THROTTLED, actor=Actor.SYSTEM, object_id=None if person is None else person.id
        )
        return Refused(Reason.TOO_MANY_TRIES)
    if person is None or person.state is not PersonState.ACTIVE:
        return Candidate(person_id=None, password_hash=None)
    return Candidate(person_id=person.id, password_hash=person.password_hash)


def password_was_wrong(tx: Transaction, *, person_id: PersonId | None) -> Refused:
    """Note the failure; the answer is the same whether the account exists or not."""
    # Nobody knows who typed it: the account is what the entry is about, not who acted.
    facts = {"factor": "password"}
    tx.audit.record(Act.SIGN_IN_FAILED, actor=Actor.SYSTEM, object_id=person_id, facts=facts)
    return Refused(Reason.WRONG_CODE)


def password_was_right(
    tx: Transaction, *, person_id: PersonId, password_hash: str, rehashed: str | None = None
) -> SignedIn | Refused:
    """Open a half session that waits for the second factor.

    `password_hash` is the one that was checked: a password that was changed meanwhile is not let in by the old
    one. `rehashed` replaces it where the hash's settings have grown since it was made.
    """
    person = tx.people.lock(person_id)
    if person.state is not PersonState.ACTIVE or person.password_hash != password_hash:
        return Refused(Reason.WRONG_CODE)
    if rehashed is not None:
        person = replace(person, password_hash=rehashed)
        tx.people.save(person)
    return open_session(tx, person, lives=HALF_SESSION, verified_at=None)


def verify_second_factor(
    tx: Transaction, *, token: str, step_of: Callable[[str], int | None]
) -> SignedIn | Refused:
    """Turn a half session into a whole one, or make a whole one's factor fresh.

    `step_of` says for the person's secret which time step the typed code belongs to, or None. Each step is taken
    once, on all replicas together. The session gets a new token and the old one dies.
    """
    found = try_factor(tx, token=token)
    if isinstance(found, Refused):
        return found
    session, person = found
    step = step_of(person.totp_secret or "")
    if step is None or step <= person.totp_last_step:
        return factor_was_wrong(tx, person, "totp")
    person = replace(person, totp_last_step=step)
    tx.people.save(person)
    return factor_given(tx, session, person)


def find_factor(tx: Transaction, *, token: str) -> tuple[Session, Person] | Refused:
    """Whose session waits for a second factor, or is to be made fresh by one; the person is locked."""
    session = _live(tx, token)
    if isinstance(session, Refused):
        return session
    person = tx.people.lock(session.person_id)
    if person.state is not PersonState.ACTIVE or person.totp_secret is None:
        return Refused(Reason.NOT_ALLOWED)
    return session, person


def try_factor(tx: Transaction, *, token: str) -> tuple[Session, Person] | Refused:
    """As `find_factor`, and count a try of what could be guessed; refused once there were too many, of any kind."""
    found = find_factor(tx, token=token)
    if isinstance(found, Refused) or FACTOR_TRIES.allows(tx, f"factor:{found[1].id}"):
        return found
    tx.audit.record(Act.SIGN_IN_THROTTLED, actor=Actor.SYSTEM, object_id=found[1].id)
    return Refused(Reason.TOO_MANY_TRIES)


def factor_was_wrong(tx: Transaction, person: Person, factor: str) -> Refused:
    """Note the failure."""
    tx.audit.record(Act.SIGN_IN_FAILED, actor=Actor.SYSTEM, object_id=person.id, facts={"factor": factor})
    return Refused(Reason.WRONG_CODE)


def factor_given(tx: Transaction, session: Session, person: Person) -> SignedIn:
    """A whole session, with a fresh factor and a new token, instead of this one."""
    tx.people.end_session(session.digest)
    first_time = session.verified_at is None
    lives = SESSION_LIVES if first_time else session.expires_at - tx.now
    if first_time:
        tx.audit.record(Act.SIGN_IN, actor=person.id, object_id=person.id)
    return open_session(tx, person, lives=lives, verified_at=tx.now)


def find_session(tx: Transaction, *, token: str) -> SignedIn | Refused:
    """Who this token belongs to: both factors given, not idle, not too old, and still active. Reads only."""
    session = _live(tx, token)
    if isinstance(session, Refused):
        return session
    person = tx.people.get(session.person_id)
    if session.verified_at is None or person.state is not PersonState.ACTIVE:
        return Refused(Reason.NOT_ALLOWED)
    return SignedIn(person=person, session=session)


def find_half_session(tx: Transaction, *, token: str) -> SignedIn | Refused:
    """Who has given their password and not yet the second factor, for drawing that page. Reads only."""
    session = _live(tx, token)
    if isinstance(session, Refused):
        return session
    return SignedIn(person=tx.people.get(session.person_id), session=session)


def needs_touch(session: Session, now: datetime) -> bool:
    """Whether `touch_session` would write: at most once a minute, so that reading stays reading."""
    return now - session.seen_at >= _TOUCH_EVERY


def touch_session(tx: Transaction, *, token: str) -> SignedIn | Refused:
    """As `find_session`, and note that the person is there. A page that refreshes itself is not the person."""
    found = find_session(tx, token=token)
    if isinstance(found, Refused) or not needs_touch(found.session, tx.now):
        return found
    seen = replace(found.session, seen_at=tx.now)
    tx.people.save_session(seen)
    return replace(found, session=seen)


def sign_out(tx: Transaction, *, token: str) -> None:
    """End this session; a token of none changes nothing."""
    session = tx.people.find_session(token_digest(tx, _SESSION, token))
    if session is not None:
        tx.people.end_session(session.digest)
        tx.audit.record(Act.SIGN_OUT, actor=session.person_id, object_id=session.person_id)


def own_sessions(tx: Transaction, *, by: PersonId) -> Sequence[Session]:
    """Where this person is signed in now, both factors given, the one seen last first."""
    return [
        each for each in tx.people.sessions_of(by) if each.verified_at is not None and _lives(each, tx.now)
    ]


def session_mark(session: Session) -> str:
    """By what a page names a session: the beginning of its hash, which opens nothing."""
    return session.digest.hex()[:_MARK_SIGNS]


def end_own_session(tx: Transaction, *, by: PersonId, mark: str) -> bool:
    """Sign this person out where a session of this mark is; False if they have none, or no longer."""
    session = next((each for each in tx.people.sessions_of(by) if session_mark(each) == mark), None)
    if session is None:
        return False
    tx.people.end_session(session.digest)
    tx.audit.record(Act.SIGN_OUT, actor=by, object_id=by, facts={"elsewhere": "yes"})
    return True


def sign_out_everywhere(tx: Transaction, *, by: PersonId) -> None:
    """End all sessions of a person."""
    tx.people.end_sessions(by)
    tx.audit.record(Act.SIGN_OUT, actor=by, object_id=by, facts={"everywhere": "yes"})


def remember_device(tx: Transaction, *, person_id: PersonId) -> str:
    """A mark for the browser that just signed in. It opens nothing, is not stored, and dies with the password."""
    person = tx.people.get(person_id)
    salt = tx.new_secret(_SALT_BYTES)
    return base64.urlsafe_b64encode(salt + _device_mark(tx, person, salt)).decode("ascii")


def _counted(tx: Transaction, tried: bytes) -> str:
    """By what tries are counted: people type passwords into the wrong field, so what was typed is kept nowhere."""
    return tx.digest("tries", tried).hex()


def _known_device(tx: Transaction, person: Person, device: str) -> bytes | None:
    """The mark of a browser that signed in to this account, however it is written: tries are counted by it."""
    try:
        given = base64.urlsafe_b64decode(device.encode("ascii"))
    except (binascii.Error, UnicodeEncodeError):
        return None
    salt, mark = given[:_SALT_BYTES], given[_SALT_BYTES:]
    return mark if hmac.compare_digest(mark, _device_mark(tx, person, salt)) else None


def _device_mark(tx: Transaction, person: Person, salt: bytes) -> bytes:
    password = (person.password_hash or "").encode()
    return tx.digest(_DEVICE, person.id.bytes + salt + password)


def open_session(
    tx: Transaction, person: Person, *, lives: timedelta, verified_at: datetime | None
) -> SignedIn:
    """A new session for this person under a new token; without `verified_at` it waits for the second factor."""
    token = new_token(tx)
    session = Session(
        digest=token_digest(tx, _SESSION, token),
        person_id=person.id,
        created_at=tx.now,
        seen_at=tx.now,
        expires_at=tx.now + lives,
        verified_at=verified_at,
    )
    tx.people.add_session(session)
    return SignedIn(person=person, session=session, token=token)


def _live(tx: Transaction, token: str) -> Session | Refused:
    session = tx.people.find_session(token_digest(tx, _SESSION, token))
    if session is None or not _lives(session, tx.now):
        return Refused(Reason.EXPIRED)
    return session


def _lives(session: Session, now: datetime) -> bool:
    return session.expires_at > now and now - session.seen_at < SESSION_IDLE
