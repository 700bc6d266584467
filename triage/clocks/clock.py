"""A running clock and the pure functions that decide what is due on it.

The screen, the alerts and the stored `next_fire_at` all ask here, so they cannot disagree.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias, assert_never

from triage.clocks.calendar import Calendar, utc
from triage.clocks.counting import Break, Pause, before, breaks, place
from triage.clocks.policy import (
    BEFORE_CLOSING,
    BREACHED,
    UNANSWERED,
    UNSTAFFED,
    Audience,
    Basis,
    ClockPolicy,
    Milestone,
)
from triage.ids import AlarmId, CaseId, ClockId, ClockPolicyId

Firing: TypeAlias = tuple[str, int]
"""A milestone's id and its occurrence, counted from 0: what happens exactly once on a clock."""

_LAST_HOUR = timedelta(hours=1)


class WrongPolicyError(Exception):
    """A clock was read by another policy, or another version, than it runs under."""


class NoDeadlineError(ValueError):
    """The calendar has no deadline for this clock: it holds no working day, or no staffed hour, to count."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """A deadline that runs for a case, an alarm or both. All times are aware UTC.

    It counts from `anchor_at` and is late after `due_at`; while a pause lasts, `due_at` is when it would be late
    if the pause ended where it began. With `wakes` its notices go out at any hour. `claimed` says whether somebody
    holds the case now. `next_fire_at` is stored for the index and is `None` when nothing is left to fire, or
    nothing before a pause ends. `result` is what a person stopped it with. Raises `ValueError` when it is a clock
    of nothing.
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
    pauses: tuple[Pause, ...] = ()
    result: str | None = None
    fired: frozenset[Firing] = frozenset()

    @property
    def paused_since(self) -> datetime | None:
        """Since when its time does not go on; `None` while it runs, or once it has stopped."""
        if self.stopped_at is not None:
            return None
        last = breaks(self.pauses)[-1:]
        return last[0].since if last and last[0].until is None else None

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
    date: datetime | None = None,
    pauses: tuple[Pause, ...] = (),
) -> Clock:
    """A new clock under this policy, running since `at`; one that counts from a date needs `date`.

    Raises `NoDeadlineError` where the calendar has no deadline for it.
    """
    if (date is None) is (policy.basis is Basis.DATE):
        raise ValueError(f"clock policy {policy.id}: a date goes with a clock that counts from one")
    started_at = utc(at)
    anchor_at = _anchor(policy, calendar, started_at if date is None else utc(date), wakes=wakes)
    clock = Clock(
        id=clock_id,
        policy_id=policy.id,
        policy_version=policy.version,
        case_id=case_id,
        alarm_id=alarm_id,
        started_at=started_at,
        anchor_at=anchor_at,
        due_at=anchor_at,
        wakes=wakes,
        claimed=claimed,
        pauses=pauses,
    )
    return recounted(policy, calendar, clock)


def due(policy: ClockPolicy, calendar: Calendar, clock: Clock, now: datetime) -> tuple[Due, ...]:
    """What has come and has not fired, earliest first; nothing on a stopped clock.

    Stop a clock only after recording what is due on it, or a breach between two ticks goes unrecorded.
    """
    instant = utc(now)
    came = [step for step in _pending(policy, calendar, clock) if step.at <= instant]
    if not came:
        return ()
    return tuple(
        Due(
            milestone=step.milestone,
            occurrence=step.occurrence,
            fell_due_at=step.at,
            lateness=instant - step.at,
            audiences=step.audiences,
            notice_at=_notice_at(calendar, clock, step.milestone, instant),
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
    """How long until the clock is late, negative once it is; one that stopped or is paused keeps what it had left."""
    until = clock.stopped_at or clock.paused_since or utc(now)
    return clock.due_at - until


def rescheduled(policy: ClockPolicy, calendar: Calendar, clock: Clock) -> Clock:
    """The clock with `next_fire_at` worked out again."""
    return replace(clock, next_fire_at=next_fire_at(policy, calendar, clock))


def recounted(policy: ClockPolicy, calendar: Calendar, clock: Clock) -> Clock:
    """The clock with its deadline and `next_fire_at` worked out again: after a pause, or by another calendar.

    Where it counts from stays. Raises `NoDeadlineError` where the calendar has no deadline for it.
    """
    due_at = _due_at(policy, calendar, clock)
    return rescheduled(policy, calendar, replace(clock, due_at=due_at))


def moved(policy: ClockPolicy, calendar: Calendar, clock: Clock) -> Clock:
    """The clock under another version of its policy. What has fired stays fired; what it holds already past fires."""
    if policy.id != clock.policy_id:
        raise WrongPolicyError(f"{clock.policy_id} cannot run under {policy.id}")
    return recounted(policy, calendar, replace(clock, policy_version=policy.version))


def paused(policy: ClockPolicy, calendar: Calendar, clock: Clock, pause: Pause) -> Clock:
    """The clock with one more pause. Record what is due on it first."""
    return recounted(policy, calendar, replace(clock, pauses=(*clock.pauses, pause)))


def let_go(
    policy: ClockPolicy, calendar: Calendar, clock: Clock, *, at: datetime, held_by: ClockPolicyId | None
) -> Clock:
    """The clock with those pauses ended that last: the ones of this other clock, or else the ones of people."""
    pauses = tuple(
        replace(each, until=utc(at)) if each.lasts and each.held_by == held_by else each
        for each in clock.pauses
    )
    return recounted(policy, calendar, replace(clock, pauses=pauses))


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


def stopped(clock: Clock, *, at: datetime, result: str | None = None) -> Clock:
    """The clock stopped at this instant; one that has stopped already stays as it is."""
    if clock.stopped_at is not None:
        return clock
    return replace(clock, stopped_at=utc(at), next_fire_at=None, result=result)


def running_on(clock: Clock) -> Clock:
    """The clock as if it had never stopped: it is due when it always was. Reschedule it before it is kept."""
    return replace(clock, stopped_at=None, result=None)


def _anchor(policy: ClockPolicy, calendar: Calendar, at: datetime, *, wakes: bool) -> datetime:
    """From where the clock counts."""
    if policy.basis is not Basis.ELAPSED_FROM_STAFFED or wakes:
        return at
    # Where nobody is ever there the clock counts at once, so that it cannot wait for ever.
    return calendar.next_staffed(at) or at


def _due_at(policy: ClockPolicy, calendar: Calendar, clock: Clock) -> datetime:
    """When it is late: in UTC, so that the seconds between are exact."""
    # As if a pause that lasts ended where it began: what is left then stands still with it.
    gaps = tuple(
        Break(gap.since, gap.since if gap.until is None else gap.until) for gap in breaks(clock.pauses)
    )
    found = place(calendar, clock.anchor_at, policy.limit, gaps)
    if found is None:
        raise NoDeadlineError(
            f"clock policy {policy.id} version {policy.version}: {policy.limit} never comes"
        )
    match policy.basis:
        case Basis.ELAPSED | Basis.DATE:
            return found
        case Basis.ELAPSED_FROM_STAFFED:
            # "30 minutes in staffed hours, otherwise the start of the next staffed hour, but paged at once":
            # a clock that wakes people pages from the first second, yet is late only once somebody had to be
            # there.
            opens_at = calendar.next_staffed(clock.started_at) or clock.started_at
            waits = clock.wakes and opens_at != clock.started_at
            return max(found, opens_at) if waits else found
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


def steps_ahead(
    policy: ClockPolicy, calendar: Calendar, clock: Clock
) -> tuple[tuple[str, int, datetime], ...]:
    """Every step of the clock that can be foreseen, fired or not: milestone, occurrence and moment, in order."""
    found = sorted(_steps(policy, calendar, clock), key=lambda step: step.at)
    return tuple((step.milestone, step.occurrence, step.at) for step in found)


def telling_ahead(
    policy: ClockPolicy, calendar: Calendar, clock: Clock, now: datetime
) -> tuple[tuple[datetime, tuple[Audience, ...]], ...]:
    """Of each step that has not fired, in order: when its notice can go out, and to whom."""
    return tuple(
        (_notice_at(calendar, clock, step.milestone, max(step.at, now)), step.audiences)
        for step in _pending(policy, calendar, clock)
    )


def _steps(policy: ClockPolicy, calendar: Calendar, clock: Clock) -> Iterator[_Step]:
    """Every step of the clock as things stand, in the policy's order where two fall together."""
    paused_since = clock.paused_since
    for step in _all_steps(policy, calendar, clock):
        # While a pause lasts nobody knows when what lies behind its beginning will come.
        if paused_since is None or step.at <= paused_since:
            yield step


def _all_steps(policy: ClockPolicy, calendar: Calendar, clock: Clock) -> Iterator[_Step]:
    yield from _of_closed_time(policy, calendar, clock)
    gaps = breaks(clock.pauses)
    for milestone in policy.milestones:
        if milestone.only_if == "unclaimed" and clock.claimed:
            continue
        first = _first(calendar, clock, milestone, gaps)
        if first is None:
            continue
        if milestone.id == BREACHED:
            # At night the page climbs on time, but nothing is recorded as late before it is.
            if first < clock.due_at:
                yield _Step(milestone=UNANSWERED, at=first, audiences=milestone.notify)
            first = clock.due_at
        for occurrence, at in enumerate(_repeats(calendar, milestone, first, gaps)):
            yield _Step(milestone=milestone.id, occurrence=occurrence, at=at, audiences=milestone.notify)


def _first(
    calendar: Calendar, clock: Clock, milestone: Milestone, gaps: tuple[Break, ...]
) -> datetime | None:
    if milestone.at is not None:
        return place(calendar, clock.anchor_at, milestone.at, gaps)
    return None if milestone.before is None else before(calendar, clock.due_at, milestone.before)


def _repeats(
    calendar: Calendar, milestone: Milestone, first: datetime, gaps: tuple[Break, ...]
) -> Iterator[datetime]:
    yield first
    at: datetime | None = first
    for _ in range(milestone.repeat_limit):
        if at is None or milestone.repeat_every is None:
            return
        at = place(calendar, at, milestone.repeat_every, gaps)
        if at is not None:
            yield at


def _of_closed_time(policy: ClockPolicy, calendar: Calendar, clock: Clock) -> Iterator[_Step]:
    """The warning of a deadline in closed time: in the last staffed hour before it, or at once if there is none.

    A clock that wakes people needs no such warning: its notices wait for nobody.
    """
    if not policy.before_closing or clock.wakes or calendar.staffed.never:
        return
    if calendar.is_staffed(clock.due_at):
        return
    hours = calendar.last_staffed_before(clock.due_at)
    if hours is not None and hours.end > clock.started_at:
        at = max(hours.end - _LAST_HOUR, hours.start, clock.started_at)
        yield _Step(milestone=BEFORE_CLOSING, at=at, audiences=policy.before_closing)
    elif policy.basis is not Basis.DATE and clock.started_at < clock.due_at:
        yield _Step(milestone=UNSTAFFED, at=clock.started_at, audiences=policy.before_closing)


def _notice_at(calendar: Calendar, clock: Clock, milestone: str, now: datetime) -> datetime:
    if clock.wakes:
        return now
    # An office that never opens is told at once rather than never.
    opens_at = calendar.next_staffed(now) or now
    if milestone not in {BEFORE_CLOSING, UNSTAFFED} or opens_at <= clock.due_at or now >= clock.due_at:
        return opens_at
    # Kept until somebody is at work it would come after the deadline that it warns of: so it comes by day, and
    # by night only where no day is left.
    by_day = calendar.next_daytime(now)
    return by_day if by_day < clock.due_at else now
