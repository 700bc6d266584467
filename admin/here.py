"""Who else is at a case now, as its page says it."""

from __future__ import annotations

import math
from dataclasses import dataclass

from aiohttp import web

from admin.desk import Desk
from admin.parts import HOME
from triage.cases.presence import Others
from triage.ids import CaseCode

_LINES = {1: "console.here.one", 2: "console.here.two", 3: "console.here.three"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HereNow:
    """What the page shows: nothing of the reader themself. `path` is where the page says that they are here."""

    path: str
    line: str
    seconds: int
    """After so many the page looks again, because the first of them is here no longer unless they did something."""


def here_now(desk: Desk, request: web.Request, code: CaseCode, others: Others) -> HereNow:
    """The line in the language of the page: at most three names, and that there are more."""
    names = dict(zip("abc", (person.name for person in others.people), strict=False))
    key = _LINES.get(len(others.people), "console.here.more")
    seconds = 0 if others.holds_for is None else math.ceil(others.holds_for.total_seconds())
    return HereNow(
        path=f"{HOME}/case/{code}/here",
        line=desk.say(request, key, **names) if names else "",
        seconds=seconds,
    )
