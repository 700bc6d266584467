"""The roster: who has the duty at an instant, out of shifts, absences, deputies and what was taken by hand. Pure.

Whoever took the duty by hand since the last shift began has it; else the person of the shift; if they are absent,
their first present deputy; else nobody. So a duty taken by hand ends when the next shift begins, and where no shift
was ever entered it lasts until somebody takes or leaves it. Instants are aware UTC; an end is not part of a stretch.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType

from triage.access.table import Right, allowed
from triage.clocks.calendar import Calendar, Staffed
from triage.ids import AbsenceId, PersonId, ShiftId
from triage.people.person import Person, PersonState

Find = Callable[[PersonId], Person | None]


class How(StrEnum):
    """Why somebody has the duty."""

    HAND = "hand"
    ROSTER = "roster"
    DEPUTY = "deputy"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shift:
    """A stretch of the roster. `source` is a hash of the calendar entry that it was imported from."""

    id: ShiftId
    person_id: PersonId
    start: datetime
    end: datetime
    source: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Absence:
    """A stretch in which a person is away; why is nobody's business here."""

    id: AbsenceId
    person_id: PersonId
    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Hand:
    """What was last done by hand: who took the duty, if anybody, and who has left it since the shift began."""

    at: datetime
    person_id: PersonId | None = None
    left: frozenset[PersonId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """Somebody who may have the duty; `instead_of` is whose deputy they are."""

    person_id: PersonId
    how: How
    instead_of: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDuty:
    """Who has the duty, and why."""

    person: Person
    how: How
    instead_of: PersonId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Staffed time in which the duty does not change hands. Without `on_duty` it is a gap."""

    start: datetime
    end: datetime
    on_duty: OnDuty | None
    absent: PersonId | None = None
    """Whose shift it is who is away, or may not have the duty any more."""


@dataclass(frozen=True, kw_only=True)
class Roster:
    """What bears on who has the duty within a stretch of time, as the store keeps it.

    `shifts` stand in order and do not overlap; the last one that began before the stretch is among them.
    """

    shifts: tuple[Shift, ...] = ()
    absences: tuple[Absence, ...] = ()
    deputies: Mapping[PersonId, tuple[PersonId, ...]] = field(default_factory=lambda: MappingProxyType({}))
    hand: Hand | None = None

    def begun_by(self, at: datetime) -> Shift | None:
        """The latest shift that has begun at this instant, over or not."""
        begun = None
        for shift in self.shifts:
            if shift.start > at:
                break
            begun = shift
        return begun

    def shift_at(self, at: datetime) -> Shift | None:
        """The shift that runs at this instant."""
        begun = self.begun_by(at)
        return begun if begun is not None and at < begun.end else None

    def is_absent(self, person_id: PersonId, at: datetime, *, unless_back_at: datetime | None = None) -> bool:
        """Whether the person is away; somebody who took the duty in an absence (`unless_back_at`) is back from it."""
        return any(
            each.person_id == person_id
            and each.start <= at < each.end
            and (unless_back_at is None or each.start > unless_back_at)
            for each in self.absences
        )

    def hand_at(self, at: datetime) -> Hand | None:
        """What was done by hand, as long as no shift has begun since."""
        hand, begun = self.hand, self.begun_by(at)
        if hand is None or hand.at > at or (begun is not None and begun.start > hand.at):
            return None
        return hand

    def deputies_of(self, person_id: PersonId, at: datetime) -> Iterator[PersonId]:
        """The person's deputies who are there, in order; for one who is away, that one's own."""
        yield from self._deputies(person_id, at, {person_id})

    def _deputies(self, person_id: PersonId, at: datetime, seen: set[PersonId]) -> Iterator[PersonId]:
        for deputy in self.deputies.get(person_id, ()):
            if deputy in seen:
                continue
            seen.add(deputy)
            if self.is_absent(deputy, at):
                yield from self._deputies(deputy, at, seen)
            else:
                yield deputy


def candidates(roster: Roster, at: datetime) -> Iterator[Candidate]:
    """Who may have the duty at this instant, the first one first; whoever left it by hand is not among them."""
    hand, shift = roster.hand_at(at), roster.shift_at(at)
    left = frozenset() if hand is None else hand.left
    if hand is not None and hand.person_id is not None:
        if not roster.is_absent(hand.person_id, at, unless_back_at=hand.at):
            yield Candidate(person_id=hand.person_id, how=How.HAND)
        yield from _in_place_of(roster, hand.person_id, at, left)
    if shift is not None:
        if shift.person_id not in left and not roster.is_absent(shift.person_id, at):
            yield Candidate(person_id=shift.person_id, how=How.ROSTER)
        yield from _in_place_of(roster, shift.person_id, at, left)


def on_duty_at(roster: Roster, at: datetime, find: Find) -> OnDuty | None:
    """Who has the duty at this instant: the first candidate who is active and, unless by hand, may have it."""
    for each in candidates(roster, at):
        person = find(each.person_id)
        if person is not None and _fits(person, each.how):
            return OnDuty(person=person, how=each.how, instead_of=each.instead_of)
    return None


def staffed_within(calendar: Calendar, start: datetime, end: datetime) -> Iterator[Staffed]:
    """The staffed stretches from `start` to `end`, cut off there."""
    at: datetime | None = start
    while at is not None and at < end:
        begins = calendar.next_staffed(at)
        at = None if begins is None else calendar.staffed_until(begins)
        if begins is not None and at is not None and begins < end:
            yield Staffed(begins, min(at, end))


def stretches(
    roster: Roster, calendar: Calendar, *, start: datetime, end: datetime, find: Find
) -> Iterator[Stretch]:
    """The staffed time from `start` to `end`, cut wherever the duty changes hands."""
    edges = {each for shift in roster.shifts for each in (shift.start, shift.end)}
    edges |= {each for absence in roster.absences for each in (absence.start, absence.end)}
    edges |= set() if roster.hand is None else {roster.hand.at}
    for hours in staffed_within(calendar, start, end):
        cuts = [hours.start, *sorted(each for each in edges if hours.start < each < hours.end), hours.end]
        last: Stretch | None = None
        for begins, ends in itertools.pairwise(cuts):
            found = _stretch(roster, begins, ends, find)
            if last is not None and (last.on_duty, last.absent) == (found.on_duty, found.absent):
                last = Stretch(start=last.start, end=ends, on_duty=last.on_duty, absent=last.absent)
                continue
            if last is not None:
                yield last
            last = found
        if last is not None:
            yield last


def planned(roster: Roster) -> Roster:
    """The roster as it is planned, without what was done by hand."""
    return Roster(shifts=roster.shifts, absences=roster.absences, deputies=roster.deputies)


def closes_ring(deputies: Mapping[PersonId, tuple[PersonId, ...]], person_id: PersonId) -> bool:
    """Whether the way from deputy to deputy leads back to this person."""
    waiting, seen = list(deputies.get(person_id, ())), set[PersonId]()
    while waiting:
        each = waiting.pop()
        if each == person_id:
            return True
        if each not in seen:
            seen.add(each)
            waiting += deputies.get(each, ())
    return False


def _stretch(roster: Roster, start: datetime, end: datetime, find: Find) -> Stretch:
    on_duty, shift = on_duty_at(roster, start, find), roster.shift_at(start)
    there = on_duty is not None and on_duty.how is not How.DEPUTY
    absent = None if shift is None or there else shift.person_id
    return Stretch(start=start, end=end, on_duty=on_duty, absent=absent)


def _in_place_of(
    roster: Roster, person_id: PersonId, at: datetime, left: frozenset[PersonId]
) -> Iterator[Candidate]:
    for deputy in roster.deputies_of(person_id, at):
        if deputy not in left:
            yield Candidate(person_id=deputy, how=How.DEPUTY, instead_of=person_id)


def _fits(person: Person, how: How) -> bool:
    if how is How.HAND:
        return person.state is PersonState.ACTIVE
    return allowed(person, Right.TAKE_DUTY)
