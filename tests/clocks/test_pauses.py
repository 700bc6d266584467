"""Pauses: time stands still, nothing fires in it that lies behind its beginning, and nothing twice after it."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.clocks.builders import (
    DESK_DAY,
    FOLLOWUP,
    OFFICE_CALENDAR,
    POLICE,
    RELEASE,
    REVIEWS,
    a_clock,
    local,
)
from tests.clocks.test_ticks import DENMARK, STARTS
from triage.clocks.clock import Clock, Firing, due, let_go, paused, time_left, with_fired
from triage.clocks.counting import Pause, breaks
from triage.clocks.explain import Why, account, total
from triage.clocks.policy import Basis, ClockPolicy
from triage.clocks.span import Unit

PAUSABLE = st.sampled_from([POLICE, DESK_DAY, REVIEWS])
ACTS = st.lists(
    st.tuples(
        st.timedeltas(timedelta(0), timedelta(days=4)),
        st.sampled_from(["tick", "pause", "go_on", "hold", "release", "restart"]),
    ),
    max_size=25,
)
LONG = timedelta(days=300)


def _pause(clock: Clock, policy: ClockPolicy, now: datetime, act: str) -> Clock:
    gate = POLICE.id if act in {"hold", "release"} else None
    if act in {"pause", "hold"}:
        return paused(policy, DENMARK, clock, Pause(since=now, reason="waits", held_by=gate))
    return let_go(policy, DENMARK, clock, at=now, held_by=gate)


@given(at=STARTS, policy=PAUSABLE, acts=ACTS)
def test_any_pattern_of_ticks_and_pauses_fires_each_step_exactly_once(
    at: datetime, policy: ClockPolicy, acts: list[tuple[timedelta, str]]
) -> None:
    clock = a_clock(at, policy=policy, calendar=DENMARK)
    fired: Counter[Firing] = Counter()
    now = at
    for gap, act in [*acts, (timedelta(0), "go_on"), (timedelta(0), "release"), (LONG, "tick")]:
        now += gap
        found = due(policy, DENMARK, clock, now)
        assert bool(found) is (clock.next_fire_at is not None and clock.next_fire_at <= now)
        since = clock.paused_since
        assert since is None or all(each.fell_due_at <= since for each in found)
        fired.update(each.key for each in found)
        clock = with_fired(policy, DENMARK, clock, found)
        if act not in {"tick", "restart"}:
            clock = _pause(clock, policy, now, act)
    # Warnings of closed time depend on where the pauses moved the deadline to; all else comes once.
    counted = {each.id: each.occurrences for each in policy.milestones}
    assert set(fired.values()) == {1}
    assert Counter(milestone for milestone, _ in fired if milestone in counted) == Counter(counted)


@given(at=STARTS, policy=PAUSABLE, acts=ACTS)
def test_the_account_counts_the_limit_and_ends_at_the_deadline(
    at: datetime, policy: ClockPolicy, acts: list[tuple[timedelta, str]]
) -> None:
    clock = a_clock(at, policy=policy, calendar=DENMARK)
    now = at
    for gap, act in [*acts, (timedelta(0), "go_on"), (timedelta(0), "release")]:
        now += gap
        if now >= clock.due_at and clock.paused_since is None:
            break
        if act not in {"tick", "restart"}:
            clock = _pause(clock, policy, now, act)
    if clock.paused_since is not None:
        return
    lines = account(policy, DENMARK, clock)
    limit = policy.limit
    whole = timedelta(hours=limit.count) if limit.unit is Unit.STAFFED_HOUR else limit.count
    assert total(lines) == whole
    assert lines[0].since == clock.started_at
    assert lines[-1].until == clock.due_at
    assert all(one.until == other.since for one, other in pairwise(lines))


def test_a_paused_clock_keeps_what_it_had_left() -> None:
    clock = a_clock("2026-03-16 09:00", policy=DESK_DAY)
    stood = paused(DESK_DAY, OFFICE_CALENDAR, clock, Pause(since=local("2026-03-16 15:00"), reason="waits"))
    assert stood.next_fire_at is None
    assert time_left(stood, local("2026-03-20 09:00")) == stood.due_at - local("2026-03-16 15:00")
    ran = let_go(DESK_DAY, OFFICE_CALENDAR, stood, at=local("2026-03-18 09:00"), held_by=None)
    # Six of 24 hours were used; 18 are left: 7 on Wednesday, 8 on Thursday, 3 on Friday.
    assert ran.due_at == local("2026-03-20 11:00")


def test_two_pauses_at_once_count_as_one() -> None:
    clock = a_clock("2026-03-16 09:00", policy=DESK_DAY)
    for pause in (
        Pause(since=local("2026-03-16 10:00"), until=local("2026-03-17 10:00"), reason="waits"),
        Pause(
            since=local("2026-03-16 12:00"), until=local("2026-03-17 12:00"), reason="held", held_by=POLICE.id
        ),
    ):
        clock = paused(DESK_DAY, OFFICE_CALENDAR, clock, pause)
    (one,) = breaks(clock.pauses)
    assert (one.since, one.until) == (local("2026-03-16 10:00"), local("2026-03-17 12:00"))
    # One hour on Monday, 4 on Tuesday, 8 on Wednesday, 8 on Thursday, 3 on Friday.
    assert clock.due_at == local("2026-03-20 11:00")


def test_a_clock_that_counts_from_a_date_warns_before_it() -> None:
    clock = a_clock("2026-03-01 12:00", policy=RELEASE, date="2026-09-01 12:00")
    assert clock.due_at == local("2026-07-07 12:00")
    assert clock.next_fire_at == local("2026-06-09 12:00")
    late = a_clock("2026-08-01 12:00", policy=RELEASE, date="2026-09-01 12:00")
    assert {each.milestone for each in due(RELEASE, OFFICE_CALENDAR, late, late.started_at)} == {
        "early",
        "soon",
        "breached",
    }


def test_six_months_after_the_last_of_august_end_on_the_last_of_february() -> None:
    clock = a_clock("2026-08-31 10:00", policy=FOLLOWUP, date="2026-08-31 10:00")
    assert clock.due_at == local("2027-02-28 10:00")
    (line,) = account(FOLLOWUP, OFFICE_CALENDAR, clock)
    assert (line.why, line.counted) == (Why.FROM_DATE, 6)
    assert FOLLOWUP.basis is Basis.DATE
