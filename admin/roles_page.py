"""Roles that wait for a second person: who is to have which, who asked, and to say yes or no."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from admin.desk import Desk, Visit, once, once_done, see_other
from admin.factor import CODE_FIELD, freshened
from admin.parts import HOME
from handlers.dialog.ports import IntakeTransaction
from triage.ids import PersonId, RoleRequestId
from triage.people.person import Person
from triage.people.roles import RoleRequest, agree_to_roles, decline_roles, waiting_roles
from triage.refusals import Reason, Refused
from triage.rules import Rules

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
        key = once(request, form, by=visit.by)
        if form.get("do") != "agree":
            no = await parts.store.write_repeatable(_end, None, by=visit.by, request_id=request_id, key=key)
            if no is not None:
                return await self._page(request, visit, request_id=request_id, reason=no)
            return see_other(ROLES, {"said": "declined"})
        fresh = await freshened(self.desk, request, visit, form)
        if isinstance(fresh, Refused):
            return await self._page(request, visit, request_id=request_id, reason=fresh.reason)
        no = await parts.store.write_repeatable(
            _end, parts.rules, by=visit.by, request_id=request_id, key=key
        )
        if no is not None:
            return await self._page(request, fresh, request_id=request_id, reason=no)
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
            fresh=visit.is_fresh,
            said=said if said in _SAID else "",
        )


def _end(
    tx: IntakeTransaction, rules: Rules | None, *, by: PersonId, request_id: RoleRequestId, key: str
) -> Reason | None:
    """Agree, or without rules say no; why that was refused. A second press of the same button is no refusal."""
    if rules is None:
        done: object = decline_roles(tx, by=by, request_id=request_id)
    else:
        done = agree_to_roles(tx, rules, by=by, request_id=request_id)
    if once_done(tx, key, done) or not isinstance(done, Refused):
        return None
    return done.reason


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
