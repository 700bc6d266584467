"""How far the telling of each clock has come. Needs no key."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, select, text

from storage.rope_tables import ladders
from storage.types import Id, Instant, from_microseconds, to_microseconds
from storage.work import Work
from triage.clocks.policy import Audience
from triage.ids import ClockId, PersonId
from triage.notices.ladder import Heard, Ladder

_L = ladders.c
_FIND = select(ladders).where(_L.clock_id == bindparam("id", type_=Id()))
_LOCK = _FIND.with_for_update()
_OF_CLOCKS = select(ladders).where(_L.clock_id.in_(bindparam("ids", expanding=True, type_=Id())))
_LOCK_ALL = _OF_CLOCKS.order_by(_L.clock_id).with_for_update()
# The condition stands as the index has it, word for word, so that a prepared statement can use the index.
_DUE = (
    select(ladders)
    .where(
        text("ended_at IS NULL AND climbs_at IS NOT NULL"),
        _L.climbs_at <= bindparam("now", type_=Instant()),
    )
    .order_by(_L.climbs_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)


class SqlLadders:
    """The port `Ladders` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def lock(self, clock_id: ClockId) -> Ladder | None:
        row = self._work.one(_LOCK, {"id": clock_id})
        return None if row is None else _ladder(row)

    def lock_all(self, clock_ids: Collection[ClockId]) -> Mapping[ClockId, Ladder]:
        if not clock_ids:
            return {}
        found = [_ladder(row) for row in self._work.all(_LOCK_ALL, {"ids": list(clock_ids)})]
        return {ladder.clock_id: ladder for ladder in found}

    def find(self, clock_id: ClockId) -> Ladder | None:
        row = self._work.one(_FIND, {"id": clock_id})
        return None if row is None else _ladder(row)

    def of_clocks(self, clock_ids: Collection[ClockId]) -> Sequence[Ladder]:
        if not clock_ids:
            return []
        return [_ladder(row) for row in self._work.all(_OF_CLOCKS, {"ids": list(clock_ids)})]

    def save(self, *ladders_: Ladder) -> None:
        rows = [{"clock_id": ladder.clock_id, **_values(ladder)} for ladder in ladders_]
        self._work.insert_or_update(ladders, rows, by=_L.clock_id)

    def due(self, *, limit: int) -> Sequence[Ladder]:
        return [_ladder(row) for row in self._work.all(_DUE, {"now": self._work.now, "limit": limit})]


def _values(ladder: Ladder) -> dict[str, Any]:
    return {
        "rung": ladder.rung.value,
        "told_at": ladder.told_at,
        "climbs_at": ladder.climbs_at,
        "heard": [[str(each.person), each.rung.value, to_microseconds(each.at)] for each in ladder.heard],
        "acknowledged_by": ladder.acknowledged_by,
        "acknowledged_at": ladder.acknowledged_at,
        "quiet_until": ladder.quiet_until,
        "ended_at": ladder.ended_at,
    }


def _ladder(row: Row[Any]) -> Ladder:
    by = row.acknowledged_by
    return Ladder(
        clock_id=ClockId(row.clock_id),
        rung=Audience(row.rung),
        told_at=row.told_at,
        climbs_at=row.climbs_at,
        heard=tuple(
            Heard(person=PersonId(UUID(person)), rung=Audience(rung), at=from_microseconds(at))
            for person, rung, at in row.heard
        ),
        acknowledged_by=None if by is None else PersonId(by),
        acknowledged_at=row.acknowledged_at,
        quiet_until=row.quiet_until,
        ended_at=row.ended_at,
    )
