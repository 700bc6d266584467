"""Asking for a second person: a notice that a decision on a case does not hold before somebody else says so too."""

from __future__ import annotations

from datetime import datetime

from triage.cases.case import Case
from triage.clocks.keep import notice_time
from triage.clocks.policy import Audience
from triage.ids import CaseId, PersonId
from triage.notices.notice import Notice, Subject, about_case, case_topic
from triage.notices.telling import tell
from triage.ports import Transaction
from triage.rules import Rules


def ask_second_person(
    tx: Transaction, rules: Rules, case: Case, *, decided_by: PersonId, due_at: datetime | None
) -> None:
    """Tell the officer on duty and the head, but never whoever decided: they cannot be the second person."""
    notice = about_case(case, Subject.SECOND_PERSON, occasion=case.revision, due_at=due_at)
    tell_who_can_be_second(tx, rules, notice, but=decided_by)


def tell_who_can_be_second(tx: Transaction, rules: Rules, notice: Notice, *, but: PersonId) -> None:
    """Tell the officer on duty and the head, but for whoever a second person is needed for, in staffed hours."""
    audiences = (Audience.DUTY_OFFICER, Audience.HEAD)
    at = notice_time(tx, rules, wakes=False)
    tell(tx, rules, notice, audiences, not_before=at, wakes=False, told_already=(but,))


def second_person_came(tx: Transaction, case_id: CaseId) -> None:
    """Take back what waits to be said about it."""
    tx.outbox.supersede(topic=case_topic(case_id, Subject.SECOND_PERSON))
