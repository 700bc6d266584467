"""The case: the unit of work that staff handle, and the only way its state moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from triage.ids import CaseCode, CaseId, PersonId


class CaseState(StrEnum):
    """Where a case stands. The names are those of the hotline's own work, not of a person."""

    RECEIVED = "received"
    IN_TRIAGE = "in_triage"
    AWAITS_SECOND_PERSON = "awaits_second_person"
    AWAITS_RECEIPT = "awaits_receipt"
    TRIAGED = "triaged"
    FORWARDED = "forwarded"
    CLOSED = "closed"


TRANSITIONS: Mapping[CaseState, frozenset[CaseState]] = {
    CaseState.RECEIVED: frozenset(
        {
            CaseState.IN_TRIAGE,
            CaseState.AWAITS_SECOND_PERSON,
            CaseState.AWAITS_RECEIPT,
            CaseState.TRIAGED,
        }
    ),
    CaseState.IN_TRIAGE: frozenset(
        {CaseState.AWAITS_SECOND_PERSON, CaseState.AWAITS_RECEIPT, CaseState.TRIAGED}
    ),
    CaseState.AWAITS_SECOND_PERSON: frozenset({CaseState.IN_TRIAGE, CaseState.TRIAGED}),
    CaseState.AWAITS_RECEIPT: frozenset({CaseState.IN_TRIAGE, CaseState.FORWARDED}),
    CaseState.TRIAGED: frozenset({CaseState.CLOSED}),
    CaseState.FORWARDED: frozenset({CaseState.CLOSED}),
    CaseState.CLOSED: frozenset(),
}
"""The moves that exist; `Case.moved` refuses every other."""


class CaseMoveError(Exception):
    """A case was asked to make a move that does not exist: a fault in the code that asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """A triage outcome set by a named person. `local_action` and `to_unit` make the 48-hour population countable.

    The action plan's own figure counts cases that go through the coordination unit and need local action;
    both answers are therefore asked at every decision.
    """

    outcome: str
    decided_by: PersonId
    decided_at: datetime
    local_action: bool
    to_unit: bool
    confirmed_by: PersonId | None = None
    confirmed_at: datetime | None = None
    receipt_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One concern. It holds no words of anybody; all times are aware UTC."""

    id: CaseId
    code: CaseCode
    hotline: str
    kind: str
    received_at: datetime
    state: CaseState = CaseState.RECEIVED
    acute: bool = False
    assignee: PersonId | None = None
    municipality: str | None = None
    decision: Decision | None = None
    first_reply_at: datetime | None = None
    first_read_at: datetime | None = None
    closed_at: datetime | None = None
    revision: int = 0

    def can_move(self, to: CaseState) -> bool:
        """Whether the move exists."""
        return to in TRANSITIONS[self.state]

    def moved(self, to: CaseState) -> Case:
        """The case in its new state; raises `CaseMoveError` for a move that does not exist."""
        if not self.can_move(to):
            raise CaseMoveError(f"{self.state} does not lead to {to}.")
        return replace(self, state=to)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePlace:
    """A place in the queue, in the only order there is: acute flag, time left, arrival; the id parts equal ones.

    `due_at` is when the nearest clock that runs on the case runs out; None where none runs, which comes last.
    """

    acute: bool
    due_at: datetime | None
    received_at: datetime
    id: CaseId


class EventKind(StrEnum):
    """What can stand in a case's timeline."""

    RECEIVED = "received"
    CLAIMED = "claimed"
    MARKED_ACUTE = "marked_acute"
    ACUTE_ANSWERED = "acute_answered"
    DECIDED = "decided"
    CONFIRMED = "confirmed"
    CONFIRMATION_DECLINED = "confirmation_declined"
    NEXT_STEP = "next_step"
    RECEIPT_RECORDED = "receipt_recorded"
    ESCALATED = "escalated"
    OVERDUE_EXPLAINED = "overdue_explained"
    REPLY_WRITTEN = "reply_written"
    REPLY_READ = "reply_read"
    REPORTER_WROTE = "reporter_wrote"
    REPORTER_UNREACHABLE = "reporter_unreachable"
    IDENTITY_READ = "identity_read"
    NOTE = "note"
    CONTACT_ENDED = "contact_ended"
    CONTACT_MOVED = "contact_moved"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseEvent:
    """One line of a case's timeline. `facts` are codes and times in clear; `words` are sealed at rest."""

    id: UUID
    case_id: CaseId
    kind: EventKind
    at: datetime
    by: PersonId | None
    facts: Mapping[str, str] = field(default_factory=dict)
    words: str | None = field(default=None, repr=False)
