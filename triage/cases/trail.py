"""Who read what: each member of staff sees their own readings, the data protection officer everybody's of a week.

Whoever has the case in hand sees who has read it. What is shown holds no word of anybody, and no case in which the
reader has a conflict of interest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from triage.access.table import Right, allowed, allowed_on
from triage.audit import Act
from triage.cases.case import Case
from triage.ids import CaseCode, PersonId
from triage.ports import Transaction
from triage.refusals import Reason, Refused

SHOWN = 100
OF_A_CASE = 50
LOOK_BACK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """That somebody read something. `place` orders readings; `code` is that of the case, where it was one."""

    place: int
    at: datetime
    act: Act
    person_id: PersonId
    person: str
    code: CaseCode | None
    glass_broken: bool = False
    """Whether who a reporter is was opened in somebody else's case."""
    sheet: str = ""
    """The receiver on whose sheet the case was read, which is there to be printed; empty for any other reading."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """Readings, newest first. `further` is the place behind which there are more; None when these are the last."""

    readings: tuple[Reading, ...]
    further: int | None
    since: datetime | None = None
    of_case: CaseCode | None = None


def read_own_trail(tx: Transaction, *, by: PersonId, before: int | None = None) -> Trail | Refused:
    """What this person read, as far back as the audit goes."""
    if not allowed(tx.people.get(by), Right.READ_OWN_TRAIL):
        return Refused(Reason.NOT_ALLOWED)
    return _trail(tx.audit.readings(reader=by, limit=SHOWN + 1, actor=by, before=before))


def read_trail(
    tx: Transaction, *, by: PersonId, before: int | None = None, code: CaseCode | None = None
) -> Trail | Refused:
    """Everybody's readings of the last seven days, or with `code` all of one case. It is an audit entry itself.

    `NOT_FOUND` for a case that does not exist.
    """
    if not allowed(tx.people.get(by), Right.READ_AUDIT):
        return Refused(Reason.NOT_ALLOWED)
    since = tx.now - LOOK_BACK
    if code is None:
        tx.audit.record(Act.AUDIT_READ, actor=by)
        found = tx.audit.readings(reader=by, limit=SHOWN + 1, before=before, since=since)
        return _trail(found, since=since)
    case = tx.cases.find(code)
    if case is None or by in case.conflicts:
        return Refused(Reason.NOT_FOUND)
    tx.audit.record(Act.AUDIT_READ, actor=by, object_id=case.id)
    return _trail(tx.audit.readings(reader=by, limit=SHOWN + 1, before=before, case_id=case.id), of_case=code)


def readers_of(tx: Transaction, case: Case, *, by: PersonId) -> Sequence[Reading]:
    """Who read this case last, for whoever has it in hand; nobody else's business. Part of reading the case."""
    if not allowed_on(tx.people.get(by), Right.READ_READERS, case):
        return ()
    return tx.audit.readings(reader=by, limit=OF_A_CASE, case_id=case.id)


def _trail(
    found: Sequence[Reading], *, since: datetime | None = None, of_case: CaseCode | None = None
) -> Trail:
    shown = tuple(found[:SHOWN])
    further = shown[-1].place if len(found) > SHOWN else None
    return Trail(readings=shown, further=further, since=since, of_case=of_case)
