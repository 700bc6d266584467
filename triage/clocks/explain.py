"""How a clock was counted, line by line: which time counted, which did not, and why.

The screen turns the lines into words. What they count together is the policy's limit, and the last of them ends at
the deadline; a test holds both for every kind of clock.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import assert_never

from triage.clocks.calendar import Calendar
from triage.clocks.clock import Clock
from triage.clocks.counting import Break, Pause, breaks
from triage.clocks.policy import Basis, ClockPolicy
from triage.clocks.span import Unit

_DAY = timedelta(days=1)
_NOTHING = timedelta(0)


class Why(StrEnum):
    """Why a stretch counts, or does not; shown as `clock.why.<code>`."""

    EVERY_HOUR = "every_hour"
    """Seconds count, day and night."""
    STAFFED = "staffed"
    """Somebody is at work."""
    WORKING_DAY = "working_day"
    MONTHS = "months"
    FROM_DATE = "from_date"
    """The deadline lies so long before or behind a date; nothing is counted up to it."""
    CLOSED_HOURS = "closed_hours"
    FREE_DAY = "free_day"
    """A weekday on which nobody works, such as Saturday."""
    CLOSED_DAY = "closed_day"
    """A public holiday or a day on which the house is closed; `detail` is its name."""
    PAUSED = "paused"
    """A person paused it; `detail` is the reason's code."""
    HELD = "held"
    """Another clock of the case held it; `detail` is that clock."""
    WAITS = "waits"
    """It waits until somebody is at work."""
    BEGINS_ANEW = "begins_anew"
    """A working day that a pause cut short."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A stretch of a clock, in UTC. `counted` is how much of the limit it used: time, or whole days or months.

    `clocks_changed` is by how much the clocks on the wall jumped in it: plus one hour in spring.
    """

    since: datetime
    until: datetime | None
    why: Why
    counted: timedelta | int = _NOTHING
    detail: str = ""
    clocks_changed: timedelta = _NOTHING

    @property
    def counts(self) -> bool:
        """Whether any of it used up the limit."""
        return bool(self.counted)


def account(policy: ClockPolicy, calendar: Calendar, clock: Clock) -> tuple[Line, ...]:
    """The lines of a clock from its start to its deadline, or to a pause that lasts."""
    lines: list[Line] = []
    if policy.basis is Basis.DATE:
        return (_from_date(policy, clock),)
    if clock.anchor_at > clock.started_at:
        lines.append(Line(since=clock.started_at, until=clock.anchor_at, why=Why.WAITS))
    at = clock.anchor_at
    for gap in breaks(clock.pauses):
        if gap.since >= clock.due_at and gap.until is not None:
            break
        if gap.since > at:
            lines += _running(policy, calendar, at, min(gap.since, clock.due_at))
        lines += _standing(clock.pauses, gap)
        if gap.until is None:
            return tuple(lines)
        at = max(at, gap.until)
    # Months are counted whole and made longer by pauses: the stretch up to the deadline stands for all of them.
    lines = [replace(line, counted=_NOTHING) if line.why is Why.MONTHS else line for line in lines]
    lines += _running(policy, calendar, at, clock.due_at)
    return tuple(lines)


def total(lines: tuple[Line, ...]) -> timedelta | int:
    """What the lines count together: days or months, or else time."""
    whole = sum(line.counted for line in lines if isinstance(line.counted, int))
    return whole or sum((line.counted for line in lines if isinstance(line.counted, timedelta)), _NOTHING)


def _from_date(policy: ClockPolicy, clock: Clock) -> Line:
    since, until = sorted((clock.anchor_at, clock.due_at))
    elapsed = policy.limit.elapsed
    counted = policy.limit.count if elapsed is None else elapsed
    return Line(since=since, until=until, why=Why.FROM_DATE, counted=counted)


def _standing(pauses: tuple[Pause, ...], gap: Break) -> Iterator[Line]:
    inside = [
        each for each in pauses if each.since >= gap.since and (gap.until is None or each.since < gap.until)
    ]
    first = inside[0] if inside else None
    held = first is not None and first.held_by is not None
    detail = "" if first is None else first.held_by or first.reason
    yield Line(since=gap.since, until=gap.until, why=Why.HELD if held else Why.PAUSED, detail=detail)


def _running(policy: ClockPolicy, calendar: Calendar, since: datetime, until: datetime) -> Iterator[Line]:
    if until <= since:
        return
    match policy.limit.unit:
        case Unit.MINUTE | Unit.HOUR | Unit.DAY | Unit.WEEK:
            yield from _every_hour(policy, calendar, since, until)
        case Unit.STAFFED_HOUR:
            yield from _by_day(calendar, since, until)
        case Unit.WORKING_DAY:
            yield from _working_days(calendar, since, until)
        case Unit.MONTH:
            yield Line(since=since, until=until, why=Why.MONTHS, counted=policy.limit.count)
        case _:
            assert_never(policy.limit.unit)


def _every_hour(policy: ClockPolicy, calendar: Calendar, since: datetime, until: datetime) -> Iterator[Line]:
    # A clock that wakes is late only when somebody had to be there: what lies behind its limit was waited for.
    counted = policy.limit.elapsed or _NOTHING
    end = min(until, since + counted) if policy.basis is Basis.ELAPSED_FROM_STAFFED else until
    yield Line(
        since=since,
        until=end,
        why=Why.EVERY_HOUR,
        counted=end - since,
        clocks_changed=_jump(calendar, since, end),
    )
    if end < until:
        yield Line(since=end, until=until, why=Why.WAITS)


def _jump(calendar: Calendar, since: datetime, until: datetime) -> timedelta:
    before, after = calendar.local(since).utcoffset(), calendar.local(until).utcoffset()
    return (after or _NOTHING) - (before or _NOTHING)


def _by_day(calendar: Calendar, since: datetime, until: datetime) -> Iterator[Line]:
    begin = since
    while begin < until:
        end = min(until, calendar.next_midnight(begin))
        staffed = calendar.staffed_between(begin, end)
        day = calendar.local(begin).date()
        why, detail = (Why.STAFFED, "") if staffed else _why_not(calendar, day)
        yield Line(since=begin, until=end, why=why, counted=staffed, detail=detail)
        begin = end


def _working_days(calendar: Calendar, since: datetime, until: datetime) -> Iterator[Line]:
    """A day for each time that the time of day of `since` comes round again."""
    at, whole = since, 1
    while at < until:
        then = min(calendar.same_time(since, whole), until)
        day = calendar.local(then).date()
        if calendar.same_time(since, whole) > until:
            yield Line(since=at, until=until, why=Why.BEGINS_ANEW)
            return
        works = calendar.is_working_day(day)
        why, detail = (Why.WORKING_DAY, "") if works else _why_not(calendar, day)
        yield Line(since=at, until=then, why=why, counted=1 if works else _NOTHING, detail=detail)
        at, whole = then, whole + 1


def _why_not(calendar: Calendar, day: date) -> tuple[Why, str]:
    name = calendar.closed_days.get(day)
    if name is not None:
        return Why.CLOSED_DAY, name
    if day.weekday() not in calendar.working_weekdays:
        return Why.FREE_DAY, ""
    return Why.CLOSED_HOURS, ""
