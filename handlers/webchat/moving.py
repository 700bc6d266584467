"""Going on here for good: somebody who came from a chat gives its address up, as functions of a transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from handlers.dialog.conversation import Conversation, Door
from handlers.dialog.ports import IntakeTransaction
from handlers.webchat.doors import digest_of, is_first, is_quiet, new_door, source_of
from handlers.webchat.parts import WebchatParts
from handlers.webchat.sent import Ended, Repeated
from triage.cases.receipts import ReceiptCode, is_code_of, make_receipt
from triage.cases.reporter_side import move_to_code
from triage.ids import CaseId
from triage.refusals import Reason, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class WayBack:
    """One report of the chat and its code; None for one that was given before and cannot be shown any more."""

    case_id: CaseId
    received_at: datetime
    code: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Moving:
    """What the page shows before somebody moves."""

    now: datetime
    hotline: str
    ways: tuple[WayBack, ...]
    has_draft: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """The chat was let go; this browser is in by the code."""


def moving(tx: IntakeTransaction, token: str | None) -> Moving | None:
    """The ways back of the chat that this browser came from; None where there is none to give up."""
    found = _of(tx, token)
    if found is None:
        return None
    door, conversation = found
    return Moving(
        now=tx.now,
        hotline=conversation.hotline or "",
        ways=_ways(tx, door, conversation),
        has_draft=conversation.draft is not None,
    )


def move(
    tx: IntakeTransaction,
    parts: WebchatParts,
    token: str,
    groups: Mapping[int, str],
    *,
    input_id: str,
    address: str,
) -> Moved | Repeated | Ended | Refused:
    """Destroy the way to the chat once every code is in the person's hands: shown just now, or typed."""
    digest = digest_of(tx, token)
    found = _of(tx, token)
    if found is None or parts.leave_chat is None:
        return Ended() if is_first(tx, digest, input_id) else Repeated()
    door, conversation = found
    tx.conversations.lock(conversation.id)
    for number, way in enumerate(_ways(tx, door, conversation)):
        if way.code is not None:
            continue
        if not parts.limits.codes.allows(tx, f"receipt:{source_of(tx, address)}"):
            return Refused(Reason.TOO_MANY_TRIES)
        if not is_code_of(tx, case_id=way.case_id, typed=groups.get(number, "")):
            return Refused(Reason.WRONG_CODE)
    is_first(tx, digest, input_id)
    move_to_code(tx, conversation_id=conversation.id)
    parts.leave_chat(tx, conversation.id)
    tx.conversations.add_door(digest, new_door(tx, conversation_id=None, case_id=door.case_id))
    return Moved()


def _of(tx: IntakeTransaction, token: str | None) -> tuple[Door, Conversation] | None:
    door = tx.conversations.find_door(digest_of(tx, token)) if token else None
    if door is None or door.case_id is None or door.conversation_id is None or is_quiet(tx, door):
        return None
    conversation = tx.conversations.find(door.conversation_id)
    if conversation is None or conversation.address is None:
        return None
    return (door, conversation) if tx.reporters.can_be_written_to(conversation.id) else None


def _ways(tx: IntakeTransaction, door: Door, conversation: Conversation) -> tuple[WayBack, ...]:
    latest = [] if door.case_id is None else [door.case_id]
    found = []
    for case_id in dict.fromkeys([*latest, *tx.reporters.open_cases_of(conversation.id)]):
        code = make_receipt(tx, case_id=case_id)
        written = code.written if isinstance(code, ReceiptCode) else None
        found.append(WayBack(case_id=case_id, received_at=tx.cases.get(case_id).received_at, code=written))
    return tuple(sorted(found, key=lambda way: way.received_at))
