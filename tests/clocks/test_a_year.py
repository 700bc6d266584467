"""One year, minute by minute: two changes of the clocks, every holiday, three outages, against a table by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import holidays
import pytest

from tests.clocks.builders import (
    ACUTE,
    COPENHAGEN,
    DESK_DAY,
    OFFICE,
    POLICE,
    RELEASE,
    TRIAGE48,
    a_clock,
    local,
)
from triage.clocks.calendar import Calendar
from triage.clocks.clock import Clock, due, let_go, paused, with_fired
from triage.clocks.counting import Pause
from triage.clocks.policy import ClockPolicy

HOUSE_2026 = Calendar(
    zone=COPENHAGEN,
    staffed=OFFICE,
    closed_days={
        **holidays.country_holidays("DK", years=(2026, 2027)),
        date(2026, 6, 5): "own",
        date(2026, 12, 24): "own",
        date(2026, 12, 31): "own",
    },
)
OUTAGES = (
    ("2026-01-13 06:00", "2026-01-14 18:00"),
    ("2026-05-14 06:00", "2026-05-15 12:00"),
    ("2026-11-07 02:05", "2026-11-07 02:25"),
)

# A clock, by name; then for each step: what, when it fell due, when it was recorded, when its notice may go.
TABLE = """
new_year   before_closing 01-02 15:00 01-02 15:00 01-02 15:00
new_year   unclaimed      01-02 21:00 01-02 21:00 01-05 08:00
new_year   halfway        01-03 09:00 01-03 09:00 01-05 08:00
new_year   late_soon      01-03 21:00 01-03 21:00 01-05 08:00
new_year   last_call      01-04 05:00 01-04 05:00 01-05 08:00
new_year   breached       01-04 09:00 01-04 09:00 01-05 08:00
outage     first_day      01-09 10:00 01-09 10:00 01-09 10:00
outage     second_day     01-12 10:00 01-12 10:00 01-12 10:00
outage     breached       01-13 10:00 01-14 18:00 01-15 08:00
outage     breached.1     01-14 10:00 01-14 18:00 01-15 08:00
outage     breached.2     01-15 10:00 01-15 10:00 01-15 10:00
paused     first_day      02-03 09:00 02-03 09:00 02-03 09:00
paused     second_day     02-06 12:00 02-06 12:00 02-06 12:00
paused     breached       02-09 12:00 02-09 12:00 02-09 12:00
paused     breached.1     02-10 12:00 02-10 12:00 02-10 12:00
paused     breached.2     02-11 12:00 02-11 12:00 02-11 12:00
spring     unstaffed      03-27 16:55 03-27 16:55 03-27 16:55
spring     unclaimed      03-28 04:55 03-28 04:55 03-30 08:00
spring     halfway        03-28 16:55 03-28 16:55 03-30 08:00
spring     late_soon      03-29 05:55 03-29 05:55 03-30 08:00
spring     last_call      03-29 13:55 03-29 13:55 03-30 08:00
spring     breached       03-29 17:55 03-29 17:55 03-30 08:00
easter     before_closing 04-01 15:30 04-01 15:30 04-01 15:30
easter     unclaimed      04-02 03:30 04-02 03:30 04-07 08:00
easter     halfway        04-02 15:30 04-02 15:30 04-07 08:00
easter     late_soon      04-03 03:30 04-03 03:30 04-07 08:00
easter     last_call      04-03 11:30 04-03 11:30 04-07 08:00
easter     breached       04-03 15:30 04-03 15:30 04-07 08:00
ascension  unclaimed      05-13 22:00 05-13 22:00 05-15 08:00
ascension  halfway        05-14 10:00 05-15 12:00 05-15 12:00
ascension  late_soon      05-14 22:00 05-15 12:00 05-15 12:00
ascension  last_call      05-15 06:00 05-15 12:00 05-15 12:00
ascension  breached       05-15 10:00 05-15 12:00 05-15 12:00
release    early          06-09 12:00 06-09 12:00 06-09 12:00
release    soon           06-23 12:00 06-23 12:00 06-23 12:00
release    breached       07-07 12:00 07-07 12:00 07-07 12:00
staffed    half           06-09 10:00 06-09 10:00 06-09 10:00
staffed    breached       06-10 14:00 06-10 14:00 06-10 14:00
autumn     unstaffed      10-23 23:30 10-23 23:30 10-24 08:00
autumn     unclaimed      10-24 11:30 10-24 11:30 10-26 08:00
autumn     halfway        10-24 23:30 10-24 23:30 10-26 08:00
autumn     late_soon      10-25 10:30 10-25 10:30 10-26 08:00
autumn     last_call      10-25 18:30 10-25 18:30 10-26 08:00
autumn     breached       10-25 22:30 10-25 22:30 10-26 08:00
night      paged          11-07 02:00 11-07 02:00 11-07 02:00
night      paged_again    11-07 02:10 11-07 02:25 11-07 02:25
night      paged_third    11-07 02:20 11-07 02:25 11-07 02:25
night      unanswered     11-07 02:30 11-07 02:30 11-07 02:30
night      climbed        11-07 03:00 11-07 03:00 11-07 03:00
night      breached       11-09 08:00 11-09 08:00 11-09 08:00
christmas  first_day      12-23 10:00 12-23 10:00 12-23 10:00
christmas  second_day     12-28 10:00 12-28 10:00 12-28 10:00
christmas  breached       12-29 10:00 12-29 10:00 12-29 10:00
christmas  breached.1     12-30 10:00 12-30 10:00 12-30 10:00
christmas  breached.2     12-31 10:00 12-31 10:00 01-04 08:00
"""

STARTS: dict[str, tuple[str, ClockPolicy, bool]] = {
    "new_year": ("2026-01-02 09:00", TRIAGE48, False),
    "outage": ("2026-01-08 10:00", POLICE, False),
    "paused": ("2026-02-02 09:00", POLICE, False),
    "release": ("2026-03-01 12:00", RELEASE, False),
    "spring": ("2026-03-27 16:55", TRIAGE48, False),
    "easter": ("2026-04-01 15:30", TRIAGE48, False),
    "ascension": ("2026-05-13 10:00", TRIAGE48, False),
    "staffed": ("2026-06-04 14:00", DESK_DAY, False),
    "autumn": ("2026-10-23 23:30", TRIAGE48, False),
    "night": ("2026-11-07 02:00", ACUTE, True),
    "christmas": ("2026-12-22 10:00", POLICE, False),
}
PAUSED, UNPAUSED = local("2026-02-03 12:00"), local("2026-02-05 12:00")


def test_a_year_of_minutes_is_as_the_table_by_hand_says() -> None:
    assert sorted(_the_year()) == sorted(line.split() for line in TABLE.strip().splitlines())


def _the_year() -> list[list[str]]:
    down = [(local(begin), local(end)) for begin, end in OUTAGES]
    to_start = {local(at): name for name, (at, _, _) in STARTS.items()}
    running: dict[str, Clock] = {}
    seen: list[list[str]] = []
    minute, end = timedelta(minutes=1), datetime(2027, 1, 1, tzinfo=UTC)
    now = datetime(2026, 1, 1, tzinfo=UTC)
    next_fire = end
    while now < end:
        if now in to_start or now in {PAUSED, UNPAUSED}:
            if now in to_start:
                running[to_start[now]] = _started(to_start[now])
            else:
                running["paused"] = _paused_or_not(running["paused"], now)
            next_fire = _next(running, end)
        if now >= next_fire and not any(begin <= now < over for begin, over in down):
            for name, clock in running.items():
                running[name] = _ticked(name, clock, now, seen)
            next_fire = _next(running, end)
        now += minute
    return seen


def _next(running: dict[str, Clock], end: datetime) -> datetime:
    return min((clock.next_fire_at for clock in running.values() if clock.next_fire_at), default=end)


def _started(name: str) -> Clock:
    at, policy, wakes = STARTS[name]
    dated = "2026-09-01 12:00" if policy is RELEASE else None
    return a_clock(at, policy=policy, calendar=HOUSE_2026, wakes=wakes, date=dated)


def _paused_or_not(clock: Clock, now: datetime) -> Clock:
    if now == PAUSED:
        return paused(POLICE, HOUSE_2026, clock, Pause(since=now, reason="waits"))
    return let_go(POLICE, HOUSE_2026, clock, at=now, held_by=None)


def _ticked(name: str, clock: Clock, now: datetime, seen: list[list[str]]) -> Clock:
    policy = STARTS[name][1]
    found = due(policy, HOUSE_2026, clock, now)
    for each in found:
        step = each.milestone if each.occurrence == 0 else f"{each.milestone}.{each.occurrence}"
        times = [_shown(at) for at in (each.fell_due_at, now, each.notice_at)]
        seen.append([name, step, *(part for at in times for part in at.split())])
    return with_fired(policy, HOUSE_2026, clock, found)


def _shown(at: datetime) -> str:
    return f"{at.astimezone(COPENHAGEN):%m-%d %H:%M}"


@pytest.mark.parametrize("name", ["spring", "autumn"])
def test_48_hours_are_48_hours_when_the_clocks_change(name: str) -> None:
    clock = _started(name)
    assert (clock.due_at - clock.started_at).total_seconds() == 172_800
