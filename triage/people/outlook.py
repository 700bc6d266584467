"""The roster weeks ahead: day by day who is there, and the staffed hours in which nobody is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from triage.access.table import Right, allowed
from triage.clocks.calendar import Calendar
from triage.ids import PersonId, ShiftId
from triage.people.duty_now import finder
from triage.people.person import Person
from triage.people.roster import Absence, Find, How, OnDuty, Roster, Stretch, on_duty_at, planned, stretches
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

SHOWN = timedelta(weeks=6)
SOON = timedelta(weeks=2)
RECENTLY = timedelta(days=14)
"""A roster whose last shift ended longer ago is not kept any more: its gaps say nothing."""

_DAY = timedelta(days=1)


class LineKind(StrEnum):
    """What a line of a day says."""

    SHIFT = "shift"
    DEPUTY = "deputy"
    GAP = "gap"


_ORDER = tuple(LineKind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A stretch of one day: somebody's shift, a deputy's standing in, or nobody."""

    kind: LineKind
    start: datetime
    end: datetime
    person: Person | None = None
    instead_of: Person | None = None
    shift_id: ShiftId | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A local day of the roster."""

    day: date
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlook:
    """The duty now and in the weeks ahead. `following` is the next stretch with somebody else."""

    now: datetime
    on_duty: OnDuty | None
    following: Stretch | None
    days: tuple[Day, ...]
    gaps: tuple[Stretch, ...]
    is_kept: bool
    absences: tuple[tuple[Absence, Person], ...]
    deputies: tuple[tuple[Person, tuple[Person, ...]], ...]
    people: tuple[Person, ...]


def read_outlook(tx: Transaction, rules: Rules, *, by: PersonId) -> Outlook | Refused:
    """The roster for the weeks that are shown. It holds names of staff and times, so reading it is no audit entry."""
    if not allowed(tx.people.get(by), Right.READ_ROSTER):
        return Refused(Reason.NOT_ALLOWED)
    now, until = tx.now, tx.now + SHOWN
    roster, find, kept = tx.duty.roster(now, until), finder(tx), _is_kept(tx)
    ahead = list(_ahead(roster, rules.calendar, now, until, find)) if kept else []
    on_duty = on_duty_at(roster, now, find)
    known = {person.id: person for person in tx.people.all()}
    return Outlook(
        now=now,
        on_duty=on_duty,
        following=next((each for each in ahead if each.start > now and _is_other(each, on_duty)), None),
        days=_days(roster, rules.calendar, ahead, now, until, known),
        gaps=tuple(each for each in ahead if each.on_duty is None),
        is_kept=kept,
        absences=tuple((each, known[each.person_id]) for each in tx.duty.absences(since=now)),
        deputies=tuple(
            (known[person_id], tuple(known[each] for each in theirs))
            for person_id, theirs in tx.duty.deputies().items()
        ),
        people=tuple(known.values()),
    )


def gaps_soon(tx: Transaction, rules: Rules, *, by: PersonId) -> tuple[Stretch, ...]:
    """The gaps of the next two weeks, for whoever fills them; none to anybody else, or where no roster is kept."""
    if not allowed(tx.people.get(by), Right.MANAGE_ROSTER) or not _is_kept(tx):
        return ()
    roster = tx.duty.roster(tx.now, tx.now + SOON)
    ahead = _ahead(roster, rules.calendar, tx.now, tx.now + SOON, finder(tx))
    return tuple(each for each in ahead if each.on_duty is None)


def _is_kept(tx: Transaction) -> bool:
    return tx.duty.is_kept(since=tx.now - RECENTLY)


def _ahead(
    roster: Roster, calendar: Calendar, start: datetime, end: datetime, find: Find
) -> Iterator[Stretch]:
    # What was taken by hand says who is there today, and nothing about next week.
    today = min(calendar.staffed_until(start) or start, end)
    yield from stretches(roster, calendar, start=start, end=today, find=find)
    yield from stretches(planned(roster), calendar, start=today, end=end, find=find)


def _is_other(stretch: Stretch, on_duty: OnDuty | None) -> bool:
    if stretch.on_duty is None:
        return False
    return on_duty is None or stretch.on_duty.person.id != on_duty.person.id


def _days(  # noqa: PLR0917 - private, and each of another type
    roster: Roster,
    calendar: Calendar,
    ahead: list[Stretch],
    start: datetime,
    end: datetime,
    known: dict[PersonId, Person],
) -> tuple[Day, ...]:
    lines: dict[date, list[Line]] = defaultdict(list)
    for shift in roster.shifts:
        for begins, ends in _by_day(calendar, max(shift.start, start), min(shift.end, end)):
            line = Line(
                kind=LineKind.SHIFT,
                start=begins,
                end=ends,
                person=known[shift.person_id],
                shift_id=shift.id,
            )
            lines[calendar.local(begins).date()].append(line)
    for each in ahead:
        if each.on_duty is None:
            line = Line(kind=LineKind.GAP, start=each.start, end=each.end)
        elif each.on_duty.how is How.DEPUTY and each.on_duty.instead_of is not None:
            instead_of = known[each.on_duty.instead_of]
            line = Line(
                kind=LineKind.DEPUTY,
                start=each.start,
                end=each.end,
                person=each.on_duty.person,
                instead_of=instead_of,
            )
        else:
            continue
        lines[calendar.local(each.start).date()].append(line)
    return tuple(
        Day(day=day, lines=tuple(sorted(lines[day], key=lambda line: (line.start, _ORDER.index(line.kind)))))
        for day in sorted(lines)
    )


def _by_day(calendar: Calendar, start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    while start < end:
        tomorrow = calendar.local(start).date() + _DAY
        midnight = datetime.combine(tomorrow, time(0), tzinfo=calendar.zone).astimezone(UTC)
        yield start, min(midnight, end)
        start = min(midnight, end)
