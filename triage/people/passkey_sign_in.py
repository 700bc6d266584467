"""Signing in by a passkey, and keeping one's own. What a browser answers is checked outside, by a library.

A passkey is both factors at once: the device, and what unlocks it. Each challenge is answered once.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from triage.audit import Act, Actor
from triage.ids import PasskeyId, PersonId
from triage.notices.notice import Subject
from triage.people.invite import printable
from triage.people.passkey import Passkey
from triage.people.person import PersonState, TicketKind
from triage.people.recovery_codes import tell_of_way_in
from triage.people.sign_in import (
    SESSION_LIVES,
    SOURCE_TRIES,
    SignedIn,
    factor_given,
    factor_was_wrong,
    find_factor,
    open_session,
)
from triage.people.tickets import find_ticket, issue, new_token
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

CHALLENGE_LIVES = timedelta(minutes=5)
MOST = 10
"""So many one person may have."""
LONGEST_NAME = 60
LONGEST_CREDENTIAL = 1023
"""Bytes; the standard allows no more (WebAuthn, `CredentialId`)."""

Check = Callable[[Passkey], int | None]
"""Says of an answer whether this passkey gave it: the new count, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewPasskey:
    """What a device made, as its answer was checked."""

    credential_id: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int


def challenge_stranger(tx: Transaction, *, source: str) -> str | Refused:
    """A challenge for somebody at the door; tries from one source are counted together with its passwords."""
    if not SOURCE_TRIES.allows(tx, f"source:{source}"):
        return Refused(Reason.TOO_MANY_TRIES)
    return _challenge(tx, None)


def challenge_own(tx: Transaction, *, by: PersonId) -> str | Refused:
    """A challenge for a new passkey of this person."""
    return Refused(Reason.TOO_MANY) if len(tx.passkeys.of_person(by)) >= MOST else _challenge(tx, by)


def add_passkey(
    tx: Transaction, rules: Rules, *, by: PersonId, challenge: str, made: NewPasskey, name: str
) -> Passkey | Refused:
    """Keep what a device of this person's made in answer to their challenge; they are told by mail as well."""
    ticket = find_ticket(tx, TicketKind.PASSKEY, challenge)
    if isinstance(ticket, Refused):
        return ticket
    if ticket.person_id != by:
        return Refused(Reason.WRONG_CODE)
    if len(made.credential_id) > LONGEST_CREDENTIAL:
        return Refused(Reason.PASSKEY_UNREADABLE)
    tx.people.use_ticket(ticket.digest)
    passkey = Passkey(
        id=PasskeyId(tx.new_id()),
        person_id=by,
        credential_id=made.credential_id,
        public_key=made.public_key,
        sign_count=made.sign_count,
        name=" ".join(printable(name).split())[:LONGEST_NAME],
        created_at=tx.now,
    )
    if not tx.passkeys.add(passkey):
        return Refused(Reason.ALREADY_USED)
    tx.audit.record(Act.PERSON_CHANGED, actor=by, object_id=by, facts={"passkey": "added"})
    tell_of_way_in(tx, rules, tx.people.get(by), Subject.WAY_IN_ADDED)
    return passkey


def sign_in_by_passkey(
    tx: Transaction, *, challenge: str, credential_id: bytes, check: Check
) -> SignedIn | Refused:
    """Open a session for whoever's passkey answered this challenge; any other answer is one refusal."""
    ticket = find_ticket(tx, TicketKind.PASSKEY, challenge)
    if isinstance(ticket, Refused) or ticket.person_id is not None:
        return Refused(Reason.EXPIRED)
    tx.people.use_ticket(ticket.digest)
    passkey = tx.passkeys.lock(credential_id)
    count = None if passkey is None else check(passkey)
    if passkey is None or count is None:
        about = None if passkey is None else passkey.person_id
        tx.audit.record(Act.SIGN_IN_FAILED, actor=Actor.SYSTEM, object_id=about, facts={"factor": "passkey"})
        return Refused(Reason.WRONG_CODE)
    person = tx.people.lock(passkey.person_id)
    if person.state is not PersonState.ACTIVE:
        return Refused(Reason.WRONG_CODE)
    tx.passkeys.used(replace(passkey, sign_count=count, used_at=tx.now))
    tx.audit.record(Act.SIGN_IN, actor=person.id, object_id=person.id, facts={"factor": "passkey"})
    return open_session(tx, person, lives=SESSION_LIVES, verified_at=tx.now)


def challenge_fresh(tx: Transaction, *, by: PersonId) -> str:
    """A challenge by which somebody who is signed in gives a fresh factor."""
    return _challenge(tx, by, TicketKind.PASSKEY_FRESH)


def freshen_by_passkey(
    tx: Transaction, *, token: str, challenge: str, credential_id: bytes, check: Check
) -> SignedIn | Refused:
    """As `verify_second_factor`, by a passkey of the person's own that answered a challenge of theirs."""
    found = find_factor(tx, token=token)
    if isinstance(found, Refused):
        return found
    session, person = found
    ticket = find_ticket(tx, TicketKind.PASSKEY_FRESH, challenge)
    if isinstance(ticket, Refused) or ticket.person_id != person.id:
        return Refused(Reason.EXPIRED)
    tx.people.use_ticket(ticket.digest)
    passkey = tx.passkeys.lock(credential_id)
    if passkey is None or passkey.person_id != person.id:
        return factor_was_wrong(tx, person, "passkey")
    count = check(passkey)
    if count is None:
        return factor_was_wrong(tx, person, "passkey")
    tx.passkeys.used(replace(passkey, sign_count=count, used_at=tx.now))
    return factor_given(tx, session, person)


def own_passkeys(tx: Transaction, *, by: PersonId) -> Sequence[Passkey]:
    """Those of this person, the oldest first."""
    return tx.passkeys.of_person(by)


def drop_passkey(tx: Transaction, *, by: PersonId, passkey_id: PasskeyId) -> bool:
    """Let nobody in by this passkey of one's own any more; False if there is none."""
    if not tx.passkeys.drop(by, passkey_id):
        return False
    tx.audit.record(Act.PERSON_CHANGED, actor=by, object_id=by, facts={"passkey": "dropped"})
    return True


def _challenge(tx: Transaction, person_id: PersonId | None, kind: TicketKind = TicketKind.PASSKEY) -> str:
    token = new_token(tx)
    issue(tx, kind, token=token, person_id=person_id, lives=CHALLENGE_LIVES)
    return token
