"""Nobody first learns of a deadline after it has passed: every Friday, Easter and Christmas of ten years."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta

import pytest

from bot.check_clocks import easter_sunday
from bot.profile import load_profile
from tests.clocks.builders import COPENHAGEN, a_clock
from triage.clocks.clock import due, with_fired
from triage.clocks.policy import Audience, ClockPolicy
from triage.ids import ClockPolicyId

PROFILE = load_profile("koebenhavn")
CALENDAR = PROFILE.calendar(PROFILE.default_hotline.id)
TIMES = (time(0, 30), time(7, 59), time(11), time(15, 30), time(16, 55), time(23, 59))
TOLD = {Audience.DUTY_OFFICER, Audience.HEAD}
SHORT = ("triage48", "answer48", "addition24", "ack_human")
"""The clocks that can run out before a weekend is over."""


def days() -> Iterator[date]:
    """Fridays, the days around Easter, and Christmas until New Year."""
    for year in range(2026, 2036):
        first = date(year, 1, 1)
        yield from (
            day for day in (first + timedelta(days=ahead) for ahead in range(365)) if day.weekday() == 4
        )
        easter = easter_sunday(year)
        yield from (easter + timedelta(days=ahead) for ahead in range(-5, 3))
        yield from (date(year, 12, 20) + timedelta(days=ahead) for ahead in range(12))


@pytest.mark.parametrize("policy_id", SHORT)
def test_somebody_is_told_of_every_deadline_before_it_has_passed(policy_id: str) -> None:
    policy = PROFILE.clocks.newest(ClockPolicyId(policy_id))
    missed = [at for at in _starts() if not _told_in_time(policy, at)]
    assert missed == []


def _starts() -> Iterator[datetime]:
    for day in sorted(set(days())):
        for at in TIMES:
            yield datetime.combine(day, at, COPENHAGEN)


def _told_in_time(policy: ClockPolicy, at: datetime) -> bool:
    """Whether the officer on duty or the head has a notice of it in time, though nobody ticks before they must."""
    clock = a_clock(at, policy=policy, calendar=CALENDAR)
    while clock.next_fire_at is not None and clock.next_fire_at < clock.due_at:
        found = due(policy, CALENDAR, clock, clock.next_fire_at)
        if any(each.notice_at < clock.due_at and TOLD & set(each.audiences) for each in found):
            return True
        clock = with_fired(policy, CALENDAR, clock, found)
    return False


def test_what_cannot_wait_for_monday_comes_by_day() -> None:
    policy = PROFILE.clocks.newest(ClockPolicyId("triage48"))
    for at in _starts():
        clock = a_clock(at, policy=policy, calendar=CALENDAR)
        first = clock.next_fire_at
        if first is None or first >= clock.due_at:
            continue
        for each in due(policy, CALENDAR, clock, first):
            assert CALENDAR.is_staffed(each.notice_at) or CALENDAR.is_daytime(each.notice_at)
