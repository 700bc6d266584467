"""What a reporter may do in the dialogue, whatever the channel."""

from __future__ import annotations

from dataclasses import dataclass

from triage.audit import Act, Actor
from triage.cases.case import CaseEvent, EventKind
from triage.cases.dialogue import write_from_reporter
from triage.cases.words import Done
from triage.ids import CaseId
from triage.ports import Transaction
from triage.refusals import Refused
from triage.rules import Rules


@dataclass(frozen=True, slots=True)
class ReporterDialogue:
    """The reporter's side of the dialogue under one organisation's rules."""

    rules: Rules

    def write(self, tx: Transaction, case_id: CaseId, words: str) -> Done | Refused:
        """A message from the reporter."""
        return write_from_reporter(tx, self.rules, case_id=case_id, words=words)

    def end(self, tx: Transaction, case_id: CaseId) -> None:
        """The reporter wants no more contact: the way to write to them is destroyed; the case stays."""
        conversation_id = tx.reporters.conversation_of(case_id)
        if conversation_id is None:
            return
        tx.reporters.end_contact(conversation_id)
        event = CaseEvent(
            id=tx.new_id(), case_id=case_id, kind=EventKind.CONTACT_ENDED, at=tx.now, by=None
        )
        tx.cases.record(event)
        tx.audit.record(Act.CONTACT_ENDED, actor=Actor.REPORTER, object_id=case_id)
