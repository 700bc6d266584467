"""Trying a changed policy on what has been: the clocks of past cases run again under it, on paper.

Nothing is stored and nobody is told. A clock starts and stops when it did; who held its case, and when it stood
still, is taken as it was. What people would have done otherwise under other rules nobody knows, and it is not
guessed at.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from triage.clocks.calendar import Calendar
from triage.clocks.clock import Clock, NoDeadlineError, coalesce, due, start, with_claim, with_fired
from triage.clocks.policy import BREACHED, Audience, Basis, ClockPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A clock as it ran, and when its case was taken (`True`) or let go of; `claimed` is how it began."""

    clock: Clock
    claimed: bool = False
    claims: Sequence[tuple[datetime, bool]] = ()


@dataclass(slots=True)
class Tally:
    """What a policy did, or would have done: breaches, notices to each audience, and those that came by night."""

    clocks: int = 0
    breaches: int = 0
    notices: Counter[Audience] = field(default_factory=Counter)
    at_night: int = 0
    without_deadline: int = 0


def replay(policy: ClockPolicy, calendar: Calendar, past: Iterable[Past], *, now: datetime) -> Tally:
    """What these clocks would have come to under this policy, up to now.

    A notice is counted where it would have gone out before the clock stopped: what waited until then was taken
    back. Several steps that waited for the same moment are one notice to each audience.
    """
    tally = Tally()
    for each in past:
        tally.clocks += 1
        try:
            _run(policy, calendar, each, now, tally)
        except NoDeadlineError:
            tally.without_deadline += 1
    return tally


def _run(policy: ClockPolicy, calendar: Calendar, past: Past, now: datetime, tally: Tally) -> None:
    was = past.clock
    clock = start(
        policy,
        calendar,
        clock_id=was.id,
        at=was.started_at,
        wakes=was.wakes,
        case_id=was.case_id,
        alarm_id=was.alarm_id,
        claimed=past.claimed,
        date=was.anchor_at if policy.basis is Basis.DATE else None,
        pauses=was.pauses if policy.pausable else (),
    )
    end = min(was.stopped_at or now, now)
    claims = list(past.claims)
    told: set[tuple[Audience, datetime]] = set()
    while True:
        fires_at = clock.next_fire_at
        if claims and claims[0][0] <= end and (fires_at is None or claims[0][0] < fires_at):
            clock = with_claim(policy, calendar, clock, claimed=claims.pop(0)[1])
            continue
        if fires_at is None or fires_at > end:
            break
        found = due(policy, calendar, clock, max(fires_at, was.started_at))
        tally.breaches += any(each.milestone == BREACHED and each.occurrence == 0 for each in found)
        told |= {(audience, each.notice_at) for audience, each in coalesce(found).items()}
        clock = with_fired(policy, calendar, clock, found)
    for audience, at in told:
        if at <= end:
            tally.notices[audience] += 1
            tally.at_night += not calendar.is_daytime(at)
