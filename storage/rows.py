"""What the store itself hands out beside the core's records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from storage.envelopes import DataKey
from triage.ids import CaseId, ClockPolicyId, ConversationId, OutboxId, PersonId
from triage.notices.outbox import Lane, Via


@dataclass(slots=True, kw_only=True)
class Held:
    """A conversation that the transaction has read: its address and open keys."""

    round: int
    contact: DataKey | None
    draft: DataKey | None
    draft_wrapped: bytes | None
    address: str | None = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An outbox row that this process holds a lease on and is to send now.

    `payload` is open. `address` is where the row's conversation is written to, if it has one. `attempts` counts
    this one too.
    """

    id: OutboxId
    lane: Lane
    via: Via
    peer: str
    payload: Mapping[str, object] = field(repr=False)
    attempts: int
    created_at: datetime
    address: str | None = field(default=None, repr=False)
    dedupe: str | None = None
    topic: str | None = None
    conversation_id: ConversationId | None = None
    case_id: CaseId | None = None
    person_id: PersonId | None = None
    along: tuple[Claimed, ...] = ()
    """Later rows of the same peer that go out in the same message, oldest first: they fare as this one does."""

    @property
    def rows(self) -> tuple[Claimed, ...]:
        """This row and those that go along."""
        return (self, *self.along)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter:
    """An outbox row that was given up: what staff must know to act."""

    id: OutboxId
    lane: Lane
    via: Via
    created_at: datetime
    attempts: int
    error: str
    case_id: CaseId | None
    person_id: PersonId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneHealth:
    """One lane of one channel: how many rows wait, since when the oldest that may go has waited, and how many died."""

    lane: Lane
    via: Via
    waiting: int
    oldest_due_at: datetime | None
    dead: int


@dataclass(frozen=True, slots=True)
class DueClocks:
    """Clocks of one version of a policy that are due and not looked at yet, the first of them since `oldest`."""

    policy_id: ClockPolicyId
    policy_version: int
    number: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class Failing:
    """How many messages of one lane and channel were tried in vain and wait."""

    lane: Lane
    via: Via
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ParkedUpdate:
    """An update that a handler could not digest."""

    id: UUID
    at: datetime
    error: str
    update: bytes = field(repr=False)
