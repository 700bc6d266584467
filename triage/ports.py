"""What the core asks of the outside: one transaction with its repositories. `storage` implements it twice.

A use case is a plain function whose first argument is a `Transaction`. It runs whole or not at all, never waits
for anything but the store, and never catches a database error. Words handed to a repository are sealed by it;
words that come back are open again.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

from triage.case_ports import Alarms, Cases, Clocks, Ladders, Messages, Presences, Reporters
from triage.cases.person_ports import Persons
from triage.cases.task import Tasks
from triage.coordination.ports import Enquiries
from triage.house_ports import Audit, HouseAlarms, Notices, Outbox, Parked, People, Throttle
from triage.people.duty_port import Duty
from triage.people.passkey import Passkeys

if TYPE_CHECKING:
    from triage.cases.identity_requests import IdentityRequests
    from triage.coordination.proposals import ProposalAnswers
    from triage.people.recovery_codes import RecoveryCodes
    from triage.people.roles import RoleRequests


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
    def enquiries(self) -> Enquiries: ...
    @property
    def proposal_answers(self) -> ProposalAnswers: ...
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
    def passkeys(self) -> Passkeys: ...
    @property
    def recovery_codes(self) -> RecoveryCodes: ...
    @property
    def role_requests(self) -> RoleRequests: ...
    @property
    def identity_requests(self) -> IdentityRequests: ...
    @property
    def persons(self) -> Persons: ...
    @property
    def tasks(self) -> Tasks: ...
    @property
    def presences(self) -> Presences: ...
    @property
    def duty(self) -> Duty: ...
    @property
    def throttle(self) -> Throttle: ...
    @property
    def reporters(self) -> Reporters: ...
