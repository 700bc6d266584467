"""What the last round of the watchdog saw, as whoever looks after the house reads it: codes, times and numbers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from triage.house.records import Trouble
from triage.notices.outbox import Lane, Via


class State(StrEnum):
    """How a thing stands. `UNKNOWN` could not be seen this time; `OFF` is not looked at in this house."""

    WELL = "well"
    TROUBLE = "trouble"
    UNKNOWN = "unknown"
    OFF = "off"


class Address(StrEnum):
    """Where Telegram sends what people write."""

    OURS = "ours"
    NONE = "none"
    FOREIGN = "foreign"


class _Seen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SeenLane(_Seen):
    """One lane of one channel: since when the first that may go has waited, how many were tried in vain."""

    lane: Lane
    via: Via
    waiting: int
    since: datetime | None
    failing: int
    dead: int


class SeenWebhook(_Seen):
    """What Telegram says of the way in; `error_at` is when it last could not deliver."""

    address: Address
    pending: int
    error_at: datetime | None = None


class SeenPing(_Seen):
    """The ping to the outside monitor: when one was last taken, and since when none has been."""

    taken_at: datetime | None = None
    failing_since: datetime | None = None


class HouseReport(_Seen):
    """One round: `at` by the store's time, `by` the process that watched."""

    at: datetime
    by: str
    version: str
    engine: str
    states: dict[Trouble, State]
    lanes: tuple[SeenLane, ...] = ()
    clocks_looked_at: datetime | None = None
    clocks_due_since: datetime | None = None
    replicas: tuple[str, ...] = ()
    database_bytes: int | None = None
    webhook: SeenWebhook | None = None
    ping: SeenPing | None = None
    updates_taken_at: datetime | None = None
    backup_at: datetime | None = None
