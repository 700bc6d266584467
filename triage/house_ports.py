"""What the core asks of the store about the house: what goes out, who works there, what was done and what fails.

The whole, and what holds of all of it, stands in `triage/ports.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from triage.audit import Act, Actor, AuditEntry
from triage.house.records import HouseAlarm, Trouble
from triage.house.report import HouseReport
from triage.ids import (
    CaseId,
    NoticeId,
    OutboxId,
    PersonId,
)
from triage.notices.outbox import OutboxState, Outgoing, ParkedNotice, Undelivered, Via
from triage.people.person import Person, Role, Session, Ticket, TicketKind

if TYPE_CHECKING:
    from triage.cases.trail import Reading
    from triage.notices.life import ChannelHealth, Life
    from triage.notices.notice import Written


class Outbox(Protocol):
    """Messages waiting to go."""

    def add(self, row: Outgoing, *, leased: bool) -> bool:
        """Write the row; False if its `dedupe` value is there already. A leased row is this process's to send now."""

    def add_all(self, rows: Collection[Outgoing]) -> None:
        """Write rows that are for no reporter and that no process has to send now.

        Left out are those whose `dedupe` value is there already.
        """

    def take_back(self, what: Iterable[tuple[str, PersonId]]) -> None:
        """Take back the waiting rows of each of these topics and persons."""

    def take_back_of_case(self, case_id: CaseId, person_id: PersonId) -> Collection[NoticeId]:
        """Take back everything about this case that waits for this person: rows of which notices those were."""

    def supersede(self, *, topic: str) -> int:
        """Take back everything that waits under this topic; how many rows that were."""

    def supersede_for_house(self, *, topic: str, via: Via) -> None:
        """Take back what waits under this topic to go out by this channel of the whole house."""

    def undelivered(self, *, reader: PersonId | None, limit: int) -> Sequence[Undelivered]:
        """Messages that were given up and that nobody has seen to: escalations first, then the oldest.

        Left out are those that died because contact was ended, and those of a conversation that became no case:
        about them nobody could do anything. And those of cases in which the reader has a conflict of interest.
        """

    def find_undelivered(self, outbox_id: OutboxId, *, reader: PersonId | None) -> Undelivered | None:
        """The one of this id, if it is among them."""

    def settle(self, outbox_id: OutboxId) -> bool:
        """Note that it was seen to, and forget what it said; False if it was not waiting for that."""


class Notices(Protocol):
    """Notices to people, as they were written, and how the channels stand."""

    def add(self, written: Collection[Written]) -> Collection[NoticeId]:
        """Write these down, but for those whose person has been told of the same occasion; which were written."""

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

    def untold(self, notice_ids: Collection[NoticeId]) -> Sequence[Written]:
        """Those of these that no channel took, the oldest first."""

    def latest(self, *, reader: PersonId, limit: int, own: bool) -> Sequence[Life]:
        """The latest notices, the reader's own or everybody's, newest first.

        Left out are those of cases in which the reader has a conflict of interest.
        """

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

    def add(self, entries: Collection[AuditEntry]) -> None:
        """Append these, in their order."""

    def of_object(self, object_id: UUID) -> Sequence[AuditEntry]:
        """All entries about this object, oldest first."""

    def readings(
        self,
        *,
        reader: PersonId,
        limit: int,
        actor: PersonId | None = None,
        case_id: CaseId | None = None,
        before: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[Reading]:
        """What members of staff read, newest first: this one, of this case, behind this place, within this time.

        `until` itself is not within it. Left out are cases in which the reader has a conflict of interest. Behind a
        place that is none the list begins at its beginning.
        """


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

    def sessions_of(self, person_id: PersonId) -> Sequence[Session]:
        """All sessions of a person, dead ones too, that were seen last first."""

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
