from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tests.clocks.builders import COPENHAGEN, NO_HOURS, OFFICE, OFFICE_CALENDAR, local
from triage.clocks.calendar import WEEKDAYS, Ambiguous, Calendar, Nonexistent, OpeningHours, Period, Staffed

INSTANTS = st.datetimes(
    min_value=datetime(2025, 1, 1),  # noqa: DTZ001 - hypothesis takes bounds without a zone
    max_value=datetime(2035, 12, 31),  # noqa: DTZ001 - as above
    timezones=st.just(UTC),
)

ROUND_THE_CLOCK = Calendar(
    zone=COPENHAGEN,
    staffed=OpeningHours.model_validate({day: ["00:00-24:00"] for day in WEEKDAYS}),
)
NIGHT_WATCH = Calendar(
    zone=COPENHAGEN,
    staffed=OpeningHours.model_validate({"sun": ["02:00-04:00", "22:00-24:00"], "mon": ["00:00-02:30"]}),
)


def wall(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_hours_are_read_from_the_profile() -> None:
    hours = OpeningHours.model_validate({"mon": ["08:00-12:00", "13:00-24:00"]})
    expected = (Period(start=time(8), end=time(12)), Period(start=time(13), end=time(0)))
    assert hours.on(0) == expected
    assert hours.on(6) == ()


@pytest.mark.parametrize(
    ("key", "periods"),
    [
        ("mon", ["16:00-08:00"]),
        ("mon", ["08:00-08:00"]),
        ("tue", ["08:00"]),
        ("tue", ["8-16"]),
        ("tue", ["25:00-26:00"]),
        ("tue", ["08:00Z-16:00Z"]),
        ("wed", ["08:00-12:00", "11:00-16:00"]),
        ("wed", ["13:00-16:00", "08:00-12:00"]),
        ("thu", ["08:00-24:00", "08:00-24:00"]),
        ("monday", ["08:00-16:00"]),
        ("fri", [8]),
    ],
)
def test_hours_that_make_no_sense_are_refused_and_the_day_is_named(key: str, periods: list[object]) -> None:
    with pytest.raises(ValidationError, match=key):
        OpeningHours.model_validate({key: periods})


@pytest.mark.parametrize(
    ("at", "staffed", "opens"),
    [
        ("2026-03-27 07:59:59", False, "2026-03-27 08:00"),
        ("2026-03-27 08:00", True, "2026-03-27 08:00"),
        ("2026-03-27 15:59:59", True, "2026-03-27 15:59:59"),
        (
            "2026-03-27 16:00",
            False,
            "2026-03-30 08:00",
        ),  # Friday to Monday, over the night summer time begins
        ("2026-03-28 12:00", False, "2026-03-30 08:00"),
        ("2026-04-01 16:55", False, "2026-04-07 08:00"),  # Easter: five closed days
        ("2026-04-06 10:00", False, "2026-04-07 08:00"),
        ("2026-10-25 02:30", False, "2026-10-26 08:00"),
    ],
)
def test_weekends_and_holidays_are_closed(*, at: str, staffed: bool, opens: str) -> None:
    assert OFFICE_CALENDAR.is_staffed(local(at)) is staffed
    assert OFFICE_CALENDAR.next_staffed(local(at)) == local(opens)


@pytest.mark.parametrize(
    ("at", "start", "end"),
    [
        ("2026-03-27 12:00", "2026-03-27 08:00", "2026-03-27 12:00"),  # cut off at the instant itself
        ("2026-03-27 08:00", "2026-03-26 08:00", "2026-03-26 16:00"),
        ("2026-03-29 17:00", "2026-03-27 08:00", "2026-03-27 16:00"),
        ("2026-04-07 07:00", "2026-04-01 08:00", "2026-04-01 16:00"),
    ],
)
def test_the_last_staffed_stretch_before_an_instant(at: str, start: str, end: str) -> None:
    assert OFFICE_CALENDAR.last_staffed_before(local(at)) == Staffed(local(start), local(end))


def test_the_later_of_two_stretches_of_a_day_comes_first_when_looking_back() -> None:
    hours = OpeningHours.model_validate({"mon": ["08:00-12:00", "13:00-16:00"]})
    calendar = Calendar(zone=COPENHAGEN, staffed=hours)
    expected = Staffed(local("2026-03-30 13:00"), local("2026-03-30 16:00"))
    assert calendar.last_staffed_before(local("2026-03-31 09:00")) == expected


@pytest.mark.parametrize(
    ("start", "end", "hours"),
    [
        ("2026-03-27 15:00", "2026-03-30 09:00", 2),
        ("2026-04-01 15:00", "2026-04-07 09:00", 2),
        ("2026-03-27 16:00", "2026-03-30 08:00", 0),
        ("2026-03-30 12:00", "2026-03-30 10:00", 0),
        ("2026-03-23 00:00", "2026-03-30 00:00", 40),
    ],
)
def test_staffed_time_between_two_instants(start: str, end: str, hours: int) -> None:
    assert OFFICE_CALENDAR.staffed_between(local(start), local(end)) == timedelta(hours=hours)


def test_a_day_round_the_clock_has_23_24_or_25_hours() -> None:
    days = ("2026-03-28", "2026-03-29", "2026-10-25")
    found = [
        ROUND_THE_CLOCK.staffed_between(
            local(f"{day} 00:00"), local(f"{date.fromisoformat(day) + timedelta(days=1)} 00:00")
        )
        for day in days
    ]
    assert found == [timedelta(hours=24), timedelta(hours=23), timedelta(hours=25)]


def test_hours_at_night_follow_the_clocks_when_they_change() -> None:
    # 02:00 to 04:00 on the night that skips 02:00 to 03:00, and on the night that has it twice.
    spring = NIGHT_WATCH.staffed_between(local("2026-03-29 00:00"), local("2026-03-29 12:00"))
    autumn = NIGHT_WATCH.staffed_between(local("2026-10-25 00:00"), local("2026-10-25 12:00"))
    assert (spring, autumn) == (timedelta(hours=1), timedelta(hours=3))


def test_hours_that_the_clocks_skip_altogether_are_no_hours() -> None:
    hours = OpeningHours.model_validate({"sun": ["02:30-03:00"]})
    calendar = Calendar(zone=COPENHAGEN, staffed=hours)
    skipped = calendar.staffed_between(local("2026-03-29 00:00"), local("2026-03-29 12:00"))
    assert skipped == timedelta(0)


def test_a_day_without_a_midnight_still_opens() -> None:
    # In Santiago the clocks jump from 00:00 to 01:00.
    santiago = Calendar(zone=ZoneInfo("America/Santiago"), staffed=ROUND_THE_CLOCK.staffed)
    assert santiago.is_staffed(datetime(2026, 9, 6, 4, tzinfo=UTC))


def test_an_office_without_hours_answers_none() -> None:
    at = local("2026-03-27 12:00")
    assert NO_HOURS.next_staffed(at) is None
    assert NO_HOURS.last_staffed_before(at) is None
    assert not NO_HOURS.is_staffed(at)


def test_an_office_closed_for_longer_than_the_horizon_answers_none() -> None:
    first = date(2025, 1, 1)
    closed = {first + timedelta(days=number): "Ombygning" for number in range(1200)}
    calendar = Calendar(zone=COPENHAGEN, staffed=OFFICE, closed_days=closed)
    at = local("2026-06-01 12:00")
    assert calendar.next_staffed(at) is None
    assert calendar.last_staffed_before(at) is None
    assert calendar.add_working_days(at, 1) is None


@given(at=INSTANTS, calendar=st.sampled_from([OFFICE_CALENDAR, NIGHT_WATCH, ROUND_THE_CLOCK]))
def test_the_next_staffed_instant_is_staffed_and_nothing_before_it_is(
    at: datetime, calendar: Calendar
) -> None:
    opens = calendar.next_staffed(at)
    assert opens is not None
    assert opens >= at
    assert calendar.is_staffed(opens)
    assert calendar.staffed_between(at, opens) == timedelta(0)


@given(at=INSTANTS, calendar=st.sampled_from([OFFICE_CALENDAR, NIGHT_WATCH, ROUND_THE_CLOCK]))
def test_the_last_staffed_stretch_is_staffed_throughout_and_nothing_after_it_is(
    at: datetime, calendar: Calendar
) -> None:
    found = calendar.last_staffed_before(at)
    assert found is not None
    assert found.start < found.end <= at
    assert calendar.staffed_between(found.start, found.end) == found.end - found.start
    assert calendar.staffed_between(found.end, at) == timedelta(0)


@given(at=INSTANTS)
def test_the_office_is_staffed_just_when_its_wall_clock_says_so(at: datetime) -> None:
    shown = at.astimezone(COPENHAGEN)
    closed = shown.date() in OFFICE_CALENDAR.closed_days or shown.weekday() >= 5
    assert OFFICE_CALENDAR.is_staffed(at) is (not closed and time(8) <= shown.time() < time(16))


@pytest.mark.parametrize(
    ("at", "days", "expected"),
    [
        ("2026-03-27 10:00", 0, "2026-03-27 10:00"),
        ("2026-03-27 10:00", 1, "2026-03-30 10:00"),
        ("2026-03-28 10:00", 1, "2026-03-30 10:00"),
        ("2026-04-01 10:00", 1, "2026-04-07 10:00"),
        ("2026-04-01 10:00", 3, "2026-04-09 10:00"),
        ("2026-10-23 10:00", 5, "2026-10-30 10:00"),
    ],
)
def test_working_days_pass_over_weekends_and_holidays(at: str, days: int, expected: str) -> None:
    assert OFFICE_CALENDAR.add_working_days(local(at), days) == local(expected)


def test_working_days_are_counted_backwards_over_what_is_closed() -> None:
    wednesday_after_easter = local("2026-04-08 10:00")
    assert OFFICE_CALENDAR.add_working_days(wednesday_after_easter, -1) == local("2026-04-07 10:00")
    assert OFFICE_CALENDAR.add_working_days(wednesday_after_easter, -3) == local("2026-03-31 10:00")


def test_a_working_day_does_not_depend_on_hours() -> None:
    assert NO_HOURS.is_working_day(date(2026, 3, 27))
    assert not NO_HOURS.is_working_day(date(2026, 3, 28))
    assert not OFFICE_CALENDAR.is_working_day(date(2026, 4, 3))


def test_a_time_that_the_clocks_skip_does_not_exist() -> None:
    typed = wall("2026-03-29 02:30")
    assert OFFICE_CALENDAR.resolve_local(typed) == Nonexistent(typed)


def test_a_time_that_comes_twice_gives_both_instants() -> None:
    typed = wall("2026-10-25 02:30")
    expected = Ambiguous(
        typed=typed,
        first=datetime(2026, 10, 25, 0, 30, tzinfo=UTC),
        second=datetime(2026, 10, 25, 1, 30, tzinfo=UTC),
    )
    assert OFFICE_CALENDAR.resolve_local(typed) == expected


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("2026-03-29 01:59:59", datetime(2026, 3, 29, 0, 59, 59, tzinfo=UTC)),
        ("2026-03-29 03:00", datetime(2026, 3, 29, 1, tzinfo=UTC)),
        ("2026-10-25 01:59:59", datetime(2026, 10, 24, 23, 59, 59, tzinfo=UTC)),
        ("2026-10-25 03:00", datetime(2026, 10, 25, 2, tzinfo=UTC)),
        ("2026-07-01 12:00", datetime(2026, 7, 1, 10, tzinfo=UTC)),
    ],
)
def test_other_times_are_one_instant(typed: str, expected: datetime) -> None:
    assert OFFICE_CALENDAR.resolve_local(wall(typed)) == expected


@pytest.mark.parametrize("year", range(2025, 2036))
def test_every_year_skips_one_hour_and_has_one_twice(year: int) -> None:
    first = datetime(year, 1, 1, 2, 30)  # noqa: DTZ001 - what a person types names no zone
    kinds = [type(OFFICE_CALENDAR.resolve_local(first + timedelta(days=day))) for day in range(365)]
    assert (kinds.count(Nonexistent), kinds.count(Ambiguous)) == (1, 1)


@given(at=INSTANTS)
def test_a_time_typed_as_it_is_shown_means_the_instant_it_was_shown_for(at: datetime) -> None:
    found = OFFICE_CALENDAR.resolve_local(OFFICE_CALENDAR.local(at).replace(tzinfo=None))
    assert not isinstance(found, Nonexistent)
    assert at in ((found.first, found.second) if isinstance(found, Ambiguous) else (found,))


def test_times_with_and_without_a_zone_are_not_mixed_up() -> None:
    with pytest.raises(ValueError, match="already names a zone"):
        OFFICE_CALENDAR.resolve_local(local("2026-03-27 12:00"))
    with pytest.raises(ValueError, match="no time zone"):
        OFFICE_CALENDAR.is_staffed(wall("2026-03-27 12:00"))
