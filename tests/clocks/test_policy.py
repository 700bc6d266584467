from __future__ import annotations

import tomllib
from datetime import timedelta

import pytest
from pydantic import ValidationError

from tests.clocks.builders import ACUTE, POLICIES, TRIAGE48
from triage.clocks.policy import (
    Audience,
    Basis,
    ClockPolicies,
    ClockPolicy,
    Milestone,
    UnknownPolicyError,
)
from triage.clocks.span import Span, Unit, parse_duration, parse_span
from triage.ids import ClockPolicyId

PLAIN = """
[[clock]]
id = "plain"
version = 1
limit = "2h"

[[clock.milestone]]
id = "halfway"
at = "60min"
notify = ["duty_officer"]

[[clock.milestone]]
id = "breached"
at = "2h"
notify = ["head"]
"""


def read(text: str) -> ClockPolicies:
    return ClockPolicies.model_validate(tomllib.loads(text))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("0min", timedelta(0)),
        ("30min", timedelta(minutes=30)),
        ("48h", timedelta(seconds=172_800)),
        ("14d", timedelta(days=14)),
    ],
)
def test_durations_are_read_as_written(written: str, meant: timedelta) -> None:
    assert parse_duration(written) == meant


@pytest.mark.parametrize(
    "written", ["", "30", "30 min", "-30d", "1.5h", "3mo", "3wd", "PT30M", "999999d", "٣h", 48, None]
)
def test_other_durations_are_refused(written: object) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(written)


def test_a_policy_is_read_from_tables() -> None:
    expected = ClockPolicy(
        id=ClockPolicyId("plain"),
        version=1,
        limit=Span(2, Unit.HOUR),
        basis=Basis.ELAPSED,
        milestones=(
            Milestone(id="halfway", at=Span(60, Unit.MINUTE), notify=(Audience.DUTY_OFFICER,)),
            Milestone(id="breached", at=Span(2, Unit.HOUR), notify=(Audience.HEAD,)),
        ),
    )
    assert read(PLAIN).clocks == (expected,)


def test_the_breach_stands_at_the_limit_and_steps_may_follow_it() -> None:
    assert TRIAGE48.breach.at == Span(48, Unit.HOUR)
    assert ACUTE.breach.at == Span(30, Unit.MINUTE)
    assert ACUTE.milestones[-1].at == Span(60, Unit.MINUTE)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        (
            '"halfway"',
            '"breached"',
            r'"plain" version 1, \[\[clock.milestone\]\] id: "breached" stands more than',
        ),
        ('"halfway"', '"before_closing"', r'\[\[clock.milestone\]\] id: "before_closing" is derived'),
        ('"halfway"', '"unanswered"', r'\[\[clock.milestone\]\] id: "unanswered" is derived'),
        ('"breached"', '"over"', r'\[\[clock.milestone\]\] id: none is "breached"'),
        ('at = "2h"', 'at = "3h"', r'\[\[clock.milestone\]\] "breached", at'),
        ('at = "2h"', 'at = "2h"\nonly_if = "unclaimed"', r'\[\[clock.milestone\]\] "breached", only_if'),
        ('"60min"', '"3h"', r'\[\[clock.milestone\]\] "breached", at: it comes before "halfway"'),
        (
            "version = 1",
            "version = 1\npausable = true\nlimit_is_promise = true",
            "pausable: a limit that is a",
        ),
        ('"60min"', '"soon"', r"clock\.0\.milestone\.0\.at\n.*is not a span"),
        ('"60min"', '"-1h"', r'"plain" version 1, \[\[clock.milestone\]\] at: only with basis = "date"'),
        ('"2h"', '"0h"', r'\[\[clock.milestone\]\] "breached", at'),
        ('at = "60min"', 'at = "60min"\nbefore = "1h"', r"either `at` a span from the start or `before`"),
        ('at = "60min"', "", r"either `at` a span from the start or `before`"),
        ('at = "60min"', 'before = "-1h"', r"write it without a minus"),
        (
            'at = "60min"',
            'at = "60min"\nrepeat_every = "1h"',
            r"`repeat_every` and `repeat_limit` go together",
        ),
        ('at = "60min"', 'at = "60min"\nrepeat_limit = 3', r"`repeat_every` and `repeat_limit` go together"),
        (
            'at = "60min"',
            'at = "60min"\nrepeat_every = "0h"\nrepeat_limit = 1',
            r"`repeat_every` is longer than nothing",
        ),
        ("version = 1", 'version = 1\nheld_by = ["other"]', r"held_by: only a clock that may be paused"),
        (
            "version = 1",
            'version = 1\npausable = true\nheld_by = ["plain"]',
            r"held_by: a clock cannot be held by itself",
        ),
        (
            "version = 1",
            'version = 1\npausable = true\nheld_by = ["other"]',
            r'"plain", held_by: there is no clock "other"',
        ),
        (
            "version = 1",
            'version = 1\nbasis = "date"\nstarts_on = ["closed"]',
            r"starts_on: a clock that counts",
        ),
        ('["head"]', '["mayor"]', r"clock\.0\.milestone\.1\.notify\.0"),
        ('["head"]', "[]", r"clock\.0\.milestone\.1\.notify"),
        ('at = "2h"', 'at = "2h"\nonly_if = "raining"', r"clock\.0\.milestone\.1\.only_if"),
        ("version = 1", "version = 0", r"clock\.0\.version"),
        ("version = 1", "version = 1\npriority = 3", r"clock\.0\.priority"),
        ('id = "plain"', 'id = "Plain clock"', r"clock\.0\.id"),
    ],
)
def test_a_mistake_is_refused_with_its_table_and_key(old: str, new: str, named: str) -> None:
    with pytest.raises(ValidationError, match=named):
        read(PLAIN.replace(old, new, 1))


def test_a_clock_that_is_no_promise_may_be_pausable() -> None:
    assert read(PLAIN.replace("version = 1", "version = 1\npausable = true")).clocks[0].pausable


def test_one_version_stands_once() -> None:
    with pytest.raises(ValidationError, match=r'"plain", version: 1 stands more than once'):
        read(PLAIN + PLAIN)


def test_new_clocks_take_the_newest_version_and_running_ones_keep_theirs() -> None:
    policies = read(PLAIN.replace("version = 1", "version = 2") + PLAIN)
    plain = ClockPolicyId("plain")
    assert policies.newest(plain).version == 2
    assert policies.get(plain, 1).version == 1


def test_an_unknown_policy_is_broken_not_empty() -> None:
    with pytest.raises(UnknownPolicyError, match='"triage48" version 9'):
        POLICIES.get(ClockPolicyId("triage48"), 9)
    with pytest.raises(UnknownPolicyError, match='"elsewhere"'):
        POLICIES.newest(ClockPolicyId("elsewhere"))


@pytest.mark.parametrize(
    ("written", "count", "unit"),
    [
        ("30min", 30, Unit.MINUTE),
        ("8w", 8, Unit.WEEK),
        ("-8w", -8, Unit.WEEK),
        ("6mo", 6, Unit.MONTH),
        ("3wd", 3, Unit.WORKING_DAY),
        ("24sh", 24, Unit.STAFFED_HOUR),
    ],
)
def test_spans_are_read_as_written(written: str, count: int, unit: Unit) -> None:
    assert parse_span(written) == Span(count, unit)
    assert str(parse_span(written)) == written


@pytest.mark.parametrize(
    "written", ["3650d1h", "4000d", "121mo", "2001sh", "251wd", "1y", "6m", "+3d", "3 wd"]
)
def test_a_span_that_no_clock_can_run_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match=r"is not a span|longer than a clock can run"):
        parse_span(written)
