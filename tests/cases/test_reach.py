"""When a reporter may be reached: their own hours, every day, over midnight and over the nights when clocks change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, time

import pytest

from tests.support.builders import some_rules
from triage.cases.reach import asks_for_call, next_safe, safe_codes, safe_hours
from triage.reaching import SafeHours
from triage.rules import Rules

RULES = some_rules()


def nightly() -> Rules:
    """The shipped rules with hours that go over midnight, and some that begin in the hour that clocks skip."""
    hours = {"night": "22:00-02:00", "early": "02:00-03:00", "morning": "08:00-12:00"}
    safe = SafeHours.model_validate({"question": "reach_when", "always": ["any_time"], "hours": hours})
    return replace(RULES, organisation=RULES.organisation.model_copy(update={"safe_hours": safe}))


def utc(*given: int) -> datetime:
    return datetime(*given, tzinfo=UTC)  # type: ignore[arg-type,misc]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        pytest.param(utc(2026, 5, 4, 19, 0), utc(2026, 5, 4, 20, 0), id="in the evening: from 22"),
        pytest.param(utc(2026, 5, 4, 21, 59), utc(2026, 5, 4, 21, 59), id="just before midnight"),
        pytest.param(utc(2026, 5, 4, 22, 0), utc(2026, 5, 4, 22, 0), id="at midnight"),
        pytest.param(utc(2026, 5, 4, 23, 59), utc(2026, 5, 4, 23, 59), id="the last minute before 2"),
        pytest.param(utc(2026, 5, 5, 0, 0), utc(2026, 5, 5, 20, 0), id="at 2: not before the next evening"),
    ],
)
def test_hours_over_midnight_are_safe_on_both_sides_of_it(now: datetime, expected: datetime) -> None:
    assert next_safe(nightly(), ("night",), now) == expected


@pytest.mark.parametrize(
    ("codes", "now", "expected"),
    [
        # 29 March 2026: from 2 the clocks jump to 3. 25 October 2026: from 3 they go back to 2.
        # An end that the clocks skip is taken as the hour before it: rather early than late.
        pytest.param(("night",), utc(2026, 3, 28, 23, 59), utc(2026, 3, 28, 23, 59), id="before the jump"),
        pytest.param(("night",), utc(2026, 3, 29, 1, 0), utc(2026, 3, 29, 20, 0), id="after the jump"),
        pytest.param(
            ("early",), utc(2026, 3, 29, 0, 0), utc(2026, 3, 30, 0, 0), id="the hour that is skipped"
        ),
        pytest.param(
            ("early",), utc(2026, 10, 25, 1, 30), utc(2026, 10, 25, 1, 30), id="the hour that comes twice"
        ),
        pytest.param(("lunch", "morning"), utc(2026, 3, 28, 12, 0), utc(2026, 3, 29, 6, 0), id="8 in summer"),
        pytest.param(("morning",), utc(2026, 10, 24, 12, 0), utc(2026, 10, 25, 7, 0), id="8 in winter"),
    ],
)
def test_the_hours_are_those_of_the_clock_on_the_wall_when_the_clocks_change(
    codes: tuple[str, ...], now: datetime, expected: datetime
) -> None:
    assert next_safe(nightly(), codes, now) == expected


def test_public_holidays_and_week_ends_do_not_close_a_reporters_hours() -> None:
    christmas = utc(2026, 12, 25, 15, 30)
    assert next_safe(RULES, ("evening",), christmas) == christmas


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ((), ()),
        (("evening",), ((time(16), time(20)),)),
        (("morning", "afternoon"), ((time(8), time(16)),)),
        (("evening", "morning"), ((time(8), time(12)), (time(16), time(20)))),
    ],
)
def test_hours_that_meet_are_shown_as_one(
    codes: tuple[str, ...], expected: tuple[tuple[time, time], ...]
) -> None:
    assert safe_hours(RULES, codes) == expected


def test_hours_over_midnight_are_shown_as_one() -> None:
    assert safe_hours(nightly(), ("morning", "night")) == ((time(8), time(12)), (time(22), time(2)))


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({}, None),
        ({"reach_how": ("here", "mail"), "reach_when": ("evening",)}, None),
        ({"reach_how": ("here", "call"), "reach_when": ("evening",)}, ("evening",)),
        ({"reach_how": ("call",), "reach_when": ("any_time",)}, ("any_time",)),
        ({"reach_how": ("call",)}, ()),
        ({"next_step": "call_me"}, ()),
    ],
)
def test_a_call_is_wanted_only_where_an_answer_says_so(
    body: dict[str, object], expected: tuple[str, ...] | None
) -> None:
    assert asks_for_call(RULES, {}, body) == expected


def test_an_answer_stored_in_clear_counts_too() -> None:
    assert asks_for_call(RULES, {"answer_how": "call"}, {}) == ()
    assert safe_codes(RULES, {"reach_when": ("morning",)}, {}) == ("morning",)
