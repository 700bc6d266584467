"""The case: the unit of work that staff handle, and the only way its state moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from triage.cases.records import Source
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
    # Back only where a contact that was answered turns out to be another kind of contact.
    CaseState.TRIAGED: frozenset({CaseState.IN_TRIAGE, CaseState.CLOSED}),
    CaseState.FORWARDED: frozenset({CaseState.CLOSED}),
    # A closed case that is opened again is decided anew.
    CaseState.CLOSED: frozenset({CaseState.IN_TRIAGE}),
}
"""The moves that exist; `Case.moved` refuses every other."""


UNDECIDED = frozenset({CaseState.RECEIVED, CaseState.IN_TRIAGE})
"""States in which nobody has decided yet."""

DECIDED = frozenset({CaseState.TRIAGED, CaseState.FORWARDED})
"""States in which a decision is in force and the case is not closed."""

_MAIN_CLOCK_RUNS = UNDECIDED | {CaseState.AWAITS_SECOND_PERSON, CaseState.AWAITS_RECEIPT}


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

    @property
    def in_force_at(self) -> datetime:
        """When it came in force, unless it still waits for somebody."""
        return self.receipt_at or self.confirmed_at or self.decided_at


@dataclass(frozen=True, slots=True, kw_only=True)
class KindAsked:
    """Somebody wants the contact to be of another kind without telling whoever wrote it: a second person confirms.

    `because` is one of the exceptions that the profile names.
    """

    kind: str
    because: str
    by: PersonId
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One contact, of whatever kind. It holds no words of anybody; all times are aware UTC.

    `received_at` is when the house heard of it, which may be before anybody wrote it down; `source` says how.
    `addition_at` is when the oldest words came that nobody has seen to since the decision.
    `conflicts` are those of the staff who must not know that it exists.
    `call` is None once no call is wanted of us; else the codes that say when it is safe, none where nobody said.
    """

    id: CaseId
    code: CaseCode
    hotline: str
    kind: str
    received_at: datetime
    source: Source = Source.OTHER
    state: CaseState = CaseState.RECEIVED
    acute: bool = False
    assignee: PersonId | None = None
    municipality: str | None = None
    decision: Decision | None = None
    first_reply_at: datetime | None = None
    first_read_at: datetime | None = None
    closed_at: datetime | None = None
    addition_at: datetime | None = None
    kind_asked: KindAsked | None = None
    call: tuple[str, ...] | None = None
    conflicts: frozenset[PersonId] = frozenset()
    revision: int = 0

    @property
    def waits(self) -> bool:
        """Whether it stands in the queue: a decision is to come or not in force, or something came after it."""
        return self.state in _MAIN_CLOCK_RUNS or self.addition_at is not None or self.kind_asked is not None

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


class Show(StrEnum):
    """Which cases the first page shows. `QUEUE` is what waits for a decision, in its order."""

    QUEUE = "queue"
    MINE = "mine"
    """All that the reader holds, whether anybody waits for a decision or not, until it is closed."""
    UNASSIGNED = "unassigned"
    OVERDUE = "overdue"
    """A deadline of theirs has passed, whether anybody waits for a decision or not."""
    OTHERS = "others"
    """What waits for a second person, a receipt, or the answer of an authority."""


class EventKind(StrEnum):
    """What can stand in a case's timeline."""

    RECEIVED = "received"
    CLAIMED = "claimed"
    KIND_CHANGED = "kind_changed"
    KIND_ASKED = "kind_asked"
    KIND_DECLINED = "kind_declined"
    MARKED_ACUTE = "marked_acute"
    ACUTE_ANSWERED = "acute_answered"
    DECIDED = "decided"
    CONFIRMED = "confirmed"
    CONFIRMATION_DECLINED = "confirmation_declined"
    NEXT_STEP = "next_step"
    RECEIPT_RECORDED = "receipt_recorded"
    ESCALATED = "escalated"
    ACKNOWLEDGED = "acknowledged"
    CLIMBED = "climbed"
    QUIET_OVER = "quiet_over"
    OVERDUE_EXPLAINED = "overdue_explained"
    REPLY_WRITTEN = "reply_written"
    REPLY_NOT_SENT = "reply_not_sent"
    REPLY_READ = "reply_read"
    REPORTER_WROTE = "reporter_wrote"
    ADDITION_SEEN = "addition_seen"
    CALLED = "called"
    HANDED_TO = "handed_to"
    REPORTER_UNREACHABLE = "reporter_unreachable"
    IDENTITY_READ = "identity_read"
    IDENTITY_ASKED = "identity_asked"
    IDENTITY_AGREED = "identity_agreed"
    IDENTITY_DECLINED = "identity_declined"
    GLASS_BROKEN = "glass_broken"
    NOTE = "note"
    CLOCK_STARTED = "clock_started"
    CLOCK_STOPPED = "clock_stopped"
    CLOCK_PAUSED = "clock_paused"
    CLOCK_WENT_ON = "clock_went_on"
    KEPT_OUT = "kept_out"
    LET_BACK_IN = "let_back_in"
    RELEASED = "released"
    ASKED = "asked"
    ASKING_AGREED = "asking_agreed"
    ASKING_WITHDRAWN = "asking_withdrawn"
    ASKING_SAID = "asking_said"
    PROPOSAL_TAKEN = "proposal_taken"
    PROPOSAL_DECLINED = "proposal_declined"
    TASK_MADE = "task_made"
    TASK_TAKEN = "task_taken"
    TASK_ENDED = "task_ended"
    LINKED = "linked"
    UNLINKED = "unlinked"
    CONTACT_ENDED = "contact_ended"
    CONTACT_MOVED = "contact_moved"
    CLOSED = "closed"
    REOPENED = "reopened"


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
