"""Who was at a case last when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import bindparam, delete, select, update

from storage.presence_tables import presences
from storage.types import Id, Instant
from storage.work import Work
from triage.ids import CaseId, PersonId

_P = presences.c
_AT_CASE = _P.case_id == bindparam("row_case", type_=Id())
_IS_ONE = (_AT_CASE, _P.person_id == bindparam("row_person", type_=Id()))
_NOTE = update(presences).where(*_IS_ONE).values(seen_at=bindparam("row_at", type_=Instant()))
_OF_CASE = select(_P.person_id, _P.seen_at).where(_AT_CASE, _P.seen_at > bindparam("after", type_=Instant()))
_FORGET = delete(presences).where(*_IS_ONE)


class SqlPresences:
    """The port `Presences` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def note(self, case_id: CaseId, person_id: PersonId) -> None:
        now = self._work.now
        if not self._work.changed(_NOTE, {"row_case": case_id, "row_person": person_id, "row_at": now}):
            row = {"case_id": case_id, "person_id": person_id, "seen_at": now}
            self._work.insert_if_absent(presences, row)

    def of_case(self, case_id: CaseId, *, after: datetime) -> Mapping[PersonId, datetime]:
        rows = self._work.all(_OF_CASE, {"row_case": case_id, "after": after})
        return {PersonId(row.person_id): row.seen_at for row in rows}

    def forget(self, case_id: CaseId, person_id: PersonId) -> None:
        # Also of whoever the case is hidden from since a moment ago.
        self._work.read_for_the_house()
        self._work.run(_FORGET, {"row_case": case_id, "row_person": person_id})
