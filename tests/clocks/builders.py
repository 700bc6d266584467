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
"""

POLICIES = ClockPolicies.model_validate(tomllib.loads(CLOCKS_TOML))
TRIAGE48 = POLICIES.newest(ClockPolicyId("triage48"))
ACUTE = POLICIES.newest(ClockPolicyId("acute_check"))


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
) -> Clock:
    """A clock started at this instant, or at this Copenhagen time."""
    return start(
        policy,
        calendar,
        clock_id=ClockId(UUID(int=1)),
        case_id=CaseId(UUID(int=2)),
        alarm_id=AlarmId(UUID(int=3)) if policy is ACUTE else None,
        at=local(at) if isinstance(at, str) else at,
        wakes=wakes,
        claimed=claimed,
    )
