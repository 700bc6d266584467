"""Plain synthetic calendars, policies and clocks."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from triage.clocks.calendar import WEEKDAYS, Calendar, OpeningHours
from triage.clocks.clock import Clock, start
from triage.clocks.policy import ClockPolicies, ClockPolicy
from triage.ids import AlarmId, CaseId, ClockId, ClockPolicyId

COPENHAGEN = ZoneInfo("Europe/Copenhagen")

OFFICE = OpeningHours.model_validate({day: ["08:00-16:00"] for day in WEEKDAYS[:5]})

EASTER_2026 = {
    date(2026, 4, 2): "Skærtorsdag",
    date(2026, 4, 3): "Langfredag",
    date(2026, 4, 5): "Påskedag",
    date(2026, 4, 6): "Anden påskedag",
}

OFFICE_CALENDAR = Calendar(zone=COPENHAGEN, staffed=OFFICE, closed_days=EASTER_2026)
NO_HOURS = Calendar(zone=COPENHAGEN, staffed=OpeningHours())

CLOCKS_TOML = """
[[clock]]
id = "triage48"
version = 1
limit = "48h"
limit_is_promise = true
milestone = [
    { id = "unclaimed", at = "12h", only_if = "unclaimed", notify = ["duty_officer"] },
    { id = "halfway", at = "24h", notify = ["duty_officer", "coordinator"] },
    { id = "late_soon", at = "36h", notify = ["head"] },
    { id = "last_call", at = "44h", notify = ["head", "chair"] },
    { id = "breached", at = "48h", notify = ["head", "chair", "steering"] },
]

[[clock]]
id = "acute_check"
version = 1
limit = "30min"
basis = "elapsed_from_staffed"
milestone = [
    { id = "paged", at = "0min", notify = ["duty_officer"] },
    { id = "paged_again", at = "10min", notify = ["duty_officer"] },
    { id = "paged_third", at = "20min", notify = ["duty_officer"] },
    { id = "breached", at = "30min", notify = ["head"] },
    { id = "climbed", at = "60min", notify = ["chair"] },
]

[[clock]]
id = "police"
version = 1
limit = "3wd"
pausable = true
milestone = [
    { id = "first_day", at = "1wd", notify = ["coordinator"] },
    { id = "second_day", at = "2wd", notify = ["coordinator"] },
    { id = "breached", at = "3wd", notify = ["head"], repeat_every = "24h", repeat_limit = 2 },
]

[[clock]]
id = "desk_day"
version = 1
limit = "24sh"
pausable = true
held_by = ["police"]
milestone = [
    { id = "half", at = "12sh", notify = ["coordinator"] },
    { id = "breached", at = "24sh", notify = ["head"] },
]

[[clock]]
id = "release"
version = 1
limit = "-8w"
basis = "date"
milestone = [
    { id = "early", at = "-12w", notify = ["coordinator"] },
    { id = "soon", before = "2w", notify = ["coordinator", "head"] },
    { id = "breached", at = "-8w", notify = ["head"] },
]

[[clock]]
id = "followup"
version = 1
limit = "6mo"
basis = "date"
milestone = [
    { id = "ahead", before = "30d", notify = ["coordinator"] },
    { id = "breached", at = "6mo", notify = ["head"] },
]

[[clock]]
id = "reviews"
version = 1
limit = "3mo"
pausable = true
milestone = [
    { id = "breached", at = "3mo", notify = ["coordinator"] },
]
"""

POLICIES = ClockPolicies.model_validate(tomllib.loads(CLOCKS_TOML))
TRIAGE48 = POLICIES.newest(ClockPolicyId("triage48"))
ACUTE = POLICIES.newest(ClockPolicyId("acute_check"))
POLICE = POLICIES.newest(ClockPolicyId("police"))
DESK_DAY = POLICIES.newest(ClockPolicyId("desk_day"))
RELEASE = POLICIES.newest(ClockPolicyId("release"))
FOLLOWUP = POLICIES.newest(ClockPolicyId("followup"))
REVIEWS = POLICIES.newest(ClockPolicyId("reviews"))


def local(text: str) -> datetime:
    """The instant in UTC of a time that Copenhagen's clocks show once, such as `2026-03-27 16:55`."""
    return datetime.fromisoformat(text).replace(tzinfo=COPENHAGEN).astimezone(UTC)


def a_clock(
    at: str | datetime,
    *,
    policy: ClockPolicy = TRIAGE48,
    calendar: Calendar = OFFICE_CALENDAR,
    wakes: bool = False,
    claimed: bool = False,
    date: str | None = None,
) -> Clock:
    """A clock started at this instant, or at this Copenhagen time; `date` is what it counts from if not that."""
    return start(
        policy,
        calendar,
        clock_id=ClockId(UUID(int=1)),
        case_id=CaseId(UUID(int=2)),
        alarm_id=AlarmId(UUID(int=3)) if policy is ACUTE else None,
        at=local(at) if isinstance(at, str) else at,
        wakes=wakes,
        claimed=claimed,
        date=None if date is None else local(date),
    )
