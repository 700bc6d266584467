"""What a page says once, after something was done or when there is nothing to go on with, and by which texts."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias


class Note(StrEnum):
    """What the next page says once; its text key follows from it."""

    STALE = "stale"
    DELETED = "deleted"
    DELETED_ALARM_STAYS = "deleted_alarm_stays"
    SENT = "sent"
    CLOSED = "closed"
    ENDED = "ended"
    RIGHT = "right"
    WRONG = "wrong"
    REPLACED = "replaced"
    TOO_LATE = "too_late"
    MOVED = "moved"
    SHOWN = "shown"
    LEFT = "left"


NOTE_KEYS = {
    Note.STALE: "chat.stale",
    Note.DELETED: "chat.draft.deleted",
    Note.DELETED_ALARM_STAYS: "chat.draft.deleted",
    Note.SENT: "dialogue.write.done",
    Note.CLOSED: "page.code.closed",
    Note.ENDED: "dialogue.end.done",
    Note.RIGHT: "receipt.confirm.right",
    Note.WRONG: "receipt.confirm.wrong",
    Note.REPLACED: "receipt.replace.done",
    Note.TOO_LATE: "receipt.replace.too_late",
    Note.MOVED: "page.move.done",
    Note.LEFT: "page.leave.done",
}
NOTE_ADDS = {
    Note.DELETED_ALARM_STAYS: "chat.draft.alarm_stays",
    Note.ENDED: "dialogue.end.others",
}
"""`SHOWN` says nothing of its own: the page itself is another."""


@dataclass(frozen=True, slots=True)
class Removed:
    """The next page says once that these identity numbers were taken out."""

    identities: tuple[str, ...]


Said: TypeAlias = Note | Removed
"""What the next page says once."""


class Over(StrEnum):
    """Why there is nothing to go on with."""

    EXPIRED = "expired"
    EXPIRED_FROM_CHAT = "expired_from_chat"
    SENT = "sent"
    ELSEWHERE = "elsewhere"
    STAYED = "stayed"


OVER_KEYS = {
    Over.EXPIRED: ("web.expired.title", ("web.idle.ended", "page.expired.draft", "web.expired.text")),
    Over.EXPIRED_FROM_CHAT: ("web.expired.title", ("web.idle.ended", "page.expired.chat")),
    Over.SENT: ("page.sent_already.title", ("page.sent_already.text",)),
    Over.ELSEWHERE: ("page.elsewhere.title", ("page.elsewhere.text",)),
    Over.STAYED: ("page.move.stayed.title", ("page.move.stayed.text",)),
}
