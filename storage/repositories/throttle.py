"""Counting of tries: one row for whoever tries, holding the instant at which all of their tries will be back."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import bindparam, select, update

from storage.house_tables import throttles
from storage.types import Instant
from storage.work import Work

_LOCK = select(throttles.c.full_at).where(throttles.c.key == bindparam("key")).with_for_update()
_SEE = select(throttles.c.full_at).where(throttles.c.key == bindparam("key"))
_SAVE = (
    update(throttles)
    .where(throttles.c.key == bindparam("row_key"))
    .values(full_at=bindparam("full_at", type_=Instant()))
)


class SqlThrottle:
    """The port `Throttle` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def is_spent(self, key: str, *, burst: int, refill: timedelta) -> bool:
        row = self._work.one(_SEE, {"key": key})
        return row is not None and row.full_at - self._work.now > (burst - 1) * refill

    def take(self, key: str, *, burst: int, refill: timedelta) -> bool:
        now = self._work.now
        row = self._work.one(_LOCK, {"key": key})
        if row is None:
            if self._work.insert_if_absent(throttles, {"key": key, "full_at": now + refill}):
                return True
            row = self._work.one(_LOCK, {"key": key})
        full_at = now if row is None else max(row.full_at, now)
        if full_at - now > (burst - 1) * refill:
            return False
        self._work.run(_SAVE, {"row_key": key, "full_at": full_at + refill})
        return True
