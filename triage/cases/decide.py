"""Deciding: a named person sets an outcome with a reason, and the outcome's own data says what stops the clock."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from triage.access.table import Right, allowed_on
from triage.audit import Act
from triage.cases.additions import end_main_clock
from triage.cases.case import UNDECIDED, Case, CaseState, Decision, EventKind
from triage.cases.second_person import ask_second_person, second_person_came
from triage.cases.steps import hold, is_explained, is_overdue, lock_for, main_clock, record
from triage.cases.tasks import add_task
from triage.cases.words import Cleaned, Done, cleaned
from triage.clocks.events import RECEIPT, happened
from triage.ids import CaseId, PersonId
from triage.kinds import StopsClock, TriageOutcome
from triage.notices.climbing import hold_ladders
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

_STATE_AFTER: Mapping[StopsClock, CaseState] = MappingProxyType(
    {
        StopsClock.YES: CaseState.TRIAGED,
        StopsClock.NO: CaseState.IN_TRIAGE,
        StopsClock.SECOND_PERSON: CaseState.AWAITS_SECOND_PERSON,
        StopsClock.RECEIPT: CaseState.AWAITS_RECEIPT,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NextStep:
    """What will be done before the case can be decided, by whom, and by when (aware UTC)."""

    what: str = field(repr=False)
    owner: PersonId
    due: datetime


def decide(
    tx: Transaction,
    rules: Rules,
    *,
    case_id: CaseId,
    by: PersonId,
    outcome: str,
    reason: str,
    local_action: bool,
    to_unit: bool,
    next_step: NextStep | None = None,
    overdue_reason: str = "",
    asked_as: str | None = None,
) -> Done | Refused:
    """Set the triage outcome of a case, one of those that are there for its kind.

    Whether the clock stops now, with a second person, with a receipt, or not at all is the outcome's own data.
    Once the case is overdue, a decision needs `overdue_reason` as well, unless somebody has explained it before;
    an outcome that lets the clock run on decides nothing yet and needs `next_step` where its data says so. A case
    that nobody holds is held by the decider from here on.

    `asked_as` is the kind of contact for which the questions were put to the decider; once it is another kind, they
    were not asked what they must answer, and the decision is refused.
    """
    case = lock_for(tx, case_id, by, Right.DECIDE)
    if isinstance(case, Refused):
        return case
    if asked_as is not None and asked_as != case.kind:
        return Refused(Reason.KIND_CHANGED)
    chosen = _outcome(rules, case, outcome)
    if isinstance(chosen, Refused):
        return chosen
    heard = _heard(tx, rules, case, chosen, reason=reason, step=next_step, overdue_reason=overdue_reason)
    if isinstance(heard, Refused):
        return heard
    if case.assignee is None:
        case = hold(tx, rules, case, by)
    else:
        hold_ladders(tx, case.id, by=by)
    asked = rules.organisation.kind(case.kind).asks_for_action(chosen)
    to_unit = to_unit or chosen.to_unit
    decision = Decision(
        outcome=chosen.code,
        decided_by=by,
        decided_at=tx.now,
        local_action=asked and local_action,
        to_unit=asked and to_unit,
    )
    decided = _saved(tx, case, _STATE_AFTER[chosen.stops_clock], decision)
    facts = {"outcome": chosen.code}
    if asked:
        facts |= {"local_action": _yes(local_action), "to_unit": _yes(to_unit)}
    record(tx, decided, EventKind.DECIDED, Act.CASE_DECIDED, by=by, facts=facts, words=heard.reason.words)
    if heard.step is not None and next_step is not None:
        facts = {"owner": str(next_step.owner), "due": next_step.due.isoformat()}
        record(tx, decided, EventKind.NEXT_STEP, Act.CASE_NOTED, by=by, facts=facts, words=heard.step.words)
        add_task(tx, rules, decided, by=by, what=heard.step, owner=next_step.owner, due=next_step.due)
    _record_explanation(tx, decided, by, heard.late)
    if chosen.stops_clock is StopsClock.YES:
        decided = end_main_clock(tx, rules, decided)
    if chosen.stops_clock is StopsClock.SECOND_PERSON:
        clock = main_clock(tx, rules, decided)
        due_at = None if clock is None else clock.due_at
        ask_second_person(tx, rules, decided, decided_by=by, due_at=due_at)
    return Done(decided, heard.removed)


def confirm(
    tx: Transaction,
    rules: Rules,
    *,
    case_id: CaseId,
    by: PersonId,
    overdue_reason: str = "",
    read: datetime | None = None,
) -> Done | Refused:
    """Let a second person confirm a decision that waits for one, which stops the clock.

    A case that became overdue while it waited needs `overdue_reason`, as a decision does. `read` is when the decision
    was made that the second person read; another one made since is refused.
    """
    case = lock_for(tx, case_id, by, Right.CONFIRM)
    if isinstance(case, Refused):
        return case
    if case.state is not CaseState.AWAITS_SECOND_PERSON or case.decision is None:
        return Refused(Reason.NOT_WAITING)
    if read not in {None, case.decision.decided_at}:
        return Refused(Reason.CHANGED_SINCE)
    if case.decision.decided_by == by:
        return Refused(Reason.SAME_PERSON)
    late = _explanation(tx, rules, case, overdue_reason)
    if isinstance(late, Refused):
        return late
    decision = replace(case.decision, confirmed_by=by, confirmed_at=tx.now)
    confirmed = _saved(tx, case, CaseState.TRIAGED, decision)
    facts = {"outcome": decision.outcome}
    record(tx, confirmed, EventKind.CONFIRMED, Act.CASE_CONFIRMED, by=by, facts=facts)
    _record_explanation(tx, confirmed, by, late)
    confirmed = end_main_clock(tx, rules, confirmed)
    second_person_came(tx, case_id)
    return Done(confirmed, 0 if late is None else late.removed)


def decline_confirmation(
    tx: Transaction,
    rules: Rules,
    *,
    case_id: CaseId,
    by: PersonId,
    reason: str,
    read: datetime | None = None,
) -> Done | Refused:
    """Send a decision back that waited for a second person or for a receipt; the case must be decided anew.

    The clock ran on all the time. The decider may take their own decision back; for a forwarded case this is what
    is done when the receiver says no. `read` as in `confirm`.
    """
    case = lock_for(tx, case_id, by, Right.CONFIRM)
    if isinstance(case, Refused):
        return case
    if case.state not in {CaseState.AWAITS_SECOND_PERSON, CaseState.AWAITS_RECEIPT} or case.decision is None:
        return Refused(Reason.NOT_WAITING)
    if read not in {None, case.decision.decided_at}:
        return Refused(Reason.CHANGED_SINCE)
    said = cleaned(rules, reason, empty=Reason.REASON_NEEDED)
    if isinstance(said, Refused):
        return said
    facts = {"outcome": case.decision.outcome, "waited_as": case.state.value}
    declined = _saved(tx, case, CaseState.IN_TRIAGE, None)
    record(
        tx,
        declined,
        EventKind.CONFIRMATION_DECLINED,
        Act.CASE_CONFIRMATION_DECLINED,
        by=by,
        facts=facts,
        words=said.words,
    )
    second_person_came(tx, case_id)
    return Done(declined, said.removed)


def record_forward_receipt(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, words: str, overdue_reason: str = ""
) -> Done | Refused:
    """Record who received a forwarded case, in words, which stops the clock.

    A case that became overdue while it waited needs `overdue_reason`, as a decision does.
    """
    case = lock_for(tx, case_id, by, Right.RECORD_RECEIPT)
    if isinstance(case, Refused):
        return case
    if case.state is not CaseState.AWAITS_RECEIPT or case.decision is None:
        return Refused(Reason.NOT_WAITING)
    said = cleaned(rules, words, empty=Reason.REASON_NEEDED)
    if isinstance(said, Refused):
        return said
    late = _explanation(tx, rules, case, overdue_reason)
    if isinstance(late, Refused):
        return late
    forwarded = _saved(tx, case, CaseState.FORWARDED, replace(case.decision, receipt_at=tx.now))
    record(
        tx,
        forwarded,
        EventKind.RECEIPT_RECORDED,
        Act.CASE_RECEIPT_RECORDED,
        by=by,
        facts={"outcome": case.decision.outcome},
        words=said.words,
    )
    _record_explanation(tx, forwarded, by, late)
    happened(tx, rules, forwarded, RECEIPT)
    forwarded = end_main_clock(tx, rules, forwarded)
    return Done(forwarded, said.removed + (0 if late is None else late.removed))


def explain_overdue(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, reason: str
) -> Done | Refused:
    """Write down why the case is, or was, overdue; refused for a case that is not."""
    case = lock_for(tx, case_id, by, Right.EXPLAIN_OVERDUE)
    if isinstance(case, Refused):
        return case
    if not is_overdue(tx, rules, case):
        return Refused(Reason.NOT_WAITING)
    said = cleaned(rules, reason, empty=Reason.OVERDUE_REASON_NEEDED)
    if isinstance(said, Refused):
        return said
    _record_explanation(tx, case, by, said)
    return Done(case, said.removed)


def _outcome(rules: Rules, case: Case, code: str) -> TriageOutcome | Refused:
    """The outcome of this code, if the case can be decided and this is there for its kind."""
    if case.state not in UNDECIDED:
        return Refused(Reason.ALREADY_DECIDED)
    if case.kind_asked is not None:
        return Refused(Reason.KIND_ASKED)
    found = next((each for each in rules.organisation.outcome if each.code == code), None)
    if found is None:
        return Refused(Reason.UNKNOWN_OUTCOME)
    return found if found.is_for(case.kind) else Refused(Reason.OUTCOME_OF_ANOTHER_KIND)


def _saved(tx: Transaction, case: Case, state: CaseState, decision: Decision | None) -> Case:
    # Only the outcome that leaves a case in triage meets a case that already is.
    moved = case if case.state is state else case.moved(state)
    return tx.cases.save(replace(moved, decision=decision))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heard:
    """All the words of a decision, cleaned."""

    reason: Cleaned
    step: Cleaned | None
    late: Cleaned | None

    @property
    def removed(self) -> int:
        return sum(said.removed for said in (self.reason, self.step, self.late) if said is not None)


def _heard(
    tx: Transaction,
    rules: Rules,
    case: Case,
    outcome: TriageOutcome,
    *,
    reason: str,
    step: NextStep | None,
    overdue_reason: str,
) -> _Heard | Refused:
    said = cleaned(rules, reason, empty=Reason.REASON_NEEDED)
    if isinstance(said, Refused):
        return said
    planned = _checked_step(tx, rules, case, outcome, step)
    if isinstance(planned, Refused):
        return planned
    # An outcome that lets the clock run on decides nothing that would have to be explained.
    runs_on = outcome.stops_clock is StopsClock.NO
    late = None if runs_on else _explanation(tx, rules, case, overdue_reason)
    if isinstance(late, Refused):
        return late
    return _Heard(reason=said, step=planned, late=late)


def _checked_step(
    tx: Transaction, rules: Rules, case: Case, outcome: TriageOutcome, step: NextStep | None
) -> Cleaned | Refused | None:
    if not outcome.needs_next_step:
        return None
    if step is None or step.due <= tx.now:
        return Refused(Reason.NEXT_STEP_NEEDED)
    if not allowed_on(tx.people.get(step.owner), Right.READ_CASE, case):
        return Refused(Reason.NEXT_STEP_NEEDED)
    return cleaned(rules, step.what, empty=Reason.NEXT_STEP_NEEDED)


def _explanation(tx: Transaction, rules: Rules, case: Case, words: str) -> Cleaned | Refused | None:
    """Why the case is late: None where it is not, or where that has been said before."""
    if not is_overdue(tx, rules, case):
        return None
    if not words.strip() and is_explained(tx.cases.timeline(case.id)):
        return None
    return cleaned(rules, words, empty=Reason.OVERDUE_REASON_NEEDED)


def _record_explanation(tx: Transaction, case: Case, by: PersonId, said: Cleaned | None) -> None:
    if said is not None:
        record(tx, case, EventKind.OVERDUE_EXPLAINED, Act.CASE_OVERDUE_EXPLAINED, by=by, words=said.words)


def _yes(answer: bool) -> str:  # noqa: FBT001 - there is nothing else to name
    return "yes" if answer else "no"
