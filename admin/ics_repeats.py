"""Repeated entries of a calendar, written out: every week or every day, as duty rosters are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from icalendar import Component, vBroken, vRecur

_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_KNOWN = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "WKST"})
_MOST = 20_000


class UnknownRepeatError(ValueError):
    """A rule of repetition that is not written out here."""


def occurrences(event: Component, start: datetime, *, until: datetime) -> Iterator[datetime]:
    """When a repeated entry begins, by the wall clock of its own zone, up to `until`.

    Raises `UnknownRepeatError` for a rule that is neither weekly nor daily, or says more than days of the week.
    """
    rules = event["RRULE"]
    if not isinstance(rules, vRecur) or "RDATE" in event:
        raise UnknownRepeatError
    rule = {str(name).upper(): value for name, value in rules.items()}
    if set(rule) - _KNOWN:
        raise UnknownRepeatError
    interval, most = _number(rule, "INTERVAL", 1), _number(rule, "COUNT", _MOST)
    last = _last(rule, start)
    left_out = set(_left_out(event, start))
    for number, each in enumerate(_days(rule, start, interval)):
        if number >= min(most, _MOST) or each > until or (last is not None and each > last):
            return
        if each.date() not in left_out:
            yield each


def _days(rule: Mapping[str, Any], start: datetime, interval: int) -> Iterator[datetime]:
    wall = start.replace(tzinfo=None)

    def on(day: date) -> datetime:
        return datetime.combine(day, wall.time()).replace(tzinfo=start.tzinfo)

    match _one(rule, "FREQ"):
        case "DAILY" if "BYDAY" not in rule:
            for number in count():
                yield on(wall.date() + timedelta(days=number * interval))
        case "WEEKLY":
            named = _all(rule, "BYDAY") or [_DAYS[wall.weekday()]]
            if set(named) - set(_DAYS):
                raise UnknownRepeatError
            first = _DAYS.index(_one(rule, "WKST") or "MO")
            offsets = sorted((_DAYS.index(each) - first) % 7 for each in set(named))
            week = wall.date() - timedelta(days=(wall.weekday() - first) % 7)
            for number in count():
                for offset in offsets:
                    day = week + timedelta(days=7 * number * interval + offset)
                    if day >= wall.date():
                        yield on(day)
        case _:
            raise UnknownRepeatError


def _last(rule: Mapping[str, Any], start: datetime) -> datetime | None:
    values = rule.get("UNTIL")
    if not values:
        return None
    found = values[0] if isinstance(values, list) else values
    if isinstance(found, datetime):
        return found if found.tzinfo is not None else found.replace(tzinfo=start.tzinfo)
    if isinstance(found, date):
        if found == date.max:
            return None
        # A day: its whole length counts.
        return datetime.combine(found + timedelta(days=1), datetime.min.time(), tzinfo=start.tzinfo)
    raise UnknownRepeatError


def _left_out(event: Component, start: datetime) -> Iterator[date]:
    values = event.get("EXDATE")
    for value in values if isinstance(values, list) else [] if values is None else [values]:
        if isinstance(value, vBroken):
            raise UnknownRepeatError
        for each in getattr(value, "dts", ()):
            at = each.dt
            if isinstance(at, datetime):
                yield at.astimezone(start.tzinfo).date() if at.tzinfo is not None else at.date()
            else:
                yield at


def _number(rule: Mapping[str, Any], name: str, otherwise: int) -> int:
    try:
        found = int(_one(rule, name) or otherwise)
    except ValueError as error:
        raise UnknownRepeatError from error
    if not 1 <= found <= _MOST:
        raise UnknownRepeatError
    return found


def _one(rule: Mapping[str, Any], name: str) -> str:
    return next(iter(_all(rule, name)), "")


def _all(rule: Mapping[str, Any], name: str) -> list[str]:
    values = rule.get(name)
    found = values if isinstance(values, list) else [] if values is None else [values]
    return [str(each).upper() for each in found]
