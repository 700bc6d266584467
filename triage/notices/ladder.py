"""The ladder under a running clock: who was told last, until when an answer is waited for, and who answered.

A clock tells people at its steps; the ladder sees to it that somebody answers. It never starts, stops or moves a clock.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from triage.clocks.clock import Clock, Due
from triage.clocks.policy import BREACHED, DERIVED_MILESTONES, UNANSWERED, Audience, UnknownPolicyError
from triage.ids import ClockId, PersonId
from triage.rules import Rules

_NOT_ON_IT = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """A person who was told of a clock, as which rung, and when the latest notice could go out."""

    person: PersonId
    rung: Audience
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Ladder:
    """Where the telling of one clock stands. All times are aware UTC.

    `rung` is the highest that the latest telling reached, at `told_at`. At `climbs_at` the next rung is told if nobody
    has answered, or, while it is quiet, the same one is reminded; None is never. Whoever acknowledged keeps it quiet
    until `quiet_until`; without that time somebody holds the case, and it is quiet until a step is told again.
    """

    clock_id: ClockId
    rung: Audience
    told_at: datetime
    climbs_at: datetime | None
    heard: tuple[Heard, ...] = ()
    acknowledged_by: PersonId | None = None
    acknowledged_at: datetime | None = None
    quiet_until: datetime | None = None
    ended_at: datetime | None = None

    @property
    def is_held(self) -> bool:
        """Whether somebody holds the case, so that nothing climbs before the next step."""
        return self.acknowledged_by is not None and self.quiet_until is None

    @property
    def told_people(self) -> frozenset[PersonId]:
        """Everyone who was told of this clock so far."""
        return frozenset(each.person for each in self.heard)

    def is_quiet(self, now: datetime) -> bool:
        """Whether somebody acknowledged, and the agreed time has not gone by."""
        return self.quiet_until is not None and now < self.quiet_until

    def rung_of(self, person: PersonId) -> Audience | None:
        """As which rung the person was told."""
        return next((each.rung for each in self.heard if each.person == person), None)


def answer_by(rules: Rules, rung: Audience, *, since: datetime, wakes: bool) -> datetime:
    """Until when a rung that was told at this time may answer; of a clock that wakes nobody, in staffed time.

    It falls into staffed hours, so that whoever is told next is told at once. Where nobody is ever at work the hours
    run through the night. A rung that the profile has dropped since has the time of the lowest.
    """
    steps = sorted(rules.organisation.ladder, key=lambda each: each.level)
    step = next((each for each in steps if each.role == rung.value), steps[0])
    if wakes:
        return since + timedelta(minutes=step.acute_minutes)
    length = timedelta(hours=step.staffed_hours)
    staffed = rules.calendar.add_staffed(since, length)
    return (staffed and rules.calendar.next_staffed(staffed)) or since + length


def told(
    ladder: Ladder | None, rules: Rules, clock: Clock, heard: Iterable[Heard], *, now: datetime
) -> Ladder | None:
    """The ladder after people were told of a step, or by a climb; None as long as nobody was told.

    Whoever stands beside the ladder, as the data protection officer, is below everybody who stands on it. Telling the
    same rung again, or a lower one, gives nobody more time. What is told while it is quiet leaves it quiet.
    """
    fresh = tuple(heard)
    if not fresh:
        return ladder
    top = max(fresh, key=lambda each: height(rules, each.rung))
    climbs_at = _climbs_at(rules, clock, top.rung, since=top.at)
    if ladder is None or ladder.ended_at is not None or ladder.is_held:
        before = () if ladder is None else ladder.heard
        return Ladder(
            clock_id=clock.id,
            rung=top.rung,
            told_at=top.at,
            climbs_at=climbs_at,
            heard=_merged(before, fresh),
        )
    merged = replace(ladder, heard=_merged(ladder.heard, fresh))
    higher = height(rules, top.rung) > height(rules, ladder.rung)
    if not higher and ladder.climbs_at is not None:
        return merged
    reached = replace(merged, rung=top.rung if higher else ladder.rung, told_at=top.at)
    if ladder.is_quiet(now):
        return reached
    return replace(reached, climbs_at=climbs_at, acknowledged_by=None, acknowledged_at=None, quiet_until=None)


def acknowledged(ladder: Ladder, rules: Rules, clock: Clock, *, by: PersonId, now: datetime) -> Ladder:
    """The ladder after somebody said that they have it: quiet for as long again as its rung has for an answer."""
    until = answer_by(rules, ladder.rung, since=now, wakes=clock.wakes)
    climbs_at = until if _climbs(rules, clock) else None
    return replace(ladder, acknowledged_by=by, acknowledged_at=now, quiet_until=until, climbs_at=climbs_at)


def held(ladder: Ladder, *, by: PersonId, now: datetime) -> Ladder:
    """The ladder after somebody took the case: quiet until the clock tells of its next step."""
    return replace(ladder, acknowledged_by=by, acknowledged_at=now, quiet_until=None, climbs_at=None)


def quiet_over(ladder: Ladder, rules: Rules, clock: Clock, *, now: datetime) -> Ladder:
    """The ladder after the agreed time, when the same rung was reminded: climbing begins anew."""
    return replace(
        ladder,
        told_at=now,
        climbs_at=_climbs_at(rules, clock, ladder.rung, since=now),
        acknowledged_by=None,
        acknowledged_at=None,
        quiet_until=None,
    )


def left_by(ladder: Ladder, rules: Rules, clock: Clock, *, person: PersonId, now: datetime) -> Ladder:
    """The ladder without this person. If they were the one who had it, climbing begins anew from the same rung."""
    without = replace(ladder, heard=tuple(each for each in ladder.heard if each.person != person))
    return quiet_over(without, rules, clock, now=now) if ladder.acknowledged_by == person else without


def at_rest(ladder: Ladder) -> Ladder:
    """The ladder of a clock that is paused: its next step begins it anew."""
    return replace(ladder, climbs_at=None, acknowledged_by=None, acknowledged_at=None, quiet_until=None)


def ended(ladder: Ladder, *, at: datetime) -> Ladder:
    """The ladder of a clock that has stopped: nobody more is told."""
    return replace(ladder, climbs_at=None, quiet_until=None, ended_at=at)


def held_back(ladder: Ladder | None, clock: Clock, found: Due, *, now: datetime) -> datetime:
    """When the notice of a step may go out: one before the limit waits as long as somebody keeps it quiet.

    The limit itself and what follows it never wait; nor does a warning whose deadline would pass meanwhile, or one
    that comes while people are still at work because they will not be at the limit.
    """
    if ladder is None or ladder.quiet_until is None or not ladder.is_quiet(now):
        return found.notice_at
    # At night a clock that wakes people is late only in the morning, but its limit was told of when it came.
    told_of_limit = any(milestone in {BREACHED, UNANSWERED} for milestone, _ in clock.fired)
    late = told_of_limit or max(found.fell_due_at, ladder.quiet_until) >= clock.due_at
    if late or found.milestone in DERIVED_MILESTONES:
        return found.notice_at
    return max(found.notice_at, ladder.quiet_until)


def _climbs_at(rules: Rules, clock: Clock, rung: Audience, *, since: datetime) -> datetime | None:
    return answer_by(rules, rung, since=since, wakes=clock.wakes) if _climbs(rules, clock) else None


def _climbs(rules: Rules, clock: Clock) -> bool:
    try:
        return rules.policies.get(clock.policy_id, clock.policy_version).climbs
    except UnknownPolicyError:
        return True


def height(rules: Rules, rung: Audience) -> int:
    """How high a rung stands on the ladder; whoever stands beside it is below everybody on it."""
    return next((each.level for each in rules.organisation.ladder if each.role == rung.value), _NOT_ON_IT)


def _merged(before: tuple[Heard, ...], fresh: tuple[Heard, ...]) -> tuple[Heard, ...]:
    people = {each.person: each for each in (*before, *fresh)}
    return tuple(people.values())
