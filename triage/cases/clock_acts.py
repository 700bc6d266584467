"""What people do with the clocks of a case: start one, stop it with a result, let it stand still, let it go on.

The clock that holds the promise to a reporter is none of these: no person starts, stops or pauses it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from triage.access.table import Right, allowed_on
from triage.audit import Act
from triage.cases.case import Case, CaseState, EventKind
from triage.cases.steps import record
from triage.cases.words import Done, remark
from triage.clocks.clock import Clock, NoDeadlineError, start
from triage.clocks.events import outlives_closing
from triage.clocks.keep import pause_clock, start_clock, stop_clock, unpause_clock
from triage.clocks.policy import Basis, ClockPolicy, UnknownPolicyError
from triage.ids import CaseId, ClockId, PersonId
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules


def startable(rules: Rules, case: Case, clocks: Sequence[Clock]) -> tuple[ClockPolicy, ...]:
    """The policies that a person may start on a case with these clocks: each runs once at a time.

    On a closed case only what comes after its closing, such as a follow-up.
    """
    running = {clock.policy_id for clock in clocks if clock.stopped_at is None}
    closed = case.state is CaseState.CLOSED
    return tuple(
        policy
        for policy in rules.policies.all_newest()
        if policy.by_hand and not policy.off and policy.id not in running
        if outlives_closing(policy) or not closed
    )


def start_by_hand(
    tx: Transaction,
    rules: Rules,
    *,
    case_id: CaseId,
    by: PersonId,
    policy: str,
    date: datetime | None = None,
    words: str = "",
    anyway: bool = False,
) -> Done | Refused:
    """Start a clock on a case, open or closed. One that counts from a date needs it, and no other takes one.

    A date by which the deadline has passed already is refused once, for it may be a slip: `anyway` says that it is not.
    """
    case = _locked(tx, case_id, by)
    if isinstance(case, Refused):
        return case
    chosen = next((each for each in rules.policies.all_newest() if each.id == policy), None)
    if chosen is None or not chosen.by_hand or chosen.off:
        return Refused(Reason.NOTHING_CHOSEN)
    if case.state is CaseState.CLOSED and not outlives_closing(chosen):
        return Refused(Reason.CLOSED)
    if chosen not in startable(rules, case, tx.clocks.of_case(case_id)):
        return Refused(Reason.CLOCK_RUNS_ALREADY)
    dated = chosen.basis is Basis.DATE
    if dated and date is None:
        return Refused(Reason.DATE_NEEDED)
    if date is not None and not dated:
        return Refused(Reason.NO_DATE_WANTED)
    said = remark(rules, words)
    if isinstance(said, Refused):
        return said
    try:
        tried = start(
            chosen,
            rules.calendar,
            clock_id=ClockId(tx.new_id()),
            at=tx.now,
            wakes=False,
            case_id=case_id,
            date=date,
        )
    except NoDeadlineError:
        return Refused(Reason.DATE_NEEDED)
    if tried.due_at <= tx.now and not anyway:
        return Refused(Reason.DEADLINE_PASSED)
    held = case.assignee is not None
    clock = start_clock(tx, rules, chosen.id, wakes=False, case_id=case_id, claimed=held, date=date)
    facts = {**_facts(clock), "due": clock.due_at.isoformat()}
    record(tx, case, EventKind.CLOCK_STARTED, Act.CLOCK_STARTED, by=by, facts=facts, words=said.words)
    return Done(case, said.removed)


def stop_by_hand(
    tx: Transaction,
    rules: Rules,
    *,
    case_id: CaseId,
    by: PersonId,
    clock_id: ClockId,
    result: str,
    words: str = "",
) -> Done | Refused:
    """Stop a clock with one of its policy's results."""
    found = _found(tx, rules, case_id, by, clock_id)
    if isinstance(found, Refused):
        return found
    case, clock, policy = found
    if result not in policy.results:
        return Refused(Reason.NOTHING_CHOSEN)
    said = remark(rules, words)
    if isinstance(said, Refused):
        return said
    stop_clock(tx, rules, clock, result=result)
    facts = {**_facts(clock), "result": result}
    record(tx, case, EventKind.CLOCK_STOPPED, Act.CLOCK_STOPPED, by=by, facts=facts, words=said.words)
    return Done(case, said.removed)


def pause_by_hand(
    tx: Transaction,
    rules: Rules,
    *,
    case_id: CaseId,
    by: PersonId,
    clock_id: ClockId,
    reason: str,
    words: str = "",
) -> Done | Refused:
    """Let a clock stand still, for one of the organisation's reasons; a promise is never paused."""
    found = _found(tx, rules, case_id, by, clock_id)
    if isinstance(found, Refused):
        return found
    case, clock, policy = found
    if not policy.pausable:
        return Refused(Reason.NEVER_PAUSED)
    if any(pause.lasts and pause.held_by is None for pause in clock.pauses):
        return Refused(Reason.CLOCK_STANDS)
    if reason not in rules.policies.pause_reasons:
        return Refused(Reason.NOTHING_CHOSEN)
    said = remark(rules, words, needed=reason == "other")
    if isinstance(said, Refused):
        return said
    pause_clock(tx, rules, clock, reason=reason, by=by)
    facts = {**_facts(clock), "reason": reason}
    record(tx, case, EventKind.CLOCK_PAUSED, Act.CLOCK_PAUSED, by=by, facts=facts, words=said.words)
    return Done(case, said.removed)


def go_on_by_hand(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, clock_id: ClockId
) -> Done | Refused:
    """End the pause that a person made; a clock that another one holds stands on."""
    found = _found(tx, rules, case_id, by, clock_id)
    if isinstance(found, Refused):
        return found
    case, clock, _ = found
    if not any(pause.lasts and pause.held_by is None for pause in clock.pauses):
        return Refused(Reason.NOT_WAITING)
    running = unpause_clock(tx, rules, clock)
    facts = {**_facts(clock), "due": running.due_at.isoformat()}
    record(tx, case, EventKind.CLOCK_WENT_ON, Act.CLOCK_WENT_ON, by=by, facts=facts)
    return Done(case, 0)


def _locked(tx: Transaction, case_id: CaseId, by: PersonId) -> Case | Refused:
    case = tx.cases.lock(case_id)
    return case if allowed_on(tx.people.get(by), Right.KEEP_CLOCK, case) else Refused(Reason.NOT_ALLOWED)


def _found(
    tx: Transaction, rules: Rules, case_id: CaseId, by: PersonId, clock_id: ClockId
) -> tuple[Case, Clock, ClockPolicy] | Refused:
    """The running clock of the case and the rules that it runs under, if a person may touch it at all."""
    case = _locked(tx, case_id, by)
    if isinstance(case, Refused):
        return case
    clock = next((each for each in tx.clocks.of_case(case_id) if each.id == clock_id), None)
    if clock is None or clock.stopped_at is not None:
        return Refused(Reason.NOT_WAITING)
    try:
        policy = rules.policies.get(clock.policy_id, clock.policy_version)
    except UnknownPolicyError:
        return Refused(Reason.NOT_WAITING)
    return case, clock, policy


def _facts(clock: Clock) -> Mapping[str, str]:
    return {"policy": str(clock.policy_id), "clock": str(clock.id)}
