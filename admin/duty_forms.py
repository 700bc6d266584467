"""The forms of the duty page: fields turned into a person, an instant or a choice, or into what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from admin.desk import Wrong, person_of
from admin.times import FIRST, SECOND, NotATime, Skipped, Twice, instant
from handlers.web.forms import Form
from triage.clocks.calendar import Calendar
from triage.ids import PersonId

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Bad:
    """Fields that were not taken, before anything was tried."""

    wrong: tuple[Wrong, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A person and a stretch of time, in UTC."""

    person_id: PersonId
    start: datetime
    end: datetime


def shift_of(calendar: Calendar, form: Form) -> Span | Bad:
    """A day, from and until; an end that is not after the beginning is on the next day."""
    wrong = []
    person_id = person_of(form)
    if person_id is None:
        wrong.append(Wrong("person", "console.duty.person_missing"))
    start = _at(calendar, form.get("date"), form.get("from"), "from", wrong, which=FIRST)
    end = None
    if start is not None:
        day = calendar.local(start).date()
        end = _at(calendar, day.isoformat(), form.get("until"), "until", wrong, which=SECOND)
        if end is not None and end <= start:
            end = _at(calendar, (day + _DAY).isoformat(), form.get("until"), "until", wrong, which=SECOND)
    if wrong or person_id is None or start is None or end is None:
        return Bad(tuple(wrong))
    return Span(person_id=person_id, start=start, end=end)


def absence_of(calendar: Calendar, form: Form, *, person_id: PersonId | None) -> Span | Bad:
    """From a day until a day, both included; a time of day where it does not begin or end at midnight."""
    wrong = []
    if person_id is None:
        wrong.append(Wrong("person", "console.duty.person_missing"))
    start = _at(calendar, form.get("date"), form.get("from") or "0:00", "from", wrong, which=FIRST)
    until, date_until = form.get("until"), form.get("until_date") or form.get("date")
    end = _at(calendar, date_until, until or "0:00", "until", wrong, which=SECOND, date_field="until_date")
    if end is not None and not until.strip():
        day = calendar.local(end).date() + _DAY
        end = _at(calendar, day.isoformat(), "0:00", "until", wrong, which=SECOND)
    if wrong or person_id is None or start is None or end is None:
        return Bad(tuple(wrong))
    return Span(person_id=person_id, start=start, end=end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Who has which weekday, for how many weeks, from the week of which day on."""

    first_day: date
    weeks: int
    people: Mapping[int, PersonId]


def pattern_of(calendar: Calendar, form: Form) -> Pattern | Bad:
    """A week's pattern: a person for each weekday that has one."""
    wrong: list[Wrong] = []
    first = _at(calendar, form.get("date"), "12:00", "date", wrong, which=FIRST)
    typed = form.get("weeks").strip()
    weeks = int(typed) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0  # noqa: PLR2004 - more is no number of weeks
    if weeks < 1:
        wrong.append(Wrong("weeks", "refused.too_many_weeks"))
    found = {day: person_of(form, f"day{day}") for day in range(7)}
    people = {day: each for day, each in found.items() if each is not None}
    if not people:
        wrong.append(Wrong("day0", "console.duty.pattern_empty"))
    if wrong or first is None:
        return Bad(tuple(wrong))
    return Pattern(first_day=calendar.local(first).date(), weeks=weeks, people=people)


def _at(
    calendar: Calendar,
    day: str,
    time: str,
    field: str,
    wrong: list[Wrong],
    *,
    which: str,
    date_field: str = "date",
) -> datetime | None:
    found = instant(calendar, date=day, time=time)
    match found:
        case NotATime(field="date"):
            wrong.append(Wrong(date_field, "console.time.no_date"))
        case NotATime():
            wrong.append(Wrong(field, "console.time.no_time"))
        case Skipped():
            wrong.append(Wrong(field, "console.time.skipped"))
        case Twice():
            # An hour that comes twice: one begins with the first and ends with the second.
            return found.first if which == FIRST else found.second
        case datetime():
            return found
    return None
