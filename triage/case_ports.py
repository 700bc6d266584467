"""What the core asks of the store about cases: their records, clocks and the way back to a reporter.

The whole, and what holds of all of it, stands in `triage/ports.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol, TypeAlias

from triage.cases.case import Case, CaseEvent, EventKind, QueuePlace, Show
from triage.cases.records import Alarm, HeldReply, Message, Receipt, Submission
from triage.clocks.clock import Clock
from triage.ids import (
    AlarmId,
    CaseCode,
    CaseId,
    ClockId,
    ClockPolicyId,
    ConversationId,
    MessageId,
    PersonId,
)
from triage.notices.ladder import Ladder

if TYPE_CHECKING:
    from triage.cases.searching import FoundPlace, Wanted

FiringOf: TypeAlias = tuple[ClockId, str, int]
"""A clock, its milestone and the occurrence of that."""

PolicyVersion: TypeAlias = tuple[ClockPolicyId, int]
"""A policy and one of its versions."""


class Cases(Protocol):
    """Cases, their timeline and their submissions."""

    def add(self, case: Case) -> None:
        """Insert the case and make its data keys."""

    def lock(self, case_id: CaseId) -> Case:
        """The case, locked until the transaction ends; `LookupError` if there is none."""

    def lock_all(self, case_ids: Collection[CaseId]) -> None:
        """Lock these cases until the transaction ends; what was read of them before may be old."""

    def find(self, code: CaseCode) -> Case | None:
        """The case of this code."""

    def get(self, case_id: CaseId) -> Case:
        """The case; `LookupError` if there is none."""

    def look(self, case_id: CaseId) -> Case | None:
        """The case; None where there is none, or none that its reader may know of."""

    def get_all(self, case_ids: Collection[CaseId]) -> Mapping[CaseId, Case]:
        """These cases, in one question; `LookupError` if one of them is not there."""

    def save(self, case: Case) -> Case:
        """Write the case back with its revision raised by one; a lost race is a fault, so `lock` first."""

    def queue(
        self, *, reader: PersonId | None, limit: int, after: QueuePlace | None = None
    ) -> Sequence[Case]:
        """Cases that wait for somebody (`Case.waits`): acute ones first, then by time left, then by arrival.

        With `after` only those that stand behind this place. Left out are those in which the reader has a conflict of
        interest.
        """

    def count_waiting(self, *, reader: PersonId, most: int) -> int:
        """How many cases `queue` would give this reader; counted up to `most` and no further."""

    def shown(self, *, reader: PersonId, show: Show, limit: int) -> Sequence[Case]:
        """Open cases of this kind in the order of the queue, but for the reader's conflicts; not for `QUEUE`."""

    def promised(
        self, *, reader: PersonId, until: datetime, limit: int, decided: bool = False
    ) -> Sequence[Case]:
        """Cases whose first clock runs out up to this instant, in that order, but for the reader's conflicts.

        With `decided` only those that wait for nobody's decision.
        """

    def to_call(self, *, reader: PersonId, limit: int, own: bool = False) -> Sequence[Case]:
        """Cases that are not closed and in which a call is wanted, by arrival, but for the reader's conflicts.

        With `own` only those that the reader holds, or nobody.
        """

    def search(
        self, *, reader: PersonId, wanted: Wanted, after: FoundPlace | None, limit: int
    ) -> Sequence[Case]:
        """Cases that are as wanted, the latest first, behind this place; but for the reader's conflicts."""

    def held_by(self, person_id: PersonId) -> Sequence[Case]:
        """The cases that this person holds and that are not closed, in the order in which they are locked.

        It is the house that asks: nothing is hidden from then on.
        """

    def decided(self, *, reader: PersonId | None, limit: int) -> Sequence[Case]:
        """The latest cases that wait for nobody's triage decision, newest first, but for the reader's conflicts."""

    def record(self, *events: CaseEvent) -> None:
        """Append to the timeline, each to its case's."""

    def times_of(self, kind: EventKind, case_ids: Collection[CaseId]) -> Mapping[CaseId, Sequence[datetime]]:
        """When something of this kind happened to these cases, in order; opens no words."""

    def timeline(self, case_id: CaseId) -> Sequence[CaseEvent]:
        """The timeline, oldest first."""

    def add_submission(self, submission: Submission) -> None:
        """Store a submission, sealed under the case's keys."""

    def submissions(self, case_id: CaseId, *, identity: bool) -> Sequence[Submission]:
        """The submissions of a case; without `identity` that part stays shut and comes back empty."""


class Messages(Protocol):
    """The dialogue between staff and reporter."""

    def add(self, message: Message) -> None:
        """Store a message, sealed under the case's key."""

    def of_case(self, case_id: CaseId) -> Sequence[Message]:
        """All messages of a case, oldest first."""

    def unread_since(self, case_id: CaseId, *, at: datetime | None = None) -> datetime | None:
        """When the oldest message of the reporter came that staff have not opened, or had not at `at`; needs no key."""

    def unread_in(self, case_ids: Collection[CaseId]) -> frozenset[CaseId]:
        """Those of these cases in which the reporter wrote something that staff have not opened; needs no key."""

    def came_after(self, case_id: CaseId, at: datetime) -> datetime | None:
        """When the first message of the reporter came after `at`, read or not; needs no key."""

    def hold(self, reply: HeldReply) -> None:
        """Store a reply that has not gone out, sealed under the case's key."""

    def held_of_case(self, case_id: CaseId) -> Sequence[HeldReply]:
        """Those of a case that are not taken back, the oldest first."""

    def held_until_now(self, *, limit: int) -> Sequence[tuple[CaseId, MessageId]]:
        """Those whose `goes_at` has come, the first first. Needs no key, and locks nothing."""

    def lock_held(self, reply_id: MessageId) -> HeldReply | None:
        """One that has not gone out, or was taken back, locked until the transaction ends. Lock its case first."""

    def take_back(self, reply: HeldReply) -> None:
        """Write back that it was taken back, and when it is forgotten."""

    def drop_held(self, reply_id: MessageId) -> None:
        """Forget it."""

    def mark_read(self, ids: Collection[MessageId], *, at: datetime) -> None:
        """Note when the other side first opened these messages; an earlier time stands."""


class Alarms(Protocol):
    """Alarms that nobody has answered, and those that someone has."""

    def add(self, alarm: Alarm) -> None:
        """Insert an alarm."""

    def open_of(self, conversation_id: ConversationId, *, case_id: CaseId | None = None) -> Alarm | None:
        """The conversation's unanswered alarm of this case, else that of what was not sent yet; locked."""

    def see_open_of(self, conversation_id: ConversationId) -> Alarm | None:
        """An unanswered alarm of the conversation, that of what was not sent yet before others; for showing only."""

    def find(self, alarm_id: AlarmId) -> Alarm | None:
        """The alarm, for looking only."""

    def lock(self, alarm_id: AlarmId) -> Alarm | None:
        """The alarm, locked until the transaction ends."""

    def save(self, alarm: Alarm) -> None:
        """Write the alarm back."""

    def waiting(self, *, reader: PersonId | None, limit: int) -> Sequence[Alarm]:
        """Unanswered alarms, oldest first, but for those of cases in which the reader has a conflict of interest."""

    def of_case(self, case_id: CaseId) -> Sequence[Alarm]:
        """Alarms that were carried to this case."""


class Clocks(Protocol):
    """Running and stopped clocks, and the ledger of what has fired."""

    def add(self, clock: Clock) -> None:
        """Insert a clock."""

    def save(self, clock: Clock) -> None:
        """Write a clock back (its `fired` set is the ledger's and is not written here)."""

    def due(self, *, limit: int, but: Collection[PolicyVersion] = ()) -> Sequence[Clock]:
        """Running clocks whose `next_fire_at` has passed, locked; those another process holds are passed over.

        Left out are those that run under one of the versions `but`.
        """

    def get(self, clock_id: ClockId) -> Clock:
        """A clock with its fired set; `LookupError` if there is none."""

    def get_all(self, clock_ids: Collection[ClockId]) -> Mapping[ClockId, Clock]:
        """These clocks, in one question; `LookupError` if one of them is not there."""

    def of_case(self, case_id: CaseId) -> Sequence[Clock]:
        """All clocks of a case, that which has run longest first."""

    def of_cases(self, case_ids: Collection[CaseId]) -> Sequence[Clock]:
        """All clocks of these cases, in one question, for lists."""

    def of_alarm(self, alarm_id: AlarmId) -> Sequence[Clock]:
        """All clocks of an alarm."""

    def of_alarms(self, alarm_ids: Collection[AlarmId]) -> Sequence[Clock]:
        """All clocks of these alarms, in one question, for lists."""

    def running(
        self, *, after: ClockId | None, limit: int, policy_id: ClockPolicyId | None = None
    ) -> Sequence[Clock]:
        """Clocks that have not stopped, by id behind `after`: to go through them all, a few at a time. Not locked."""

    def started_since(self, since: datetime, *, after: ClockId | None, limit: int) -> Sequence[Clock]:
        """Clocks, stopped or not, that started then or later, by id behind `after`."""

    def counted_by(self) -> str | None:
        """The fingerprint of the calendar by which the running clocks were counted last, if that is known."""

    def set_counted_by(self, calendar: str) -> None:
        """Note it."""

    def lock(self, clock_ids: Collection[ClockId]) -> None:
        """Lock these clocks until the transaction ends; what was read of them before may be old."""

    def record(self, firings: Collection[FiringOf], *, at: datetime) -> Collection[FiringOf]:
        """Write the unique row of each fired milestone; those of them that were not there already."""

    def reschedule(self, clocks: Collection[Clock]) -> None:
        """Write back when these clocks fire next, and nothing else of them."""


class Ladders(Protocol):
    """Where the telling of each clock stands. Needs no key."""

    def lock(self, clock_id: ClockId) -> Ladder | None:
        """The clock's ladder, locked until the transaction ends; None as long as nobody was told."""

    def lock_all(self, clock_ids: Collection[ClockId]) -> Mapping[ClockId, Ladder]:
        """As `lock`, of these clocks as far as they have one, in one question."""

    def find(self, clock_id: ClockId) -> Ladder | None:
        """The clock's ladder, for showing only."""

    def of_clocks(self, clock_ids: Collection[ClockId]) -> Sequence[Ladder]:
        """The ladders of these clocks, in one question."""

    def save(self, *ladders: Ladder) -> None:
        """Write ladders, new or back."""

    def due(self, *, limit: int) -> Sequence[Ladder]:
        """Ladders whose `climbs_at` has passed, locked; those another process holds are passed over."""


class Presences(Protocol):
    """Who was at a case last when. Needs no key."""

    def note(self, case_id: CaseId, person_id: PersonId) -> None:
        """Note that this person is at this case at the transaction's time."""

    def of_case(self, case_id: CaseId, *, after: datetime) -> Mapping[PersonId, datetime]:
        """Who was last at the case after this instant, and when."""

    def forget(self, case_id: CaseId, person_id: PersonId) -> None:
        """Forget that this person was ever at this case."""


class Reporters(Protocol):
    """The way back to a reporter."""

    def add_receipt(self, digest: bytes, receipt: Receipt) -> None:
        """Store a receipt code's keyed hash; earlier generations of the case stop working."""

    def find_receipt(self, digest: bytes) -> Receipt | None:
        """The receipt of this hash, unless it was replaced."""

    def receipt_of(self, case_id: CaseId) -> Receipt | None:
        """The case's current receipt."""

    def conversation_of(self, case_id: CaseId) -> ConversationId | None:
        """The conversation that can still be written to, if contact about this case has not ended."""

    def lock(self, conversation_id: ConversationId) -> None:
        """Lock the conversation until the transaction ends."""

    def can_be_written_to(self, conversation_id: ConversationId) -> bool:
        """Whether a sealed address is there."""

    def end_contact(self, conversation_id: ConversationId) -> None:
        """Destroy the address, its hash and the contact key for good."""

    def open_cases_of(self, conversation_id: ConversationId) -> Sequence[CaseId]:
        """The cases of this conversation that are not closed and about which contact has not ended, latest first."""

    def has_ended(self, case_id: CaseId) -> bool:
        """Whether reporter or staff ended contact about this case."""

    def has_parted(self, conversation_id: ConversationId) -> bool:
        """Whether contact has ended about a case that this conversation sent."""

    def is_writing(self, conversation_id: ConversationId) -> bool:
        """Whether a report is being written in the conversation."""

    def part(self, conversation_id: ConversationId, case_id: CaseId, *, speaks_of: CaseId | None) -> None:
        """Let the conversation go on without this case: what still waited to be said about it dies.

        If it was the case that the conversation speaks of, it speaks of the other one from now on.
        """

    def shut_pages(self, case_id: CaseId) -> None:
        """Forget every browser that a code of this case let in."""

    def shut(self, case_id: CaseId) -> None:
        """Forget the case's receipt and the pages that it opened; what waited to tell the reporter of it dies."""

    def let_go(self, conversation_id: ConversationId, *, until: datetime) -> None:
        """Forget whose conversation it was: it leads to no case and nobody can be written to by it.

        Its draft goes at once, its address at `until`: only what empties its chat still goes out.
        """
