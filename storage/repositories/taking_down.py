"""What staff write down for somebody else: who does, how it came, and when it was really received."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, select

from storage.tables import conversations, taken_down
from storage.types import Id, Instant
from storage.work import Work
from triage.cases.records import Late, Source, TakenDown
from triage.ids import ConversationId, PersonId

_C = conversations.c
_TAKEN_DOWN = select(taken_down).where(taken_down.c.conversation_id == bindparam("id", type_=Id()))
_BEING_TAKEN_DOWN = (
    select(taken_down)
    .join(conversations, _C.id == taken_down.c.conversation_id)
    .where(
        taken_down.c.by == bindparam("by", type_=Id()),
        _C.draft.is_not(None),
        _C.expires_at > bindparam("now", type_=Instant()),
    )
    .order_by(_C.started_at.desc(), _C.id)
)


class TakingDown:
    """The part of the port `Conversations` that keeps who writes down what for whom."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def begin_taking_down(self, taken: TakenDown) -> None:
        self._work.run(
            insert(taken_down),
            {
                "conversation_id": taken.conversation_id,
                "by": taken.by,
                "source": taken.source.value,
                "received_at": taken.received_at,
                "late": None if taken.late is None else taken.late.value,
            },
        )

    def taken_down(self, conversation_id: ConversationId) -> TakenDown | None:
        found = self._all(_TAKEN_DOWN, {"id": conversation_id})
        return found[0] if found else None

    def being_taken_down(self, by: PersonId) -> list[TakenDown]:
        return self._all(_BEING_TAKEN_DOWN, {"by": by, "now": self._work.now})

    def stop_taking_down(self, conversation_id: ConversationId) -> None:
        self._work.run(delete(taken_down).where(taken_down.c.conversation_id == conversation_id))

    def _all(self, statement: Select[Any], where: Mapping[str, Any]) -> list[TakenDown]:
        return [
            TakenDown(
                conversation_id=ConversationId(row.conversation_id),
                by=PersonId(row.by),
                source=Source(row.source),
                received_at=row.received_at,
                late=None if row.late is None else Late(row.late),
            )
            for row in self._work.all(statement, where)
        ]
