"""A reporter who cannot be reached any more: they blocked the bot, or their account is gone."""

from __future__ import annotations

from triage.audit import Act, Actor
from triage.cases.case import CaseEvent, EventKind
from triage.clocks.keep import notice_time
from triage.clocks.policy import Audience
from triage.ids import CaseId, ConversationId
from triage.notices.notice import NOTICE_KEYS, Notice, Subject, tell
from triage.ports import Transaction
from triage.rules import Rules


def reporter_unreachable(
    tx: Transaction, rules: Rules, *, conversation_id: ConversationId, case_id: CaseId | None
) -> None:
    """Destroy the address that leads nowhere; the case stays, and whoever holds it is told once.

    The reporter may still come back with a code.
    """
    if not tx.reporters.can_be_written_to(conversation_id):
        return
    tx.reporters.end_contact(conversation_id)
    if case_id is None:
        return
    case = tx.cases.lock(case_id)
    tx.cases.record(
        CaseEvent(id=tx.new_id(), case_id=case_id, kind=EventKind.REPORTER_UNREACHABLE, at=tx.now, by=None)
    )
    tx.audit.record(Act.CONTACT_ENDED, actor=Actor.SYSTEM, object_id=case_id, facts={"why": "unreachable"})
    notice = Notice(
        key=NOTICE_KEYS[Subject.REPORTER_UNREACHABLE],
        occasion=f"case:{case_id}|unreachable|{conversation_id}",
        topic=f"case:{case_id}:unreachable",
        about=case_id,
        case_id=case_id,
        case_code=case.code,
        assignee=case.assignee,
    )
    audience = Audience.DUTY_OFFICER if case.assignee is None else Audience.COORDINATOR
    tell(tx, rules, notice, (audience,), not_before=notice_time(tx, rules, wakes=False), wakes=False)
