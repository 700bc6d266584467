"""A reporter who cannot be reached any more: they blocked the bot, or their account is gone."""

from __future__ import annotations

from triage.audit import Act, Actor
from triage.cases.case import CaseEvent, EventKind
from triage.cases.steps import tell_holder
from triage.ids import ConversationId
from triage.notices.notice import Subject
from triage.ports import Transaction
from triage.rules import Rules


def reporter_unreachable(tx: Transaction, rules: Rules, *, conversation_id: ConversationId) -> None:
    """Destroy the address that leads nowhere; the cases stay, and whoever holds one of them is told of it once.

    All open cases of the conversation lose their way with it, whatever the message was about that did not arrive.
    The reporter may still come back with a code.
    """
    tx.reporters.lock(conversation_id)
    if not tx.reporters.can_be_written_to(conversation_id):
        return
    for case_id in tx.reporters.open_cases_of(conversation_id):
        case = tx.cases.lock(case_id)
        event = CaseEvent(
            id=tx.new_id(), case_id=case_id, kind=EventKind.REPORTER_UNREACHABLE, at=tx.now, by=None
        )
        tx.cases.record(event)
        facts = {"why": "unreachable"}
        tx.audit.record(Act.CONTACT_ENDED, actor=Actor.SYSTEM, object_id=case_id, facts=facts)
        tell_holder(tx, rules, case, Subject.REPORTER_UNREACHABLE, occasion=conversation_id)
    tx.reporters.end_contact(conversation_id)
