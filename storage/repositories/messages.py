"""The dialogue between staff and reporter."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, delete, insert, or_, select, update

from storage.envelopes import Place
from storage.keyring import Part
from storage.repositories.cases import case_key
from storage.tables import held_replies, messages
from storage.types import Id, Instant
from storage.work import Work
from triage.cases.records import Direction, HeldReply, Message
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
_UNREAD_IN = (
    select(messages.c.case_id)
    .where(
        messages.c.case_id.in_(bindparam("ids", expanding=True, type_=Id())),
        messages.c.direction == Direction.FROM_REPORTER.value,
        messages.c.read_at.is_(None),
    )
    .distinct()
)
_CAME_AFTER = _FROM_REPORTER.where(messages.c.at > bindparam("after", type_=Instant()))
_MARK_READ = (
    update(messages)
    .where(messages.c.id == bindparam("row_id", type_=Id()), messages.c.read_at.is_(None))
    .values(read_at=bindparam("row_at", type_=Instant()))
)

_HELD_OF_CASE = (
    select(held_replies)
    .where(held_replies.c.case_id == bindparam("case_id", type_=Id()), held_replies.c.taken_back.is_(False))
    .order_by(held_replies.c.seq)
)
_HELD_UNTIL = (
    select(held_replies.c.case_id, held_replies.c.id)
    .where(held_replies.c.goes_at <= bindparam("until", type_=Instant()))
    .order_by(held_replies.c.goes_at, held_replies.c.seq)
    .limit(bindparam("limit"))
)
_LOCK_HELD = select(held_replies).where(held_replies.c.id == bindparam("id", type_=Id())).with_for_update()
_TAKE_BACK = (
    update(held_replies).where(held_replies.c.id == bindparam("row_id", type_=Id())).values(taken_back=True)
)
_DROP_HELD = delete(held_replies).where(held_replies.c.id == bindparam("row_id", type_=Id()))


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

    def unread_in(self, case_ids: Collection[CaseId]) -> frozenset[CaseId]:
        if not case_ids:
            return frozenset()
        rows = self._work.all(_UNREAD_IN, {"ids": list(case_ids)})
        return frozenset(CaseId(row.case_id) for row in rows)

    def came_after(self, case_id: CaseId, at: datetime) -> datetime | None:
        row = self._work.one(_CAME_AFTER, {"case_id": case_id, "after": at})
        return None if row is None else row.at

    def hold(self, reply: HeldReply) -> None:
        key = case_key(self._work, reply.case_id, Part.BODY)
        self._work.run(
            insert(held_replies),
            {
                "id": reply.id,
                "case_id": reply.case_id,
                "by": reply.by,
                "goes_at": reply.goes_at,
                "taken_back": reply.taken_back,
                "words": key.seal_text(_held_place(reply.id), reply.words),
            },
        )

    def held_of_case(self, case_id: CaseId) -> Sequence[HeldReply]:
        return [self._held(row) for row in self._work.all(_HELD_OF_CASE, {"case_id": case_id})]

    def held_until_now(self, *, limit: int) -> Sequence[tuple[CaseId, MessageId]]:
        rows = self._work.all(_HELD_UNTIL, {"until": self._work.now, "limit": limit})
        return [(CaseId(row.case_id), MessageId(row.id)) for row in rows]

    def lock_held(self, reply_id: MessageId) -> HeldReply | None:
        row = self._work.one(_LOCK_HELD, {"id": reply_id})
        return None if row is None else self._held(row)

    def take_back(self, reply: HeldReply) -> None:
        self._work.run(_TAKE_BACK, {"row_id": reply.id, "goes_at": reply.goes_at})

    def drop_held(self, reply_id: MessageId) -> None:
        self._work.run(_DROP_HELD, {"row_id": reply_id})

    def _held(self, row: Row[Any]) -> HeldReply:
        key = case_key(self._work, CaseId(row.case_id), Part.BODY)
        return HeldReply(
            id=MessageId(row.id),
            case_id=CaseId(row.case_id),
            by=PersonId(row.by),
            words=key.open_text(_held_place(row.id), row.words),
            goes_at=row.goes_at,
            taken_back=row.taken_back,
        )

    def mark_read(self, ids: Collection[MessageId], *, at: datetime) -> None:
        if ids:
            self._work.run(_MARK_READ, [{"row_id": each, "row_at": at} for each in ids])


def _place(message_id: object) -> Place:
    return Place("messages", "words", str(message_id))


def _held_place(reply_id: MessageId) -> Place:
    return Place("held_replies", "words", str(reply_id))
