"""Duty and how a person on duty is reached: taking it, leaving it, and linking one's Telegram."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from triage.access.table import Right, allowed
from triage.audit import Act
from triage.ids import PersonId
from triage.limits import Limit
from triage.people.person import Person, PersonState, TicketKind
from triage.people.tickets import find_ticket, issue, short_code
from triage.ports import Transaction
from triage.refusals import Reason, Refused

LINK_CODE_LIVES = timedelta(minutes=15)
LINK_TRIES = Limit(burst=5, refill=timedelta(minutes=5))
"""Wrong link codes from one chat; the codes are short."""

_MISREAD = str.maketrans({"O": "0", "I": "1", "L": "1"})


def take_duty(tx: Transaction, *, by: PersonId) -> Person | Refused:
    """Take the duty by hand, from whoever has it; it lasts until the next shift of the roster begins."""
    person = tx.people.get(by)
    if not allowed(person, Right.TAKE_DUTY):
        return Refused(Reason.NOT_ALLOWED)
    # One takes and one leaves in turn: at once, each would write over what the other had done.
    tx.duty.lock()
    before = tx.people.on_duty()
    if before is not None and before.id == by:
        return person
    tx.people.set_on_duty(by, left=_left(tx) - {by})
    facts = {} if before is None else {"from": str(before.id)}
    tx.audit.record(Act.DUTY_TAKEN, actor=by, object_id=by, facts=facts)
    return person


def leave_duty(tx: Transaction, *, by: PersonId) -> Person | Refused:
    """Leave the duty; refused to somebody who does not have it.

    Whoever took it by hand leaves it to the roster, and whoever the roster names to their deputy; where there is
    none, to nobody.
    """
    tx.duty.lock()
    on_duty = tx.people.on_duty()
    if on_duty is None or on_duty.id != by:
        return Refused(Reason.NOT_WAITING)
    tx.people.set_on_duty(None, left=_left(tx) | {by})
    tx.audit.record(Act.DUTY_LEFT, actor=by, object_id=by)
    return on_duty


def _left(tx: Transaction) -> frozenset[PersonId]:
    hand = tx.duty.roster(tx.now, tx.now).hand_at(tx.now)
    return frozenset() if hand is None else hand.left


def make_link_code(tx: Transaction, *, by: PersonId) -> str | Refused:
    """Eight signs that the person types to the bot within a quarter of an hour; an earlier code stops working."""
    if not allowed(tx.people.get(by), Right.LINK_TELEGRAM):
        return Refused(Reason.NOT_ALLOWED)
    code = short_code(tx)
    issue(tx, TicketKind.TELEGRAM, token=code, person_id=by, lives=LINK_CODE_LIVES)
    return code


def link_telegram(tx: Transaction, *, code: str, chat: int) -> Person | Refused:
    """Send a person's notices to this private chat from now on, by the code that they typed there.

    Refused for a chat that belongs to another person. Wrong tries of one chat are counted.
    """
    # Reporters type words of eight signs too: whose chat it is stands nowhere in clear.
    counted = tx.digest("tries", f"chat:{chat}".encode()).hex()
    if not LINK_TRIES.allows(tx, f"link:{counted}"):
        return Refused(Reason.TOO_MANY_TRIES)
    typed = "".join(code.split()).replace("-", "").upper()
    ticket = find_ticket(tx, TicketKind.TELEGRAM, typed.translate(_MISREAD))
    if isinstance(ticket, Refused):
        return ticket
    if ticket.person_id is None:
        return Refused(Reason.WRONG_CODE)
    holder = tx.people.find_by_telegram(chat)
    if holder is not None and holder.id != ticket.person_id:
        return Refused(Reason.ALREADY_LINKED)
    person = tx.people.lock(ticket.person_id)
    if person.state is not PersonState.ACTIVE:
        return Refused(Reason.NOT_ALLOWED)
    linked = replace(person, telegram_chat=chat, telegram_failed_at=None)
    tx.people.save(linked)
    tx.people.use_ticket(ticket.digest)
    tx.audit.record(Act.PERSON_LINKED_TELEGRAM, actor=person.id, object_id=person.id)
    return linked


def unlink_telegram(tx: Transaction, *, by: PersonId) -> Person:
    """Send no more notices to the person's chat."""
    person = tx.people.lock(by)
    unlinked = replace(person, telegram_chat=None, telegram_failed_at=None)
    tx.people.save(unlinked)
    facts = {"telegram": "unlinked"}
    tx.audit.record(Act.PERSON_CHANGED, actor=by, object_id=by, facts=facts)
    return unlinked
