"""Who read what: each member of staff sees their own readings, the data protection officer everybody's of a week.

Whoever has the case in hand sees who has read it. What is shown holds no word of anybody, and no case in which the
reader has a conflict of interest.

The audit keeps every reading. Only where they are drawn do those that are one look become one line: see `TrailLine`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from uuid import UUID

from triage.access.table import Right, allowed, allowed_on
from triage.audit import Act
from triage.cases.case import Case
from triage.clocks.calendar import Calendar
from triage.ids import CaseCode, PersonId
from triage.people.person import Person, PersonState
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

SHOWN = 100
OF_A_CASE = 50
"""So many lines stand on a page, and on the page of a case."""
READ_FOR_A_LINE = 3
"""So many readings are asked for, for each line that there is room for."""
FOLDED_WITHIN = timedelta(minutes=15)
FOLDED_AT_MOST = 100
"""A line that took up any number of readings could be counted only by reading all of them."""
_WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """That somebody read something. `place` names the entry; `code` is that of the case, where it was one."""

    place: int
    at: datetime
    act: Act
    person_id: PersonId
    person: str
    object_id: UUID | None
    code: CaseCode | None
    glass_broken: bool = False
    """Whether who a reporter is was opened in somebody else's case."""
    sheet: str = ""
    """The receiver on whose sheet the case was read, which is there to be printed; empty for any other reading."""

    @property
    def what(self) -> tuple[object, ...]:
        """By what two readings are the same look, but for the time."""
        return (self.person_id, self.object_id, self.act, self.glass_broken, self.sheet)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailLine:
    """Readings that follow one another, by one person, of one object, with one act, within `FOLDED_WITHIN`.

    `last` is the latest of them, `at` when the first one was, `times` how many they are, and `place` names the first.
    With a broken glass, or on a sheet, it is another act than without.
    """

    last: Reading
    at: datetime
    place: int
    times: int = 1

    @classmethod
    def of(cls, reading: Reading) -> Self:
        """A line of one reading."""
        return cls(last=reading, at=reading.at, place=reading.place)

    def takes(self, before: Reading) -> bool:
        """Whether the reading before those of this line belongs to it."""
        last = self.last
        return (
            self.times < FOLDED_AT_MOST and last.at - before.at <= FOLDED_WITHIN and last.what == before.what
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Week:
    """A week on the organisation's clocks, from `start` up to but not including `end`; `runs` where it is this one."""

    monday: date
    start: datetime
    end: datetime
    runs: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """Lines, newest first. `further` is the place behind which there are more; None when these are the last."""

    lines: tuple[TrailLine, ...]
    further: int | None
    week: Week | None = None
    of_case: CaseCode | None = None


def read_own_trail(tx: Transaction, *, by: PersonId, before: int | None = None) -> Trail | Refused:
    """What this person read, as far back as the audit goes."""
    if not allowed(tx.people.get(by), Right.READ_OWN_TRAIL):
        return Refused(Reason.NOT_ALLOWED)
    return _trail(tx.audit.readings(reader=by, limit=_to_read(SHOWN), actor=by, before=before))


def read_trail(
    tx: Transaction,
    rules: Rules,
    *,
    by: PersonId,
    before: int | None = None,
    day: date | None = None,
    person_id: PersonId | None = None,
    code: CaseCode | None = None,
) -> Trail | Refused:
    """Everybody's readings of the week of this day, or with `code` all of one case; of one person where one is named.

    No day, and a day that is still to come, is the week that runs. Looking is an audit entry itself. `NOT_FOUND` for
    a case or a person that does not exist.
    """
    if not allowed(tx.people.get(by), Right.READ_AUDIT):
        return Refused(Reason.NOT_ALLOWED)
    if person_id is not None and all(person_id != each.id for each in tx.people.all()):
        return Refused(Reason.NOT_FOUND)
    limit = _to_read(SHOWN)
    if code is None:
        week = week_of(rules.calendar, day, now=tx.now)
        facts = {"week": week.monday.isoformat()}
        tx.audit.record(Act.AUDIT_READ, actor=by, object_id=person_id, facts=facts)
        found = tx.audit.readings(
            reader=by, limit=limit, actor=person_id, before=before, since=week.start, until=week.end
        )
        return replace(_trail(found), week=week)
    case = tx.cases.find(code)
    if case is None or by in case.conflicts:
        return Refused(Reason.NOT_FOUND)
    facts = {} if person_id is None else {"person": str(person_id)}
    tx.audit.record(Act.AUDIT_READ, actor=by, object_id=case.id, facts=facts)
    found = tx.audit.readings(reader=by, limit=limit, actor=person_id, before=before, case_id=case.id)
    return replace(_trail(found), of_case=code)


def possible_readers(tx: Transaction, *, by: PersonId) -> Sequence[Person]:
    """Whose readings there can be, by name: all who ever came in, also those who are shut out now."""
    if not allowed(tx.people.get(by), Right.READ_AUDIT):
        return ()
    return [person for person in tx.people.all() if person.state is not PersonState.INVITED]


def readers_of(tx: Transaction, case: Case, *, by: PersonId) -> Sequence[TrailLine]:
    """Who read this case last, for whoever has it in hand; nobody else's business. Part of reading the case."""
    if not allowed_on(tx.people.get(by), Right.READ_READERS, case):
        return ()
    found = tx.audit.readings(reader=by, limit=_to_read(OF_A_CASE), case_id=case.id)
    return _trail(found, lines=OF_A_CASE).lines


def week_of(calendar: Calendar, day: date | None, *, now: datetime) -> Week:
    """The week of this day; the one that runs for no day, and for one that is still to come."""
    today = calendar.local(now).date()
    wanted = today if day is None else min(day, today)
    monday, running = (each - timedelta(days=each.weekday()) for each in (wanted, today))
    start, end = (
        datetime.combine(each, time(), tzinfo=calendar.zone).astimezone(UTC)
        for each in (monday, monday + _WEEK)
    )
    return Week(monday=monday, start=start, end=end, runs=monday == running)


def _to_read(lines: int) -> int:
    """How many readings are asked for, with one more that tells whether there are others."""
    return lines * READ_FOR_A_LINE + 1


def _trail(found: Sequence[Reading], *, lines: int = SHOWN) -> Trail:
    folded = _folded(found)
    more = len(found) == _to_read(lines)
    if more:
        # The last line may go on behind what was read, and is left to the next page whole. It takes up no more than
        # `FOLDED_AT_MOST`, which is fewer than are read, so there is another one before it.
        folded.pop()
    shown = tuple(folded[:lines])
    return Trail(lines=shown, further=shown[-1].place if more or len(folded) > lines else None)


def _folded(found: Iterable[Reading]) -> list[TrailLine]:
    """The lines of these readings, newest first: each begins where the one before ends, on whatever page that is."""
    lines: list[TrailLine] = []
    for reading in found:
        if lines and lines[-1].takes(reading):
            lines[-1] = replace(lines[-1], at=reading.at, place=reading.place, times=lines[-1].times + 1)
        else:
            lines.append(TrailLine.of(reading))
    return lines
