"""What the core asks of the outside: one transaction with its repositories. `storage` implements it twice.

A use case is a plain function whose first argument is a `Transaction`. It runs whole or not at all, never waits
for anything but the store, and never catches a database error. Words handed to a repository are sealed by it;
words that come back are open again.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from triage.audit import Act, Actor, AuditEntry
from triage.cases.case import Case, CaseEvent, EventKind, QueuePlace
from triage.cases.records import Alarm, Message, Receipt, Submission
from triage.clocks.clock import Clock
from triage.house.records import HouseAlarm, Trouble
from triage.house.report import HouseReport
from triage.ids import (
    AlarmId,
    CaseCode,
    CaseId,
    ClockId,
    ClockPolicyId,
    ConversationId,
    MessageId,
    NoticeId,
    OutboxId,
    PersonId,
)
from triage.notices.ladder import Ladder
from triage.notices.outbox import OutboxState, Outgoing, ParkedNotice, Undelivered, Via
from triage.people.duty_port import Duty
from triage.people.person import Person, Role, Session, Ticket, TicketKind

if TYPE_CHECKING:
    from triage.notices.life import ChannelHealth, Life
    from triage.notices.notice import Written


class Cases(Protocol):
    """Cases, their timeline and their submissions."""

    def add(self, case: Case) -> None:
        """Insert the case and make its data keys."""

    def lock(self, case_id: CaseId) -> Case:
        """The case, locked until the transaction ends; `LookupError` if there is none."""

    def find(self, code: CaseCode) -> Case | None:
        """The case of this code."""

    def get(self, case_id: CaseId) -> Case:
        """The case; `LookupError` if there is none."""

    def save(self, case: Case) -> Case:
        """Write the case back with its revision raised by one; a lost race is a fault, so `lock` first."""

    def queue(self, *, limit: int, after: QueuePlace | None = None) -> Sequence[Case]:
        """Cases that wait for somebody (`Case.waits`): acute ones first, then by time left, then by arrival.

        With `after` only those that stand behind this place.
        """

    def decided(self, *, limit: int) -> Sequence[Case]:
        """The latest cases that wait for nobody's triage decision, newest first."""

    def record(self, event: CaseEvent) -> None:
        """Append to the timeline."""

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

    def lock(self, alarm_id: AlarmId) -> Alarm | None:
        """The alarm, locked until the transaction ends."""

    def save(self, alarm: Alarm) -> None:
        """Write the alarm back."""

    def waiting(self, *, limit: int) -> Sequence[Alarm]:
        """Unanswered alarms, oldest first."""

    def of_case(self, case_id: CaseId) -> Sequence[Alarm]:
        """Alarms that were carried to this case."""


class Clocks(Protocol):
    """Running and stopped clocks, and the ledger of what has fired."""

    def add(self, clock: Clock) -> None:
        """Insert a clock."""

    def save(self, clock: Clock) -> None:
        """Write a clock back (its `fired` set is the ledger's and is not written here)."""

    def due(self, *, limit: int) -> Sequence[Clock]:
        """Running clocks whose `next_fire_at` has passed, locked; those another process holds are passed over."""

    def get(self, clock_id: ClockId) -> Clock:
        """A clock with its fired set; `LookupError` if there is none."""

    def of_case(self, case_id: CaseId) -> Sequence[Clock]:
        """All clocks of a case, that which has run longest first."""

    def of_cases(self, case_ids: Collection[CaseId]) -> Sequence[Clock]:
        """All clocks of these cases, in one question, for lists."""

    def of_alarm(self, alarm_id: AlarmId) -> Sequence[Clock]:
        """All clocks of an alarm."""

    def running(
        self, *, after: ClockId | None, limit: int, policy_id: ClockPolicyId | None = None
    ) -> Sequence[Clock]:
        """Clocks that have not stopped, locked, by id behind `after`: to go through them all, a few at a time."""

    def started_since(self, since: datetime, *, after: ClockId | None, limit: int) -> Sequence[Clock]:
        """Clocks, stopped or not, that started then or later, by id behind `after`."""

    def counted_by(self) -> str | None:
        """The fingerprint of the calendar by which the running clocks were counted last, if that is known."""

    def set_counted_by(self, calendar: str) -> None:
        """Note it."""

    def record(self, clock_id: ClockId, milestone: str, occurrence: int, *, at: datetime) -> bool:
        """Write the unique row of a fired milestone; False if it was there already."""


class Ladders(Protocol):
    """Where the telling of each clock stands. Needs no key."""

    def lock(self, clock_id: ClockId) -> Ladder | None:
        """The clock's ladder, locked until the transaction ends; None as long as nobody was told."""

    def find(self, clock_id: ClockId) -> Ladder | None:
        """The clock's ladder, for showing only."""

    def of_clocks(self, clock_ids: Collection[ClockId]) -> Sequence[Ladder]:
        """The ladders of these clocks, in one question."""

    def save(self, ladder: Ladder) -> None:
        """Write a ladder, new or back."""

    def due(self, *, limit: int) -> Sequence[Ladder]:
        """Ladders whose `climbs_at` has passed, locked; those another process holds are passed over."""


class Outbox(Protocol):
    """Messages waiting to go."""

    def add(self, row: Outgoing, *, leased: bool) -> bool:
        """Write the row; False if its `dedupe` value is there already. A leased row is this process's to send now."""

    def supersede(self, *, topic: str, person_id: PersonId | None) -> int:
        """Take back the waiting rows of this topic and person, or of everyone; how many were waiting."""

    def supersede_for_house(self, *, topic: str, via: Via) -> None:
        """Take back what waits under this topic to go out by this channel of the whole house."""

    def undelivered(self, *, limit: int) -> Sequence[Undelivered]:
        """Messages that were given up and that nobody has seen to: escalations first, then the oldest.

        Left out are those that died because contact was ended, and those of a conversation that became no case:
        about them nobody could do anything.
        """

    def find_undelivered(self, outbox_id: OutboxId) -> Undelivered | None:
        """The one of this id, if it is among them."""

    def settle(self, outbox_id: OutboxId) -> bool:
        """Note that it was seen to, and forget what it said; False if it was not waiting for that."""


class Notices(Protocol):
    """Notices to people, as they were written, and how the channels stand."""

    def add(self, written: Written) -> bool:
        """Write one down; False if this person has been told of the same occasion."""

    def save(self, written: Written) -> None:
        """Write back when it is looked at again, and whether it was given up."""

    def stuck(self, *, limit: int, channels: Collection[Via], after: timedelta) -> Sequence[Written]:
        """Notices that no channel took in time and that wait for none that works, longest first; locked.

        A channel works if it is among `channels` and not failing, and has not refused this notice. Where every channel
        has been failing for `after`, or nothing waits any more, a notice's own time is not waited for.
        """

    def ways(self, notice_id: NoticeId) -> Mapping[Via, OutboxState]:
        """The channels that it was handed to, and what became of it there."""

    def people_of(self, occasion: str) -> Collection[PersonId]:
        """Everybody who was told of this occasion."""

    def latest(self, *, limit: int, person_id: PersonId | None) -> Sequence[Life]:
        """The latest notices, to this person or to everybody, newest first."""

    def mail_returned(self, name: str) -> Sequence[OutboxId]:
        """Note that the sent mail of this name came back; the rows that it carried, or none if it is no such mail.

        A notice that no other channel took counts as not confirmed again, and is stuck.
        """

    def channels(self) -> Sequence[ChannelHealth]:
        """The channels that have failed or were well again."""


class Parked(Protocol):
    """Updates that could not be digested. Their content stays sealed: nothing here opens it."""

    def notices(self, *, limit: int) -> Sequence[ParkedNotice]:
        """That they are there, oldest first."""

    def resolve(self, parked_id: UUID) -> bool:
        """Destroy one for good; False if it is gone already."""


class HouseAlarms(Protocol):
    """What fails in the house itself, and what the last round of the watchdog saw."""

    def lock_latest(self, trouble: Trouble) -> HouseAlarm | None:
        """The latest alarm about this trouble, ended or not, locked until the transaction ends."""

    def add(self, alarm: HouseAlarm) -> bool:
        """Insert an alarm; False if one about the same trouble is open."""

    def save(self, alarm: HouseAlarm) -> None:
        """Write an alarm back."""

    def drop(self, alarm_id: UUID) -> None:
        """Forget an alarm that nobody was told of."""

    def open(self) -> Sequence[HouseAlarm]:
        """Those that have not ended, the oldest first, those not told of yet among them."""

    def ended(self, *, limit: int) -> Sequence[HouseAlarm]:
        """The latest that are over."""

    def report(self) -> HouseReport | None:
        """What the last round saw; None before the first."""

    def put_report(self, report: HouseReport) -> None:
        """Keep what a round saw, in place of the one before."""


class Audit(Protocol):
    """Audit entries."""

    def record(
        self,
        act: Act,
        *,
        actor: PersonId | Actor,
        object_id: UUID | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        """Append an entry at the transaction's time."""

    def of_object(self, object_id: UUID) -> Sequence[AuditEntry]:
        """All entries about this object, oldest first."""


class People(Protocol):
    """Staff, their duty, their one-time tickets, their sessions and the counting of wrong tries."""

    def add(self, person: Person) -> None:
        """Insert a person."""

    def get(self, person_id: PersonId) -> Person:
        """The person; `LookupError` if there is none."""

    def lock(self, person_id: PersonId) -> Person:
        """The person, locked until the transaction ends."""

    def find_by_email(self, email: str) -> Person | None:
        """The person with this address, whatever its case."""

    def find_by_telegram(self, chat: int) -> Person | None:
        """The person who linked this chat."""

    def save(self, person: Person) -> None:
        """Write the person back."""

    def all(self) -> Sequence[Person]:
        """Everyone, by name."""

    def with_role(self, role: Role) -> Sequence[Person]:
        """Active people who hold this role."""

    def on_duty(self) -> Person | None:
        """The person who has the duty now, as `triage.people.roster.on_duty_at` finds it."""

    def set_on_duty(self, person_id: PersonId | None, *, left: Collection[PersonId] = ()) -> None:
        """Note that this person took the duty by hand just now, or nobody, and who has left it in this shift."""

    def add_ticket(self, ticket: Ticket) -> None:
        """Store a one-time secret's hash."""

    def lock_ticket(self, digest: bytes, kind: TicketKind) -> Ticket | None:
        """The ticket, locked, if one of this kind has this hash."""

    def use_ticket(self, digest: bytes) -> None:
        """Mark a ticket as used at the transaction's time."""

    def drop_tickets(self, person_id: PersonId, kind: TicketKind) -> None:
        """Take back the person's unused tickets of this kind."""

    def add_session(self, session: Session) -> None:
        """Store a session."""

    def find_session(self, digest: bytes) -> Session | None:
        """The session of this token hash."""

    def save_session(self, session: Session) -> None:
        """Write a session back."""

    def end_session(self, digest: bytes) -> None:
        """End one session."""

    def end_sessions(self, person_id: PersonId) -> None:
        """End all sessions of a person."""


class Throttle(Protocol):
    """Counting of tries, by a keyed hash of whose."""

    def take(self, key: str, *, burst: int, refill: timedelta) -> bool:
        """One try: True while fewer than `burst` are used up; one comes back every `refill`."""

    def is_spent(self, key: str, *, burst: int, refill: timedelta) -> bool:
        """Whether a try would be refused. Takes none."""


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


class Transaction(Protocol):
    """One transaction. `now` is set once by the store and is the same for every replica's clockwork."""

    @property
    def now(self) -> datetime:
        """The transaction's time, aware UTC."""

    def new_id(self) -> UUID:
        """A fresh random id."""

    def new_secret(self, size: int) -> bytes:
        """So many bytes from the system's random source."""

    def digest(self, purpose: str, secret: bytes) -> bytes:
        """A keyed hash, apart for each purpose, that finds a secret again without keeping it."""

    def remember(self, source: str, key: str) -> bool:
        """Note that this input was taken; False if it had been taken before."""

    def remembers(self, source: str, key: str) -> bool:
        """Whether this input was taken before. Notes nothing."""

    @property
    def cases(self) -> Cases: ...
    @property
    def messages(self) -> Messages: ...
    @property
    def alarms(self) -> Alarms: ...
    @property
    def clocks(self) -> Clocks: ...
    @property
    def ladders(self) -> Ladders: ...
    @property
    def outbox(self) -> Outbox: ...
    @property
    def notices(self) -> Notices: ...
    @property
    def parked(self) -> Parked: ...
    @property
    def house_alarms(self) -> HouseAlarms: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def people(self) -> People: ...
    @property
    def duty(self) -> Duty: ...
    @property
    def throttle(self) -> Throttle: ...
    @property
    def reporters(self) -> Reporters: ...
