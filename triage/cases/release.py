"""A case that nobody holds any longer, because whoever held it may not: clocks and officer on duty learn of it."""

from __future__ import annotations

from dataclasses import replace

from triage.audit import Act
from triage.cases.case import Case, CaseState, EventKind
from triage.cases.identity_requests import leave_identity_requests
from triage.cases.steps import record
from triage.clocks.keep import claim_changes, notice_time
from triage.clocks.policy import Audience
from triage.ids import PersonId
from triage.notices.climbing import leave_ladders
from triage.notices.notice import NOTICE_KEYS, Subject, about_case
from triage.notices.routing import tell_instead
from triage.notices.telling import tell
from triage.ports import Transaction
from triage.rules import Rules


def leave(tx: Transaction, rules: Rules, case: Case, *, person_id: PersonId) -> None:
    """Take somebody off what runs on a case; what they had is nobody's.

    What waits for them is taken back, and told to whoever stands in their place now.
    """
    leave_ladders(tx, rules, case.id, person=person_id)
    tx.tasks.leave(person_id, case_id=case.id)
    leave_identity_requests(tx, person_id, case_id=case.id)
    for written in tx.notices.untold(tx.outbox.take_back_of_case(case.id, person_id)):
        # What an authority is asked is told to its members, and to nobody in their place.
        if written.notice.key != NOTICE_KEYS[Subject.ENQUIRY_WAITS]:
            tell_instead(tx, rules, case, written)


def nobody_holds(tx: Transaction, rules: Rules, case: Case) -> None:
    """Tell the clocks of a case that nobody holds it any longer, and, unless it is closed, the officer on duty."""
    for clock in tx.clocks.of_case(case.id):
        claim_changes(tx, rules, clock, claimed=False)
    if case.state is CaseState.CLOSED:
        return
    wakes = any(alarm.wakes and alarm.answered_at is None for alarm in tx.alarms.of_case(case.id))
    notice = about_case(case, Subject.NOBODY_HOLDS, occasion=case.revision)
    not_before = notice_time(tx, rules, wakes=wakes)
    tell(tx, rules, notice, (Audience.DUTY_OFFICER,), not_before=not_before, wakes=wakes)


def leave_cases(tx: Transaction, rules: Rules, *, person_id: PersonId, by: PersonId) -> int:
    """Make every case that this person holds and that is not closed nobody's; how many those were."""
    # Their tasks also on cases that others hold.
    tx.tasks.leave(person_id)
    leave_identity_requests(tx, person_id)
    held = tx.cases.held_by(person_id)
    tx.cases.lock_all([case.id for case in held])
    released = 0
    for case in tx.cases.get_all([case.id for case in held]).values():
        if case.assignee != person_id:
            continue
        saved = tx.cases.save(replace(case, assignee=None))
        leave(tx, rules, saved, person_id=person_id)
        facts = {"person": str(person_id)}
        record(tx, saved, EventKind.RELEASED, Act.CASE_RELEASED, by=by, facts=facts)
        nobody_holds(tx, rules, saved)
        released += 1
    return released
