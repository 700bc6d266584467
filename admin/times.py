"""A date and a time that staff typed, as the one instant they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from triage.clocks.calendar import Ambiguous, Calendar, Nonexistent

FIRST, SECOND = "first", "second"
_YEARS = range(2, 2200)
"""What is counted from a date must have room before and behind it; a year beyond is a slip of the finger."""
_ISO_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_DATE = re.compile(r"(\d{1,2})[./ -](\d{1,2})[./ -](\d{4})", re.ASCII)
_TIME = re.compile(r"(\d{1,2})(?:[:.](\d{2}))?(?::\d{2})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class NotATime:
    """What was typed is no date, or no time of day."""

    field: str


@dataclass(frozen=True, slots=True)
class Skipped:
    """The clocks skip this time: nobody can have meant it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Twice:
    """The time comes twice that night, so it must be said which one is meant."""

    first: datetime
    second: datetime


def instant(
    calendar: Calendar, *, date: str, time: str, which: str = ""
) -> datetime | NotATime | Skipped | Twice:
    """The instant in UTC that these mean on the organisation's clocks; `which` chooses where it comes twice."""
    day = _day(date.strip())
    if day is None:
        return NotATime("date")
    found = _TIME.fullmatch(time.strip())
    if found is None:
        return NotATime("time")
    try:
        typed = datetime(*day, int(found[1]), int(found[2] or 0))  # noqa: DTZ001 - the calendar gives it its zone
    except ValueError:
        return NotATime("date" if not _exists(day) else "time")
    resolved = calendar.resolve_local(typed)
    match resolved:
        case Nonexistent():
            return Skipped()
        case Ambiguous(first=first, second=second):
            if which in {FIRST, SECOND}:
                return first if which == FIRST else second
            return Twice(first=first, second=second)
        case _:
            return resolved


def _day(typed: str) -> tuple[int, int, int] | None:
    iso, other = _ISO_DATE.fullmatch(typed), _DATE.fullmatch(typed)
    if iso is not None:
        day = (int(iso[1]), int(iso[2]), int(iso[3]))
    elif other is not None:
        day = (int(other[3]), int(other[2]), int(other[1]))
    else:
        return None
    return day if day[0] in _YEARS else None


def _exists(day: tuple[int, int, int]) -> bool:
    try:
        datetime(*day)  # noqa: DTZ001 - only whether the day exists
    except ValueError:
        return False
    return True
