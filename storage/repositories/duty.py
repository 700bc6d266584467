"""The roster: shifts, absences, deputies, what was done by hand, and handovers. Only a handover's note needs a key."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, bindparam, delete, insert, select, text, update

from storage.duty_tables import absences, deputies, handovers, shifts
from storage.envelopes import Place
from storage.house_tables import meta
from storage.keyring import House
from storage.types import Id, Instant
from storage.work import Work
from triage.ids import AbsenceId, HandoverId, PersonId, ShiftId
from triage.people.handover import Handover
from triage.people.roster import Absence, Hand, Roster, Shift

ON_DUTY, _SINCE, _LEFT = "on_duty", "on_duty_since", "on_duty_left"
_LOCK_NAME = "roster"
_NOTES_KEPT = 2
_BEFORE_TIMES_WERE_NOTED = datetime(1970, 1, 1, tzinfo=UTC)

_S, _A, _D, _H = shifts.c, absences.c, deputies.c, handovers.c
_BY_HAND = select(meta.c.name, meta.c.value).where(meta.c.name.in_((ON_DUTY, _SINCE, _LEFT)))
_SET = update(meta).where(meta.c.name == bindparam("row_name")).values(value=bindparam("row_value"))
_LOCK = select(meta.c.name).where(meta.c.name == _LOCK_NAME).with_for_update()
_ONE_SHIFT = select(shifts).where(_S.id == bindparam("id", type_=Id()))
_BEGUN_BY = (
    select(shifts)
    .where(_S.starts_at <= bindparam("at", type_=Instant()))
    .order_by(_S.starts_at.desc())
    .limit(1)
)
_WITHIN = (
    select(shifts)
    .where(
        _S.ends_at > bindparam("start", type_=Instant()), _S.starts_at <= bindparam("end", type_=Instant())
    )
    .order_by(_S.starts_at)
)
_KEPT = select(_S.id).where(_S.ends_at > bindparam("since", type_=Instant())).limit(1)
# The condition stands as the index has it, word for word, so that a prepared statement can use the index.
_NOT_BEGUN = (
    select(shifts)
    .where(text("NOT begun"), _S.starts_at <= bindparam("now", type_=Instant()))
    .order_by(_S.starts_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)
_HAS_BEGUN = (
    select(_S.id)
    .where(text("NOT begun"), _S.starts_at <= bindparam("now", type_=Instant()))
    .order_by(_S.starts_at)
    .limit(1)
)
_NOTE_BEGUN = update(shifts).where(_S.id == bindparam("row_id", type_=Id())).values(begun=True)
_SAVE_SHIFT = update(shifts).where(_S.id == bindparam("row_id", type_=Id()))
_ONE_ABSENCE = select(absences).where(_A.id == bindparam("id", type_=Id()))
_ABSENCES = (
    select(absences)
    .where(_A.ends_at > bindparam("since", type_=Instant()))
    .order_by(_A.starts_at, _A.ends_at, _A.id)
)
_ABSENCES_UNTIL = _ABSENCES.where(_A.starts_at <= bindparam("until", type_=Instant()))
_DEPUTIES = select(deputies).order_by(_D.person_id, _D.place)
_SEE_WAITING = select(handovers).where(_H.accepted_at.is_(None), _H.overtaken_at.is_(None))
_WAITING = _SEE_WAITING.with_for_update()
_LOCK_HANDOVER = select(handovers).where(_H.id == bindparam("id", type_=Id())).with_for_update()
_LAST = select(handovers).order_by(_H.seq.desc()).limit(bindparam("limit"))
_SAVE_HANDOVER = update(handovers).where(_H.id == bindparam("row_id", type_=Id()))
_FORGET_SHIFT = (
    update(handovers).where(_H.shift_id == bindparam("row_shift", type_=Id())).values(shift_id=None)
)
_CLIMBS = (
    select(handovers)
    .where(text("climbs_at IS NOT NULL"), _H.climbs_at <= bindparam("now", type_=Instant()))
    .order_by(_H.climbs_at)
    .limit(bindparam("limit"))
    .with_for_update(skip_locked=True)
)


class SqlDuty:
    """The port `Duty` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def lock(self) -> None:
        self._work.insert_if_absent(meta, {"name": _LOCK_NAME, "value": None})
        self._work.one(_LOCK)

    def is_kept(self, *, since: datetime) -> bool:
        return self._work.one(_KEPT, {"since": since}) is not None

    def roster(self, start: datetime, end: datetime) -> Roster:
        begun = self._work.one(_BEGUN_BY, {"at": start})
        found = {} if begun is None else {begun.id: _shift(begun)}
        if end > start:
            found |= {row.id: _shift(row) for row in self._work.all(_WITHIN, {"start": start, "end": end})}
        away = self._work.all(_ABSENCES_UNTIL, {"since": start, "until": end})
        return Roster(
            shifts=tuple(sorted(found.values(), key=lambda each: each.start)),
            absences=tuple(_absence(row) for row in away),
            deputies=self.deputies(),
            hand=self._hand(),
        )

    def set_by_hand(self, person_id: PersonId | None, *, left: Collection[PersonId]) -> None:
        """Note who took the duty by hand at the transaction's time, and who has left it."""
        values = {
            ON_DUTY: None if person_id is None else str(person_id),
            _SINCE: self._work.now.isoformat(),
            _LEFT: " ".join(sorted(map(str, left))) or None,
        }
        for name, value in values.items():
            row = {"row_name": name, "row_value": value}
            if self._work.changed(_SET, row) == 0 and not self._work.insert_if_absent(
                meta, {"name": name, "value": value}
            ):
                self._work.run(_SET, row)

    def add_shift(self, shift: Shift) -> None:
        self._begins_anew(shift)
        self._work.run(insert(shifts), {"id": shift.id, "begun": False, **_of_shift(shift)})

    def find_shift(self, shift_id: ShiftId) -> Shift | None:
        row = self._work.one(_ONE_SHIFT, {"id": shift_id})
        return None if row is None else _shift(row)

    def save_shift(self, shift: Shift) -> None:
        begun = {"begun": False} if self._begins_anew(shift) else {}
        self._work.run(_SAVE_SHIFT, {"row_id": shift.id, **_of_shift(shift), **begun})

    def _begins_anew(self, shift: Shift) -> bool:
        """Whether a shift is still to begin. One that was put off asks for a handover again when it does."""
        if shift.start <= self._work.now:
            return False
        self._work.run(_FORGET_SHIFT, {"row_shift": shift.id})
        return True

    def remove_shift(self, shift_id: ShiftId) -> bool:
        return self._work.changed(delete(shifts).where(_S.id == shift_id)) == 1

    def has_begun(self) -> bool:
        return self._work.one(_HAS_BEGUN, {"now": self._work.now}) is not None

    def lock_begun(self, *, limit: int) -> Sequence[Shift]:
        return [_shift(row) for row in self._work.all(_NOT_BEGUN, {"now": self._work.now, "limit": limit})]

    def note_begun(self, shift_id: ShiftId) -> None:
        self._work.run(_NOTE_BEGUN, {"row_id": shift_id})

    def absences(self, *, since: datetime) -> Sequence[Absence]:
        return [_absence(row) for row in self._work.all(_ABSENCES, {"since": since})]

    def add_absence(self, absence: Absence) -> None:
        self._work.run(
            insert(absences),
            {
                "id": absence.id,
                "person_id": absence.person_id,
                "starts_at": absence.start,
                "ends_at": absence.end,
            },
        )

    def find_absence(self, absence_id: AbsenceId) -> Absence | None:
        row = self._work.one(_ONE_ABSENCE, {"id": absence_id})
        return None if row is None else _absence(row)

    def remove_absence(self, absence_id: AbsenceId) -> bool:
        return self._work.changed(delete(absences).where(_A.id == absence_id)) == 1

    def deputies(self) -> Mapping[PersonId, tuple[PersonId, ...]]:
        found: dict[PersonId, tuple[PersonId, ...]] = defaultdict(tuple)
        for row in self._work.all(_DEPUTIES):
            found[PersonId(row.person_id)] += (PersonId(row.deputy_id),)
        return dict(found)

    def set_deputies(self, person_id: PersonId, deputies_: Sequence[PersonId]) -> None:
        self._work.run(delete(deputies).where(_D.person_id == person_id))
        rows = [
            {"person_id": person_id, "place": place, "deputy_id": each}
            for place, each in enumerate(deputies_)
        ]
        if rows:
            self._work.run(insert(deputies), rows)

    def add_handover(self, handover: Handover) -> bool:
        note = None
        if handover.note is not None:
            key = self._work.keyring.house_key(House.HANDOVER)
            note = key.seal_text(_place(handover.id), handover.note)
        row = {
            "id": handover.id,
            "asked_at": handover.asked_at,
            "from_id": handover.from_id,
            "shift_id": handover.shift_id,
            "note": note,
            **_of_handover(handover),
        }
        if not self._work.insert_if_absent(handovers, row):
            return False
        kept = select(_H.seq).order_by(_H.seq.desc()).limit(_NOTES_KEPT)
        self._work.run(update(handovers).where(_H.note.is_not(None), _H.seq.not_in(kept)).values(note=None))
        return True

    def lock_handover(self, handover_id: HandoverId) -> Handover | None:
        return self._handover(self._work.one(_LOCK_HANDOVER, {"id": handover_id}))

    def waiting_handovers(self) -> Sequence[Handover]:
        return [self._read(row) for row in self._work.all(_SEE_WAITING)]

    def waiting_handover(self) -> Handover | None:
        return self._handover(self._work.one(_WAITING))

    def last_handovers(self, *, limit: int) -> Sequence[Handover]:
        return [self._read(row, note=self._note(row)) for row in self._work.all(_LAST, {"limit": limit})]

    def save_handover(self, handover: Handover) -> None:
        self._work.run(_SAVE_HANDOVER, {"row_id": handover.id, **_of_handover(handover)})

    def due_handovers(self, *, limit: int) -> Sequence[Handover]:
        return [self._read(row) for row in self._work.all(_CLIMBS, {"now": self._work.now, "limit": limit})]

    def _hand(self) -> Hand | None:
        known = {row.name: row.value for row in self._work.all(_BY_HAND)}
        if ON_DUTY not in known:
            return None
        since, left, person = known.get(_SINCE), known.get(_LEFT) or "", known[ON_DUTY]
        return Hand(
            at=_BEFORE_TIMES_WERE_NOTED if since is None else datetime.fromisoformat(since),
            person_id=None if person is None else PersonId(UUID(person)),
            left=frozenset(PersonId(UUID(each)) for each in left.split()),
        )

    def _note(self, row: Row[Any]) -> str | None:
        if row.note is None:
            return None
        key = self._work.keyring.house_key_of(row.note, House.HANDOVER)
        return key.open_text(_place(row.id), row.note)

    def _handover(self, row: Row[Any] | None) -> Handover | None:
        return None if row is None else self._read(row)

    def _read(self, row: Row[Any], *, note: str | None = None) -> Handover:
        return Handover(
            id=HandoverId(row.id),
            asked_at=row.asked_at,
            from_id=_person_id(row.from_id),
            to_id=_person_id(row.to_id),
            shift_id=None if row.shift_id is None else ShiftId(row.shift_id),
            climbs_at=row.climbs_at,
            climbed=row.climbed,
            accepted_at=row.accepted_at,
            accepted_by=_person_id(row.accepted_by),
            overtaken_at=row.overtaken_at,
            note=note,
        )


def _place(handover_id: object) -> Place:
    return Place("handovers", "note", str(handover_id))


def _person_id(value: UUID | None) -> PersonId | None:
    return None if value is None else PersonId(value)


def _of_shift(shift: Shift) -> dict[str, Any]:
    return {
        "person_id": shift.person_id,
        "starts_at": shift.start,
        "ends_at": shift.end,
        "source": shift.source,
    }


def _of_handover(handover: Handover) -> dict[str, Any]:
    return {
        "to_id": handover.to_id,
        "climbs_at": handover.climbs_at,
        "climbed": handover.climbed,
        "accepted_at": handover.accepted_at,
        "accepted_by": handover.accepted_by,
        "overtaken_at": handover.overtaken_at,
    }


def _shift(row: Row[Any]) -> Shift:
    return Shift(
        id=ShiftId(row.id),
        person_id=PersonId(row.person_id),
        start=row.starts_at,
        end=row.ends_at,
        source=row.source,
    )


def _absence(row: Row[Any]) -> Absence:
    return Absence(
        id=AbsenceId(row.id), person_id=PersonId(row.person_id), start=row.starts_at, end=row.ends_at
    )
