"""Roles that wait for a second person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, literal_column, select, update
from sqlalchemy.sql.elements import ColumnElement

from storage.house_tables import role_requests
from storage.types import Id
from storage.work import Work
from triage.ids import PersonId, RoleRequestId
from triage.people.person import Role
from triage.people.roles import RoleRequest

_R = role_requests.c
_WAITS: ColumnElement[Any] = literal_column("role_requests.ended_at IS NULL")
_WAITING = select(role_requests).where(_WAITS).order_by(_R.asked_at, _R.id)
_LOCK = select(role_requests).where(_R.id == bindparam("id", type_=Id())).with_for_update()


class SqlRoleRequests:
    """The port `RoleRequests` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, request: RoleRequest) -> None:
        self.drop_of(request.person_id)
        self._work.run(
            insert(role_requests),
            {
                "id": request.id,
                "person_id": request.person_id,
                "roles": sorted(role.value for role in request.roles),
                "authority": request.authority,
                "asked_by": request.asked_by,
                "asked_at": request.asked_at,
                "agreed": False,
            },
        )

    def waiting(self) -> Sequence[RoleRequest]:
        return [_request(row) for row in self._work.all(_WAITING)]

    def lock(self, request_id: RoleRequestId) -> RoleRequest | None:
        row = self._work.one(_LOCK, {"id": request_id})
        return None if row is None else _request(row)

    def end(self, request: RoleRequest) -> None:
        values = {"ended_at": request.ended_at, "ended_by": request.ended_by, "agreed": request.agreed}
        self._work.run(update(role_requests).where(_R.id == request.id).values(values))

    def drop_of(self, person_id: PersonId) -> None:
        ended = update(role_requests).where(_R.person_id == person_id, _WAITS)
        self._work.run(ended.values(ended_at=self._work.now))


def _request(row: Row[Any]) -> RoleRequest:
    return RoleRequest(
        id=RoleRequestId(row.id),
        person_id=PersonId(row.person_id),
        roles=frozenset(Role(each) for each in row.roles),
        authority=row.authority,
        asked_by=PersonId(row.asked_by),
        asked_at=row.asked_at,
        ended_at=row.ended_at,
        ended_by=None if row.ended_by is None else PersonId(row.ended_by),
        agreed=row.agreed,
    )
