"""Keeping the roster: shifts, a week's pattern, absences and deputies. Each act is an audit entry with ids only."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from triage.access.table import Right, allowed
from triage.audit import Act
from triage.clocks.calendar import Calendar
from triage.ids import AbsenceId, PersonId, ShiftId
from triage.people.duty_now import find_active
from triage.people.handing_over import ask_if_changed
from triage.people.person import Person
from triage.people.roster import Absence, Shift, closes_ring, staffed_within
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

LONGEST_SHIFT = timedelta(days=14)
LONGEST_ABSENCE = timedelta(days=400)
MOST_WEEKS = 26
MOST_DEPUTIES = 3
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Overlap:
    """Nothing was changed: this shift stands there already."""

    with_shift: Shift


def add_shift(
    tx: Transaction, *, by: PersonId, person_id: PersonId, start: datetime, end: datetime
) -> Shift | Overlap | Refused:
    """Put a person on the roster. Two are never on it at once, and what is over cannot be planned any more."""
    if not allowed(tx.people.get(by), Right.MANAGE_ROSTER):
        return Refused(Reason.NOT_ALLOWED)
    tx.duty.lock()
    shift = Shift(id=ShiftId(tx.new_id()), person_id=person_id, start=start, end=end)
    refused = wrong_with_any(tx, [shift])
    if refused is not None:
        return refused
    tx.duty.add_shift(shift)
    record_shift(tx, Act.SHIFT_ADDED, shift, by=by)
    return shift


def move_shift(
    tx: Transaction,
    rules: Rules,
    *,
    by: PersonId,
    shift_id: ShiftId,
    person_id: PersonId,
    start: datetime,
    end: datetime,
) -> Shift | Overlap | Refused:
    """Give a shift to another person or another time.

    Where that moves the duty at once, whoever had it is asked to hand it over.
    """
    if not allowed(tx.people.get(by), Right.MANAGE_ROSTER):
        return Refused(Reason.NOT_ALLOWED)
    tx.duty.lock()
    before = tx.duty.find_shift(shift_id)
    if before is None:
        return Refused(Reason.NOT_FOUND)
    moved = replace(before, person_id=person_id, start=start, end=end)
    refused = wrong_with_any(tx, [moved])
    if refused is not None:
        return refused
    had_it = tx.people.on_duty()
    tx.duty.save_shift(moved)
    record_shift(tx, Act.SHIFT_MOVED, moved, by=by)
    ask_if_changed(tx, rules, before=had_it, actor=by)
    return moved


def remove_shift(tx: Transaction, *, by: PersonId, shift_id: ShiftId) -> Shift | Refused:
    """Take a shift off the roster."""
    if not allowed(tx.people.get(by), Right.MANAGE_ROSTER):
        return Refused(Reason.NOT_ALLOWED)
    tx.duty.lock()
    shift = tx.duty.find_shift(shift_id)
    if shift is None:
        return Refused(Reason.NOT_FOUND)
    tx.duty.remove_shift(shift_id)
    record_shift(tx, Act.SHIFT_REMOVED, shift, by=by)
    return shift


def add_pattern(
    tx: Transaction,
    rules: Rules,
    *,
    by: PersonId,
    first_day: date,
    weeks: int,
    pattern: Mapping[int, PersonId],
) -> tuple[Shift, ...] | Overlap | Refused:
    """One person for each weekday (Monday is 0), in its staffed hours, for so many weeks from the week of a day on.

    Closed days and hours that are over are left out. If any shift meets another, none is put in.
    """
    if not allowed(tx.people.get(by), Right.MANAGE_ROSTER):
        return Refused(Reason.NOT_ALLOWED)
    if not pattern:
        return Refused(Reason.NOTHING_CHOSEN)
    if not 1 <= weeks <= MOST_WEEKS:
        return Refused(Reason.TOO_MANY_WEEKS)
    tx.duty.lock()
    monday = first_day - first_day.weekday() * _DAY
    days = [monday + ahead * _DAY for ahead in range(7 * weeks)]
    shifts = [
        Shift(id=ShiftId(tx.new_id()), person_id=pattern[day.weekday()], start=max(start, tx.now), end=end)
        for day in days
        if day.weekday() in pattern
        for start, end in hours_of(rules.calendar, day)
        if end > tx.now
    ]
    refused = wrong_with_any(tx, shifts)
    if refused is not None:
        return refused
    for shift in shifts:
        tx.duty.add_shift(shift)
        record_shift(tx, Act.SHIFT_ADDED, shift, by=by)
    return tuple(shifts) if shifts else Refused(Reason.NOTHING_CHOSEN)


def add_absence(
    tx: Transaction, *, by: PersonId, person_id: PersonId, start: datetime, end: datetime
) -> Absence | Refused:
    """Note that a person is away; of somebody else the head does. Their shifts stand, and their deputy steps in."""
    if not _may_speak_for(tx, by, person_id):
        return Refused(Reason.NOT_ALLOWED)
    absence = Absence(id=AbsenceId(tx.new_id()), person_id=person_id, start=start, end=end)
    wrong = wrong_absence(tx, absence)
    if wrong is not None:
        return Refused(wrong)
    tx.duty.add_absence(absence)
    tx.audit.record(Act.ABSENCE_ADDED, actor=by, object_id=person_id, facts=_times(start, end))
    return absence


def wrong_absence(tx: Transaction, absence: Absence) -> Reason | None:
    """Why this absence cannot stand, if it cannot."""
    if find_active(tx, absence.person_id) is None:
        return Reason.NOT_FOUND
    if absence.end <= absence.start:
        return Reason.ENDS_BEFORE_START
    if absence.end <= tx.now:
        return Reason.IN_THE_PAST
    return Reason.TOO_LONG_AWAY if absence.end - absence.start > LONGEST_ABSENCE else None


def remove_absence(tx: Transaction, *, by: PersonId, absence_id: AbsenceId) -> Absence | Refused:
    """Take an absence back."""
    absence = tx.duty.find_absence(absence_id)
    if absence is None:
        return Refused(Reason.NOT_FOUND)
    if not _may_speak_for(tx, by, absence.person_id):
        return Refused(Reason.NOT_ALLOWED)
    tx.duty.remove_absence(absence_id)
    facts = _times(absence.start, absence.end)
    tx.audit.record(Act.ABSENCE_REMOVED, actor=by, object_id=absence.person_id, facts=facts)
    return absence


def set_deputies(
    tx: Transaction, *, by: PersonId, person_id: PersonId, deputies: Sequence[PersonId]
) -> tuple[PersonId, ...] | Refused:
    """Who stands in for a person who is away, the first one first; of somebody else the head says it.

    A way of deputies that leads back to where it began is refused: it would end with nobody.
    """
    if not _may_speak_for(tx, by, person_id):
        return Refused(Reason.NOT_ALLOWED)
    chosen = tuple(dict.fromkeys(deputies))
    if person_id in chosen:
        return Refused(Reason.OWN_DEPUTY)
    if any(find_active(tx, each) is None for each in chosen):
        return Refused(Reason.NOT_FOUND)
    tx.duty.lock()
    if closes_ring({**tx.duty.deputies(), person_id: chosen}, person_id):
        return Refused(Reason.DEPUTY_RING)
    tx.duty.set_deputies(person_id, chosen[:MOST_DEPUTIES])
    facts = {"deputies": ",".join(map(str, chosen[:MOST_DEPUTIES]))}
    tx.audit.record(Act.DEPUTIES_SET, actor=by, object_id=person_id, facts=facts)
    return chosen[:MOST_DEPUTIES]


def may_have_shifts(tx: Transaction) -> list[Person]:
    """Everybody who can be put on the roster, by name."""
    return [person for person in tx.people.all() if allowed(person, Right.TAKE_DUTY)]


def wrong_with_any(
    tx: Transaction, shifts: Sequence[Shift], *, instead_of: Collection[ShiftId] = ()
) -> Overlap | Refused | None:
    """Why these shifts cannot all stand on the roster, if they cannot; those that they replace are not met.

    The roster must be locked.
    """
    if not shifts:
        return None
    can_have = {person.id for person in may_have_shifts(tx)}
    for shift in shifts:
        reason = _wrong_with(shift, can_have, tx.now)
        if reason is not None:
            return Refused(reason)
    gone = {*instead_of, *(each.id for each in shifts)}
    start, end = min(each.start for each in shifts), max(each.end for each in shifts)
    others = [each for each in tx.duty.roster(start, end).shifts if each.id not in gone]
    there = {each.id for each in others}
    for earlier, later in pairwise(sorted([*others, *shifts], key=lambda each: (each.start, each.end))):
        if later.start < earlier.end:
            return Overlap(later if later.id in there else earlier)
    return None


def _wrong_with(shift: Shift, can_have: Collection[PersonId], now: datetime) -> Reason | None:
    if shift.end <= shift.start:
        return Reason.ENDS_BEFORE_START
    if shift.end <= now:
        return Reason.IN_THE_PAST
    if shift.end - shift.start > LONGEST_SHIFT:
        return Reason.SHIFT_TOO_LONG
    return None if shift.person_id in can_have else Reason.NO_DUTY_OFFICER


def hours_of(calendar: Calendar, day: date) -> list[tuple[datetime, datetime]]:
    """The staffed hours of a local day, in UTC."""
    midnight = datetime.combine(day, datetime.min.time(), tzinfo=calendar.zone).astimezone(UTC)
    tomorrow = datetime.combine(day + _DAY, datetime.min.time(), tzinfo=calendar.zone).astimezone(UTC)
    return [(each.start, each.end) for each in staffed_within(calendar, midnight, tomorrow)]


def record_shift(tx: Transaction, act: Act, shift: Shift, *, by: PersonId) -> None:
    """The audit entry of an act on a shift: whose it is, and when."""
    facts = {"person": str(shift.person_id), **_times(shift.start, shift.end)}
    tx.audit.record(act, actor=by, object_id=shift.id, facts=facts)


def _may_speak_for(tx: Transaction, by: PersonId, person_id: PersonId) -> bool:
    reader = tx.people.get(by)
    if allowed(reader, Right.MANAGE_ROSTER):
        return find_active(tx, person_id) is not None
    return by == person_id and allowed(reader, Right.OWN_ABSENCE)


def _times(start: datetime, end: datetime) -> dict[str, str]:
    return {"start": start.isoformat(), "end": end.isoformat()}
