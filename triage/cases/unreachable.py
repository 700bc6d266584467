"""A reporter who cannot be reached any more: they blocked the bot, or their account is gone."""

from __future__ import annotations

from triage.audit import Act, Actor
from triage.cases.case import CaseEvent, EventKind
from triage.cases.steps import tell_holder
from triage.ids import CaseId, ConversationId
from triage.notices.notice import Subject
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
    tell_holder(tx, rules, case, Subject.REPORTER_UNREACHABLE, occasion=conversation_id)
