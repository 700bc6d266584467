"""Running a clock through the hours at which clocks go wrong."""

from __future__ import annotations

import datetime as dtm
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from triage.clocks.calendar import Calendar
from triage.clocks.clock import Clock, NoDeadlineError, due, start, steps_ahead, with_fired
from triage.clocks.explain import account, total
from triage.clocks.policy import BREACHED, DERIVED_MILESTONES, Basis, ClockPolicy
from triage.clocks.span import Unit
from triage.ids import CaseId, ClockId

_HOURS_A_WEEK = 24 * 7
_A_WEEK = dtm.timedelta(weeks=1)
_ENOUGH_TICKS = 100
_DATE_AHEAD = dtm.timedelta(days=400)
"""How far ahead lies the date of a simulated clock that counts from one: behind all that may stand before it."""
_NO_ID = UUID(int=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a simulation saw."""

    starts: int
    firings: int
    faults: tuple[str, ...]


def simulate_clocks(policy: ClockPolicy, calendar: Calendar, *, year: int) -> Run:
    """Start the clock once on every day, and one of days at each hour of the weeks that matter, and let it run out.

    The weeks: both changes of the clocks, Easter, Christmas and New Year, and one with nothing in it. Each milestone
    must fire exactly once, none before its time, and the breach exactly at the deadline.
    """
    starts = firings = 0
    faults: list[str] = []
    for at in sorted(set(_starts(policy, calendar, year))):
        for wakes in (False, True) if policy.basis is Basis.ELAPSED_FROM_STAFFED else (False,):
            starts += 1
            fired, fault = _run(policy, calendar, at=at, wakes=wakes)
            firings += fired
            if fault:
                faults.append(f"started {at.isoformat()}{', waking' if wakes else ''}: {fault}")
    return Run(starts=starts, firings=firings, faults=tuple(faults))


def easter_sunday(year: int) -> dtm.date:
    """Easter of the Gregorian calendar, by the rule of Gauss in Butcher's form."""
    golden, century, rest = year % 19, year // 100, year % 100
    correction = (8 * century + 13) // 25
    epact = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    shift = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * shift + 21, 31)
    return dtm.date(year, month + 3, day + 1)


def _starts(policy: ClockPolicy, calendar: Calendar, year: int) -> Iterator[dtm.datetime]:
    noon = dtm.time(12, 30)
    first = dtm.datetime.combine(dtm.date(year, 1, 1), noon, dtm.UTC)
    days = [first + dtm.timedelta(days=day) for day in range(365)]
    yield from days
    elapsed = policy.limit.elapsed
    if elapsed is None or abs(elapsed) > _A_WEEK:
        return  # at which hour of a week it starts makes no difference to a clock of weeks
    changes = [
        before
        for before, after in pairwise(days)
        if calendar.local(before).utcoffset() != calendar.local(after).utcoffset()
    ]
    easter = dtm.datetime.combine(easter_sunday(year), noon, dtm.UTC)
    christmas = dtm.datetime.combine(dtm.date(year, 12, 26), noon, dtm.UTC)
    plain = dtm.datetime.combine(dtm.date(year, 9, 15), noon, dtm.UTC)
    for middle in (*changes, easter, christmas, plain):
        week = middle - dtm.timedelta(days=4)
        yield from (week + dtm.timedelta(hours=hour) for hour in range(_HOURS_A_WEEK))


def _run(policy: ClockPolicy, calendar: Calendar, *, at: dtm.datetime, wakes: bool) -> tuple[int, str | None]:
    date = at + _DATE_AHEAD if policy.basis is Basis.DATE else None
    try:
        clock = start(
            policy, calendar, clock_id=ClockId(_NO_ID), at=at, wakes=wakes, case_id=CaseId(_NO_ID), date=date
        )
    except NoDeadlineError as error:
        return 0, str(error)
    fault = _miscounted(policy, calendar, clock)
    if fault:
        return 0, fault
    seen: dict[tuple[str, int], dtm.datetime] = {}
    for _ in range(_ENOUGH_TICKS):
        if clock.next_fire_at is None:
            return len(seen), _verdict(policy, seen, clock.due_at)
        now = max(clock.next_fire_at, at)
        dues = due(policy, calendar, clock, now)
        if not dues:
            return len(seen), f"wakes up at {now.isoformat()} with nothing due"
        for each in dues:
            if each.key in seen:
                return len(seen), f"{each.milestone} fires twice"
            if max(each.fell_due_at, at) != now or each.notice_at < now:
                return len(
                    seen
                ), f"{each.milestone} fires at {now.isoformat()}, due {each.fell_due_at.isoformat()}"
            seen[each.key] = each.fell_due_at
        clock = with_fired(policy, calendar, clock, dues)
    return len(seen), "never comes to an end"


def _miscounted(policy: ClockPolicy, calendar: Calendar, clock: Clock) -> str | None:
    """Where the deadline, its account or the order of the steps is not as the policy writes them."""
    elapsed = policy.limit.elapsed
    ran = clock.due_at - clock.started_at
    if policy.basis is Basis.ELAPSED and elapsed is not None and ran != elapsed:
        return f"is due {ran} later, not {elapsed}"
    counted = total(account(policy, calendar, clock))
    if counted != _whole(policy):
        return f"counts {counted}, not {policy.limit}"
    if policy.basis is Basis.ELAPSED_FROM_STAFFED:
        return None  # by night its steps overtake its deadline
    order = [milestone for milestone, number, _ in steps_ahead(policy, calendar, clock) if number == 0]
    listed = [each.id for each in policy.milestones if each.id in order]
    if [each for each in order if each in listed] != listed:
        return f"its steps come as {', '.join(order)}, and stand otherwise"
    return None


def _verdict(
    policy: ClockPolicy, seen: dict[tuple[str, int], dtm.datetime], due_at: dtm.datetime
) -> str | None:
    expected = {(each.id, number) for each in policy.milestones for number in range(each.occurrences)}
    missing = expected - set(seen)
    if missing:
        return f"{', '.join(sorted(f'{name} ({number + 1})' for name, number in missing))} never fires"
    strange = {name for name, _ in set(seen) - expected} - set(DERIVED_MILESTONES)
    if strange:
        return f"{', '.join(sorted(strange))} fires and is in no policy"
    if seen[BREACHED, 0] != due_at:
        return f"is breached at {seen[BREACHED, 0].isoformat()}, due {due_at.isoformat()}"
    return None


def _whole(policy: ClockPolicy) -> dtm.timedelta | int:
    elapsed = policy.limit.elapsed
    if elapsed is not None:
        return elapsed
    staffed = policy.limit.unit is Unit.STAFFED_HOUR
    return dtm.timedelta(hours=policy.limit.count) if staffed else policy.limit.count
