"""Handing over the duty: asked for by an officer or by the roster, accepted by the next, climbing when nobody does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from triage.access.table import Right, allowed
from triage.audit import Act, Actor
from triage.cases.words import remark
from triage.clocks.calendar import Calendar
from triage.clocks.policy import Audience
from triage.ids import HandoverId, PersonId, ShiftId
from triage.notices.notice import NOTICE_KEYS, Notice, Subject
from triage.notices.telling import tell, tell_person
from triage.people.duty import take_duty
from triage.people.duty_now import find_active, finder
from triage.people.handover import Handover
from triage.people.person import Person
from triage.people.roster import Shift, on_duty_at
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

CLIMBS_AFTER = timedelta(minutes=30)
"""Staffed time after which a handover that nobody accepted is told to the next rung."""

CLIMBS_TO = (Audience.HEAD, Audience.CHAIR)
_INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class HandedOver:
    """The handover as it now stands, and how many identity numbers were taken out of its note."""

    handover: Handover
    removed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rounded:
    """One round over the roster and what waits to be accepted. With `more` another round is due at once."""

    asked: int = 0
    climbed: int = 0
    more: bool = False


def hand_over(
    tx: Transaction, rules: Rules, *, by: PersonId, to: PersonId | None, note: str
) -> HandedOver | Refused:
    """Leave a note for the next officer, named or not. It hands over nothing: the duty changes when somebody accepts.

    It changes without that too where a shift of the roster begins, or somebody takes it by hand.

    Refused to somebody who neither has the duty nor is asked to hand it over. One that waits already is overtaken.
    """
    if not allowed(tx.people.get(by), Right.HAND_OVER):
        return Refused(Reason.NOT_ALLOWED)
    if to is not None and (to == by or _no_officer(tx, to)):
        return Refused(Reason.SAME_PERSON if to == by else Reason.NO_DUTY_OFFICER)
    tx.duty.lock()
    waiting, on_duty = tx.duty.waiting_handover(), tx.people.on_duty()
    asked = waiting is not None and waiting.from_id == by
    if not asked and (on_duty is None or on_duty.id != by):
        return Refused(Reason.NOT_ON_DUTY)
    said = remark(rules, note)
    if isinstance(said, Refused):
        return said
    handover = Handover(
        id=HandoverId(tx.new_id()),
        asked_at=tx.now,
        from_id=by,
        to_id=to if to is not None or waiting is None or not asked else waiting.to_id,
        climbs_at=rules.calendar.add_staffed(tx.now, CLIMBS_AFTER),
        note=said.words,
    )
    _ask(tx, handover, waiting, actor=by)
    if handover.to_id is not None:
        _tell(tx, rules, handover, Subject.HANDOVER_WAITS, handover.to_id)
    return HandedOver(handover, said.removed)


def accept(tx: Transaction, *, by: PersonId, handover_id: HandoverId) -> Handover | Refused:
    """Take over: the handover was read, and the duty is taken with it. What waited to be said of it is taken back.

    One in whose place another has come is refused: what it says is not what is open now.
    """
    if not allowed(tx.people.get(by), Right.TAKE_DUTY):
        return Refused(Reason.NOT_ALLOWED)
    # The roster before its handovers, as whoever asks for one.
    tx.duty.lock()
    handover = tx.duty.lock_handover(handover_id)
    if handover is None:
        return Refused(Reason.NOT_FOUND)
    if handover.overtaken_at is not None:
        return Refused(Reason.OVERTAKEN)
    if not handover.waits:
        return Refused(Reason.SOMEONE_ELSE_WAS_FIRST)
    if handover.from_id == by:
        return Refused(Reason.SAME_PERSON)
    accepted = replace(handover, accepted_at=tx.now, accepted_by=by, climbs_at=None)
    tx.duty.save_handover(accepted)
    tx.outbox.supersede(topic=_topic(handover.id))
    facts = {"from": str(handover.from_id or ""), "climbed": str(handover.climbed)}
    tx.audit.record(Act.HANDOVER_ACCEPTED, actor=by, object_id=handover.id, facts=facts)
    take_duty(tx, by=by)
    return accepted


def waits_for(tx: Transaction, *, by: PersonId) -> bool:
    """Whether a handover waits that this person may accept."""
    if not allowed(tx.people.get(by), Right.TAKE_DUTY):
        return False
    return any(each.waits and each.from_id != by for each in tx.duty.waiting_handovers())


def end_of_next_day(calendar: Calendar, at: datetime) -> datetime:
    """When the next staffed day ends: that of whoever takes over. The day that is under way does not count."""
    over = calendar.staffed_until(at) or at
    begins = calendar.next_staffed(over)
    if begins is None:
        return at
    day, last = calendar.local(begins).date(), begins
    while begins is not None and calendar.local(begins).date() == day:
        last = calendar.staffed_until(begins) or begins
        begins = calendar.next_staffed(last)
    return last


def go_round(tx: Transaction, rules: Rules, *, limit: int = 50) -> Rounded:
    """Ask for the handovers of shifts that have begun, and tell the next rung of those that nobody accepted.

    Each once, however many processes go round. Nothing here needs a key.
    """
    if tx.duty.has_begun():
        # The roster before its shifts, as whoever changes it; and no two ask for a handover at once.
        tx.duty.lock()
    begun = tx.duty.lock_begun(limit=limit)
    asked = sum(_begin(tx, rules, shift) for shift in begun)
    due = tx.duty.due_handovers(limit=limit)
    for handover in due:
        _climb(tx, rules, handover)
    return Rounded(asked=asked, climbed=len(due), more=limit in {len(begun), len(due)})


def _begin(tx: Transaction, rules: Rules, shift: Shift) -> bool:
    """Ask for a handover where a shift's beginning changes who has the duty; whether it did."""
    tx.duty.note_begun(shift.id)
    if shift.end <= tx.now:
        return False
    incoming, outgoing = _before_and_after(tx, shift)
    if incoming is None or outgoing is None or incoming == outgoing:
        return False
    return _ask_both(tx, rules, outgoing, incoming, shift_id=shift.id, actor=Actor.SYSTEM)


def ask_if_changed(tx: Transaction, rules: Rules, *, before: Person | None, actor: PersonId) -> None:
    """Ask for a handover where a change of the roster has just moved the duty on from whoever had it before.

    The roster must be locked.
    """
    after = tx.people.on_duty()
    if before is not None and after is not None and before.id != after.id:
        _ask_both(tx, rules, before.id, after.id, shift_id=None, actor=actor)


def _ask_both(
    tx: Transaction,
    rules: Rules,
    outgoing: PersonId,
    incoming: PersonId,
    *,
    shift_id: ShiftId | None,
    actor: PersonId | Actor,
) -> bool:
    waiting = tx.duty.waiting_handover()
    if waiting is not None and waiting.from_id == outgoing:
        # The officer has handed over already; whoever comes is told of that one.
        _tell(tx, rules, waiting, Subject.HANDOVER_WAITS, incoming)
        return False
    handover = Handover(
        id=HandoverId(tx.new_id()),
        asked_at=tx.now,
        from_id=outgoing,
        to_id=incoming,
        shift_id=shift_id,
        climbs_at=rules.calendar.add_staffed(tx.now, CLIMBS_AFTER),
    )
    if not _ask(tx, handover, waiting, actor=actor):
        return False
    _tell(tx, rules, handover, Subject.HANDOVER_ASKED, outgoing)
    _tell(tx, rules, handover, Subject.HANDOVER_WAITS, incoming)
    return True


def _before_and_after(tx: Transaction, shift: Shift) -> tuple[PersonId | None, PersonId | None]:
    """Who has the duty once this shift has begun, and who had it last before."""
    find = finder(tx)
    roster = tx.duty.roster(shift.start - _INSTANT, shift.start)
    after = on_duty_at(roster, shift.start, find)
    before = on_duty_at(roster, shift.start - _INSTANT, find)
    last = roster.begun_by(shift.start - _INSTANT)
    if before is None and last is not None:
        # Nobody had it over night: whoever had it at the end of the last shift knows what is going on.
        before = on_duty_at(tx.duty.roster(last.end - _INSTANT, last.end), last.end - _INSTANT, find)
    return (None if after is None else after.person.id), (None if before is None else before.person.id)


def _ask(tx: Transaction, handover: Handover, waiting: Handover | None, *, actor: PersonId | Actor) -> bool:
    if not tx.duty.add_handover(handover):
        return False
    if waiting is not None:
        tx.duty.save_handover(replace(waiting, overtaken_at=tx.now, climbs_at=None))
        tx.outbox.supersede(topic=_topic(waiting.id))
    facts = {"from": str(handover.from_id or ""), "to": str(handover.to_id or "")}
    tx.audit.record(Act.HANDOVER_ASKED, actor=actor, object_id=handover.id, facts=facts)
    return True


def _climb(tx: Transaction, rules: Rules, handover: Handover) -> None:
    audience = CLIMBS_TO[handover.climbed]
    climbed = handover.climbed + 1
    further = climbed < len(CLIMBS_TO)
    climbs_at = rules.calendar.add_staffed(tx.now, CLIMBS_AFTER) if further else None
    tx.duty.save_handover(replace(handover, climbed=climbed, climbs_at=climbs_at))
    notice = _notice(handover, Subject.HANDOVER_NOT_ACCEPTED, f"climb{climbed}")
    tell(tx, rules, notice, (audience,), not_before=_staffed(rules, tx.now), wakes=False)
    facts = {"step": str(climbed), "meant_for": audience.value}
    tx.audit.record(Act.HANDOVER_CLIMBED, actor=Actor.SYSTEM, object_id=handover.id, facts=facts)


def _tell(tx: Transaction, rules: Rules, handover: Handover, subject: Subject, person_id: PersonId) -> None:
    person = find_active(tx, person_id)
    if person is not None:
        notice = _notice(handover, subject, subject.value)
        tell_person(tx, rules, notice, person, not_before=_staffed(rules, tx.now), wakes=False)


def _notice(handover: Handover, subject: Subject, occasion: str) -> Notice:
    return Notice(
        key=NOTICE_KEYS[subject],
        occasion=f"handover:{handover.id}|{occasion}",
        topic=_topic(handover.id),
        about=handover.id,
    )


def _topic(handover_id: HandoverId) -> str:
    return f"handover:{handover_id}"


def _staffed(rules: Rules, at: datetime) -> datetime:
    return rules.calendar.next_staffed(at) or at


def _no_officer(tx: Transaction, person_id: PersonId) -> bool:
    person = find_active(tx, person_id)
    return person is None or not allowed(person, Right.TAKE_DUTY)
