"""The life of a notice: written, waiting, sent by one channel or another, routed around, or not delivered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from triage.access.table import Right, allowed
from triage.ids import CaseCode, NoticeId, PersonId
from triage.notices.outbox import OutboxState, Via
from triage.people.person import Person, Role
from triage.ports import Transaction
from triage.refusals import Reason, Refused

CHECK_AFTER: Final = timedelta(minutes=15)
"""A notice that no channel has taken by then goes on by another, and a channel that fails so long is left."""

SHOWN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One channel that a notice was handed to; `at` is when it arrived, and `error` a code of what keeps it."""

    via: Via
    state: OutboxState
    at: datetime | None
    error: str | None
    attempts: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """What became of one notice to one person. `case_code` is None where the reader may not know of the case."""

    id: NoticeId
    key: str
    case_code: CaseCode | None
    person_id: PersonId
    person: str
    wakes: bool
    written_at: datetime
    not_before: datetime
    confirmed_at: datetime | None
    given_up_at: datetime | None
    ways: tuple[Way, ...]
    answered_at: datetime | None = None
    """When somebody first said, after it could go out, that they have what it told of."""
    answered_by: str | None = None
    """Whose name that is; it may be another reader of the same step."""

    @property
    def taken_back(self) -> bool:
        """Whether it was overtaken by a later one, or by what somebody did, before it went out."""
        return bool(self.ways) and all(way.state is OutboxState.SUPERSEDED for way in self.ways)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelHealth:
    """How a channel stands: failing since then, or well; `changed_at` is when that last changed."""

    via: Via
    failing_since: datetime | None
    error: str | None
    changed_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notices:
    """What the page of notices shows."""

    channels: tuple[ChannelHealth, ...]
    lives: tuple[Life, ...]


def read_notices(tx: Transaction, channels: frozenset[Via], *, by: PersonId) -> Notices | Refused:
    """How each channel stands, and the latest notices, newest first.

    The head and administrators see all; whoever has the duty sees their own. Who does not read the queue is shown no
    code of a case. It holds no words, and is no reading of a case.
    """
    reader = tx.people.get(by)
    if not allowed(reader, Right.READ_NOTICES):
        return Refused(Reason.NOT_ALLOWED)
    lives: Sequence[Life] = tx.notices.latest(reader=by, limit=SHOWN, own=not _sees_all(reader))
    if not allowed(reader, Right.READ_QUEUE):
        lives = [replace(life, case_code=None) for life in lives]
    known = {each.via: each for each in tx.notices.channels()}
    well = [
        known.get(via, ChannelHealth(via=via, failing_since=None, error=None, changed_at=None))
        for via in Via
        if via in channels
    ]
    return Notices(channels=tuple(well), lives=tuple(lives))


def _sees_all(reader: Person) -> bool:
    return bool(reader.roles & {Role.HEAD, Role.ADMINISTRATOR})
