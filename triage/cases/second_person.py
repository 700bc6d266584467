"""Asking for a second person: a notice that a decision on a case does not hold before somebody else says so too."""

from __future__ import annotations

from datetime import datetime

from triage.cases.case import Case
from triage.clocks.keep import notice_time
from triage.clocks.policy import Audience
from triage.ids import CaseId, PersonId
from triage.notices.notice import NOTICE_KEYS, Notice, Subject
from triage.notices.telling import tell
from triage.ports import Transaction
from triage.rules import Rules


def ask_second_person(
    tx: Transaction, rules: Rules, case: Case, *, decided_by: PersonId, due_at: datetime | None
) -> None:
    """Tell the officer on duty and the head, but never whoever decided: they cannot be the second person."""
    notice = Notice(
        key=NOTICE_KEYS[Subject.SECOND_PERSON],
        occasion=f"case:{case.id}|second_person|{case.revision}",
        topic=_topic(case.id),
        about=case.id,
        case_id=case.id,
        case_code=case.code,
        assignee=case.assignee,
        kept_out=case.conflicts,
        due_at=due_at,
    )
    tell(
        tx,
        rules,
        notice,
        (Audience.DUTY_OFFICER, Audience.HEAD),
        not_before=notice_time(tx, rules, wakes=False),
        wakes=False,
        told_already=(decided_by,),
    )


def second_person_came(tx: Transaction, case_id: CaseId) -> None:
    """Take back what waits to be said about it."""
    tx.outbox.supersede(topic=_topic(case_id))


def _topic(case_id: CaseId) -> str:
    return f"case:{case_id}:second_person"
