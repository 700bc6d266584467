"""What people keep in order about themselves, and the way back in that an administrator hands out."""

from __future__ import annotations

from dataclasses import replace

from triage.access.table import Right, allowed
from triage.audit import Act, Actor
from triage.ids import PersonId
from triage.notices.notice import Subject
from triage.people.invite import RECOVERY_LIVES, Invited, drop_other_ways_in
from triage.people.person import Person, PersonState, TicketKind, parse_number
from triage.people.recovery_codes import tell_of_way_in
from triage.people.tickets import issue, new_token
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules


def change_password(
    tx: Transaction, *, by: PersonId, password_hash: str, checked: str, keep: bytes
) -> Person | Refused:
    """Give the person a new password. `checked` is the hash that the old one was checked against just now.

    Every session ends but the one of digest `keep`; browsers that were known are so no longer.
    """
    person = tx.people.lock(by)
    if person.password_hash != checked:
        return Refused(Reason.WRONG_CODE)
    changed = replace(person, password_hash=password_hash)
    tx.people.save(changed)
    session = tx.people.find_session(keep)
    tx.people.end_sessions(by)
    if session is not None and session.person_id == by:
        tx.people.add_session(session)
    tx.audit.record(Act.PERSON_CHANGED, actor=by, object_id=by, facts={"password": "changed"})
    return changed


def change_language(tx: Transaction, *, by: PersonId, language: str) -> Person:
    """Speak this language to the person from now on, on pages and in notices."""
    changed = replace(tx.people.lock(by), language=language)
    tx.people.save(changed)
    tx.audit.record(Act.PERSON_CHANGED, actor=by, object_id=by, facts={"language": language})
    return changed


def change_sms(tx: Transaction, *, by: PersonId, typed: str) -> Person | Refused:
    """Send what wakes the person to this telephone number too; `NOT_A_NUMBER` if it is none with its country code."""
    if not allowed(tx.people.get(by), Right.CHANGE_SMS):
        return Refused(Reason.NOT_ALLOWED)
    number = parse_number(typed)
    if number is None:
        return Refused(Reason.NOT_A_NUMBER)
    return _with_sms(tx, by, number)


def clear_sms(tx: Transaction, *, by: PersonId) -> Person | Refused:
    """Send no SMS to the person any more, and forget the number."""
    if not allowed(tx.people.get(by), Right.CHANGE_SMS):
        return Refused(Reason.NOT_ALLOWED)
    return _with_sms(tx, by, None)


def _with_sms(tx: Transaction, by: PersonId, number: str | None) -> Person:
    changed = replace(tx.people.lock(by), sms=number)
    tx.people.save(changed)
    facts = {"sms": "cleared" if number is None else "set"}
    tx.audit.record(Act.PERSON_CHANGED, actor=by, object_id=by, facts=facts)
    return changed


def telegram_failed(tx: Transaction, *, person_id: PersonId, chat: object) -> Person:
    """Telegram said that this chat is shut: if it is the person's still, nothing goes there until they link one."""
    person = tx.people.lock(person_id)
    if person.telegram_chat != chat or person.telegram_failed_at is not None:
        return person
    failed = replace(person, telegram_failed_at=tx.now)
    tx.people.save(failed)
    facts = {"telegram": "failed"}
    tx.audit.record(Act.PERSON_CHANGED, actor=Actor.SYSTEM, object_id=person_id, facts=facts)
    return failed


def recover_person(tx: Transaction, rules: Rules, *, by: PersonId, person_id: PersonId) -> Invited | Refused:
    """A way back in for somebody who lost theirs, handed out by an administrator; all their sessions end now.

    They are told by mail. Whoever comes in by it has no role until a second person has looked: see `accept`. Refused
    for oneself: whoever is there needs none.
    """
    if not allowed(tx.people.get(by), Right.MANAGE_PEOPLE):
        return Refused(Reason.NOT_ALLOWED)
    if by == person_id:
        return Refused(Reason.OWN_WAY_BACK)
    person = tx.people.lock(person_id)
    if person.state is not PersonState.ACTIVE:
        return Refused(Reason.NOT_ALLOWED)
    token = new_token(tx)
    lives = RECOVERY_LIVES
    issue(tx, TicketKind.RECOVERY, token=token, person_id=person.id, lives=lives, made_by=by)
    tx.people.end_sessions(person.id)
    # What was lost may be the device.
    drop_other_ways_in(tx, person.id)
    tell_of_way_in(tx, rules, person, Subject.WAY_IN_ADDED)
    tx.audit.record(Act.PERSON_RECOVERED, actor=by, object_id=person.id)
    return Invited(person=person, token=token)
