"""The key and the address of a conversation: what lets the house write to a reporter, until contact ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select, update

from storage.envelopes import Place
from storage.keyring import Part
from storage.rows import Held
from storage.tables import PENDING, conversations, doors, links, outbox, received_messages
from storage.types import Id, Instant
from storage.work import Work
from triage.ids import CaseId, ConversationId
from triage.notices.outbox import OutboxState

CONTACT_ENDED = "contact_ended"
"""Why rows of a conversation die when its contact ends."""

_C = conversations.c
_READ = select(_C.id, _C.round, _C.contact_key, _C.address).where(_C.id == bindparam("id", type_=Id()))
_END = (
    update(conversations)
    .where(_C.id == bindparam("row_id", type_=Id()))
    .values(peer_hash=None, contact_key=None, address=None, revision=_C.revision + 1)
)
_LET_GO = (
    update(conversations)
    .where(_C.id == bindparam("row_id", type_=Id()))
    .values(
        peer_hash=None,
        case_id=None,
        draft=None,
        draft_key=None,
        round=0,
        nonce="",
        expires_at=bindparam("until", type_=Instant()),
        revision=_C.revision + 1,
    )
)
_BURY_PENDING = (
    update(outbox)
    .where(outbox.c.conversation_id.is_not(None), PENDING)
    .values(
        state=OutboxState.DEAD.value, sealed=None, last_error=CONTACT_ENDED, lease_by=None, lease_until=None
    )
)
_BURY = _BURY_PENDING.where(outbox.c.conversation_id == bindparam("row_id", type_=Id()))
# Notices are about a case; what empties the chat is not.
_SILENCE_TALK = _BURY.where(outbox.c.case_id.is_not(None))
_SILENCE = _BURY_PENDING.where(outbox.c.case_id == bindparam("row_case", type_=Id()))
_SPEAK_OF = (
    update(conversations)
    .where(_C.id == bindparam("row_id", type_=Id()), _C.case_id == bindparam("row_case", type_=Id()))
    .values(case_id=bindparam("other", type_=Id()), revision=_C.revision + 1)
)
# Nothing that was sent keeps it any more: then it goes as one from which nothing was sent.
_LEAVE_TO_SWEEPER = (
    update(conversations)
    .where(_C.id == bindparam("row_id", type_=Id()), _C.draft.is_(None), _C.case_id.is_(None))
    .values(expires_at=bindparam("now", type_=Instant()))
)
_CLOSE_DOORS = delete(doors).where(
    doors.c.conversation_id == bindparam("row_id", type_=Id()),
    doors.c.case_id == bindparam("row_case", type_=Id()),
)


def held(work: Work, row: Any) -> Held:  # noqa: ANN401 - a row with the columns of `_READ`
    """What this transaction now holds of the conversation in this row."""
    owner = ConversationId(row.id)
    key, address = None, None
    if row.contact_key is not None:
        key = work.keyring.open_key(row.contact_key, str(owner), Part.CONTACT)
        if row.address is not None:
            address = key.open_text(Place("conversations", "address", str(owner)), row.address)
    found = Held(round=row.round, contact=key, draft=None, draft_wrapped=None, address=address)
    work.held[owner] = found
    return found


def find(work: Work, conversation_id: ConversationId) -> Held | None:
    """The conversation's key and address, read once in a transaction."""
    found = work.held.get(conversation_id)
    if found is None:
        row = work.one(_READ, {"id": conversation_id})
        return None if row is None else held(work, row)
    return found


def end(work: Work, conversation_id: UUID) -> None:
    """Destroy address, hash and contact key; what still waited to go out under them dies."""
    owner = ConversationId(conversation_id)
    work.run(_END, {"row_id": owner})
    work.run(_BURY, {"row_id": owner})
    for table in (received_messages, links, doors):
        work.run(delete(table).where(table.c.conversation_id == owner))
    known = work.held.get(owner)
    if known is not None:
        known.contact = known.address = None
    work.leased = [row for row in work.leased if row.conversation_id != owner]


def silence(work: Work, case_id: CaseId) -> None:
    """What waits to tell a reporter of this case never goes out."""
    work.run(_SILENCE, {"row_case": case_id})


def part(work: Work, conversation_id: ConversationId, case_id: CaseId, *, speaks_of: CaseId | None) -> None:
    """Go on without this case: what waited to be said about it dies, and so do the browsers' ways to it."""
    both = {"row_id": conversation_id, "row_case": case_id}
    work.run(_SPEAK_OF, {**both, "other": speaks_of})
    work.run(_CLOSE_DOORS, both)
    silence(work, case_id)
    if speaks_of is None:
        work.run(_LEAVE_TO_SWEEPER, {"row_id": conversation_id, "now": work.now})


def let_go(work: Work, conversation_id: UUID, *, until: datetime) -> None:
    """Forget whose conversation it was, its draft and its notices; the address follows at `until`, when it expires."""
    owner = ConversationId(conversation_id)
    work.run(_LET_GO, {"row_id": owner, "until": until})
    work.run(_SILENCE_TALK, {"row_id": owner})
    for table in (links, doors):
        work.run(delete(table).where(table.c.conversation_id == owner))
    known = work.held.get(owner)
    if known is not None:
        known.draft = known.draft_wrapped = None
