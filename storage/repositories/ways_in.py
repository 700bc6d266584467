"""The ways into a conversation: one-time links, and the doors of browsers that were let in."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from handlers.dialog.conversation import Door, Link, LinkPurpose
from storage.tables import doors, links
from storage.types import Instant
from storage.work import Work
from triage.ids import CaseId, ConversationId

_LOCK_LINK = select(links).where(links.c.digest == bindparam("digest")).with_for_update()
_FIND_DOOR = select(doors).where(
    doors.c.digest == bindparam("digest"), doors.c.expires_at > bindparam("now", type_=Instant())
)


class WaysIn:
    """The part of the port `Conversations` that keeps links and doors."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def add_link(self, digest: bytes, link: Link) -> None:
        self._work.run(
            insert(links),
            {
                "digest": digest,
                "conversation_id": link.conversation_id,
                "round": link.round,
                "purpose": link.purpose,
                "expires_at": link.expires_at,
                "used_at": link.used_at,
            },
        )

    def lock_link(self, digest: bytes) -> Link | None:
        row = self._work.one(_LOCK_LINK, {"digest": digest})
        if row is None:
            return None
        return Link(
            conversation_id=ConversationId(row.conversation_id),
            round=row.round,
            purpose=LinkPurpose(row.purpose),
            expires_at=row.expires_at,
            used_at=row.used_at,
        )

    def use_link(self, digest: bytes) -> None:
        self._work.run(update(links).where(links.c.digest == digest).values(used_at=self._work.now))

    def add_door(self, digest: bytes, door: Door) -> None:
        self._work.run(insert(doors), {"digest": digest, **_door_values(door)})

    def find_door(self, digest: bytes) -> Door | None:
        row = self._work.one(_FIND_DOOR, {"digest": digest, "now": self._work.now})
        if row is None:
            return None
        return Door(
            conversation_id=None if row.conversation_id is None else ConversationId(row.conversation_id),
            case_id=None if row.case_id is None else CaseId(row.case_id),
            confirmed=row.confirmed,
            seen_at=row.seen_at,
            expires_at=row.expires_at,
        )

    def save_door(self, digest: bytes, door: Door) -> None:
        self._work.run(update(doors).where(doors.c.digest == digest).values(**_door_values(door)))

    def close_door(self, digest: bytes) -> None:
        self._work.run(delete(doors).where(doors.c.digest == digest))


def _door_values(door: Door) -> dict[str, Any]:
    return {
        "conversation_id": door.conversation_id,
        "case_id": door.case_id,
        "confirmed": door.confirmed,
        "seen_at": door.seen_at,
        "expires_at": door.expires_at,
    }
