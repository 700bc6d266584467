"""What a reporter may do in the dialogue beside reading and writing, whatever the channel."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from triage.audit import Act, Actor
from triage.cases.case import CaseEvent, CaseState, EventKind
from triage.cases.contact import lock_with_talk, part
from triage.cases.records import Direction, Message
from triage.cases.steps import tell_holder
from triage.clocks.events import PARTED, happened
from triage.ids import CaseId, ConversationId
from triage.notices.notice import Subject
from triage.ports import Transaction
from triage.rules import Rules

LAST_WORDS = timedelta(minutes=10)
"""An address that was let go lives on for so long, so that its chat can be emptied; nobody can be written to by it."""


def end_by_reporter(tx: Transaction, rules: Rules, *, case_id: CaseId) -> ConversationId | None:
    """The reporter wants no more contact about this case, for good. The report and the case stay as they are.

    The code opens nothing any more, every page that it opened is shut, and nobody can write to the reporter about
    the case; whoever holds it is told. A chat that nothing else needs (see `part`) is let go: it is given back, for
    its channel to empty, and its address goes by itself within minutes. Where no way back is left nothing changes.
    """
    case, conversation_id = lock_with_talk(tx, case_id)
    if conversation_id is None and tx.reporters.receipt_of(case_id) is None:
        return None
    waits = pending(tx.messages.of_case(case_id))
    facts = {"ended_by": "reporter", **({} if waits is None else {"pending": waits})}
    tx.reporters.shut(case_id)
    tx.cases.record(
        CaseEvent(
            id=tx.new_id(), case_id=case_id, kind=EventKind.CONTACT_ENDED, at=tx.now, by=None, facts=facts
        )
    )
    tx.audit.record(Act.CONTACT_ENDED, actor=Actor.REPORTER, object_id=case_id)
    happened(tx, rules, case, PARTED)
    if case.state is not CaseState.CLOSED:
        tell_holder(tx, rules, case, Subject.CONTACT_ENDED, occasion=case.id)
    if conversation_id is None or not part(tx, conversation_id, case_id):
        return None
    tx.reporters.let_go(conversation_id, until=tx.now + LAST_WORDS)
    return conversation_id


def move_to_code(tx: Transaction, *, conversation_id: ConversationId) -> None:
    """From now on only the codes lead back to the cases of this chat, which is let go; see `end_by_reporter`.

    Each of them must have its code by now.
    """
    for case_id in tx.reporters.open_cases_of(conversation_id):
        if tx.reporters.receipt_of(case_id) is None:
            raise LookupError("A case without a code would have no way back at all.")
        tx.cases.record(
            CaseEvent(id=tx.new_id(), case_id=case_id, kind=EventKind.CONTACT_MOVED, at=tx.now, by=None)
        )
        tx.audit.record(Act.CONTACT_MOVED, actor=Actor.REPORTER, object_id=case_id)
    tx.reporters.let_go(conversation_id, until=tx.now + LAST_WORDS)


def pending(messages: Sequence[Message]) -> str | None:
    """What was under way between the two: words that the reporter has not read, or that nobody has replied to."""
    if any(each.direction is Direction.TO_REPORTER and each.read_at is None for each in messages):
        return "unread"
    if messages and messages[-1].direction is Direction.FROM_REPORTER:
        return "unanswered"
    return None
