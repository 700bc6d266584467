"""Tasks on cases, sealed under the keys of their cases."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, literal_column, select, update
from sqlalchemy.sql.elements import ColumnElement

from storage.envelopes import Place
from storage.keyring import Part
from storage.repositories.cases import case_key
from storage.repositories.conflicts import may_know, named
from storage.tables import cases
from storage.task_tables import tasks
from storage.types import Id
from storage.work import Work
from triage.cases.task import Task
from triage.ids import CaseId, PersonId, TaskId

_T = tasks.c
# The condition stands as the index has it, word for word, so that a prepared statement can use the index.
_OPEN: ColumnElement[Any] = literal_column("tasks.ended_at IS NULL")
_OF_CASE = (
    select(tasks).where(_T.case_id == bindparam("case_id", type_=Id()), _OPEN).order_by(_T.due_at, _T.seq)
)
_LISTED = (
    select(tasks)
    .join(cases, cases.c.id == _T.case_id)
    .where(_OPEN, may_know())
    .order_by(_T.due_at, _T.seq)
    .limit(bindparam("limit"))
)
_OWN = _LISTED.where(_T.owner == bindparam("person", type_=Id()))
_NOBODYS = _LISTED.where(_T.owner.is_(None))
_SAVE = update(tasks).where(_T.id == bindparam("row_id", type_=Id()))
_LEAVE = update(tasks).where(_T.owner == bindparam("person", type_=Id()), _OPEN)


class SqlTasks:
    """The port `Tasks` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, task: Task) -> None:
        key = case_key(self._work, task.case_id, Part.BODY)
        self._work.run(
            insert(tasks),
            {
                "id": task.id,
                "case_id": task.case_id,
                "owner": task.owner,
                "due_at": task.due_at,
                "made_by": task.made_by,
                "made_at": task.made_at,
                "ended_at": task.ended_at,
                "ended_by": task.ended_by,
                "words": key.seal_text(_place(task.id), task.what),
            },
        )

    def save(self, task: Task) -> None:
        standing = {"owner": task.owner, "ended_at": task.ended_at, "ended_by": task.ended_by}
        self._work.run(_SAVE, {"row_id": task.id, **standing})

    def of_case(self, case_id: CaseId) -> Sequence[Task]:
        rows = self._work.all(_OF_CASE, {"case_id": case_id})
        if not rows:
            return []
        key = case_key(self._work, case_id, Part.BODY)
        return [_task(row, key.open_text(_place(row.id), row.words)) for row in rows]

    def open_for(self, person_id: PersonId, *, limit: int) -> Sequence[Task]:
        where = {"reader": named(person_id), "limit": limit}
        # Apart, so that each walks the index in its order.
        rows = [*self._work.all(_OWN, {**where, "person": person_id}), *self._work.all(_NOBODYS, where)]
        return [_task(row, "") for row in sorted(rows, key=lambda row: (row.due_at, row.seq))[:limit]]

    def leave(self, person_id: PersonId, *, case_id: CaseId | None = None) -> int:
        # Of those too that are hidden from whoever shuts somebody out.
        self._work.read_for_the_house()
        leave = _LEAVE if case_id is None else _LEAVE.where(_T.case_id == case_id)
        return self._work.changed(leave.values(owner=None), {"person": person_id})


def _place(task_id: object) -> Place:
    return Place("tasks", "words", str(task_id))


def _task(row: Row[Any], what: str) -> Task:
    return Task(
        id=TaskId(row.id),
        case_id=CaseId(row.case_id),
        what=what,
        owner=None if row.owner is None else PersonId(row.owner),
        due_at=row.due_at,
        made_by=PersonId(row.made_by),
        made_at=row.made_at,
        ended_at=row.ended_at,
        ended_by=None if row.ended_by is None else PersonId(row.ended_by),
    )
