"""Lists that go back week by week: what an address says of the week and the place, and how a week is said."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import urlencode

from aiohttp import web

from admin.desk import Desk
from triage.cases.trail import Week

_LONGEST_PLACE = 18
_WEEK = re.compile(r"(2\d{3})-W(\d{2})", re.ASCII)
_FIRST = date(2000, 1, 10)
"""The second week that an address can name."""
_DAYS = timedelta(days=7)


def address(path: str, **query: str | int | None) -> str:
    """The page with what is asked for of it."""
    said = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{said}" if said else path


def before_of(request: web.Request) -> int | None:
    """The place in a list that an address names; None for anything else."""
    typed = request.query.get("before", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _LONGEST_PLACE else None


def day_of(request: web.Request) -> date | None:
    """The Monday of the week that an address names, as ISO 8601 writes it; None for anything else."""
    found = _WEEK.fullmatch(request.query.get("week", ""))
    try:
        return None if found is None else date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        return None


def week_number(monday: date) -> str:
    """The week as ISO 8601 writes it."""
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"


def kept(week: Week) -> str:
    """What an address says of this week: nothing of the one that runs."""
    return "" if week.runs else week_number(week.monday)


def week_said(
    desk: Desk, request: web.Request, week: Week, path: str, **query: str
) -> Mapping[str, str | int]:
    """How a week is said, and where the weeks beside it are; none is later than the one that runs."""
    words, lang = desk.parts.words, desk.language(request)
    year, number, _ = week.monday.isocalendar()
    later = week.monday + _DAYS
    earlier = week_number(week.monday - _DAYS) if week.monday >= _FIRST else ""
    return {
        # A year is no amount, which would be written with a sign between its thousands.
        "year": str(year),
        "number": number,
        "first": words.day(week.monday, lang),
        "last": words.day(later - timedelta(days=1), lang),
        "earlier": address(path, **query, week=earlier) if earlier else "",
        "later": "" if week.runs else address(path, **query, week=week_number(later)),
    }
