"""Alarms, answered and not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, insert, or_, select, update

from storage.repositories.conflicts import may_know, named
from storage.tables import alarms, cases
from storage.types import Id
from storage.work import Work
from triage.cases.records import Alarm
from triage.ids import AlarmId, CaseId, ConversationId, PersonId

_A = alarms.c
_ADD = insert(alarms)
_OPEN = select(alarms).where(
    _A.conversation_id == bindparam("conversation_id", type_=Id()), _A.answered_at.is_(None)
)
_SEE_OPEN_OF = _OPEN.order_by(_A.case_id.is_not(None), _A.raised_at).limit(1)
_OPEN_OF = (
    _OPEN.where(or_(_A.case_id.is_(None), _A.case_id == bindparam("case_id", type_=Id())))
    .order_by(_A.case_id.is_(None), _A.raised_at)
    .limit(1)
    .with_for_update()
)
_FIND = select(alarms).where(_A.id == bindparam("id", type_=Id()))
_LOCK = _FIND.with_for_update()
_SAVE = update(alarms).where(_A.id == bindparam("row_id", type_=Id()))
_WAITING = (
    select(alarms)
    .outerjoin(cases, cases.c.id == _A.case_id)
    .where(_A.answered_at.is_(None), may_know())
    .order_by(_A.raised_at)
    .limit(bindparam("limit"))
)
_OF_CASE = select(alarms).where(_A.case_id == bindparam("case_id", type_=Id())).order_by(_A.raised_at)


class SqlAlarms:
    """The port `Alarms` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, alarm: Alarm) -> None:
        self._work.run(_ADD, {"id": alarm.id, **_values(alarm)})

    def open_of(self, conversation_id: ConversationId, *, case_id: CaseId | None = None) -> Alarm | None:
        return _alarm(self._work.one(_OPEN_OF, {"conversation_id": conversation_id, "case_id": case_id}))

    def see_open_of(self, conversation_id: ConversationId) -> Alarm | None:
        return _alarm(self._work.one(_SEE_OPEN_OF, {"conversation_id": conversation_id}))

    def find(self, alarm_id: AlarmId) -> Alarm | None:
        return _alarm(self._work.one(_FIND, {"id": alarm_id}))

    def lock(self, alarm_id: AlarmId) -> Alarm | None:
        return _alarm(self._work.one(_LOCK, {"id": alarm_id}))

    def save(self, alarm: Alarm) -> None:
        if self._work.changed(_SAVE, {"row_id": alarm.id, **_values(alarm)}) != 1:
            raise LookupError("There is no such alarm to save.")

    def waiting(self, *, reader: PersonId | None, limit: int) -> Sequence[Alarm]:
        where = {"limit": limit, "reader": named(reader)}
        return [_read(row) for row in self._work.all(_WAITING, where)]

    def of_case(self, case_id: CaseId) -> Sequence[Alarm]:
        return [_read(row) for row in self._work.all(_OF_CASE, {"case_id": case_id})]


def _values(alarm: Alarm) -> dict[str, Any]:
    return {
        "conversation_id": alarm.conversation_id,
        "trigger": alarm.trigger,
        "raised_at": alarm.raised_at,
        "wakes": alarm.wakes,
        "case_id": alarm.case_id,
        "answered_at": alarm.answered_at,
        "answered_by": alarm.answered_by,
        "action": alarm.action,
    }


def _alarm(row: Row[Any] | None) -> Alarm | None:
    return None if row is None else _read(row)


def _read(row: Row[Any]) -> Alarm:
    return Alarm(
        id=AlarmId(row.id),
        conversation_id=ConversationId(row.conversation_id),
        trigger=row.trigger,
        raised_at=row.raised_at,
        wakes=row.wakes,
        case_id=None if row.case_id is None else CaseId(row.case_id),
        answered_at=row.answered_at,
        answered_by=None if row.answered_by is None else PersonId(row.answered_by),
        action=row.action,
    )
