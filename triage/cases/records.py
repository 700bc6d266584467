"""What hangs on a case or comes before it: submissions, alarms, messages, receipts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from triage.ids import AlarmId, CaseId, ConversationId, MessageId, PersonId, SubmissionId


class Channel(StrEnum):
    """The door that a report came through."""

    TELEGRAM = "telegram"
    WEBCHAT = "webchat"
    TERMINAL = "terminal"
    CONSOLE = "console"


class Source(StrEnum):
    """How a contact reached the house: by itself through a channel, or told to somebody who wrote it down."""

    TELEGRAM = "telegram"
    WEBCHAT = "webchat"
    TERMINAL = "terminal"
    PHONE = "phone"
    MAIL = "mail"
    IN_PERSON = "in_person"
    AUTHORITY = "authority"
    OTHER = "other"


TOLD_TO_US = (Source.PHONE, Source.MAIL, Source.IN_PERSON, Source.AUTHORITY, Source.OTHER)
"""The sources of a contact that staff write down, in the order in which they are offered."""


def source_of(channel: Channel) -> Source:
    """How a contact came whose writer used this channel; of one that staff wrote down it must be said."""
    return Source.OTHER if channel is Channel.CONSOLE else Source(channel.value)


class Late(StrEnum):
    """Why a contact is written down so long after it was received; shown as the text `console.late.<code>`."""

    UNDER_WAY = "under_way"
    WITH_SOMEBODY_ELSE = "with_somebody_else"
    LAY_WITH_US = "lay_with_us"


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenDown:
    """A contact that a member of staff writes down: who does, how it came, and when it was really received."""

    conversation_id: ConversationId
    by: PersonId
    source: Source
    received_at: datetime
    late: Late | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """The immutable submitted answers, with the flow that they were given to.

    `clear` holds the answers that are marked so for routing; `body` all others; `identity` those that say who
    somebody is or where to reach them. The last two are sealed at rest under keys of their own.
    """

    id: SubmissionId
    case_id: CaseId
    conversation_id: ConversationId
    channel: Channel
    hotline: str
    kind: str
    language: str
    flow_id: str
    flow_version: int
    fingerprint: str
    received_at: datetime
    clear: Mapping[str, object] = field(default_factory=dict)
    body: Mapping[str, object] = field(default_factory=dict, repr=False)
    identity: Mapping[str, object] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """Someone answered that there may be danger. It is not a case and is not counted as one.

    It stands from the moment of the answer, before anything was sent, until a named person says what was done.
    """

    id: AlarmId
    conversation_id: ConversationId
    trigger: str
    raised_at: datetime
    wakes: bool
    case_id: CaseId | None = None
    answered_at: datetime | None = None
    answered_by: PersonId | None = None
    action: str | None = None


class Direction(StrEnum):
    """Which way a message of the dialogue went."""

    TO_REPORTER = "to_reporter"
    FROM_REPORTER = "from_reporter"


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message between staff and reporter; its words are sealed at rest."""

    id: MessageId
    case_id: CaseId
    direction: Direction
    at: datetime
    by: PersonId | None
    words: str = field(repr=False)
    read_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldReply:
    """A reply that goes out at `goes_at` (aware UTC) unless it is taken back before; sealed at rest.

    One that was taken back is forgotten at `goes_at`: until then a second press of the same button finds its words.
    """

    id: MessageId
    case_id: CaseId
    by: PersonId
    words: str = field(repr=False)
    goes_at: datetime
    taken_back: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """How a reporter comes back: the keyed hash of a receipt code, never the code."""

    case_id: CaseId
    generation: int
    created_at: datetime
