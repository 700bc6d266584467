"""Clocks and the ledger of what has fired. Needs no key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, String, bindparam, cast, func, insert, literal, select, text, update

from storage.house_tables import meta
from storage.repositories.case_lists import NO_CLOCK
from storage.tables import cases, clocks, fired
from storage.types import Id, Instant, from_microseconds, to_microseconds
from storage.work import Work
from triage.case_ports import FiringOf, PolicyVersion
from triage.clocks.clock import Clock
from triage.clocks.counting import Pause
from triage.ids import AlarmId, CaseId, ClockId, ClockPolicyId, PersonId

_K = clocks.c
_NO_ID = ClockId(UUID(int=0))
_ADD = insert(clocks)
_SAVE = update(clocks).where(_K.id == bindparam("row_id", type_=Id()))
# The condition stands as the index has it, word for word, so that a prepared statement can use the index.
_DUE = (
    select(clocks)
    .where(
        text("stopped_at IS NULL AND next_fire_at IS NOT NULL"),
        _K.next_fire_at <= bindparam("now", type_=Instant()),
    )
    .order_by(_K.next_fire_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_VERSION = _K.policy_id.concat(" ").concat(cast(_K.policy_version, String))
_DUE_BUT = _DUE.where(_VERSION.not_in(bindparam("but", expanding=True)))
_GET = select(clocks).where(_K.id == bindparam("id", type_=Id()))
_GET_ALL = select(clocks).where(_K.id.in_(bindparam("ids", expanding=True, type_=Id())))
_LOCK = (
    select(_K.id)
    .where(_K.id.in_(bindparam("ids", expanding=True, type_=Id())))
    .order_by(_K.id)
    .with_for_update()
)
_OF_CASE = select(clocks).where(_K.case_id == bindparam("case_id", type_=Id())).order_by(_K.started_at, _K.id)
_OF_CASES = (
    select(clocks)
    .where(_K.case_id.in_(bindparam("case_ids", expanding=True, type_=Id())))
    .order_by(_K.started_at, _K.id)
)
_OF_ALARMS = (
    select(clocks)
    .where(_K.alarm_id.in_(bindparam("ids", expanding=True, type_=Id())))
    .order_by(_K.started_at, _K.id)
)
_OPEN = select(clocks).where(_K.stopped_at.is_(None), _K.id > bindparam("after", type_=Id())).order_by(_K.id)
_OPEN_LIMITED = _OPEN.limit(bindparam("limit"))
_OPEN_OF = _OPEN.where(_K.policy_id == bindparam("policy")).limit(bindparam("limit"))
_PAST = (
    select(clocks)
    .where(_K.started_at >= bindparam("since", type_=Instant()), _K.id > bindparam("after", type_=Id()))
    .order_by(_K.id)
    .limit(bindparam("limit"))
)
_CALENDAR = "calendar"
_COUNTED_BY = select(meta.c.value).where(meta.c.name == bindparam("of_name"))
_SET_COUNTED_BY = update(meta).where(meta.c.name == bindparam("of_name")).values(value=bindparam("now_by"))
_KEY_OF_FIRED = (fired.c.clock_id, fired.c.milestone, fired.c.occurrence)
_FIRED = select(fired.c.clock_id, fired.c.milestone, fired.c.occurrence).where(
    fired.c.clock_id.in_(bindparam("ids", expanding=True, type_=Id()))
)
# A case's place in the queue is by the nearest clock that runs on it, the one whose time left the queue shows; one
# whose time stands still is not waited for.
_QUEUE_BY = (
    update(cases)
    .where(cases.c.id == bindparam("row_id", type_=Id()))
    .values(
        due_at=func.coalesce(
            select(func.min(_K.due_at))
            .where(_K.case_id == cases.c.id, _K.stopped_at.is_(None), _K.paused_since.is_(None))
            .scalar_subquery(),
            literal(NO_CLOCK, Instant()),
        )
    )
)


class SqlClocks:
    """The port `Clocks` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, clock: Clock) -> None:
        self._work.run(_ADD, {"id": clock.id, **_values(clock)})
        self._place_in_queue(clock)

    def save(self, clock: Clock) -> None:
        if self._work.changed(_SAVE, {"row_id": clock.id, **_values(clock)}) != 1:
            raise LookupError("There is no such clock to save.")
        self._place_in_queue(clock)

    def due(self, *, limit: int, but: Collection[PolicyVersion] = ()) -> Sequence[Clock]:
        where: dict[str, Any] = {"now": self._work.now, "limit": limit}
        if but:
            left_out = [f"{policy_id} {version}" for policy_id, version in but]
            return self._with_fired(self._work.all(_DUE_BUT, {**where, "but": left_out}))
        return self._with_fired(self._work.all(_DUE, where))

    def get(self, clock_id: ClockId) -> Clock:
        found = self._with_fired(self._work.all(_GET, {"id": clock_id}))
        if not found:
            raise LookupError("There is no such clock.")
        return found[0]

    def get_all(self, clock_ids: Collection[ClockId]) -> Mapping[ClockId, Clock]:
        if not clock_ids:
            return {}
        found = self._with_fired(self._work.all(_GET_ALL, {"ids": list(clock_ids)}))
        if len(found) != len(set(clock_ids)):
            raise LookupError("There is no such clock.")
        return {clock.id: clock for clock in found}

    def of_case(self, case_id: CaseId) -> Sequence[Clock]:
        return self._with_fired(self._work.all(_OF_CASE, {"case_id": case_id}))

    def of_cases(self, case_ids: Collection[CaseId]) -> Sequence[Clock]:
        return self._with_fired(self._work.all(_OF_CASES, {"case_ids": list(case_ids)})) if case_ids else []

    def of_alarm(self, alarm_id: AlarmId) -> Sequence[Clock]:
        return self.of_alarms([alarm_id])

    def of_alarms(self, alarm_ids: Collection[AlarmId]) -> Sequence[Clock]:
        return self._with_fired(self._work.all(_OF_ALARMS, {"ids": list(alarm_ids)})) if alarm_ids else []

    def running(
        self, *, after: ClockId | None, limit: int, policy_id: ClockPolicyId | None = None
    ) -> Sequence[Clock]:
        where: dict[str, Any] = {"after": after or _NO_ID, "limit": limit}
        if policy_id is None:
            return self._with_fired(self._work.all(_OPEN_LIMITED, where))
        return self._with_fired(self._work.all(_OPEN_OF, {**where, "policy": policy_id}))

    def started_since(self, since: datetime, *, after: ClockId | None, limit: int) -> Sequence[Clock]:
        where = {"since": since, "after": after or _NO_ID, "limit": limit}
        return self._with_fired(self._work.all(_PAST, where))

    def counted_by(self) -> str | None:
        row = self._work.one(_COUNTED_BY, {"of_name": _CALENDAR})
        return None if row is None else row.value

    def set_counted_by(self, calendar: str) -> None:
        if not self._work.insert_if_absent(meta, {"name": _CALENDAR, "value": calendar}):
            self._work.run(_SET_COUNTED_BY, {"of_name": _CALENDAR, "now_by": calendar})

    def lock(self, clock_ids: Collection[ClockId]) -> None:
        if clock_ids:
            self._work.all(_LOCK, {"ids": list(clock_ids)})

    def record(self, firings: Collection[FiringOf], *, at: datetime) -> Collection[FiringOf]:
        rows = [
            {"clock_id": clock_id, "milestone": milestone, "occurrence": occurrence, "at": at}
            for clock_id, milestone, occurrence in firings
        ]
        new = self._work.insert_absent(fired, rows, returning=_KEY_OF_FIRED)
        return {(ClockId(row.clock_id), row.milestone, row.occurrence) for row in new}

    def reschedule(self, clocks_: Collection[Clock]) -> None:
        rows = [{"row_id": clock.id, "next_fire_at": clock.next_fire_at} for clock in clocks_]
        self._work.run_all(_SAVE, rows)

    def _place_in_queue(self, clock: Clock) -> None:
        if clock.case_id is not None:
            self._work.run(_QUEUE_BY, {"row_id": clock.case_id})

    def _with_fired(self, rows: Sequence[Row[Any]]) -> list[Clock]:
        if not rows:
            return []
        ledger: defaultdict[UUID, set[tuple[str, int]]] = defaultdict(set)
        for row in self._work.all(_FIRED, {"ids": [row.id for row in rows]}):
            ledger[row.clock_id].add((row.milestone, row.occurrence))
        return [_clock(row, frozenset(ledger[row.id])) for row in rows]


def _values(clock: Clock) -> dict[str, Any]:
    return {
        "policy_id": clock.policy_id,
        "policy_version": clock.policy_version,
        "case_id": clock.case_id,
        "alarm_id": clock.alarm_id,
        "started_at": clock.started_at,
        "anchor_at": clock.anchor_at,
        "due_at": clock.due_at,
        "wakes": clock.wakes,
        "stopped_at": clock.stopped_at,
        "claimed": clock.claimed,
        "next_fire_at": clock.next_fire_at,
        "paused_since": clock.paused_since,
        "pauses": [_written(pause) for pause in clock.pauses] or None,
        "result": clock.result,
    }


def _written(pause: Pause) -> dict[str, Any]:
    return {
        "since": to_microseconds(pause.since),
        "until": None if pause.until is None else to_microseconds(pause.until),
        "reason": pause.reason,
        "by": None if pause.by is None else str(pause.by),
        "held_by": pause.held_by,
    }


def _read(written: dict[str, Any]) -> Pause:
    by, until = written["by"], written["until"]
    return Pause(
        since=from_microseconds(written["since"]),
        until=None if until is None else from_microseconds(until),
        reason=written["reason"],
        by=None if by is None else PersonId(UUID(by)),
        held_by=written["held_by"],
    )


def _clock(row: Row[Any], ledger: frozenset[tuple[str, int]]) -> Clock:
    return Clock(
        id=ClockId(row.id),
        policy_id=ClockPolicyId(row.policy_id),
        policy_version=row.policy_version,
        case_id=None if row.case_id is None else CaseId(row.case_id),
        alarm_id=None if row.alarm_id is None else AlarmId(row.alarm_id),
        started_at=row.started_at,
        anchor_at=row.anchor_at,
        due_at=row.due_at,
        wakes=row.wakes,
        stopped_at=row.stopped_at,
        claimed=row.claimed,
        next_fire_at=row.next_fire_at,
        pauses=tuple(_read(written) for written in row.pauses or ()),
        result=row.result,
        fired=ledger,
    )
