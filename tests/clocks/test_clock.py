from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.clocks.builders import ACUTE, COPENHAGEN, NO_HOURS, OFFICE_CALENDAR, TRIAGE48, a_clock, local
from triage.clocks.calendar import Calendar, OpeningHours
from triage.clocks.clock import (
    Clock,
    WrongPolicyError,
    coalesce,
    due,
    next_fire_at,
    start,
    stopped,
    time_left,
    with_claim,
    with_fired,
)
from triage.clocks.policy import Audience, ClockPolicy
from triage.ids import ClockId

DUTY, COORDINATOR = Audience.DUTY_OFFICER, Audience.COORDINATOR
HEAD, CHAIR, STEERING = Audience.HEAD, Audience.CHAIR, Audience.STEERING

LONG_AFTER = timedelta(days=400)


def steps(
    clock: Clock, policy: ClockPolicy, calendar: Calendar = OFFICE_CALENDAR
) -> list[tuple[str, datetime]]:
    """Every step that the clock will ever take, if nobody stops it."""
    return [
        (found.milestone, found.fell_due_at)
        for found in due(policy, calendar, clock, clock.due_at + LONG_AFTER)
    ]


def names(clock: Clock, policy: ClockPolicy, now: str) -> list[str]:
    return [found.milestone for found in due(policy, OFFICE_CALENDAR, clock, local(now))]


def clock_changes() -> list[datetime]:
    """Each instant of 2025 to 2035 at which Copenhagen's clocks change."""
    hour = timedelta(hours=1)
    first = datetime(2025, 1, 1, tzinfo=UTC)
    found = []
    for number in range(11 * 366 * 24):
        at = first + number * hour
        if at.astimezone(COPENHAGEN).utcoffset() != (at - hour).astimezone(COPENHAGEN).utcoffset():
            found.append(at)
    return [at for at in found if at.year <= 2035]


@given(
    at=st.datetimes(
        min_value=datetime(2025, 1, 1),  # noqa: DTZ001 - hypothesis takes bounds without a zone
        max_value=datetime(2035, 12, 31, 23, 59, 59, 999_999),  # noqa: DTZ001 - as above
        timezones=st.just(COPENHAGEN),
    ),
    wakes=st.booleans(),
)
@example(at=datetime(2026, 3, 28, 2, 30, tzinfo=COPENHAGEN), wakes=False)
@example(at=datetime(2026, 10, 25, 2, 30, fold=1, tzinfo=COPENHAGEN), wakes=False)
@example(at=datetime(2028, 2, 28, 12, tzinfo=COPENHAGEN), wakes=False)
def test_triage_is_due_exactly_172800_seconds_after_any_start(*, at: datetime, wakes: bool) -> None:
    clock = a_clock(at, wakes=wakes)
    assert clock.due_at.timestamp() - at.timestamp() == 172_800
    assert clock.due_at.utcoffset() == timedelta(0)


def test_triage_is_due_exactly_172800_seconds_later_around_every_clock_change() -> None:
    changes = clock_changes()
    assert len(changes) == 22
    found = {
        (clock.due_at - clock.started_at).total_seconds()
        for change in changes
        for minutes in range(-51 * 60, 4 * 60, 15)
        for clock in [a_clock(change + timedelta(minutes=minutes))]
    }
    assert found == {172_800.0}


def test_the_wall_clock_shows_an_hour_more_or_less_when_the_clocks_change() -> None:
    spring, autumn = a_clock("2026-03-28 12:00"), a_clock("2026-10-24 12:00")
    assert (spring.due_at, autumn.due_at) == (local("2026-03-30 13:00"), local("2026-10-26 11:00"))


@pytest.mark.parametrize(
    ("now", "claimed", "expected"),
    [
        ("2026-03-16 21:59:59", False, []),
        ("2026-03-16 22:00", False, ["unclaimed"]),
        ("2026-03-16 22:00", True, []),
        ("2026-03-17 10:00", True, ["halfway"]),
        ("2026-03-17 22:00", True, ["halfway", "late_soon"]),
        ("2026-03-18 06:00", True, ["halfway", "late_soon", "last_call"]),
        ("2026-03-18 09:59:59", True, ["halfway", "late_soon", "last_call"]),
        ("2026-03-18 10:00", True, ["halfway", "late_soon", "last_call", "breached"]),
        ("2026-03-18 10:00", False, ["unclaimed", "halfway", "late_soon", "last_call", "breached"]),
    ],
)
def test_triage_milestones_by_time_and_claim(*, now: str, claimed: bool, expected: list[str]) -> None:
    assert names(a_clock("2026-03-16 10:00", claimed=claimed), TRIAGE48, now) == expected


def test_each_triage_milestone_tells_its_audiences() -> None:
    clock = a_clock("2026-03-16 10:00")
    told = {found.milestone: found.audiences for found in due(TRIAGE48, OFFICE_CALENDAR, clock, clock.due_at)}
    assert told == {
        "unclaimed": (DUTY,),
        "halfway": (DUTY, COORDINATOR),
        "late_soon": (HEAD,),
        "last_call": (HEAD, CHAIR),
        "breached": (HEAD, CHAIR, STEERING),
    }


@pytest.mark.parametrize(
    ("now", "wakes", "notice_at"),
    [
        ("2026-03-16 22:00", False, "2026-03-17 08:00"),
        ("2026-03-16 22:00", True, "2026-03-16 22:00"),
        ("2026-03-17 09:00", False, "2026-03-17 09:00"),
    ],
)
def test_a_milestone_is_recorded_on_time_and_its_notice_waits_unless_it_wakes(
    *, now: str, wakes: bool, notice_at: str
) -> None:
    (found,) = due(TRIAGE48, OFFICE_CALENDAR, a_clock("2026-03-16 10:00", wakes=wakes), local(now))
    assert found.fell_due_at == local("2026-03-16 22:00")
    assert found.lateness == local(now) - local("2026-03-16 22:00")
    assert found.notice_at == local(notice_at)


def test_where_nobody_is_ever_at_work_a_notice_does_not_wait_for_ever() -> None:
    clock = a_clock("2026-03-16 10:00", calendar=NO_HOURS)
    (found,) = due(TRIAGE48, NO_HOURS, clock, local("2026-03-16 22:00"))
    assert found.notice_at == local("2026-03-16 22:00")


@pytest.mark.parametrize(
    ("started", "warned"),
    [
        ("2026-03-16 10:00", None),  # Monday to Wednesday, due in staffed hours
        ("2026-03-16 17:00", "2026-03-18 15:00"),  # due Wednesday at 17
        ("2026-03-17 16:00", "2026-03-19 15:00"),  # due just when the office closes
        ("2026-03-20 10:00", "2026-03-20 15:00"),  # Friday morning, due on Sunday
        ("2026-03-20 15:30", "2026-03-20 15:30"),  # within the last hour: at once
        ("2026-03-20 15:59:59", "2026-03-20 15:59:59"),
        ("2026-03-20 16:00", None),  # nobody is at work between start and deadline
        ("2026-03-20 16:55", None),
        ("2026-03-21 10:00", None),  # Saturday to Monday at 10, staffed
        ("2026-03-21 05:00", None),  # Saturday to Monday at 5, nobody in between
        ("2026-04-01 12:00", "2026-04-01 15:00"),  # the day before Easter, due on Good Friday
        ("2026-04-04 20:00", None),
    ],
)
def test_a_deadline_in_closed_time_is_warned_of_in_the_last_staffed_hour(
    started: str, warned: str | None
) -> None:
    clock = a_clock(started)
    found = dict(steps(clock, TRIAGE48)).get("before_closing")
    assert found == (None if warned is None else local(warned))


def test_the_warning_before_closing_goes_to_duty_and_head_at_once() -> None:
    clock = a_clock("2026-03-20 10:00")
    assert clock.next_fire_at == local("2026-03-20 15:00")
    (found,) = due(TRIAGE48, OFFICE_CALENDAR, clock, local("2026-03-20 15:00"))
    assert (found.milestone, found.audiences) == ("before_closing", (DUTY, HEAD))
    assert found.notice_at == local("2026-03-20 15:00")


def test_a_staffed_stretch_shorter_than_an_hour_warns_when_it_begins() -> None:
    calendar = Calendar(zone=COPENHAGEN, staffed=OpeningHours.model_validate({"fri": ["15:40-16:00"]}))
    clock = a_clock("2026-03-20 10:00", calendar=calendar)
    assert dict(steps(clock, TRIAGE48, calendar))["before_closing"] == local("2026-03-20 15:40")


def test_no_warning_before_closing_where_nobody_needs_it() -> None:
    silent = TRIAGE48.model_copy(update={"before_closing": ()})
    assert "before_closing" not in dict(steps(a_clock("2026-03-20 10:00"), silent))
    assert "before_closing" not in dict(steps(a_clock("2026-03-20 10:00", wakes=True), TRIAGE48))
    assert "before_closing" not in dict(
        steps(a_clock("2026-03-20 10:00", calendar=NO_HOURS), TRIAGE48, NO_HOURS)
    )


ACUTE_TABLE = [
    # started, wakes, due, step → time
    (
        "2026-03-20 10:00",
        True,
        "2026-03-20 10:30",
        {
            "paged": "2026-03-20 10:00",
            "paged_again": "2026-03-20 10:10",
            "paged_third": "2026-03-20 10:20",
            "breached": "2026-03-20 10:30",
            "climbed": "2026-03-20 11:00",
        },
    ),
    (
        "2026-03-21 02:00",
        True,
        "2026-03-23 08:00",
        {
            "paged": "2026-03-21 02:00",
            "paged_again": "2026-03-21 02:10",
            "paged_third": "2026-03-21 02:20",
            "unanswered": "2026-03-21 02:30",
            "climbed": "2026-03-21 03:00",
            "breached": "2026-03-23 08:00",
        },
    ),
    (
        "2026-03-20 07:50",
        True,
        "2026-03-20 08:20",
        {
            "paged": "2026-03-20 07:50",
            "paged_again": "2026-03-20 08:00",
            "paged_third": "2026-03-20 08:10",
            "breached": "2026-03-20 08:20",
            "climbed": "2026-03-20 08:50",
        },
    ),
    (
        "2026-03-20 15:50",
        True,
        "2026-03-20 16:20",
        {
            "paged": "2026-03-20 15:50",
            "paged_again": "2026-03-20 16:00",
            "paged_third": "2026-03-20 16:10",
            "breached": "2026-03-20 16:20",
            "climbed": "2026-03-20 16:50",
        },
    ),
    (
        "2026-03-20 10:00",
        False,
        "2026-03-20 10:30",
        {
            "paged": "2026-03-20 10:00",
            "paged_again": "2026-03-20 10:10",
            "paged_third": "2026-03-20 10:20",
            "breached": "2026-03-20 10:30",
            "climbed": "2026-03-20 11:00",
        },
    ),
    (
        "2026-04-04 02:00",
        False,
        "2026-04-07 08:30",
        {
            "paged": "2026-04-07 08:00",
            "paged_again": "2026-04-07 08:10",
            "paged_third": "2026-04-07 08:20",
            "breached": "2026-04-07 08:30",
            "climbed": "2026-04-07 09:00",
        },
    ),
]


@pytest.mark.parametrize(("started", "wakes", "due_at", "expected"), ACUTE_TABLE)
def test_the_acute_clock_pages_at_once_or_from_the_next_staffed_hour(
    *, started: str, wakes: bool, due_at: str, expected: dict[str, str]
) -> None:
    clock = a_clock(started, policy=ACUTE, wakes=wakes)
    assert clock.due_at == local(due_at)
    assert steps(clock, ACUTE) == [(milestone, local(at)) for milestone, at in expected.items()]


def test_an_acute_clock_tells_duty_then_head_then_chair() -> None:
    clock = a_clock("2026-03-21 02:00", policy=ACUTE, wakes=True)
    found = due(ACUTE, OFFICE_CALENDAR, clock, local("2026-03-21 03:00"))
    assert [each.audiences for each in found] == [(DUTY,), (DUTY,), (DUTY,), (HEAD,), (CHAIR,)]
    assert {each.notice_at for each in found} == {local("2026-03-21 03:00")}


def test_the_first_page_is_due_at_the_very_start() -> None:
    clock = a_clock("2026-03-21 02:00", policy=ACUTE, wakes=True)
    assert clock.next_fire_at == clock.started_at
    assert names(clock, ACUTE, "2026-03-21 02:00") == ["paged"]


def test_an_acute_clock_where_nobody_is_ever_at_work_counts_at_once() -> None:
    for wakes in (True, False):
        clock = a_clock("2026-03-21 02:00", policy=ACUTE, calendar=NO_HOURS, wakes=wakes)
        assert (clock.anchor_at, clock.due_at) == (local("2026-03-21 02:00"), local("2026-03-21 02:30"))


def test_after_down_time_each_audience_is_told_once_and_how_late() -> None:
    clock = a_clock("2026-03-16 10:00")
    now = local("2026-03-19 10:00")
    found = due(TRIAGE48, OFFICE_CALENDAR, clock, now)
    told = coalesce(found)
    assert len(found) == 5
    assert {audience: each.milestone for audience, each in told.items()} == {
        DUTY: "halfway",
        COORDINATOR: "halfway",
        HEAD: "breached",
        CHAIR: "breached",
        STEERING: "breached",
    }
    assert told[HEAD].lateness == timedelta(hours=24)
    assert told[DUTY].lateness == timedelta(hours=48)


def test_of_two_steps_at_one_moment_the_later_in_order_is_told() -> None:
    (halfway,) = due(
        TRIAGE48, OFFICE_CALENDAR, a_clock("2026-03-16 10:00", claimed=True), local("2026-03-17 10:00")
    )
    other = replace(halfway, milestone="other")
    assert coalesce([halfway, other])[DUTY] == other
    assert coalesce([]) == {}


def test_what_has_fired_is_not_due_again() -> None:
    clock = a_clock("2026-03-16 10:00")
    now = local("2026-03-17 11:00")
    clock = with_fired(TRIAGE48, OFFICE_CALENDAR, clock, due(TRIAGE48, OFFICE_CALENDAR, clock, now))
    assert clock.fired == {("unclaimed", 0), ("halfway", 0)}
    assert due(TRIAGE48, OFFICE_CALENDAR, clock, now) == ()
    assert clock.next_fire_at == local("2026-03-17 22:00")


def test_nothing_is_left_to_fire_after_the_last_step() -> None:
    clock = a_clock("2026-03-16 10:00")
    found = due(TRIAGE48, OFFICE_CALENDAR, clock, clock.due_at)
    assert with_fired(TRIAGE48, OFFICE_CALENDAR, clock, found).next_fire_at is None


def test_a_claim_takes_the_step_for_unclaimed_cases_away_and_release_brings_it_back() -> None:
    clock = a_clock("2026-03-16 10:00")
    claimed = with_claim(TRIAGE48, OFFICE_CALENDAR, clock, claimed=True)
    released = with_claim(TRIAGE48, OFFICE_CALENDAR, claimed, claimed=False)
    assert clock.next_fire_at == released.next_fire_at == local("2026-03-16 22:00")
    assert claimed.next_fire_at == local("2026-03-17 10:00")
    assert names(released, TRIAGE48, "2026-03-16 23:00") == ["unclaimed"]


def test_a_stopped_clock_has_nothing_due_and_keeps_what_it_had_left() -> None:
    clock = stopped(a_clock("2026-03-16 10:00"), at=local("2026-03-17 10:00"))
    assert due(TRIAGE48, OFFICE_CALENDAR, clock, local("2026-03-30 10:00")) == ()
    assert clock.next_fire_at is None
    assert next_fire_at(TRIAGE48, OFFICE_CALENDAR, clock) is None
    assert time_left(clock, local("2026-03-30 10:00")) == timedelta(hours=24)


def test_a_clock_stops_once() -> None:
    clock = stopped(a_clock("2026-03-16 10:00"), at=local("2026-03-17 10:00"))
    assert stopped(clock, at=local("2026-03-18 10:00")) == clock


def test_time_left_runs_out_and_then_below_nothing() -> None:
    clock = a_clock("2026-03-16 10:00")
    assert time_left(clock, local("2026-03-16 10:00")) == timedelta(hours=48)
    assert time_left(clock, local("2026-03-18 11:00")) == timedelta(hours=-1)


def test_a_clock_is_read_only_by_the_policy_it_runs_under() -> None:
    clock = a_clock("2026-03-16 10:00")
    newer = TRIAGE48.model_copy(update={"version": 2})
    for other in (newer, ACUTE):
        with pytest.raises(WrongPolicyError, match="triage48 version 1 read by"):
            due(other, OFFICE_CALENDAR, clock, clock.due_at)


def test_a_clock_of_nothing_and_a_time_without_a_zone_are_refused() -> None:
    clock_id = ClockId(UUID(int=1))
    at = local("2026-03-16 10:00")
    with pytest.raises(ValueError, match="a case or an alarm"):
        start(TRIAGE48, OFFICE_CALENDAR, clock_id=clock_id, at=at, wakes=False)
    with pytest.raises(ValueError, match="no time zone"):
        a_clock(at.replace(tzinfo=None))
