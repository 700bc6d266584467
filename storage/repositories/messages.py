"""The dialogue between staff and reporter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import bindparam, insert, or_, select, update

from storage.envelopes import Place
from storage.keyring import Part
from storage.repositories.cases import case_key
from storage.tables import messages
from storage.types import Id, Instant
from storage.work import Work
from triage.cases.records import Direction, Message
from triage.ids import CaseId, MessageId, PersonId

_ADD = insert(messages)
_OF_CASE = (
    select(messages).where(messages.c.case_id == bindparam("case_id", type_=Id())).order_by(messages.c.seq)
)
_FROM_REPORTER = (
    select(messages.c.at)
    .where(
        messages.c.case_id == bindparam("case_id", type_=Id()),
        messages.c.direction == Direction.FROM_REPORTER.value,
    )
    .order_by(messages.c.seq)
    .limit(1)
)
_UNREAD = _FROM_REPORTER.where(messages.c.read_at.is_(None))
_UNREAD_AT = _FROM_REPORTER.where(
    or_(messages.c.read_at.is_(None), messages.c.read_at > bindparam("at", type_=Instant()))
)
_MARK_READ = (
    update(messages)
    .where(messages.c.id == bindparam("row_id", type_=Id()), messages.c.read_at.is_(None))
    .values(read_at=bindparam("row_at", type_=Instant()))
)


class SqlMessages:
    """The port `Messages` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, message: Message) -> None:
        key = case_key(self._work, message.case_id, Part.BODY)
        self._work.run(
            _ADD,
            {
                "id": message.id,
                "case_id": message.case_id,
                "direction": message.direction.value,
                "at": message.at,
                "by": message.by,
                "words": key.seal_text(_place(message.id), message.words),
                "read_at": message.read_at,
            },
        )

    def of_case(self, case_id: CaseId) -> Sequence[Message]:
        rows = self._work.all(_OF_CASE, {"case_id": case_id})
        if not rows:
            return []
        key = case_key(self._work, case_id, Part.BODY)
        return [
            Message(
                id=MessageId(row.id),
                case_id=CaseId(row.case_id),
                direction=Direction(row.direction),
                at=row.at,
                by=None if row.by is None else PersonId(row.by),
                words=key.open_text(_place(row.id), row.words),
                read_at=row.read_at,
            )
            for row in rows
        ]

    def unread_since(self, case_id: CaseId, *, at: datetime | None = None) -> datetime | None:
        if at is None:
            row = self._work.one(_UNREAD, {"case_id": case_id})
        else:
            row = self._work.one(_UNREAD_AT, {"case_id": case_id, "at": at})
        return None if row is None else row.at

    def mark_read(self, ids: Collection[MessageId], *, at: datetime) -> None:
        if ids:
            self._work.run(_MARK_READ, [{"row_id": each, "row_at": at} for each in ids])


def _place(message_id: object) -> Place:
    return Place("messages", "words", str(message_id))
