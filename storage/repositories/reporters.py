"""The way back to a reporter: receipts and contact."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, desc, exists, insert, select

from storage.repositories import contact
from storage.tables import case_events, cases, conversations, doors, receipts, submissions
from storage.types import Id
from storage.work import Work
from triage.cases.case import EventKind
from triage.cases.records import Receipt
from triage.ids import CaseId, ConversationId

_COLUMNS = select(receipts.c.case_id, receipts.c.generation, receipts.c.created_at)
_FIND = _COLUMNS.where(receipts.c.digest == bindparam("digest"))
_OF_CASE = _COLUMNS.where(receipts.c.case_id == bindparam("case_id", type_=Id()))
# An address whose owner is forgotten only empties its chat.
_REACHABLE = and_(conversations.c.address.is_not(None), conversations.c.peer_hash.is_not(None))
_NOT_ENDED = ~exists().where(
    case_events.c.case_id == submissions.c.case_id, case_events.c.kind == EventKind.CONTACT_ENDED.value
)
_CONVERSATION_OF = (
    select(conversations.c.id)
    .join(submissions, submissions.c.conversation_id == conversations.c.id)
    .where(submissions.c.case_id == bindparam("case_id", type_=Id()), _REACHABLE, _NOT_ENDED)
    .order_by(desc(submissions.c.seq))
    .limit(1)
)
_LOCK = select(conversations.c.id).where(conversations.c.id == bindparam("id", type_=Id())).with_for_update()
_CAN_BE_WRITTEN_TO = select(conversations.c.id).where(
    conversations.c.id == bindparam("id", type_=Id()), _REACHABLE
)

_OPEN_CASES_OF = (
    select(submissions.c.case_id)
    .join(cases, cases.c.id == submissions.c.case_id)
    .where(
        submissions.c.conversation_id == bindparam("id", type_=Id()),
        cases.c.closed_at.is_(None),
        _NOT_ENDED,
    )
    .order_by(desc(submissions.c.seq))
)
_HAS_PARTED = (
    select(submissions.c.id)
    .where(submissions.c.conversation_id == bindparam("id", type_=Id()), ~_NOT_ENDED)
    .limit(1)
)
_HAS_ENDED = (
    select(case_events.c.id)
    .where(
        case_events.c.case_id == bindparam("case_id", type_=Id()),
        case_events.c.kind == EventKind.CONTACT_ENDED.value,
    )
    .limit(1)
)
_IS_WRITING = select(conversations.c.id).where(
    conversations.c.id == bindparam("id", type_=Id()), conversations.c.draft.is_not(None)
)


class SqlReporters:
    """The port `Reporters` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def add_receipt(self, digest: bytes, receipt: Receipt) -> None:
        self._work.run(delete(receipts).where(receipts.c.case_id == receipt.case_id))
        self._work.run(
            insert(receipts),
            {
                "digest": digest,
                "case_id": receipt.case_id,
                "generation": receipt.generation,
                "created_at": receipt.created_at,
            },
        )

    def find_receipt(self, digest: bytes) -> Receipt | None:
        return _receipt(self._work.one(_FIND, {"digest": digest}))

    def receipt_of(self, case_id: CaseId) -> Receipt | None:
        return _receipt(self._work.one(_OF_CASE, {"case_id": case_id}))

    def conversation_of(self, case_id: CaseId) -> ConversationId | None:
        row = self._work.one(_CONVERSATION_OF, {"case_id": case_id})
        return None if row is None else ConversationId(row.id)

    def lock(self, conversation_id: ConversationId) -> None:
        self._work.one(_LOCK, {"id": conversation_id})

    def can_be_written_to(self, conversation_id: ConversationId) -> bool:
        return self._work.one(_CAN_BE_WRITTEN_TO, {"id": conversation_id}) is not None

    def end_contact(self, conversation_id: ConversationId) -> None:
        contact.end(self._work, conversation_id)

    def open_cases_of(self, conversation_id: ConversationId) -> Sequence[CaseId]:
        rows = self._work.all(_OPEN_CASES_OF, {"id": conversation_id})
        return list(dict.fromkeys(CaseId(row.case_id) for row in rows))

    def has_ended(self, case_id: CaseId) -> bool:
        return self._work.one(_HAS_ENDED, {"case_id": case_id}) is not None

    def has_parted(self, conversation_id: ConversationId) -> bool:
        return self._work.one(_HAS_PARTED, {"id": conversation_id}) is not None

    def is_writing(self, conversation_id: ConversationId) -> bool:
        return self._work.one(_IS_WRITING, {"id": conversation_id}) is not None

    def part(self, conversation_id: ConversationId, case_id: CaseId, *, speaks_of: CaseId | None) -> None:
        contact.part(self._work, conversation_id, case_id, speaks_of=speaks_of)

    def shut_pages(self, case_id: CaseId) -> None:
        self._work.run(delete(doors).where(doors.c.case_id == case_id))

    def shut(self, case_id: CaseId) -> None:
        self._work.run(delete(receipts).where(receipts.c.case_id == case_id))
        self.shut_pages(case_id)
        contact.silence(self._work, case_id)

    def let_go(self, conversation_id: ConversationId, *, until: datetime) -> None:
        contact.let_go(self._work, conversation_id, until=until)


def _receipt(row: Row[Any] | None) -> Receipt | None:
    if row is None:
        return None
    return Receipt(case_id=CaseId(row.case_id), generation=row.generation, created_at=row.created_at)
