"""Who read what: one's own readings, and, for the data protection officer, everybody's of a week or of one case."""

from __future__ import annotations

import re
from dataclasses import dataclass

from aiohttp import web

from admin.desk import Desk, Visit
from admin.parts import HOME
from triage.access.table import Right
from triage.cases.trail import Trail, read_own_trail, read_trail
from triage.ids import CaseCode
from triage.refusals import Refused

OWN = f"{HOME}/readings/mine"
ALL = f"{HOME}/readings"
_LONGEST_CODE = 22
_CODE = re.compile(r"K-[0-9A-Z]{1,20}", re.ASCII)
_NO_CODE = "K-"
_LONGEST_PLACE = 18
_NOT_THERE = 404


@dataclass(frozen=True, slots=True, kw_only=True)
class TrailPage:
    """`/desk/readings/mine` and `/desk/readings`."""

    desk: Desk

    async def see_own(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """What I read."""
        found = await self.desk.parts.store.read(read_own_trail, by=visit.by, before=before_of(request))
        if isinstance(found, Refused):
            raise web.HTTPNotFound
        return self._page(request, visit, found, here=OWN)

    async def see_all(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """What everybody read, or who read one case. Looking is an audit entry."""
        typed = request.query.get("case", "").strip().upper()[:_LONGEST_CODE]
        # What can be no code asks the store nothing.
        code = CaseCode(typed if _CODE.fullmatch(typed) else _NO_CODE) if typed else None
        found = await self.desk.parts.store.write(
            read_trail, by=visit.by, before=before_of(request), code=code
        )
        if isinstance(found, Refused):
            nothing = Trail(readings=(), further=None)
            return self._page(request, visit, nothing, here=ALL, typed=typed, status=_NOT_THERE)
        return self._page(request, visit, found, here=ALL, typed=typed)

    def _page(
        self,
        request: web.Request,
        visit: Visit,
        trail: Trail,
        *,
        here: str,
        typed: str = "",
        status: int = 200,
    ) -> web.Response:
        return self.desk.page(
            request,
            "readings.html",
            visit=visit,
            status=status,
            trail=trail,
            here=here,
            mine=here == OWN,
            typed=typed,
            may_open=visit.may(Right.READ_CASE),
            missing=status == _NOT_THERE,
        )


def before_of(request: web.Request) -> int | None:
    """The place in a list of the audit that an address names; None for anything else."""
    typed = request.query.get("before", "")
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _LONGEST_PLACE else None
