"""Additions: a reporter writes to a contact that is decided, and it stands in the queue again under a clock."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from enum import StrEnum

from triage.access.table import Right
from triage.audit import Act
from triage.cases.case import Case, EventKind
from triage.cases.steps import lock_for, record
from triage.cases.words import Done, remark
from triage.clocks.events import DECIDED, happened, outcome
from triage.clocks.keep import start_clock, stop_clocks
from triage.ids import CaseId, PersonId
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules


class Seen(StrEnum):
    """What was done about an addition other than answering it; shown as the text `console.seen.<code>`."""

    CALLED = "called"
    PASSED_ON = "passed_on"
    NOTHING_NEEDED = "nothing_needed"
    OTHER = "other"


def begin_addition(tx: Transaction, rules: Rules, case: Case, *, since: datetime) -> Case:
    """The case, saved, in the queue again; an addition that waits already is neither doubled nor set back."""
    if case.addition_at is not None:
        return case
    added = tx.cases.save(replace(case, addition_at=since))
    if (policy := rules.addition_clock) is not None:
        held = case.assignee is not None
        start_clock(tx, rules, policy, wakes=False, case_id=case.id, claimed=held, since=since)
    return added


def end_addition(tx: Transaction, rules: Rules, case: Case, *, answered_at: datetime | None = None) -> Case:
    """The case, saved, with its addition dealt with; what came after the last reading is an addition of its own.

    With `answered_at`, when a reply to it was written, so is all that came after that, read or not: one who writes
    does not see what comes meanwhile.
    """
    if case.addition_at is None or (answered_at is not None and case.addition_at > answered_at):
        return case
    if (policy := rules.addition_clock) is not None:
        stop_clocks(tx, rules, case.id, policies=(policy,))
    ended = tx.cases.save(replace(case, addition_at=None))
    later = None if answered_at is None else tx.messages.came_after(case.id, answered_at)
    return _what_nobody_read(tx, rules, ended, or_since=later)


def end_main_clock(tx: Transaction, rules: Rules, case: Case) -> Case:
    """Stop the clock of a case whose decision is in force now, and what else its outcome stops and starts.

    Words that came while it was being decided, and that nobody has opened, would leave the queue with it: they are
    an addition from the moment that they came.
    """
    stop_clocks(tx, rules, case.id, policies=(rules.main_clock(case.kind),))
    if case.decision is not None:
        happened(tx, rules, case, DECIDED, outcome(case.decision.outcome))
    return _what_nobody_read(tx, rules, case)


def see_addition(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, did: Seen, words: str = ""
) -> Done | Refused:
    """Say what was done about what the reporter added, which stops its clock; `OTHER` needs words."""
    case = lock_for(tx, case_id, by, Right.SEE_ADDITION)
    if isinstance(case, Refused):
        return case
    if case.addition_at is None:
        return Refused(Reason.NOT_WAITING)
    said = remark(rules, words, needed=did is Seen.OTHER)
    if isinstance(said, Refused):
        return said
    facts = {"did": did.value}
    record(tx, case, EventKind.ADDITION_SEEN, Act.CASE_ADDITION_SEEN, by=by, facts=facts, words=said.words)
    return Done(end_addition(tx, rules, case), said.removed)


def _what_nobody_read(tx: Transaction, rules: Rules, case: Case, *, or_since: datetime | None = None) -> Case:
    came = [at for at in (tx.messages.unread_since(case.id), or_since) if at is not None]
    return begin_addition(tx, rules, case, since=min(came)) if came else case
