"""Opening who a reporter is: for a reason, with a fresh factor, and with a second person who has agreed.

One person is enough where the reporter wants a call, for they gave the number to be called; while nobody has answered
an alarm of the case; and where nobody else is there who could agree. What of this staff can bring about by themselves
is told to head and data protection officer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from triage.access.table import Right, allowed_on
from triage.audit import Act
from triage.cases.case import Case, EventKind
from triage.cases.identity_requests import (
    IdentityRequest,
    ask_second,
    leave_identity_requests,
    standing,
)
from triage.cases.steps import record, tell_overseers
from triage.cases.words import cleaned
from triage.ids import CaseCode, PersonId
from triage.notices.notice import Subject
from triage.people.person import is_fresh
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the reporter is, as they gave it; `removed` identity numbers were taken out of the reader's reason."""

    answers: tuple[Mapping[str, object], ...] = field(repr=False)
    removed: int = 0


def read_identity(
    tx: Transaction,
    rules: Rules,
    *,
    code: CaseCode,
    by: PersonId,
    reason: str,
    verified_at: datetime | None,
    breaks_glass: bool = False,
) -> Identity | IdentityRequest | Refused:
    """Open who the reporter is, for a reason that stays in the timeline; or ask, where a second person must agree.

    What somebody agreed to is the reason that they read, so that one stands where it is opened.
    In somebody else's case only for those who may break the glass and say that they do (`breaks_glass`): head and data
    protection officer are told, and nobody is waited for.
    `verified_at` is when the reader last gave a second factor; one that is not fresh is refused.
    """
    reader = tx.people.get(by)
    found = tx.cases.find(code)
    if found is None or not allowed_on(reader, Right.READ_CASE, found):
        return Refused(Reason.NOT_FOUND)
    # Two who ask at once, and one who agrees meanwhile, come one after the other.
    case = tx.cases.lock(found.id)
    if not allowed_on(reader, Right.READ_CASE, case):
        return Refused(Reason.NOT_FOUND)
    breaks = not allowed_on(reader, Right.READ_IDENTITY, case)
    if breaks and not (breaks_glass and allowed_on(reader, Right.BREAK_GLASS, case)):
        return Refused(Reason.NOT_ALLOWED)
    if not is_fresh(verified_at, tx.now):
        return Refused(Reason.SECOND_FACTOR_NEEDED)
    said = cleaned(rules, reason, empty=Reason.REASON_NEEDED)
    if isinstance(said, Refused):
        return said
    opened = _breaking(tx, rules, case, by) if breaks else _by_two(tx, rules, case, by=by, reason=said.words)
    if isinstance(opened, IdentityRequest):
        return opened
    words = said.words if opened.reason is None else opened.reason
    record(tx, case, opened.kind, Act.IDENTITY_READ, by=by, facts=opened.facts, words=words)
    submissions = tx.cases.submissions(case.id, identity=True)
    return Identity(answers=tuple(each.identity for each in submissions), removed=said.removed)


@dataclass(frozen=True, slots=True)
class _Opened:
    """By what it was opened; `reason` is the one that somebody agreed to."""

    kind: EventKind
    facts: Mapping[str, str]
    reason: str | None = field(default=None, repr=False)


def _breaking(tx: Transaction, rules: Rules, case: Case, by: PersonId) -> _Opened:
    tell_overseers(tx, rules, case, Subject.GLASS_BROKEN, by=by)
    return _Opened(EventKind.GLASS_BROKEN, {"glass": "broken"})


def _by_two(
    tx: Transaction, rules: Rules, case: Case, *, by: PersonId, reason: str
) -> _Opened | IdentityRequest:
    stands = standing(tx, case, by=by, alarms=tx.alarms.of_case(case.id), people=tx.people.all())
    if stands.alone is None and stands.agreed is None:
        return ask_second(tx, rules, case, by=by, reason=reason)
    leave_identity_requests(tx, by, case_id=case.id)
    if stands.agreed is not None:
        return _Opened(EventKind.IDENTITY_READ, {}, stands.agreed.reason)
    facts = {} if stands.alone is None else {"alone": stands.alone.value}
    if stands.alone is not None and stands.alone.is_told:
        tell_overseers(tx, rules, case, Subject.IDENTITY_ALONE, by=by)
    return _Opened(EventKind.IDENTITY_READ, facts)
