"""Ending contact about one case, without taking the way back from another one of the same reporter."""

from __future__ import annotations

from triage.ids import CaseId, ConversationId
from triage.ports import Transaction


def part(tx: Transaction, conversation_id: ConversationId, case_id: CaseId) -> None:
    """End contact about this case. The address is destroyed with the last open case that the conversation is about.

    Two things keep it a little longer, until they are over: a report that is being written just now, which would be
    lost with it, and an alarm that nobody has answered.
    """
    others = [each for each in tx.reporters.open_cases_of(conversation_id) if each != case_id]
    if others:
        tx.reporters.part(conversation_id, case_id, speaks_of=others[0])
    elif tx.reporters.is_writing(conversation_id) or _waits_for_staff(tx, conversation_id, case_id):
        tx.reporters.part(conversation_id, case_id, speaks_of=None)
    else:
        tx.reporters.end_contact(conversation_id)


def _waits_for_staff(tx: Transaction, conversation_id: ConversationId, case_id: CaseId) -> bool:
    alarm = tx.alarms.see_open_of(conversation_id)
    return alarm is not None and alarm.case_id != case_id
