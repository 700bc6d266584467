"""Opening hours, closed days and working days in the organisation's own zone.

Instants that come in and go out are aware; those that go out are UTC. Every question looks at most
`HORIZON_DAYS` ahead or back and answers `None` beyond, so an office without any hours ends no loop in hope.
"""

from __future__ import annotations

import hashlib
from calendar import monthrange
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from itertools import islice, pairwise
from typing import Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, model_validator

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
HORIZON_DAYS = 400
"""Longer than any year's closed days in a row, short enough to walk through at once."""

_MIDNIGHT = time(0)
_DAY = timedelta(days=1)


class Period(BaseModel):
    """A stretch of one local day, from `start` up to but not including `end`; written `"08:00-16:00"`.

    An `end` of 00:00, also written `24:00`, is the midnight that ends the day.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: time
    end: time

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, given: object) -> object:
        if not isinstance(given, str):
            return given
        start, dash, end = (part.strip() for part in given.partition("-"))
        if not dash:
            raise ValueError(f'"{given}" is not a period such as "08:00-16:00"')
        return {"start": start, "end": "00:00" if end == "24:00" else end}

    @model_validator(mode="after")
    def _ends_after_it_starts(self) -> Self:
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            raise ValueError("opening hours are local times and name no zone")
        if self.end != _MIDNIGHT and self.end <= self.start:
            raise ValueError(f"{self.start:%H:%M}-{self.end:%H:%M} ends before it starts")
        return self


class OpeningHours(BaseModel):
    """The periods of each weekday; a day without any is closed.

    Written `mon = ["08:00-12:00", "13:00-16:00"]`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    mon: tuple[Period, ...] = ()
    tue: tuple[Period, ...] = ()
    wed: tuple[Period, ...] = ()
    thu: tuple[Period, ...] = ()
    fri: tuple[Period, ...] = ()
    sat: tuple[Period, ...] = ()
    sun: tuple[Period, ...] = ()

    def on(self, weekday: int) -> tuple[Period, ...]:
        """The periods of a weekday, Monday being 0."""
        periods: tuple[Period, ...] = getattr(self, WEEKDAYS[weekday])
        return periods

    @cached_property
    def never(self) -> bool:
        """Whether no weekday has any hours."""
        return not any(self.on(weekday) for weekday in range(7))

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for weekday, name in enumerate(WEEKDAYS):
            periods = self.on(weekday)
            for earlier, later in pairwise(periods):
                if earlier.end == _MIDNIGHT or later.start < earlier.end:
                    raise ValueError(f"{name}: hours overlap or stand out of order")
        return self


@dataclass(frozen=True, slots=True)
class Staffed:
    """A stretch of instants, in UTC, in which somebody is at work; `end` is not part of it."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class Nonexistent:
    """A local time that the clocks skip: nobody can have meant it."""

    typed: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """A local time that comes twice, as instants in UTC: only who typed it knows which was meant."""

    typed: datetime
    first: datetime
    second: datetime


def utc(at: datetime) -> datetime:
    """The same instant in UTC; raises `ValueError` for a time without a zone.

    Times of one local zone are subtracted by the wall clock, which loses or wins an hour when it changes.
    """
    if at.utcoffset() is None:
        raise ValueError(f"{at.isoformat()} has no time zone")
    return at.astimezone(UTC)


_KNOWN_DAYS = 4_000
_DAYTIME = Period(start=time(8), end=time(21))


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """When the organisation is at work. `closed_days` names each day that is closed whatever its weekday."""

    zone: ZoneInfo
    staffed: OpeningHours
    closed_days: Mapping[date, str] = field(default_factory=dict)
    working_weekdays: frozenset[int] = frozenset(range(5))
    daytime: Period = _DAYTIME
    """When what cannot wait for staffed hours, and wakes nobody, may reach a person."""
    _known: dict[date, tuple[Staffed, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )
    """The hours of days that were asked for: every clock asks for the same few over and over."""

    def local(self, at: datetime) -> datetime:
        """The instant as the organisation's clocks on the wall show it."""
        return utc(at).astimezone(self.zone)

    def is_staffed(self, at: datetime) -> bool:
        """Whether somebody is at work at this instant."""
        instant = utc(at)
        return any(hours.start <= instant < hours.end for hours in self._around(instant))

    def next_staffed(self, at: datetime) -> datetime | None:
        """This instant if it is staffed, else the next one that is; none within the horizon is `None`."""
        instant = utc(at)
        for hours in self._from(instant):
            if instant < hours.end:
                return max(instant, hours.start)
        return None

    def last_staffed_before(self, at: datetime) -> Staffed | None:
        """The last staffed stretch that begins before this instant, cut off there; none is `None`.

        Stretches of two days that meet at midnight are two stretches.
        """
        instant = utc(at)
        for hours in self._back_from(instant):
            if hours.start < instant:
                return Staffed(hours.start, min(hours.end, instant))
        return None

    def staffed_between(self, start: datetime, end: datetime) -> timedelta:
        """How much of the time from `start` to `end` was staffed; nothing when `end` comes first."""
        return sum((each.end - each.start for each in self.stretches(start, end)), timedelta(0))

    def next_closed_days(self, at: datetime, *, most: int) -> tuple[date, ...]:
        """The next days, today included, that are closed although their weekday has hours."""
        today = self.local(at).date()
        days = (today + ahead * _DAY for ahead in range(HORIZON_DAYS))
        closed = (day for day in days if day in self.closed_days and self.staffed.on(day.weekday()))
        return tuple(islice(closed, most))

    def staffed_until(self, at: datetime) -> datetime | None:
        """When the staffed stretch of this instant ends; those that meet are one. None when it is not staffed."""
        instant = utc(at)
        end: datetime | None = None
        for hours in self._from(instant):
            if hours.start == end or (end is None and hours.start <= instant < hours.end):
                end = hours.end
            elif end is not None:
                break
        return end

    def is_working_day(self, day: date) -> bool:
        """Whether this is a day of the working week that is not closed; opening hours do not matter."""
        return day.weekday() in self.working_weekdays and day not in self.closed_days

    def add_working_days(self, at: datetime, days: int) -> datetime | None:
        """The same time of day so many working days later, or before, in UTC; the day of `at` does not count.

        A time that comes twice there is taken as the first, one that is skipped as late as the clocks jump.
        `None` when no working day comes within the horizon.
        """
        if days == 0:
            return utc(at)
        wall = self.local(at).replace(tzinfo=None)
        step = _DAY if days > 0 else -_DAY
        left, without = abs(days), 0
        while left:
            wall += step
            if self.is_working_day(wall.date()):
                left, without = left - 1, 0
            else:
                without += 1
                if without > HORIZON_DAYS:
                    return None
        return self._instant(wall, fold=0)

    def add_months(self, at: datetime, months: int) -> datetime:
        """The same time of day so many months later, or before; on the last day of a month that has no such day."""
        wall = self.local(at).replace(tzinfo=None)
        year, month = divmod(wall.year * 12 + wall.month - 1 + months, 12)
        last = monthrange(year, month + 1)[1]
        return self._instant(wall.replace(year=year, month=month + 1, day=min(wall.day, last)), fold=0)

    def add_staffed(self, at: datetime, length: timedelta) -> datetime | None:
        """When so much staffed time has gone by since this instant; `None` when the horizon comes first.

        It is the end of the last of that time, not the beginning of the next; nothing to go by is this instant.
        """
        instant = utc(at)
        left = length
        if left <= timedelta(0):
            return instant
        for hours in self._from(instant):
            begin = max(hours.start, instant)
            if begin < hours.end:
                here = hours.end - begin
                if left <= here:
                    return begin + left
                left -= here
        return None

    def take_staffed(self, at: datetime, length: timedelta) -> datetime | None:
        """The instant from which so much staffed time remains until this one; `None` beyond the horizon."""
        instant = utc(at)
        left = length
        if left <= timedelta(0):
            return instant
        for hours in self._back_from(instant):
            end = min(hours.end, instant)
            if hours.start < end:
                here = end - hours.start
                if left <= here:
                    return end - left
                left -= here
        return None

    def working_days_between(self, start: datetime, end: datetime) -> int:
        """How many whole working days have gone by from `start` to `end`, as `add_working_days` counts them."""
        wall = self.local(start).replace(tzinfo=None)
        number = 0
        while True:
            wall += _DAY
            if self._instant(wall, fold=0) > utc(end):
                return number
            number += self.is_working_day(wall.date())

    def same_time(self, at: datetime, days: int) -> datetime:
        """The same time on the wall so many days later, free or not."""
        return self._instant(self.local(at).replace(tzinfo=None) + days * _DAY, fold=0)

    def next_midnight(self, at: datetime) -> datetime:
        """The midnight that ends this instant's day on the wall."""
        return self._instant(datetime.combine(self.local(at).date() + _DAY, _MIDNIGHT), fold=0)

    @property
    def fingerprint(self) -> str:
        """Changes with anything that a deadline, a warning or the time of a notice is counted by."""
        days = [day.isoformat() for day in sorted(self.closed_days)]
        hours = self.staffed.model_dump_json()
        plain = "|".join(
            [self.zone.key, hours, *days, str(sorted(self.working_weekdays)), self.daytime.model_dump_json()]
        )
        return hashlib.sha256(plain.encode()).hexdigest()

    def next_daytime(self, at: datetime) -> datetime:
        """This instant if it is day, else the next beginning of the day: when what cannot wait may reach a person."""
        local = self.local(at)
        begin = datetime.combine(local.date(), self.daytime.start)
        if self.daytime.start <= local.time() and (
            local.time() < self.daytime.end or self.daytime.end == _MIDNIGHT
        ):
            return utc(at)
        if local.time() >= self.daytime.start:
            begin += _DAY
        return self._instant(begin, fold=0)

    def is_daytime(self, at: datetime) -> bool:
        """Whether it is day, on any day of the week."""
        return self.next_daytime(at) == utc(at)

    def stretches(self, start: datetime, end: datetime) -> Iterator[Staffed]:
        """The staffed stretches between two instants, cut off there, in order."""
        first, last = utc(start), utc(end)
        day = self.local(first).date() - _DAY
        while day <= self.local(last).date():
            for hours in self._of(day):
                begin, until = max(hours.start, first), min(hours.end, last)
                if begin < until:
                    yield Staffed(begin, until)
            day += _DAY

    def resolve_local(self, typed: datetime) -> datetime | Ambiguous | Nonexistent:
        """The instant in UTC that a local time without a zone means, if there is exactly one.

        Raises `ValueError` when the time already names a zone.
        """
        if typed.tzinfo is not None:
            raise ValueError(f"{typed.isoformat()} already names a zone")
        first, second = self._instant(typed, fold=0), self._instant(typed, fold=1)
        if self.local(first).replace(tzinfo=None) != typed:
            return Nonexistent(typed)
        if first != second:
            return Ambiguous(typed=typed, first=first, second=second)
        return first

    def _instant(self, wall: datetime, *, fold: int) -> datetime:
        return wall.replace(tzinfo=self.zone, fold=fold).astimezone(UTC)

    def _of(self, day: date) -> tuple[Staffed, ...]:
        found = self._known.get(day)
        if found is None:
            if len(self._known) >= _KNOWN_DAYS:
                self._known.clear()
            found = self._known[day] = tuple(self._worked_out(day))
        return found

    def _worked_out(self, day: date) -> Iterator[Staffed]:
        if day in self.closed_days:
            return
        for period in self.staffed.on(day.weekday()):
            end_day = day + _DAY if period.end == _MIDNIGHT else day
            # An hour that comes twice is open both times; one that is skipped leaves nothing to be open in.
            start = self._instant(datetime.combine(day, period.start), fold=0)
            end = self._instant(datetime.combine(end_day, period.end), fold=1)
            if start < end:
                yield Staffed(start, end)

    def _around(self, instant: datetime) -> Iterator[Staffed]:
        day = self.local(instant).date()
        # The day before too: a clock change at midnight can carry its last hour over.
        yield from self._of(day - _DAY)
        yield from self._of(day)

    def _from(self, instant: datetime) -> Iterator[Staffed]:
        if self.staffed.never:
            return
        today = self.local(instant).date()
        for days in range(-1, HORIZON_DAYS + 1):
            yield from self._of(today + days * _DAY)

    def _back_from(self, instant: datetime) -> Iterator[Staffed]:
        if self.staffed.never:
            return
        today = self.local(instant).date()
        for days in range(HORIZON_DAYS + 1):
            yield from reversed(self._of(today - days * _DAY))
