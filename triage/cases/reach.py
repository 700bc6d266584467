"""When a reporter may be reached without being put at risk by it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, time

from triage.cases.records import Submission
from triage.clocks.calendar import WEEKDAYS, Calendar, OpeningHours, Period
from triage.rules import Rules

_MIDNIGHT = time(0)


def safe_time(rules: Rules, submission: Submission, now: datetime) -> datetime:
    """The first instant from now on within the hours that the reporter called safe; now, if they set no limit."""
    return next_safe(rules, safe_codes(rules, submission.clear, submission.body), now)


def safe_codes(rules: Rules, clear: Mapping[str, object], body: Mapping[str, object]) -> tuple[str, ...]:
    """The codes of the hours that the reporter called safe; none where no limit was set."""
    safe = rules.organisation.safe_hours
    if safe is None:
        return ()
    given = codes_of(body.get(safe.question) or clear.get(safe.question))
    if any(code in safe.always for code in given):
        return ()
    return tuple(code for code in given if code in safe.hours)


def asks_for_call(
    rules: Rules, clear: Mapping[str, object], body: Mapping[str, object]
) -> tuple[str, ...] | None:
    """The codes of the safe hours of a reporter who wants a call, none for no limit; None where no call is wanted."""
    calls = rules.organisation.calls
    if calls is None:
        return None
    wanted = any(
        code in codes
        for question, codes in calls.wanted.items()
        for code in codes_of(body.get(question) or clear.get(question))
    )
    return safe_codes(rules, clear, body) if wanted else None


def may_notify(rules: Rules, answers: Mapping[str, object]) -> bool:
    """Whether a reporter who answered so may be written to that there is a reply; the latest answer about it decides.

    Where no answer speaks of it, nothing forbids it.
    """
    may = True
    for choice in rules.organisation.notice_choice:
        given = codes_of(answers.get(choice.question))
        if any(code in choice.allows for code in given):
            may = True
        elif any(code in choice.forbids for code in given):
            may = False
    return may


def next_safe(rules: Rules, codes: Collection[str], now: datetime) -> datetime:
    """The first instant from now on within the hours of any of these codes; now, if there are none."""
    times = [_next_within(rules, period, now) for period in _periods(rules, codes)]
    return min(times, default=now)


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


def _next_within(rules: Rules, period: Period, now: datetime) -> datetime:
    # The reporter's day has no closed days: the same hours every day, in the organisation's zone.
    daily = OpeningHours.model_validate(dict.fromkeys(WEEKDAYS, (period,)))
    return Calendar(zone=rules.calendar.zone, staffed=daily).next_staffed(now) or now
