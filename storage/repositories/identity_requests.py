"""Requests to open who a reporter is, sealed under the keys of their cases."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, literal, literal_column, select, update
from sqlalchemy.sql.elements import ColumnElement

from storage.envelopes import Place
from storage.keyring import Part
from storage.repositories.cases import case_key
from storage.repositories.conflicts import may_know, named
from storage.tables import cases
from storage.task_tables import identity_requests
from storage.types import Id
from storage.work import Work
from triage.cases.identity_requests import IdentityRequest
from triage.ids import CaseCode, CaseId, IdentityRequestId, PersonId

_R = identity_requests.c
_WAITS: ColumnElement[Any] = literal_column("identity_requests.ended_at IS NULL")
_OF_CASE = (
    select(identity_requests)
    .where(_R.case_id == bindparam("case_id", type_=Id()))
    .order_by(_R.asked_at.desc(), _R.seq.desc())
)
_WAITING = (
    select(cases.c.code)
    .join(identity_requests, cases.c.id == _R.case_id)
    .where(_WAITS, _R.asked_by != bindparam("person", type_=Id()), may_know())
    .group_by(cases.c.code, cases.c.received_at)
    .order_by(cases.c.received_at, cases.c.code)
    .limit(bindparam("limit"))
)
_LEFT = select(_R.id, _R.case_id).where(_R.asked_by == bindparam("person", type_=Id()), _WAITS)


class SqlIdentityRequests:
    """The port `IdentityRequests` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, request: IdentityRequest) -> None:
        key = case_key(self._work, request.case_id, Part.BODY)
        self._work.run(
            insert(identity_requests),
            {
                "id": request.id,
                "case_id": request.case_id,
                "asked_by": request.asked_by,
                "asked_at": request.asked_at,
                "reason": key.seal_text(_place(request.id), request.reason),
                "agreed": request.agreed,
            },
        )

    def of_case(self, case_id: CaseId) -> Sequence[IdentityRequest]:
        rows = self._work.all(_OF_CASE, {"case_id": case_id})
        if not rows:
            return []
        key = case_key(self._work, case_id, Part.BODY)
        return [_request(row, key.open_text(_place(row.id), row.reason)) for row in rows]

    def end(self, request: IdentityRequest) -> None:
        values = {"ended_at": request.ended_at, "ended_by": request.ended_by, "agreed": request.agreed}
        self._work.run(update(identity_requests).where(_R.id == request.id).values(values))

    def leave(
        self, person_id: PersonId, *, case_id: CaseId | None = None
    ) -> Mapping[IdentityRequestId, CaseId]:
        left = _LEFT if case_id is None else _LEFT.where(_R.case_id == literal(case_id, Id()))
        found = {row.id: CaseId(row.case_id) for row in self._work.all(left, {"person": person_id})}
        if found:
            ended = update(identity_requests).where(_R.id.in_(found)).values(ended_at=self._work.now)
            self._work.run(ended)
        return {IdentityRequestId(each): of_case for each, of_case in found.items()}

    def waiting_for(self, person_id: PersonId, *, limit: int) -> Sequence[CaseCode]:
        where = {"reader": named(person_id), "person": person_id, "limit": limit}
        return [CaseCode(row.code) for row in self._work.all(_WAITING, where)]


def _place(request_id: object) -> Place:
    return Place("identity_requests", "reason", str(request_id))


def _request(row: Row[Any], reason: str) -> IdentityRequest:
    return IdentityRequest(
        id=IdentityRequestId(row.id),
        case_id=CaseId(row.case_id),
        asked_by=PersonId(row.asked_by),
        asked_at=row.asked_at,
        reason=reason,
        ended_at=row.ended_at,
        ended_by=None if row.ended_by is None else PersonId(row.ended_by),
        agreed=row.agreed,
    )
