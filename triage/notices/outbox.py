"""The outbox: every outgoing message is a row written in the transaction of its cause."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from triage.ids import CaseCode, CaseId, ConversationId, NoticeId, OutboxId, PersonId


class Lane(StrEnum):
    """Escalations never stand behind conversations."""

    ESCALATION = "escalation"
    CONVERSATION = "conversation"


class Via(StrEnum):
    """The channel that carries a row."""

    TELEGRAM = "telegram"
    MAIL = "mail"
    SMS = "sms"
    WEBHOOK = "webhook"
    APPRISE = "apprise"


HOUSE_WIDE = frozenset({Via.WEBHOOK, Via.APPRISE})
"""Channels that are nobody's own: each notice goes there once."""


WAKING_PEER = "wake:"
"""How the peer of a notice begins that wakes somebody: it stands behind none of their other notices."""


def peer_of(person_id: PersonId, *, wakes: bool) -> str:
    """Whose order a notice to this person keeps."""
    return f"{WAKING_PEER if wakes else 'person:'}{person_id}"


def may_go_along(payload: Mapping[str, object]) -> bool:
    """Whether a row may go out in one message with others of its person: a notice that wakes nobody."""
    return "notice" in payload and not payload.get("wakes")


class OutboxState(StrEnum):
    """A row's life. `superseded` rows were overtaken by a later notice before they went out.

    A `dead` row was given up; it is `settled` once a named person has seen to it.
    """

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    SETTLED = "settled"
    SUPERSEDED = "superseded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A message waiting to go.

    `peer` orders: rows of one peer and channel go out one after the other, and notices together (`may_go_along`).
    `payload` is what the sender needs: either a ready Bot API call (`method`, `params`) or a notice (`notice`,
    `params`, `language`, and `to` for staff). With a `conversation_id` the payload is sealed under that conversation's
    contact key, and a notice goes to the conversation's own address; without one the row holds no words and no key is
    needed to send it. `dedupe` is unique: a second row with the same value is not written.
    """

    id: OutboxId
    lane: Lane
    via: Via
    peer: str
    payload: Mapping[str, object] = field(repr=False)
    not_before: datetime
    dedupe: str | None = None
    conversation_id: ConversationId | None = None
    case_id: CaseId | None = None
    person_id: PersonId | None = None
    notice_id: NoticeId | None = None
    topic: str | None = None
    """Rows of one topic and person overtake each other while they wait (see `Outbox.supersede`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Undelivered:
    """A message that was given up and that somebody must see to. It holds no word of what it said.

    `at` is when it was written; `error` is a code; `via` None stands for every channel that was tried. `person` is the
    name of the member of staff it was for; None is the reporter of the case.
    """

    id: OutboxId
    lane: Lane
    via: Via | None
    at: datetime
    error: str
    case_code: CaseCode | None
    person: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedNotice:
    """That an update could not be digested and lies sealed: when it came, and the class of what was raised."""

    id: UUID
    at: datetime
    error: str
