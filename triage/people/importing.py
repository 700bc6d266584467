"""Bringing a roster in from a calendar: first a plan of what would change, then all of it or nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from triage.access.table import Right, allowed
from triage.audit import Act
from triage.ids import AbsenceId, PersonId, ShiftId
from triage.people.handing_over import ask_if_changed
from triage.people.roster import Absence, Shift
from triage.people.rostering import Overlap, record_shift, wrong_absence, wrong_with_any
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

MOST_ENTRIES = 400
HORIZON = timedelta(weeks=26)
"""How far ahead entries are taken; a repeated one is written out so far."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A shift or an absence as a calendar says it.

    `source` is a hash of which entry of which calendar it is; `shift_id` says that it is one of our own, exported.
    """

    person_id: PersonId
    start: datetime
    end: datetime
    source: str
    shift_id: ShiftId | None = None
    is_absence: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What bringing these entries in would do. With `wrong` it cannot be done, and says why."""

    added: tuple[Shift, ...] = ()
    changed: tuple[tuple[Shift, Shift], ...] = ()
    removed: tuple[Shift, ...] = ()
    absences: tuple[Absence, ...] = ()
    same: int = 0
    wrong: Overlap | Refused | None = None

    @property
    def changes(self) -> int:
        """How much would be other than it is."""
        return len(self.added) + len(self.changed) + len(self.removed) + len(self.absences)

    @property
    def mark(self) -> str:
        """The same text for plans that do the same, so that what is confirmed is what was shown."""
        said = [
            sorted(f"+{_written(each)}" for each in self.added),
            sorted(f"{before.id}>{_written(after)}" for before, after in self.changed),
            sorted(f"-{each.id}" for each in self.removed),
            sorted(
                f"a{each.person_id}{each.start.isoformat()}{each.end.isoformat()}" for each in self.absences
            ),
        ]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:32]


def plan_import(tx: Transaction, *, by: PersonId, entries: Sequence[Entry]) -> Plan | Refused:
    """What would change. Nothing is written.

    A shift that an earlier import brought is changed where its entry was, and taken away where its entry is gone
    from the stretch of time that these entries span. What staff entered here themselves is never taken away.
    """
    if not allowed(tx.people.get(by), Right.MANAGE_ROSTER):
        return Refused(Reason.NOT_ALLOWED)
    ahead = [each for each in entries if tx.now < each.end and each.start <= tx.now + HORIZON]
    wanted = [each for each in ahead if not each.is_absence]
    absences = tuple(_new_absences(tx, [each for each in ahead if each.is_absence]))
    same = len(ahead) - len(wanted) - len(absences)
    bad = next(filter(None, (wrong_absence(tx, each) for each in absences)), None)
    if not wanted:
        return Plan(absences=absences, same=same, wrong=None if bad is None else Refused(bad))
    start, end = min(each.start for each in wanted), max(each.end for each in wanted)
    # An entry is known wherever it stood: one may have moved out of the span that the file has now.
    there = [each for each in tx.duty.roster(tx.now, tx.now + 2 * HORIZON).shifts if each.end > tx.now]
    by_id = {each.id: each for each in there}
    by_source = {each.source: each for each in there if each.source is not None}
    added: list[Shift] = []
    changed: list[tuple[Shift, Shift]] = []
    met: set[ShiftId] = set()
    for entry in wanted:
        known = by_source.get(entry.source) or (by_id.get(entry.shift_id) if entry.shift_id else None)
        if known is None:
            added.append(_shift(tx, entry))
            continue
        met.add(known.id)
        after = replace(known, person_id=entry.person_id, start=entry.start, end=entry.end)
        if after == known:
            same += 1
        else:
            changed.append((known, after))
    removed = [
        each for each in there if each.source is not None and each.id not in met and start <= each.start < end
    ]
    gone = [each.id for each in removed] + [before.id for before, _ in changed]
    wrong = wrong_with_any(tx, [*added, *(after for _, after in changed)], instead_of=gone)
    return Plan(
        added=tuple(added),
        changed=tuple(changed),
        removed=tuple(removed),
        absences=absences,
        same=same,
        wrong=wrong if bad is None else Refused(bad),
    )


def bring_in(
    tx: Transaction, rules: Rules, *, by: PersonId, entries: Sequence[Entry], mark: str
) -> Plan | Refused:
    """Do what was shown: all of it, or nothing when it cannot be done or would do something else by now."""
    tx.duty.lock()
    plan = plan_import(tx, by=by, entries=entries)
    if isinstance(plan, Refused):
        return plan
    if plan.wrong is not None or plan.mark != mark:
        return Refused(Reason.ROSTER_CHANGED)
    had_it = tx.people.on_duty()
    for shift in plan.removed:
        tx.duty.remove_shift(shift.id)
        record_shift(tx, Act.SHIFT_REMOVED, shift, by=by)
    for before, _ in plan.changed:
        # Two that change places would meet on the way: what is moved leaves its place first.
        tx.duty.remove_shift(before.id)
    for _, after in plan.changed:
        tx.duty.add_shift(after)
        record_shift(tx, Act.SHIFT_MOVED, after, by=by)
    for shift in plan.added:
        tx.duty.add_shift(shift)
        record_shift(tx, Act.SHIFT_ADDED, shift, by=by)
    for absence in plan.absences:
        tx.duty.add_absence(absence)
        facts = {"start": absence.start.isoformat(), "end": absence.end.isoformat()}
        tx.audit.record(Act.ABSENCE_ADDED, actor=by, object_id=absence.person_id, facts=facts)
    ask_if_changed(tx, rules, before=had_it, actor=by)
    return plan


def _shift(tx: Transaction, entry: Entry) -> Shift:
    return Shift(
        id=ShiftId(tx.new_id()),
        person_id=entry.person_id,
        start=entry.start,
        end=entry.end,
        source=entry.source,
    )


def _new_absences(tx: Transaction, entries: Iterable[Entry]) -> Iterable[Absence]:
    known = {(each.person_id, each.start, each.end) for each in tx.duty.absences(since=tx.now)}
    for entry in entries:
        key = (entry.person_id, entry.start, entry.end)
        if key not in known:
            known.add(key)
            yield Absence(
                id=AbsenceId(tx.new_id()), person_id=entry.person_id, start=entry.start, end=entry.end
            )


def _written(shift: Shift) -> str:
    return f"{shift.person_id}{shift.start.isoformat()}{shift.end.isoformat()}{shift.source}"
