"""Who read what: one's own readings, and, for the data protection officer, everybody's of a week or of one case."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from admin.desk import Desk, Visit
from admin.parts import HOME
from handlers.dialog.ports import IntakeTransaction
from triage.access.table import Right
from triage.cases.trail import Trail, Week, possible_readers, read_own_trail, read_trail
from triage.ids import CaseCode, PersonId
from triage.people.person import Person
from triage.refusals import Reason, Refused
from triage.rules import Rules

OWN = f"{HOME}/readings/mine"
ALL = f"{HOME}/readings"
_NOTHING = Trail(lines=(), further=None)
_LONGEST_CODE = 22
_CODE = re.compile(r"K-[0-9A-Z]{1,20}", re.ASCII)
_NO_CODE = "K-"
_LONGEST_ID = 36
_LONGEST_PLACE = 18
_WEEK = re.compile(r"(2\d{3})-W(\d{2})", re.ASCII)
_DAYS = timedelta(days=7)
_NOT_THERE = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What of everybody's readings is asked for; `person` is None for one that there cannot be."""

    typed: Mapping[str, str]
    person: PersonId | None
    day: date | None
    before: int | None

    @property
    def code(self) -> CaseCode | None:
        """The case; what can be no code asks the store nothing."""
        typed = self.typed["case"]
        return CaseCode(typed if _CODE.fullmatch(typed) else _NO_CODE) if typed else None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailPage:
    """`/desk/readings/mine` and `/desk/readings`."""

    desk: Desk

    async def see_own(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """What I read."""
        found = await self.desk.parts.store.read(read_own_trail, by=visit.by, before=before_of(request))
        if isinstance(found, Refused):
            raise web.HTTPNotFound
        return self._page(request, visit, found, mine=True, further=_address(OWN, before=found.further))

    async def see_all(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """What everybody read in a week, or who read one case; of one person, if one is chosen. It is audited."""
        asked = _asked(request)
        parts = self.desk.parts
        found, staff = await parts.store.write(_look, parts.rules, by=visit.by, asked=asked)
        typed = asked.typed
        if isinstance(found, Refused):
            unknown = typed["person"] and all(asked.person != each.id for each in staff)
            field = "person" if unknown else "case"
            wrong = {field: self.desk.say(request, f"console.readings.no_{field}")}
            kept_week = "" if asked.day is None else _number(asked.day)
            return self._page(
                request, visit, _NOTHING, typed=typed, staff=staff, wrong=wrong, kept_week=kept_week
            )
        week = found.week
        kept_week = "" if week is None or week.runs else _number(week.monday)
        return self._page(
            request,
            visit,
            found,
            typed=typed,
            staff=staff,
            week=None if week is None else self._week(request, week, typed["person"]),
            kept_week=kept_week,
            further=_address(ALL, **typed, week=kept_week, before=found.further),
        )

    def _week(self, request: web.Request, week: Week, person: str) -> Mapping[str, str | int]:
        """How a week is said, and where the weeks beside it are; none is later than the one that runs."""
        words, lang = self.desk.parts.words, self.desk.language(request)
        year, number, _ = week.monday.isocalendar()
        later = week.monday + _DAYS
        return {
            # A year is no amount, which would be written with a sign between its thousands.
            "year": str(year),
            "number": number,
            "first": words.day(week.monday, lang),
            "last": words.day(later - timedelta(days=1), lang),
            "earlier": _address(ALL, person=person, week=_number(week.monday - _DAYS)),
            "later": "" if week.runs else _address(ALL, person=person, week=_number(later)),
        }

    def _page(
        self,
        request: web.Request,
        visit: Visit,
        trail: Trail,
        *,
        mine: bool = False,
        wrong: Mapping[str, str] | None = None,
        further: str = "",
        **more: Any,  # noqa: ANN401 - what the template is given
    ) -> web.Response:
        return self.desk.page(
            request,
            "readings.html",
            visit=visit,
            status=_NOT_THERE if wrong else 200,
            trail=trail,
            here=OWN if mine else ALL,
            mine=mine,
            may_open=visit.may(Right.READ_CASE),
            wrong=wrong or {},
            further=further if trail.further else "",
            empty="mine" if mine else "case" if trail.of_case else "week",
            **more,
        )


def _look(
    tx: IntakeTransaction, rules: Rules, *, by: PersonId, asked: Asked
) -> tuple[Trail | Refused, Sequence[Person]]:
    staff = possible_readers(tx, by=by)
    if asked.typed["person"] and asked.person is None:
        return Refused(Reason.NOT_FOUND), staff
    found = read_trail(
        tx, rules, by=by, before=asked.before, day=asked.day, person_id=asked.person, code=asked.code
    )
    return found, staff


def _asked(request: web.Request) -> Asked:
    person = request.query.get("person", "").strip()[:_LONGEST_ID]
    return Asked(
        typed={"person": person, "case": request.query.get("case", "").strip().upper()[:_LONGEST_CODE]},
        person=_person(person),
        day=_day(request.query.get("week", "")),
        before=before_of(request),
    )


def _person(typed: str) -> PersonId | None:
    try:
        return PersonId(UUID(typed))
    except ValueError:
        return None


def _day(typed: str) -> date | None:
    """The Monday of a week that is written as ISO 8601 has it; None for anything else."""
    found = _WEEK.fullmatch(typed)
    try:
        return None if found is None else date.fromisocalendar(int(found[1]), int(found[2]), 1)
    except ValueError:
        return None


def _number(monday: date) -> str:
    year, week, _ = monday.isocalendar()
    return f"{year}-W{week:02}"


def before_of(request: web.Request) -> int | None:
    """The place in a list of the audit that an address names; None for anything else."""
    typed = request.query.get("before", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _LONGEST_PLACE else None


def _address(path: str, **query: str | int | None) -> str:
    """The page with what is asked for of it."""
    said = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{said}" if said else path
