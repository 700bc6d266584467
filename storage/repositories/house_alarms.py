"""What fails in the house itself, and what the last round of the watchdog saw. Needs no key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Row, bindparam, delete, select, update

from storage.house_tables import meta
from storage.types import Id
from storage.watch_tables import house_alarms
from storage.work import Work
from triage.house.records import HouseAlarm, Trouble
from triage.house.report import HouseReport

_A = house_alarms.c
_LATEST = (
    select(house_alarms)
    .where(_A.trouble == bindparam("of_trouble"))
    .order_by(_A.seq.desc())
    .limit(1)
    .with_for_update()
)
_SAVE = update(house_alarms).where(_A.id == bindparam("row_id", type_=Id()))
_DROP = delete(house_alarms).where(_A.id == bindparam("row_id", type_=Id()))
_OPEN = select(house_alarms).where(_A.ended_at.is_(None)).order_by(_A.since, _A.seq)
_ENDED = (
    select(house_alarms).where(_A.ended_at.is_not(None)).order_by(_A.seq.desc()).limit(bindparam("limit"))
)
_REPORT = "watchdog"
_READ = select(meta.c.value).where(meta.c.name == _REPORT)
_WRITE = update(meta).where(meta.c.name == _REPORT).values(value=bindparam("report"))


class SqlHouseAlarms:
    """The port `HouseAlarms` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def lock_latest(self, trouble: Trouble) -> HouseAlarm | None:
        row = self._work.one(_LATEST, {"of_trouble": trouble.value})
        return None if row is None else _alarm(row)

    def add(self, alarm: HouseAlarm) -> bool:
        return self._work.insert_if_absent(house_alarms, _values(alarm))

    def save(self, alarm: HouseAlarm) -> None:
        if self._work.changed(_SAVE, {"row_id": alarm.id, **_values(alarm)}) != 1:
            raise LookupError("There is no such alarm to save.")

    def drop(self, alarm_id: UUID) -> None:
        self._work.run(_DROP, {"row_id": alarm_id})

    def open(self) -> Sequence[HouseAlarm]:
        return [_alarm(row) for row in self._work.all(_OPEN)]

    def ended(self, *, limit: int) -> Sequence[HouseAlarm]:
        return [_alarm(row) for row in self._work.all(_ENDED, {"limit": limit})]

    def report(self) -> HouseReport | None:
        row = self._work.one(_READ)
        try:
            return None if row is None else HouseReport.model_validate_json(row.value or "")
        except ValidationError:
            # Another version wrote it; the next round writes one that this version reads.
            return None

    def put_report(self, report: HouseReport) -> None:
        given = {"report": report.model_dump_json()}
        if self._work.changed(_WRITE, given) == 0 and not self._work.insert_if_absent(
            meta, {"name": _REPORT, "value": given["report"]}
        ):
            self._work.run(_WRITE, given)


def _values(alarm: HouseAlarm) -> dict[str, Any]:
    return {**asdict(alarm), "trouble": alarm.trouble.value}


def _alarm(row: Row[Any]) -> HouseAlarm:
    return HouseAlarm(
        id=row.id,
        trouble=Trouble(row.trouble),
        since=row.since,
        last_seen=row.last_seen,
        tell_at=row.tell_at,
        told_at=row.told_at,
        told=row.told,
        ended_at=row.ended_at,
        over_at=row.over_at,
    )
