"""Who read what: one's own readings, and, for the data protection officer, everybody's of a week or of one case."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from aiohttp import web

from admin.desk import Desk, Visit
from admin.parts import HOME
from admin.weeks import address, before_of, day_of, kept, week_number, week_said
from handlers.dialog.ports import IntakeTransaction
from triage.access.table import Right
from triage.cases.trail import Trail, possible_readers, read_own_trail, read_trail
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
        return self._page(request, visit, found, mine=True, further=address(OWN, before=found.further))

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
            kept_week = "" if asked.day is None else week_number(asked.day)
            return self._page(
                request, visit, _NOTHING, typed=typed, staff=staff, wrong=wrong, kept_week=kept_week
            )
        week = found.week
        kept_week = "" if week is None else kept(week)
        return self._page(
            request,
            visit,
            found,
            typed=typed,
            staff=staff,
            week=None if week is None else week_said(self.desk, request, week, ALL, person=typed["person"]),
            kept_week=kept_week,
            further=address(ALL, **typed, week=kept_week, before=found.further),
        )

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
        day=day_of(request),
        before=before_of(request),
    )


def _person(typed: str) -> PersonId | None:
    try:
        return PersonId(UUID(typed))
    except ValueError:
        return None
