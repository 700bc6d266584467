"""Counting along a calendar: where a span ends, with the time left out in which a clock was paused."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from triage.clocks.calendar import Calendar
from triage.clocks.span import Span, Unit
from triage.ids import ClockPolicyId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Pause:
    """A stretch in which a clock's time does not go on; it lasts while `until` is None. All times are aware UTC.

    A person paused it for a reason (a code), or another clock of the case holds it.
    """

    since: datetime
    until: datetime | None = None
    reason: str
    by: PersonId | None = None
    held_by: ClockPolicyId | None = None

    @property
    def lasts(self) -> bool:
        """Whether it has not ended."""
        return self.until is None


@dataclass(frozen=True, slots=True)
class Break:
    """A stretch that is left out of the counting; `until` is None while it lasts."""

    since: datetime
    until: datetime | None


def breaks(pauses: Iterable[Pause]) -> tuple[Break, ...]:
    """The pauses as stretches that do not meet, in order of time: two at once count as one."""
    found: list[Break] = []
    for pause in sorted(pauses, key=lambda each: each.since):
        last = found[-1] if found else None
        if last is None or (last.until is not None and last.until < pause.since):
            found.append(Break(pause.since, pause.until))
        elif last.until is not None:
            until = None if pause.until is None else max(last.until, pause.until)
            found[-1] = Break(last.since, until)
    return tuple(found)


def place(calendar: Calendar, anchor: datetime, span: Span, gaps: Sequence[Break] = ()) -> datetime | None:
    """Where a span that is counted from `anchor` ends, in UTC; one below zero is counted backwards, over breaks.

    `None` when it ends in a break that lasts, or beyond the calendar's horizon. Working days that a break cut
    short begin anew after it, so that nobody is late sooner than the days say; months are longer by the break.
    """
    if span.count <= 0:
        return _backwards(calendar, anchor, -span)
    match span.unit:
        case Unit.MINUTE | Unit.HOUR | Unit.DAY | Unit.WEEK:
            return _elapsed(anchor, span.elapsed or timedelta(0), gaps)
        case Unit.STAFFED_HOUR:
            return _staffed(calendar, anchor, timedelta(hours=span.count), gaps)
        case Unit.WORKING_DAY:
            return _working_days(calendar, anchor, span.count, gaps)
        case Unit.MONTH:
            return _months(calendar, anchor, span.count, gaps)
        case _:
            assert_never(span.unit)


def before(calendar: Calendar, deadline: datetime, span: Span) -> datetime | None:
    """Where one stands so long before the deadline; `None` beyond the horizon."""
    return _backwards(calendar, deadline, span)


def _backwards(calendar: Calendar, at: datetime, span: Span) -> datetime | None:
    match span.unit:
        case Unit.MINUTE | Unit.HOUR | Unit.DAY | Unit.WEEK:
            return at - (span.elapsed or timedelta(0))
        case Unit.MONTH:
            return calendar.add_months(at, -span.count)
        case Unit.WORKING_DAY:
            return calendar.add_working_days(at, -span.count)
        case Unit.STAFFED_HOUR:
            return calendar.take_staffed(at, timedelta(hours=span.count))
        case _:
            assert_never(span.unit)


def _elapsed(anchor: datetime, length: timedelta, gaps: Sequence[Break]) -> datetime | None:
    at = anchor
    for gap in _ahead(gaps, anchor):
        ran = max(gap.since - at, timedelta(0))
        if length <= ran:
            return at + length
        if gap.until is None:
            return None
        length -= ran
        at = gap.until
    return at + length


def _staffed(
    calendar: Calendar, anchor: datetime, length: timedelta, gaps: Sequence[Break]
) -> datetime | None:
    at = anchor
    for gap in _ahead(gaps, anchor):
        ran = calendar.staffed_between(at, gap.since)
        if length <= ran:
            return calendar.add_staffed(at, length)
        if gap.until is None:
            return None
        length -= ran
        at = gap.until
    return calendar.add_staffed(at, length)


def _working_days(calendar: Calendar, anchor: datetime, days: int, gaps: Sequence[Break]) -> datetime | None:
    at = anchor
    for gap in _ahead(gaps, anchor):
        end = calendar.add_working_days(at, days)
        if end is None or end <= gap.since:
            return end
        if gap.until is None:
            return None
        days -= calendar.working_days_between(at, gap.since)
        at = gap.until
    return calendar.add_working_days(at, days)


def _months(calendar: Calendar, anchor: datetime, months: int, gaps: Sequence[Break]) -> datetime | None:
    end = calendar.add_months(anchor, months)
    for gap in _ahead(gaps, anchor):
        if end <= gap.since:
            return end
        if gap.until is None:
            return None
        end += gap.until - max(gap.since, anchor)
    return end


def _ahead(gaps: Sequence[Break], anchor: datetime) -> Iterator[Break]:
    for gap in gaps:
        if gap.until is None or gap.until > anchor:
            yield gap
