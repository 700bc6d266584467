"""One-time secrets: drawn, handed out once, kept as a hash, used once."""

from __future__ import annotations

import base64
from datetime import timedelta

from triage.ids import CODE_ALPHABET, PersonId
from triage.people.person import Ticket, TicketKind
from triage.ports import Transaction
from triage.refusals import Reason, Refused

_SECRET_BYTES = 32
_SHORT_SIGNS = 8
_SHORT_BYTES = 5
_LONGEST_TYPED = 200
_FACTOR_BYTES = 20


def new_token(tx: Transaction) -> str:
    """A fresh secret of 256 bits, in signs that an address can hold."""
    return base64.urlsafe_b64encode(tx.new_secret(_SECRET_BYTES)).rstrip(b"=").decode("ascii")


def token_digest(tx: Transaction, purpose: str, token: str) -> bytes:
    """What is kept of a secret; a text that is no secret has a digest too, that nothing is found by."""
    return tx.digest(purpose, token[:_LONGEST_TYPED].encode("utf-8", "replace"))


def factor_secret(tx: Transaction, token: str) -> bytes:
    """The second factor that whoever comes in by this secret sets up: 160 bits (RFC 4226), at every look the same.

    It is worked out from the secret, which only its holder has, under the house's key; so nothing of it is kept until
    the person is in, and somebody who scanned it on Monday still comes in by it on Tuesday.
    """
    return token_digest(tx, "second-factor", token)[:_FACTOR_BYTES]


def short_code(tx: Transaction) -> str:
    """Eight signs that a person can type, 40 bits: only for what lives minutes and is throttled."""
    number = int.from_bytes(tx.new_secret(_SHORT_BYTES), "big")
    signs = []
    for _ in range(_SHORT_SIGNS):
        number, index = divmod(number, len(CODE_ALPHABET))
        signs.append(CODE_ALPHABET[index])
    return "".join(signs)


def issue(
    tx: Transaction,
    kind: TicketKind,
    *,
    token: str,
    person_id: PersonId | None,
    lives: timedelta,
    made_by: PersonId | None = None,
) -> None:
    """Keep a ticket for this secret; earlier unused ones of the person and kind stop working."""
    if person_id is not None:
        tx.people.drop_tickets(person_id, kind)
    ticket = Ticket(
        digest=token_digest(tx, kind.value, token),
        kind=kind,
        person_id=person_id,
        created_at=tx.now,
        expires_at=tx.now + lives,
        made_by=made_by,
    )
    tx.people.add_ticket(ticket)


def find_ticket(tx: Transaction, kind: TicketKind, token: str) -> Ticket | Refused:
    """The ticket, locked, if it can still be used."""
    ticket = tx.people.lock_ticket(token_digest(tx, kind.value, token), kind)
    if ticket is None:
        return Refused(Reason.WRONG_CODE)
    if ticket.used_at is not None:
        return Refused(Reason.ALREADY_USED)
    if ticket.expires_at <= tx.now:
        return Refused(Reason.EXPIRED)
    return ticket
