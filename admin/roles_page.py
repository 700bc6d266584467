"""Roles that wait for a second person: who is to have which, who asked, and to say yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from admin.desk import Desk, Visit, see_other
from admin.factor import CODE_FIELD, freshened, is_fresh
from admin.parts import HOME
from handlers.dialog.ports import IntakeTransaction
from triage.ids import PersonId, RoleRequestId
from triage.people.person import Person
from triage.people.roles import RoleRequest, agree_to_roles, decline_roles, waiting_roles
from triage.refusals import Reason, Refused

ROLES = f"{HOME}/roles"
_REFUSED = 422
_SAID = frozenset({"agreed", "declined"})
_OF_FACTOR = frozenset({Reason.SECOND_FACTOR_NEEDED, Reason.WRONG_CODE, Reason.TOO_MANY_TRIES})


@dataclass(frozen=True, slots=True, kw_only=True)
class RolesPage:
    """`/desk/roles` and `/desk/roles/{request}`. To agree asks for a fresh factor."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """What waits."""
        return await self._page(request, visit)

    async def end(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Say yes or no."""
        form = await self.desk.form(request, session=visit.token)
        parts, request_id = self.desk.parts, _id(request)
        if form.get("do") != "agree":
            said = await parts.store.write(decline_roles, by=visit.by, request_id=request_id)
            if isinstance(said, Refused):
                return await self._page(request, visit, request_id=request_id, reason=said.reason)
            return see_other(ROLES, {"said": "declined"})
        fresh = await freshened(self.desk, request, visit, form)
        if isinstance(fresh, Refused):
            return await self._page(request, visit, request_id=request_id, reason=fresh.reason)
        done = await parts.store.write(agree_to_roles, parts.rules, by=visit.by, request_id=request_id)
        if isinstance(done, Refused):
            return await self._page(request, fresh, request_id=request_id, reason=done.reason)
        return see_other(ROLES, {"said": "agreed"})

    async def _page(
        self,
        request: web.Request,
        visit: Visit,
        *,
        request_id: RoleRequestId | None = None,
        reason: Reason | None = None,
    ) -> web.StreamResponse:
        found = await self.desk.parts.store.read(_waiting, visit.by)
        if isinstance(found, Refused):
            raise web.HTTPNotFound
        waiting, people = found
        said = request.query.get("said", "")
        about_factor = reason in _OF_FACTOR
        return self.desk.page(
            request,
            "roles.html",
            visit=visit,
            status=_REFUSED if reason else 200,
            waiting=waiting,
            people=people,
            tried=request_id,
            refused=self.desk.refused(request, reason) if reason and not about_factor else "",
            wrong={CODE_FIELD: self.desk.refused(request, reason)} if reason and about_factor else {},
            fresh=is_fresh(visit),
            said=said if said in _SAID else "",
        )


def _waiting(
    tx: IntakeTransaction, by: PersonId
) -> tuple[tuple[RoleRequest, ...], dict[PersonId, Person]] | Refused:
    waiting = waiting_roles(tx, by=by)
    if isinstance(waiting, Refused):
        return waiting
    return waiting, {each.id: each for each in tx.people.all()}


def _id(request: web.Request) -> RoleRequestId:
    try:
        return RoleRequestId(UUID(request.match_info["request"]))
    except ValueError as error:
        raise web.HTTPNotFound from error
