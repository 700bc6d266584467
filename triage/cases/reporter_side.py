"""What a reporter may do in the dialogue beside reading and writing, whatever the channel."""

from __future__ import annotations

from triage.audit import Act, Actor
from triage.cases.case import CaseEvent, EventKind
from triage.ids import CaseId
from triage.ports import Transaction


def end_by_reporter(tx: Transaction, case_id: CaseId) -> None:
    """The reporter wants no more contact: the way to write to them is destroyed for good; the case stays."""
    conversation_id = tx.reporters.conversation_of(case_id)
    if conversation_id is None:
        return
    tx.reporters.end_contact(conversation_id)
    tx.cases.record(
        CaseEvent(id=tx.new_id(), case_id=case_id, kind=EventKind.CONTACT_ENDED, at=tx.now, by=None)
    )
    tx.audit.record(Act.CONTACT_ENDED, actor=Actor.REPORTER, object_id=case_id)
