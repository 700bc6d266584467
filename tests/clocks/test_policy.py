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
    parse_duration,
)
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
    "written", ["", "30", "30 min", "-30d", "1.5h", "3mo", "PT30M", "999999d", "٣h", 48, None]
)
def test_other_durations_are_refused(written: object) -> None:
    with pytest.raises(ValueError, match="is not a duration"):
        parse_duration(written)


def test_a_policy_is_read_from_tables() -> None:
    expected = ClockPolicy(
        id=ClockPolicyId("plain"),
        version=1,
        limit=timedelta(hours=2),
        basis=Basis.ELAPSED,
        milestones=(
            Milestone(id="halfway", at=timedelta(hours=1), notify=(Audience.DUTY_OFFICER,)),
            Milestone(id="breached", at=timedelta(hours=2), notify=(Audience.HEAD,)),
        ),
    )
    assert read(PLAIN).clocks == (expected,)


def test_the_breach_stands_at_the_limit_and_steps_may_follow_it() -> None:
    assert TRIAGE48.breach.at == timedelta(hours=48)
    assert ACUTE.breach.at == timedelta(minutes=30)
    assert ACUTE.milestones[-1].at == timedelta(hours=1)


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
        ('"60min"', '"soon"', r"clock\.0\.milestone\.0\.at\n.*is not a duration"),
        ('"60min"', '"-1h"', r"clock\.0\.milestone\.0\.at\n.*is not a duration"),
        ('limit = "2h"', 'limit = "0h"', r"clock\.0\.limit"),
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
