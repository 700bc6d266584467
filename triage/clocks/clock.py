"""A running clock and the pure functions that decide what is due on it.

The screen, the alerts and the stored `next_fire_at` all ask here, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from triage.clocks.calendar import Calendar, utc
from triage.clocks.policy import BEFORE_CLOSING, BREACHED, UNANSWERED, Audience, Basis, ClockPolicy
from triage.ids import AlarmId, CaseId, ClockId, ClockPolicyId

Firing: TypeAlias = tuple[str, int]
"""A milestone's id and its occurrence, counted from 0: what happens exactly once on a clock."""

_LAST_HOUR = timedelta(hours=1)


class WrongPolicyError(Exception):
    """A clock was read by another policy, or another version, than it runs under."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A deadline that runs for a case, an alarm or both. All times are aware UTC.

    It counts from `anchor_at` and is late after `due_at`. With `wakes` its notices go out at any hour.
    `claimed` says whether somebody holds the case now. `next_fire_at` is stored for the index and is `None`
    when nothing is left to fire. Raises `ValueError` when it is a clock of nothing.
    """

    id: ClockId
    policy_id: ClockPolicyId
    policy_version: int
    case_id: CaseId | None = None
    alarm_id: AlarmId | None = None
    started_at: datetime
    anchor_at: datetime
    due_at: datetime
    wakes: bool
    stopped_at: datetime | None = None
    claimed: bool = False
    next_fire_at: datetime | None = None
    fired: frozenset[Firing] = frozenset()

    def __post_init__(self) -> None:
        """Refuse a clock that belongs to neither a case nor an alarm."""
        if self.case_id is None and self.alarm_id is None:
            raise ValueError("a clock runs for a case or an alarm")


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A milestone that has come and has not fired. It is recorded now; its notice may go at `notice_at`."""

    milestone: str
    occurrence: int
    fell_due_at: datetime
    lateness: timedelta
    audiences: tuple[Audience, ...]
    notice_at: datetime

    @property
    def key(self) -> Firing:
        """What makes it unique on its clock."""
        return (self.milestone, self.occurrence)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """A moment at which a clock fires."""

    milestone: str
    occurrence: int = 0
    at: datetime
    audiences: tuple[Audience, ...]

    @property
    def key(self) -> Firing:
        return (self.milestone, self.occurrence)


def start(
    policy: ClockPolicy,
    calendar: Calendar,
    *,
    clock_id: ClockId,
    at: datetime,
    wakes: bool,
    case_id: CaseId | None = None,
    alarm_id: AlarmId | None = None,
    claimed: bool = False,
) -> Clock:
    """A new clock under this policy, running since `at`."""
    started_at = utc(at)
    anchor_at, due_at = _bounds(policy, calendar, started_at, wakes=wakes)
    clock = Clock(
        id=clock_id,
        policy_id=policy.id,
        policy_version=policy.version,
        case_id=case_id,
        alarm_id=alarm_id,
        started_at=started_at,
        anchor_at=anchor_at,
        due_at=due_at,
        wakes=wakes,
        claimed=claimed,
    )
    return rescheduled(policy, calendar, clock)


def due(policy: ClockPolicy, calendar: Calendar, clock: Clock, now: datetime) -> tuple[Due, ...]:
    """What has come and has not fired, earliest first; nothing on a stopped clock.

    Stop a clock only after recording what is due on it, or a breach between two ticks goes unrecorded.
    """
    instant = utc(now)
    came = [step for step in _pending(policy, calendar, clock) if step.at <= instant]
    if not came:
        return ()
    notice_at = _notice_at(calendar, clock, instant)
    return tuple(
        Due(
            milestone=step.milestone,
            occurrence=step.occurrence,
            fell_due_at=step.at,
            lateness=instant - step.at,
            audiences=step.audiences,
            notice_at=notice_at,
        )
        for step in came
    )


def next_fire_at(policy: ClockPolicy, calendar: Calendar, clock: Clock) -> datetime | None:
    """When the next step falls due, perhaps already past; `None` when none is left."""
    return min((step.at for step in _pending(policy, calendar, clock)), default=None)


def coalesce(dues: Iterable[Due]) -> Mapping[Audience, Due]:
    """The one of these that each audience is told of: the latest, since it says what the earlier ones would.

    Of two at the same moment the later in order stands.
    """
    told: dict[Audience, Due] = {}
    for found in sorted(dues, key=lambda each: each.fell_due_at):
        for audience in found.audiences:
            told[audience] = found
    return told


def time_left(clock: Clock, now: datetime) -> timedelta:
    """How long until the clock is late, negative once it is; a stopped clock keeps what it had left."""
    until = utc(now) if clock.stopped_at is None else clock.stopped_at
    return clock.due_at - until


def rescheduled(policy: ClockPolicy, calendar: Calendar, clock: Clock) -> Clock:
    """The clock with `next_fire_at` worked out again."""
    return replace(clock, next_fire_at=next_fire_at(policy, calendar, clock))


def with_fired(policy: ClockPolicy, calendar: Calendar, clock: Clock, dues: Iterable[Due]) -> Clock:
    """The clock after these have been recorded."""
    fired = clock.fired | {found.key for found in dues}
    return rescheduled(policy, calendar, replace(clock, fired=fired))


def with_claim(policy: ClockPolicy, calendar: Calendar, clock: Clock, *, claimed: bool) -> Clock:
    """The clock of a case that somebody now holds, or that nobody holds any longer.

    A step meant for unclaimed cases waits while the case is claimed; when it is let go of after that
    moment, the step falls due at once, because again nobody holds the case.
    """
    return rescheduled(policy, calendar, replace(clock, claimed=claimed))


def stopped(clock: Clock, *, at: datetime) -> Clock:
    """The clock stopped at this instant; one that has stopped already stays as it is."""
    if clock.stopped_at is not None:
        return clock
    return replace(clock, stopped_at=utc(at), next_fire_at=None)


def running_on(clock: Clock) -> Clock:
    """The clock as if it had never stopped: it is due when it always was. Reschedule it before it is kept."""
    return replace(clock, stopped_at=None)


def _bounds(
    policy: ClockPolicy, calendar: Calendar, started_at: datetime, *, wakes: bool
) -> tuple[datetime, datetime]:
    """From where the clock counts, and when it is late: in UTC, so that the seconds between are exact.

    Working days, staffed hours and anchors at a date ahead are further bases: one more case each.
    """
    match policy.basis:
        case Basis.ELAPSED:
            return started_at, started_at + policy.limit
        case Basis.ELAPSED_FROM_STAFFED:
            # "30 minutes in staffed hours, otherwise the start of the next staffed hour, but paged at once":
            # a clock that wakes people pages from the first second, yet is late only once somebody had to be
            # there. Where nobody is ever there the clock counts at once, so that it cannot wait for ever.
            opens_at = calendar.next_staffed(started_at) or started_at
            if wakes:
                in_hours = opens_at == started_at
                late_at = started_at + policy.limit
                return started_at, late_at if in_hours else max(late_at, opens_at)
            return opens_at, opens_at + policy.limit
        case _:
            assert_never(policy.basis)


def _pending(policy: ClockPolicy, calendar: Calendar, clock: Clock) -> list[_Step]:
    if (policy.id, policy.version) != (clock.policy_id, clock.policy_version):
        raise WrongPolicyError(
            f"{clock.policy_id} version {clock.policy_version} read by {policy.id} version {policy.version}"
        )
    if clock.stopped_at is not None:
        return []
    steps = [step for step in _steps(policy, calendar, clock) if step.key not in clock.fired]
    return sorted(steps, key=lambda step: step.at)


def _steps(policy: ClockPolicy, calendar: Calendar, clock: Clock) -> Iterator[_Step]:
    """Every step of the clock as things stand, in the policy's order where two fall together."""
    warned_at = _before_closing(policy, calendar, clock)
    if warned_at is not None:
        yield _Step(milestone=BEFORE_CLOSING, at=warned_at, audiences=policy.before_closing)
    for milestone in policy.milestones:
        if milestone.only_if == "unclaimed" and clock.claimed:
            continue
        at = clock.anchor_at + milestone.at
        if milestone.id == BREACHED:
            # At night the page climbs on time, but nothing is recorded as late before it is.
            if at < clock.due_at:
                yield _Step(milestone=UNANSWERED, at=at, audiences=milestone.notify)
            at = clock.due_at
        yield _Step(milestone=milestone.id, at=at, audiences=milestone.notify)


def _before_closing(policy: ClockPolicy, calendar: Calendar, clock: Clock) -> datetime | None:
    """The start of the last staffed hour before a deadline that falls in closed time, if the clock sees one.

    A clock that wakes people needs no such warning: its notices wait for nobody.
    """
    if not policy.before_closing or clock.wakes or calendar.is_staffed(clock.due_at):
        return None
    hours = calendar.last_staffed_before(clock.due_at)
    if hours is None or hours.end <= clock.started_at:
        return None
    return max(hours.end - _LAST_HOUR, hours.start, clock.started_at)


def _notice_at(calendar: Calendar, clock: Clock, now: datetime) -> datetime:
    if clock.wakes:
        return now
    # An office that never opens is told at once rather than never.
    return calendar.next_staffed(now) or now
