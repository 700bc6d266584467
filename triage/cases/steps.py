"""What every step on a case begins and ends with: who may, what was said, and the two lines that record it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from triage.access.table import Right, allowed_on
from triage.audit import Act
from triage.cases.case import Case, CaseEvent, CaseState, EventKind
from triage.cases.receive import new_case_topic
from triage.clocks.clock import Clock, time_left
from triage.clocks.keep import claim_changes, notice_time
from triage.clocks.policy import Audience
from triage.ids import CaseId, PersonId
from triage.notices.climbing import hold_ladders
from triage.notices.notice import Subject, about_case, case_topic
from triage.notices.telling import tell
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules


def lock_for(tx: Transaction, case_id: CaseId, by: PersonId, right: Right) -> Case | Refused:
    """The case, locked, if this person has the right on it; a closed one is refused."""
    case = tx.cases.lock(case_id)
    if not allowed_on(tx.people.get(by), right, case):
        return Refused(Reason.NOT_ALLOWED)
    if case.state is CaseState.CLOSED:
        return Refused(Reason.CLOSED)
    return case


def record(
    tx: Transaction,
    case: Case,
    kind: EventKind,
    act: Act,
    *,
    by: PersonId,
    facts: Mapping[str, str] | None = None,
    words: str | None = None,
) -> None:
    """Append to the timeline, with the words, and to the audit, without them."""
    known = {} if facts is None else facts
    event = CaseEvent(id=tx.new_id(), case_id=case.id, kind=kind, at=tx.now, by=by, facts=known, words=words)
    tx.cases.record(event)
    tx.audit.record(act, actor=by, object_id=case.id, facts=known)


def main_clock(tx: Transaction, rules: Rules, case: Case) -> Clock | None:
    """The clock that holds the promise to the case's reporter; which one that is follows from the case's kind."""
    return main_of(rules, case, tx.clocks.of_case(case.id))


def main_of(rules: Rules, case: Case, clocks: Sequence[Clock]) -> Clock | None:
    """The same among these clocks, oldest first: the latest, for what an answered contact became has its own."""
    policy = rules.main_clock(case.kind)
    return next((clock for clock in reversed(clocks) if clock.policy_id == policy), None)


def nearest_of(rules: Rules, case: Case, clocks: Sequence[Clock]) -> Clock | None:
    """Of these clocks of the case the one that runs out first; None where none runs, or all stand still.

    Of two that run out together it is the one that holds the promise, and else the first by name.
    """
    main = rules.main_clock(case.kind)
    running = (clock for clock in clocks if clock.stopped_at is None and clock.paused_since is None)
    return min(running, key=lambda each: (each.due_at, each.policy_id != main, each.policy_id), default=None)


def is_overdue(tx: Transaction, rules: Rules, case: Case) -> bool:
    """Whether the main clock is late, or was when it stopped."""
    clock = main_clock(tx, rules, case)
    return clock is not None and time_left(clock, tx.now).total_seconds() < 0


def is_explained(timeline: Sequence[CaseEvent]) -> bool:
    """Whether somebody has written down why the case is late, since it is of the kind that it is."""
    for event in reversed(timeline):
        if event.kind in {EventKind.OVERDUE_EXPLAINED, EventKind.KIND_CHANGED}:
            return event.kind is EventKind.OVERDUE_EXPLAINED
    return False


def hold(tx: Transaction, rules: Rules, case: Case, by: PersonId) -> Case:
    """The case, not saved yet, held by this person; its clocks learn that somebody holds it."""
    for clock in tx.clocks.of_case(case.id):
        claim_changes(tx, rules, clock, claimed=True)
    hold_ladders(tx, case.id, by=by)
    tx.outbox.supersede(topic=new_case_topic(case.id))
    return replace(case, assignee=by)


def tell_overseers(tx: Transaction, rules: Rules, case: Case, subject: Subject, *, by: PersonId) -> None:
    """Tell head and data protection officer what somebody did on their own; no later notice takes that back."""
    occasion = tx.new_id()
    notice = about_case(case, subject, occasion=occasion, topic=f"{case_topic(case.id, subject)}:{occasion}")
    not_before = notice_time(tx, rules, wakes=False)
    audiences = (Audience.HEAD, Audience.DPO)
    tell(tx, rules, notice, audiences, not_before=not_before, wakes=False, told_already=(by,))


def tell_holder(tx: Transaction, rules: Rules, case: Case, subject: Subject, *, occasion: UUID) -> None:
    """Tell whoever holds the case, in staffed hours; a case that nobody holds is the officer on duty's to look at."""
    notice = about_case(case, subject, occasion=occasion)
    audience = Audience.DUTY_OFFICER if case.assignee is None else Audience.COORDINATOR
    tell(tx, rules, notice, (audience,), not_before=notice_time(tx, rules, wakes=False), wakes=False)
