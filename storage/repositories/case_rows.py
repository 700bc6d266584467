"""A case as its row in the table holds it, and back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Row

from triage.cases.case import Case, CaseState, Decision, KindAsked
from triage.cases.records import Source
from triage.ids import CaseCode, CaseId, PersonId


def values_of(case: Case) -> dict[str, Any]:
    """What the row of a case holds, but for its id and when its nearest clock is due."""
    decision, asked = case.decision, case.kind_asked
    return {
        "code": case.code,
        "hotline": case.hotline,
        "kind": case.kind,
        "received_at": case.received_at,
        "source": case.source.value,
        "state": case.state.value,
        "waits": case.waits,
        "acute": case.acute,
        "assignee": case.assignee,
        "municipality": case.municipality,
        "outcome": None if decision is None else decision.outcome,
        "decided_by": None if decision is None else decision.decided_by,
        "decided_at": None if decision is None else decision.decided_at,
        "local_action": None if decision is None else decision.local_action,
        "to_unit": None if decision is None else decision.to_unit,
        "confirmed_by": None if decision is None else decision.confirmed_by,
        "confirmed_at": None if decision is None else decision.confirmed_at,
        "receipt_at": None if decision is None else decision.receipt_at,
        "first_reply_at": case.first_reply_at,
        "first_read_at": case.first_read_at,
        "closed_at": case.closed_at,
        "addition_at": case.addition_at,
        "kind_asked": None if asked is None else asked.kind,
        "kind_asked_because": None if asked is None else asked.because,
        "kind_asked_by": None if asked is None else asked.by,
        "kind_asked_at": None if asked is None else asked.at,
        "call": None if case.call is None else list(case.call),
        "conflicts": " ".join(sorted(map(str, case.conflicts))) or None,
        "revision": case.revision,
    }


def case_of(row: Row[Any]) -> Case:
    """The case of a row."""
    decision = None
    if row.outcome is not None:
        decision = Decision(
            outcome=row.outcome,
            decided_by=PersonId(row.decided_by),
            decided_at=row.decided_at,
            local_action=row.local_action,
            to_unit=row.to_unit,
            confirmed_by=maybe_person(row.confirmed_by),
            confirmed_at=row.confirmed_at,
            receipt_at=row.receipt_at,
        )
    return Case(
        id=CaseId(row.id),
        code=CaseCode(row.code),
        hotline=row.hotline,
        kind=row.kind,
        received_at=row.received_at,
        source=Source(row.source),
        state=CaseState(row.state),
        acute=row.acute,
        assignee=maybe_person(row.assignee),
        municipality=row.municipality,
        decision=decision,
        first_reply_at=row.first_reply_at,
        first_read_at=row.first_read_at,
        closed_at=row.closed_at,
        addition_at=row.addition_at,
        kind_asked=_asked(row),
        call=None if row.call is None else tuple(row.call),
        conflicts=frozenset(PersonId(UUID(each)) for each in (row.conflicts or "").split()),
        revision=row.revision,
    )


def _asked(row: Row[Any]) -> KindAsked | None:
    if row.kind_asked is None:
        return None
    return KindAsked(
        kind=row.kind_asked,
        because=row.kind_asked_because,
        by=PersonId(row.kind_asked_by),
        at=row.kind_asked_at,
    )


def maybe_person(value: UUID | None) -> PersonId | None:
    """An id that may be missing."""
    return None if value is None else PersonId(value)
