"""Reading dates as people write them, without words of any language."""

from __future__ import annotations

import re
from datetime import date

_FORM = re.compile(r"\d+(?:[\s./\-\u2013]+\d+){0,2}\.?")
_YEAR_DIGITS = 4
_YEARS = range(1900, 2101)
_SOON = 20


def parse_date(text: str, *, today: date, past: bool) -> str | None:
    """The date as ISO text, as exact as it was written ("2026-05-03", "2026-05", "2026"), or None.

    Understands ISO, day before month with or without year, month and year, and a year. A day without a year is
    of this year, or of the last one where `past` and this year's has not come yet.
    """
    if not _FORM.fullmatch(text):
        return None
    numbers = re.findall(r"\d+", text)
    year_at = [at for at, digits in enumerate(numbers) if len(digits) == _YEAR_DIGITS]
    if any(len(digits) > 2 for at, digits in enumerate(numbers) if at not in year_at):  # noqa: PLR2004
        return None
    values = [int(digits) for digits in numbers]
    match values, year_at:
        case [year], [0]:
            return _iso(year, None, None)
        case [year, month], [0]:
            return _iso(year, month, None)
        case [month, year], [1]:
            return _iso(year, month, None)
        case [day, month], []:
            return _without_year(day, month, today, past=past)
        case [year, month, day], [0]:
            return _iso(year, month, day)
        case [day, month, year], [2]:
            return _iso(year, month, day)
        case [day, month, short], []:
            year = short + today.year // 100 * 100
            return _iso(year - 100 if year > today.year + _SOON else year, month, day)
        case _:
            return None


def written(stored: str) -> str:
    """A stored date as people here write it, in numbers: "3.5.2026", "5.2026" or "2026"."""
    return ".".join(str(int(number)) for number in reversed(stored.split("-")))


def _without_year(day: int, month: int, today: date, *, past: bool) -> str | None:
    found = _iso(today.year, month, day)
    if past and (found is None or found > today.isoformat()):
        return _iso(today.year - 1, month, day)
    return found


def _iso(year: int, month: int | None, day: int | None) -> str | None:
    try:
        checked = date(year, 1 if month is None else month, 1 if day is None else day)
    except ValueError:
        return None
    exactness = 10 if day is not None else 7 if month is not None else 4
    return checked.isoformat()[:exactness] if year in _YEARS else None
