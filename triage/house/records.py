"""What can fail in the house itself, and one time that it did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class Trouble(StrEnum):
    """What can be wrong with the house. `TELEGRAM_AWAY` is about both ways, the webhook's about what comes in."""

    CLOCKS_LATE = "clocks_late"
    CLOCKS_UNKNOWN = "clocks_unknown"
    ESCALATIONS_WAIT = "escalations_wait"
    REPLIES_WAIT = "replies_wait"
    UNDELIVERED = "undelivered"
    MAIL_FAILING = "mail_failing"
    CHANNEL_FAILING = "channel_failing"
    TELEGRAM_AWAY = "telegram_away"
    TOKEN_REFUSED = "token_refused"  # noqa: S105 - a code, not a token
    WEBHOOK_FOREIGN = "webhook_foreign"
    WEBHOOK_EMPTIED = "webhook_emptied"
    WEBHOOK_SILENT = "webhook_silent"
    SECOND_POLLER = "second_poller"
    STORE_REFUSED = "store_refused"
    NOBODY_ON_DUTY = "nobody_on_duty"
    UPDATES_PARKED = "updates_parked"
    BACKUP_OLD = "backup_old"


@dataclass(frozen=True, slots=True, kw_only=True)
class HouseAlarm:
    """One trouble, from `since` on. `tell_at` is when it is told next, if it lasts; `told` how often it was.

    `over_at` is when its end is told; until then, trouble that comes back is this same alarm.
    """

    id: UUID
    trouble: Trouble
    since: datetime
    last_seen: datetime
    tell_at: datetime
    told_at: datetime | None = None
    told: int = 0
    ended_at: datetime | None = None
    over_at: datetime | None = None
