"""When a reporter may be reached without being put at risk by it."""

from __future__ import annotations

from datetime import datetime

from triage.cases.records import Submission
from triage.clocks.calendar import Calendar, OpeningHours, Period
from triage.rules import Rules


def safe_time(rules: Rules, submission: Submission, now: datetime) -> datetime:
    """The first instant from now on within the hours that the reporter called safe; now, if they set no limit."""
    safe = rules.organisation.safe_hours
    if safe is None:
        return now
    given = submission.body.get(safe.question) or submission.clear.get(safe.question) or ()
    codes = (given,) if isinstance(given, str) else given
    if not isinstance(codes, tuple) or any(code in safe.always for code in codes):
        return now
    times = [_next_within(rules, safe.hours[code], now) for code in codes if code in safe.hours]
    return min(times, default=now)


def _next_within(rules: Rules, period: Period, now: datetime) -> datetime:
    # The reporter's day has no closed days: the same hours every day, in the organisation's zone.
    daily = OpeningHours(
        mon=(period,),
        tue=(period,),
        wed=(period,),
        thu=(period,),
        fri=(period,),
        sat=(period,),
        sun=(period,),
    )
    return Calendar(zone=rules.calendar.zone, staffed=daily).next_staffed(now) or now
