"""Handling a case beside its decision: holding it, noting, closing it, and ending contact with the reporter."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from triage.access.table import Right, allowed_on
from triage.audit import Act
from triage.cases.case import Case, CaseState, EventKind
from triage.cases.contact import lock_with_talk, part
from triage.cases.steps import hold, lock_for, record
from triage.cases.words import Done, cleaned, remark
from triage.clocks.events import CLOSED, PARTED, REOPENED, happened, outlives_closing
from triage.clocks.keep import notice_time, stop_clock
from triage.coordination.asking import withdraw_all
from triage.ids import CaseId, PersonId
from triage.notices.notice import Subject, about_case
from triage.notices.telling import tell_person
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules


def claim(tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId) -> Case | Refused:
    """Hold the case from now on. A coordinator takes what nobody holds; officer on duty and head may take over.

    Holding a case that one holds already changes nothing. Whoever had it is told that it was taken over.
    """
    case = tx.cases.lock(case_id)
    if not allowed_on(tx.people.get(by), Right.CLAIM, case):
        held = case.assignee is not None
        return Refused(Reason.SOMEONE_ELSE_WAS_FIRST if held else Reason.NOT_ALLOWED)
    if case.state is CaseState.CLOSED:
        return Refused(Reason.CLOSED)
    if case.assignee == by:
        return case
    facts = {} if case.assignee is None else {"taken_over_from": str(case.assignee)}
    held_case = hold(tx, rules, case, by)
    if held_case.state is CaseState.RECEIVED:
        held_case = held_case.moved(CaseState.IN_TRIAGE)
    claimed = tx.cases.save(held_case)
    record(tx, claimed, EventKind.CLAIMED, Act.CASE_CLAIMED, by=by, facts=facts)
    if case.assignee is not None:
        _tell_who_had_it(tx, rules, claimed, case.assignee)
    return claimed


def _tell_who_had_it(tx: Transaction, rules: Rules, case: Case, person_id: PersonId) -> None:
    notice = about_case(case, Subject.TAKEN_OVER, occasion=case.revision)
    person = tx.people.get(person_id)
    tell_person(tx, rules, notice, person, not_before=notice_time(tx, rules, wakes=False), wakes=False)


class NoteMark(StrEnum):
    """What a note is: what its writer saw or heard themself, what others told them, or what they think of it."""

    SEEN = "seen"
    TOLD = "told"
    ASSESSED = "assessed"


def add_note(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, words: str, mark: str = ""
) -> Done | Refused:
    """Write an internal note into the timeline; the reporter never sees it.

    A note about somebody is marked as what it is, so that nobody takes for a fact what somebody only thinks (GDPR
    article 5(1)(d)); one about what was done needs no mark.
    """
    case = lock_for(tx, case_id, by, Right.ADD_NOTE)
    if isinstance(case, Refused):
        return case
    said = cleaned(rules, words, empty=Reason.EMPTY)
    if isinstance(said, Refused):
        return said
    if mark and mark not in set(NoteMark):
        return Refused(Reason.NOTHING_CHOSEN)
    facts = {"mark": mark} if mark else {}
    record(tx, case, EventKind.NOTE, Act.CASE_NOTED, by=by, facts=facts, words=said.words)
    return Done(case, said.removed)


def close_case(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, words: str = ""
) -> Done | Refused:
    """Close a case whose decision is in force, and stop its clocks; an undecided one is refused.

    Those that a person started for what comes after it, such as a follow-up, run on, and those that closing starts
    begin. The reporter can still read the dialogue; contact ends by `end_contact`.
    """
    case = lock_for(tx, case_id, by, Right.CLOSE)
    if isinstance(case, Refused):
        return case
    if not case.can_move(CaseState.CLOSED):
        return Refused(Reason.NOT_WAITING)
    if (open_still := _open_still(tx, rules, case)) is not None:
        return Refused(open_still)
    said = remark(rules, words)
    if isinstance(said, Refused):
        return said
    closed = tx.cases.save(replace(case.moved(CaseState.CLOSED), closed_at=tx.now))
    record(tx, closed, EventKind.CLOSED, Act.CASE_CLOSED, by=by, words=said.words)
    beyond = {policy.id for policy in rules.policies.all_newest() if outlives_closing(policy)}
    for clock in tx.clocks.of_case(case_id):
        if clock.policy_id not in beyond:
            stop_clock(tx, rules, clock)
    happened(tx, rules, closed, CLOSED)
    withdraw_all(tx, rules, closed)
    return Done(closed, said.removed)


def reopen_case(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, words: str
) -> Done | Refused:
    """Open a closed case again, for a reason; it must be decided anew, and until then its last decision stands on it.

    The clock that holds the promise does not begin again: the first decision stopped it, and it is never reset. Those
    that closing began are stopped, and those that reopening starts begin, such as the house's own for a new decision.
    """
    case = tx.cases.lock(case_id)
    if not allowed_on(tx.people.get(by), Right.REOPEN, case):
        return Refused(Reason.NOT_ALLOWED)
    if case.state is not CaseState.CLOSED:
        return Refused(Reason.NOT_WAITING)
    said = cleaned(rules, words, empty=Reason.REASON_NEEDED)
    if isinstance(said, Refused):
        return said
    opened = tx.cases.save(replace(case.moved(CaseState.IN_TRIAGE), closed_at=None))
    begun = {policy.id for policy in rules.policies.all_newest() if CLOSED in policy.starts_on}
    for clock in tx.clocks.of_case(case_id):
        if clock.policy_id in begun and clock.stopped_at is None:
            stop_clock(tx, rules, clock)
    record(tx, opened, EventKind.REOPENED, Act.CASE_REOPENED, by=by, words=said.words)
    happened(tx, rules, opened, REOPENED)
    return Done(opened, said.removed)


def _open_still(tx: Transaction, rules: Rules, case: Case) -> Reason | None:
    """What must be seen to before the case can be closed."""
    things = (
        # An alarm that nobody has answered would ring on for a closed case, or fall silent unanswered.
        (any(alarm.answered_at is None for alarm in tx.alarms.of_case(case.id)), Reason.ALARM_OPEN),
        (case.addition_at is not None, Reason.ADDITION_OPEN),
        (case.kind_asked is not None, Reason.KIND_ASKED),
        (case.call is not None, Reason.CALL_OPEN),
        (bool(tx.tasks.of_case(case.id)), Reason.TASK_OPEN),
        (_waits_to_be_settled(tx, rules, case), Reason.CLOCK_WAITS),
        (bool(tx.messages.held_of_case(case.id)), Reason.REPLY_GOES_OUT),
    )
    return next((reason for is_open, reason in things if is_open), None)


def _waits_to_be_settled(tx: Transaction, rules: Rules, case: Case) -> bool:
    first = {policy.id for policy in rules.policies.all_newest() if policy.settled_first}
    return any(clock.policy_id in first and clock.stopped_at is None for clock in tx.clocks.of_case(case.id))


def end_contact(tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId) -> Case | Refused:
    """End contact with the reporter about this case, for good; refused when there is none. Also for a closed case.

    Other reports of the same reporter go on: see `part`.
    """
    case, conversation_id = lock_with_talk(tx, case_id)
    if not allowed_on(tx.people.get(by), Right.END_CONTACT, case):
        return Refused(Reason.NOT_ALLOWED)
    if conversation_id is None:
        return Refused(Reason.NO_REPLY_CHANNEL)
    if tx.messages.held_of_case(case_id):
        return Refused(Reason.REPLY_GOES_OUT)
    if part(tx, conversation_id, case_id):
        tx.reporters.end_contact(conversation_id)
    happened(tx, rules, case, PARTED)
    record(tx, case, EventKind.CONTACT_ENDED, Act.CONTACT_ENDED, by=by)
    return case
