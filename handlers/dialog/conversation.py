"""The conversation: the thread with one reporter, found by a keyed hash, and the doors that lead into it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from handlers.dialog.draft import Draft
from triage.cases.records import Channel
from triage.ids import CaseId, ConversationId

DRAFT_LIVES = timedelta(hours=24)
"""A draft that was not sent vanishes this long after its last answer."""

LINK_LIVES = timedelta(minutes=30)
"""A one-time link to the secure page."""

DOOR_IDLE = timedelta(minutes=60)
"""A reporter's browser is forgotten after this long without an input."""


class Writing(StrEnum):
    """Where the reporter chose to write sensitive answers. Undecided until asked."""

    UNDECIDED = "undecided"
    CHAT = "chat"
    SECURE_PAGE = "secure_page"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One reporter on one channel, and the draft of the report being written, if any.

    `round` counts the drafts, `nonce` is drawn anew with each, and both stand in every button, so that a press on
    an old one is recognised. `address` (open here, sealed at rest) is where replies go; None where there is none
    or contact has ended. `asked` are the channel's own notes on what stands in its chat.
    `case_id` is the case that the latest submission opened.
    """

    id: ConversationId
    channel: Channel
    hotline: str
    language: str | None
    round: int
    nonce: str
    draft: Draft | None = field(default=None, repr=False)
    writing: Writing = Writing.UNDECIDED
    address: str | None = field(default=None, repr=False)
    asked: str | None = None
    case_id: CaseId | None = None
    started_at: datetime | None = None
    expires_at: datetime | None = None


class LinkPurpose(StrEnum):
    """What a one-time link opens."""

    SECURE_PAGE = "secure_page"
    RECEIPT = "receipt"
    MOVE = "move"


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A one-time way from the chat to the web, bound to one conversation and round."""

    conversation_id: ConversationId
    round: int
    purpose: LinkPurpose
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """A reporter's browser: what its cookie leads to.

    `confirmed` is False when the browser comes back and must first be asked whether to go on: a shared phone
    never shows a draft unasked. `case_id` is set once the browser gave a receipt code or sent the report.
    """

    conversation_id: ConversationId | None
    case_id: CaseId | None
    confirmed: bool
    seen_at: datetime
    expires_at: datetime
