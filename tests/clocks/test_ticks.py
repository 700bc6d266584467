"""Whatever the pattern of ticks, each step of a clock fires exactly once, and never early."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

import holidays
from hypothesis import given
from hypothesis import strategies as st

from tests.clocks.builders import ACUTE, COPENHAGEN, OFFICE, TRIAGE48, a_clock
from triage.clocks.calendar import Calendar
from triage.clocks.clock import Due, Firing, coalesce, due, stopped, with_claim, with_fired
from triage.clocks.policy import Audience, ClockPolicy

DENMARK = Calendar(
    zone=COPENHAGEN,
    staffed=OFFICE,
    closed_days=dict(holidays.country_holidays("DK", years=range(2025, 2037))),
)

STARTS = st.datetimes(
    min_value=datetime(2025, 1, 1),  # noqa: DTZ001 - hypothesis takes bounds without a zone
    max_value=datetime(2035, 12, 31),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
)
POLICIES = st.sampled_from([TRIAGE48, ACUTE])
GAPS = st.lists(st.timedeltas(min_value=timedelta(0), max_value=timedelta(hours=30)), max_size=40)
LONG = timedelta(days=30)


@given(at=STARTS, policy=POLICIES, wakes=st.booleans(), gaps=GAPS)
def test_any_pattern_of_ticks_fires_each_step_exactly_once_and_never_early(
    *, at: datetime, policy: ClockPolicy, wakes: bool, gaps: list[timedelta]
) -> None:
    clock = a_clock(at, policy=policy, calendar=DENMARK, wakes=wakes)
    expected = Counter(found.key for found in due(policy, DENMARK, clock, clock.due_at + LONG))
    fired: Counter[Firing] = Counter()
    now = at
    for gap in [*gaps, LONG]:
        now += gap
        found = due(policy, DENMARK, clock, now)
        # The index finds the clock just when something is due on it.
        assert bool(found) is (clock.next_fire_at is not None and clock.next_fire_at <= now)
        assert all(each.fell_due_at <= now and each.lateness == now - each.fell_due_at for each in found)
        assert list(found) == sorted(found, key=lambda each: each.fell_due_at)
        fired.update(each.key for each in found)
        clock = with_fired(policy, DENMARK, clock, found)
    assert fired == expected
    assert set(fired.values()) == {1}
    assert clock.next_fire_at is None


@given(at=STARTS, acts=st.lists(st.tuples(st.timedeltas(timedelta(0), timedelta(hours=20)), st.booleans())))
def test_claims_and_releases_between_ticks_double_nothing(
    at: datetime, acts: list[tuple[timedelta, bool]]
) -> None:
    clock = a_clock(at, calendar=DENMARK)
    fired: list[Due] = []
    now = at
    for gap, claimed in [*acts, (LONG, True)]:
        now += gap
        clock = with_claim(TRIAGE48, DENMARK, clock, claimed=claimed)
        found = due(TRIAGE48, DENMARK, clock, now)
        assert not (claimed and any(each.milestone == "unclaimed" for each in found))
        fired.extend(found)
        clock = with_fired(TRIAGE48, DENMARK, clock, found)
    keys = Counter(each.key for each in fired)
    assert set(keys.values()) == {1}
    assert {("halfway", 0), ("late_soon", 0), ("last_call", 0), ("breached", 0)} <= keys.keys()


@given(
    at=STARTS, after=st.timedeltas(timedelta(0), timedelta(days=4)), later=st.timedeltas(timedelta(0), LONG)
)
def test_nothing_fires_after_a_stop(at: datetime, after: timedelta, later: timedelta) -> None:
    clock = stopped(a_clock(at, calendar=DENMARK), at=at + after)
    assert due(TRIAGE48, DENMARK, clock, at + after + later) == ()


@given(at=STARTS, after=st.timedeltas(timedelta(0), timedelta(days=5)), wakes=st.booleans())
def test_a_notice_waits_for_staffed_hours_or_wakes(*, at: datetime, after: timedelta, wakes: bool) -> None:
    now = at + after
    clock = a_clock(at, calendar=DENMARK, wakes=wakes)
    for found in due(TRIAGE48, DENMARK, clock, now):
        assert found.notice_at >= now
        if wakes:
            assert found.notice_at == now
        elif found.milestone in {"before_closing", "unstaffed"} and now < clock.due_at:
            assert found.notice_at < clock.due_at
            # By night only where no day is left, after a tick that came late.
            no_day_left = DENMARK.next_daytime(now) >= clock.due_at
            assert no_day_left or DENMARK.is_staffed(found.notice_at) or DENMARK.is_daytime(found.notice_at)
        else:
            assert DENMARK.is_staffed(found.notice_at)


@given(at=STARTS)
def test_whoever_was_at_work_before_a_deadline_in_closed_time_was_warned_of_it(at: datetime) -> None:
    clock = a_clock(at, calendar=DENMARK)
    found = {each.milestone: each for each in due(TRIAGE48, DENMARK, clock, clock.due_at)}
    worked = DENMARK.staffed_between(at, clock.due_at) > timedelta(0)
    assert ("before_closing" in found) is (worked and not DENMARK.is_staffed(clock.due_at))
    assert ("unstaffed" in found) is not worked
    if "before_closing" in found:
        warned_at = found["before_closing"].fell_due_at
        assert at <= warned_at < clock.due_at
        assert DENMARK.is_staffed(warned_at)
        assert DENMARK.staffed_between(warned_at, clock.due_at) <= timedelta(hours=1)


@given(at=STARTS, after=st.timedeltas(timedelta(0), timedelta(days=5)), policy=POLICIES)
def test_each_audience_is_told_the_latest_that_concerns_it(
    at: datetime, after: timedelta, policy: ClockPolicy
) -> None:
    clock = a_clock(at, policy=policy, calendar=DENMARK, wakes=True)
    found = due(policy, DENMARK, clock, at + after)
    told = coalesce(found)
    for audience in Audience:
        concerning = [each for each in found if audience in each.audiences]
        assert told.get(audience) == (concerning[-1] if concerning else None)
