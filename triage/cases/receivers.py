"""Receivers outside the house, such as the police: told by a person, by telephone or in the receiver's own way.

The product sends nothing. It holds ready what to say, on a sheet, and records that somebody has said it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from triage.access.table import Right
from triage.audit import Act
from triage.cases.case import UNDECIDED, Case, CaseState, EventKind
from triage.cases.reach import how_to_reach
from triage.cases.steps import lock_for, record
from triage.cases.words import Done, cleaned, remark
from triage.clocks.clock import Clock
from triage.clocks.keep import stop_clock
from triage.clocks.policy import UnknownPolicyError
from triage.ids import CaseId, PersonId
from triage.kinds import Receiver
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

BEFORE_US = timedelta(days=1)
"""An alarm may lead to a call before anything was sent; what was said longer before the case came is a slip."""


def find_receiver(rules: Rules, case: Case, code: str) -> Receiver | None:
    """The receiver of this code, if a contact of the case's kind can be one for it."""
    organisation = rules.organisation
    found = next((each for each in organisation.receiver if each.code == code), None)
    if found is None or not organisation.get_outcome(found.outcome).is_for(case.kind):
        return None
    return found


def receivers_of(rules: Rules, case: Case, clocks: Sequence[Clock]) -> tuple[Receiver, ...]:
    """Who may have to be told of the case as it stands.

    Before a decision each of them, afterwards those whom the decision names, or for whom a clock of the case waits.
    """
    if case.state is CaseState.CLOSED:
        return ()
    run = {clock.policy_id for clock in clocks if clock.stopped_at is None}
    decided = None if case.decision is None or case.state in UNDECIDED else case.decision.outcome
    return tuple(
        each
        for each in rules.organisation.receiver
        if find_receiver(rules, case, each.code) is not None
        and (decided is None or decided == each.outcome or each.clock in run)
    )


def about_the_reporter(rules: Rules, receiver: Receiver) -> frozenset[str]:
    """The questions whose answers say something of the reporter, and do not stand on the receiver's sheet."""
    organisation = rules.organisation
    choices = {choice.question for choice in organisation.notice_choice}
    forwarding = set() if organisation.forwarding is None else {organisation.forwarding.question}
    return how_to_reach(rules) | choices | forwarding | frozenset(receiver.leaves_out)


def tells_of_the_reporter(rules: Rules) -> frozenset[str]:
    """The questions whose answers say something of the reporter to whoever is told them, whoever that is."""
    each = [about_the_reporter(rules, receiver) for receiver in rules.organisation.receiver]
    return how_to_reach(rules).union(*each)


def record_told(
    tx: Transaction,
    rules: Rules,
    *,
    case_id: CaseId,
    by: PersonId,
    receiver: str,
    to: str,
    at: datetime | None = None,
    receipt: str = "",
) -> Done | Refused:
    """Record that somebody told a receiver, whom, when (now without `at`), and their receipt or number for it.

    It decides nothing. Once there is a receipt, the clock that waits for it stops with the result that the receiver's
    data names; before, it runs on. The words of the event are whom, on one line, and below it the receipt.
    """
    case = lock_for(tx, case_id, by, Right.DECIDE)
    if isinstance(case, Refused):
        return case
    found = find_receiver(rules, case, receiver)
    if found is None:
        return Refused(Reason.NOTHING_CHOSEN)
    told_at = tx.now if at is None else at
    if not case.received_at - BEFORE_US <= told_at <= tx.now:
        return Refused(Reason.NOT_THEN)
    whom = cleaned(rules, " ".join(to.split()), empty=Reason.EMPTY)
    if isinstance(whom, Refused):
        return whom
    number = remark(rules, receipt)
    if isinstance(number, Refused):
        return number
    words = whom.words if number.words is None else f"{whom.words}\n{number.words}"
    facts = {"receiver": found.code, "at": told_at.isoformat()}
    record(tx, case, EventKind.HANDED_TO, Act.CASE_HANDED_TO, by=by, facts=facts, words=words)
    if number.words is not None:
        _stop_what_waits(tx, rules, case, found, by)
    return Done(case, whom.removed + number.removed)


def _stop_what_waits(tx: Transaction, rules: Rules, case: Case, receiver: Receiver, by: PersonId) -> None:
    for clock in tx.clocks.of_case(case.id):
        if clock.policy_id != receiver.clock or clock.stopped_at is not None:
            continue
        result = receiver.result if receiver.result in _results(rules, clock) else None
        stop_clock(tx, rules, clock, result=result)
        facts = {"policy": str(clock.policy_id), "clock": str(clock.id)}
        known = facts if result is None else {**facts, "result": result}
        record(tx, case, EventKind.CLOCK_STOPPED, Act.CLOCK_STOPPED, by=by, facts=known)


def _results(rules: Rules, clock: Clock) -> tuple[str, ...]:
    """What the clock may be stopped with under its own version."""
    try:
        return rules.policies.get(clock.policy_id, clock.policy_version).results
    except UnknownPolicyError:
        return ()
