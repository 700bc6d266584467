"""When a reporter may be reached without being put at risk by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time
from enum import StrEnum
from functools import cache
from zoneinfo import ZoneInfo

from triage.cases.records import Submission
from triage.clocks.calendar import WEEKDAYS, Calendar, OpeningHours, Period
from triage.rules import Rules

_MIDNIGHT = time(0)


class Limit(StrEnum):
    """What a reporter said about when it is safe to reach them. Not said is no leave to call at any hour."""

    HOURS = "hours"
    NONE = "none"
    NOT_SAID = "not_said"


def limit_of(rules: Rules, codes: Collection[str]) -> Limit:
    """What these codes say; codes that the profile does not know any more say nothing."""
    safe = rules.organisation.safe_hours
    if safe is not None and any(code in safe.always for code in codes):
        return Limit.NONE
    return Limit.HOURS if _periods(rules, codes) else Limit.NOT_SAID


def safe_time(rules: Rules, submission: Submission, now: datetime) -> datetime:
    """When a notice may go: within the hours that the reporter called safe, and now where they named none."""
    return next_safe(rules, safe_codes(rules, submission.clear, submission.body), now) or now


def safe_codes(rules: Rules, clear: Mapping[str, object], body: Mapping[str, object]) -> tuple[str, ...]:
    """The codes with which the reporter said when it is safe; none where they did not say."""
    safe = rules.organisation.safe_hours
    return () if safe is None else codes_of(body.get(safe.question) or clear.get(safe.question))


def asks_for_call(
    rules: Rules, clear: Mapping[str, object], body: Mapping[str, object]
) -> tuple[str, ...] | None:
    """The codes with which a reporter who wants a call said when, none if unsaid; None where no call is wanted."""
    calls = rules.organisation.calls
    if calls is None:
        return None
    wanted = any(
        code in codes
        for question, codes in calls.wanted.items()
        for code in codes_of(body.get(question) or clear.get(question))
    )
    return safe_codes(rules, clear, body) if wanted else None


def how_to_reach(rules: Rules) -> frozenset[str]:
    """The questions whose answers are about reaching the reporter: how, when, and what we may say."""
    organisation = rules.organisation
    safe, calls = organisation.safe_hours, organisation.calls
    of_calls = () if calls is None else (*calls.wanted, calls.message, calls.name)
    return frozenset(of_calls if safe is None else (*of_calls, safe.question))


def may_notify(rules: Rules, answers: Mapping[str, object]) -> bool:
    """Whether a reporter who answered so may be written to that there is a reply; the latest answer about it decides.

    Where no answer speaks of it, nothing forbids it; but hours that we cannot read any more are no leave.
    """
    may = True
    for choice in rules.organisation.notice_choice:
        given = codes_of(answers.get(choice.question))
        if any(code in choice.allows for code in given):
            may = True
        elif any(code in choice.forbids for code in given):
            may = False
    hours = safe_codes(rules, {}, answers)
    return may and not (hours and limit_of(rules, hours) is Limit.NOT_SAID)


def next_safe(rules: Rules, codes: Collection[str], now: datetime) -> datetime | None:
    """The first instant from now on that these codes call safe; None where they do not say."""
    limit = limit_of(rules, codes)
    if limit is not Limit.HOURS:
        return now if limit is Limit.NONE else None
    days = (_every_day(rules.calendar.zone, period) for period in _periods(rules, codes))
    return min(day.next_staffed(now) or now for day in days)


def safe_hours(rules: Rules, codes: Collection[str]) -> tuple[tuple[time, time], ...]:
    """The hours of these codes as from and to, those that meet as one, over midnight too."""
    joined: list[tuple[time, time]] = []
    for period in sorted(_periods(rules, codes), key=lambda each: each.start):
        if joined and joined[-1][1] == period.start:
            joined[-1] = (joined[-1][0], period.end)
        else:
            joined.append((period.start, period.end))
    if len(joined) > 1 and joined[0][0] == joined[-1][1] == _MIDNIGHT:
        return (*joined[1:-1], (joined[-1][0], joined[0][1]))
    return tuple(joined)


def codes_of(answer: object) -> tuple[str, ...]:
    """An answer as the codes in it; none where it holds no codes."""
    if isinstance(answer, str):
        return (answer,)
    return tuple(code for code in answer if isinstance(code, str)) if isinstance(answer, tuple) else ()


def _periods(rules: Rules, codes: Collection[str]) -> list[Period]:
    safe = rules.organisation.safe_hours
    return [] if safe is None else [period for code in codes for period in safe.hours.get(code, ())]


@cache
def _every_day(zone: ZoneInfo, period: Period) -> Calendar:
    # The reporter's day has no closed days: the same hours every day, in the organisation's zone.
    return Calendar(zone=zone, staffed=OpeningHours.model_validate(dict.fromkeys(WEEKDAYS, (period,))))
