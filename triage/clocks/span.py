"""Lengths of time as an organisation writes them: `30min`, `48h`, `14d`, `8w`, `6mo`, `3wd`, `24sh`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Self

from pydantic import BeforeValidator


class Unit(StrEnum):
    """What a span counts in. Only the first four are the same length on every day of every year."""

    MINUTE = "min"
    HOUR = "h"
    DAY = "d"
    """24 hours, whatever the clocks on the wall do."""
    WEEK = "w"
    MONTH = "mo"
    """The same day of a later month, or that month's last day; the same time on the wall."""
    WORKING_DAY = "wd"
    """The same time on the wall, so many days later that are neither free nor closed."""
    STAFFED_HOUR = "sh"
    """Hours in which somebody is at work."""


_ELAPSED = {
    Unit.MINUTE: timedelta(minutes=1),
    Unit.HOUR: timedelta(hours=1),
    Unit.DAY: timedelta(days=1),
    Unit.WEEK: timedelta(weeks=1),
}
_WRITTEN = re.compile(r"(-?)(\d{1,5})(min|h|d|w|mo|wd|sh)", re.ASCII)
_MOST = timedelta(days=3650)
_MOST_COUNTED = {Unit.MONTH: 120, Unit.WORKING_DAY: 250, Unit.STAFFED_HOUR: 2000}


@dataclass(frozen=True, slots=True)
class Span:
    """So many of a unit; below zero it lies before what it is counted from."""

    count: int
    unit: Unit

    @property
    def elapsed(self) -> timedelta | None:
        """The seconds that it always lasts, or None where that depends on the calendar."""
        length = _ELAPSED.get(self.unit)
        return None if length is None else self.count * length

    def __neg__(self) -> Self:
        """As long, the other way."""
        return type(self)(-self.count, self.unit)

    def __str__(self) -> str:
        """As it is written in a profile."""
        return f"{self.count}{self.unit.value}"


def parse_span(given: object) -> Span:
    """A span as it is written, up to ten years long; anything else raises `ValueError`."""
    if isinstance(given, Span):
        return given
    written = _WRITTEN.fullmatch(given) if isinstance(given, str) else None
    if written is None:
        raise ValueError(f'{given!r} is not a span such as "30min", "48h", "14d", "6mo", "3wd" or "24sh"')
    span = Span(int(written[1] + written[2]), Unit(written[3]))
    elapsed = span.elapsed
    too_long = abs(span.count) > _MOST_COUNTED[span.unit] if elapsed is None else abs(elapsed) > _MOST
    if too_long:
        raise ValueError(f"{given!r} is longer than a clock can run")
    return span


def parse_duration(given: object) -> timedelta:
    """A span that lasts the same on every day, as its length; others, and those below zero, raise `ValueError`."""
    if isinstance(given, timedelta):
        return given
    try:
        elapsed = parse_span(given).elapsed
    except ValueError:
        elapsed = None
    if elapsed is None or elapsed < timedelta(0):
        raise ValueError(f'{given!r} is not a duration such as "30min", "12h" or "14d"')
    return elapsed


Written = Annotated[Span, BeforeValidator(parse_span)]
Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
