"""One transaction: the ports of the core and of the conversation, over one connection."""

from __future__ import annotations

from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import bindparam, select

from storage.repositories.alarms import SqlAlarms
from storage.repositories.audit import SqlAudit
from storage.repositories.cases import SqlCases
from storage.repositories.clocks import SqlClocks
from storage.repositories.conversations import SqlConversations
from storage.repositories.duty import SqlDuty
from storage.repositories.enquiries import SqlEnquiries
from storage.repositories.house_alarms import SqlHouseAlarms
from storage.repositories.identity_requests import SqlIdentityRequests
from storage.repositories.ladders import SqlLadders
from storage.repositories.messages import SqlMessages
from storage.repositories.notices import SqlNotices
from storage.repositories.outbox import SqlOutbox
from storage.repositories.passkeys import SqlPasskeys
from storage.repositories.people import SqlPeople
from storage.repositories.persons import SqlPersons
from storage.repositories.presences import SqlPresences
from storage.repositories.proposal_answers import SqlProposalAnswers
from storage.repositories.recovery_codes import SqlRecoveryCodes
from storage.repositories.reporters import SqlReporters
from storage.repositories.role_requests import SqlRoleRequests
from storage.repositories.tasks import SqlTasks
from storage.repositories.throttle import SqlThrottle
from storage.repositories.watching import Watching
from storage.repositories.workers import Housekeeping, Leases, Parked
from storage.tables import inputs
from storage.work import Work

if TYPE_CHECKING:
    from handlers.dialog.ports import IntakeTransaction


_REMEMBERED = select(inputs.c.key).where(
    inputs.c.source == bindparam("of_source"), inputs.c.key == bindparam("of_key")
)


class Transaction:
    """What a use case gets as its first argument. It is of no use once the use case has returned."""

    def __init__(self, work: Work) -> None:
        self._work = work

    @property
    def now(self) -> datetime:
        return self._work.now

    def new_id(self) -> UUID:
        return self._work.house.new_id()

    def new_secret(self, size: int) -> bytes:
        return self._work.house.new_secret(size)

    def digest(self, purpose: str, secret: bytes) -> bytes:
        return self._work.keyring.digest(purpose, secret)

    def remember(self, source: str, key: str) -> bool:
        return self._work.insert_if_absent(inputs, {"source": source, "key": key, "at": self._work.now})

    def remembers(self, source: str, key: str) -> bool:
        return self._work.one(_REMEMBERED, {"of_source": source, "of_key": key}) is not None

    @cached_property
    def conversations(self) -> SqlConversations:
        return SqlConversations(self._work)

    @cached_property
    def cases(self) -> SqlCases:
        return SqlCases(self._work)

    @cached_property
    def enquiries(self) -> SqlEnquiries:
        return SqlEnquiries(self._work)

    @cached_property
    def messages(self) -> SqlMessages:
        return SqlMessages(self._work)

    @cached_property
    def alarms(self) -> SqlAlarms:
        return SqlAlarms(self._work)

    @cached_property
    def clocks(self) -> SqlClocks:
        return SqlClocks(self._work)

    @cached_property
    def ladders(self) -> SqlLadders:
        return SqlLadders(self._work)

    @cached_property
    def outbox(self) -> SqlOutbox:
        return SqlOutbox(self._work)

    @cached_property
    def house_alarms(self) -> SqlHouseAlarms:
        return SqlHouseAlarms(self._work)

    @cached_property
    def watching(self) -> Watching:
        """Numbers and times for the watchdog."""
        return Watching(self._work)

    @cached_property
    def audit(self) -> SqlAudit:
        return SqlAudit(self._work)

    @cached_property
    def people(self) -> SqlPeople:
        return SqlPeople(self._work)

    @cached_property
    def passkeys(self) -> SqlPasskeys:
        return SqlPasskeys(self._work)

    @cached_property
    def proposal_answers(self) -> SqlProposalAnswers:
        return SqlProposalAnswers(self._work)

    @cached_property
    def recovery_codes(self) -> SqlRecoveryCodes:
        return SqlRecoveryCodes(self._work)

    @cached_property
    def role_requests(self) -> SqlRoleRequests:
        return SqlRoleRequests(self._work)

    @cached_property
    def identity_requests(self) -> SqlIdentityRequests:
        return SqlIdentityRequests(self._work)

    @cached_property
    def persons(self) -> SqlPersons:
        return SqlPersons(self._work)

    @cached_property
    def tasks(self) -> SqlTasks:
        return SqlTasks(self._work)

    @cached_property
    def presences(self) -> SqlPresences:
        return SqlPresences(self._work)

    @cached_property
    def duty(self) -> SqlDuty:
        return SqlDuty(self._work)

    @cached_property
    def throttle(self) -> SqlThrottle:
        return SqlThrottle(self._work)

    @cached_property
    def reporters(self) -> SqlReporters:
        return SqlReporters(self._work)

    @cached_property
    def notices(self) -> SqlNotices:
        return SqlNotices(self._work)

    @cached_property
    def parked(self) -> Parked:
        """Updates that a handler raised on."""
        return Parked(self._work)

    @cached_property
    def leases(self) -> Leases:
        """Leases on what only one process may do."""
        return Leases(self._work)

    @cached_property
    def housekeeping(self) -> Housekeeping:
        """The sweeping of old rows."""
        return Housekeeping(self._work)


if TYPE_CHECKING:

    def _keeps_the_ports(transaction: Transaction) -> IntakeTransaction:
        return transaction
