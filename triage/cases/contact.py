"""Ending contact about one case, without taking the way back from another one of the same reporter."""

from __future__ import annotations

from triage.cases.case import Case
from triage.ids import CaseId, ConversationId
from triage.ports import Transaction


def lock_with_talk(tx: Transaction, case_id: CaseId) -> tuple[Case, ConversationId | None]:
    """The case and the conversation that leads to its reporter, both locked; `LookupError` if there is no case.

    The conversation comes first, as in every channel. What it says of itself holds until the transaction ends: nobody
    begins a report in it meanwhile.
    """
    leads_to = tx.reporters.conversation_of(case_id)
    if leads_to is not None:
        tx.reporters.lock(leads_to)
    case = tx.cases.lock(case_id)
    # Contact may have ended while we waited.
    return case, tx.reporters.conversation_of(case_id)


def part(tx: Transaction, conversation_id: ConversationId, case_id: CaseId) -> bool:
    """Let the locked conversation go on without this case. True if nothing else needs its address: then that may go.

    Another open case keeps it, and two things keep it a little longer, until they are over: a report that is being
    written just now, which would be lost with it, and an alarm that nobody has answered.
    """
    others = [each for each in tx.reporters.open_cases_of(conversation_id) if each != case_id]
    kept = (
        others or tx.reporters.is_writing(conversation_id) or _waits_for_staff(tx, conversation_id, case_id)
    )
    if kept:
        tx.reporters.part(conversation_id, case_id, speaks_of=others[0] if others else None)
    return not kept


def _waits_for_staff(tx: Transaction, conversation_id: ConversationId, case_id: CaseId) -> bool:
    alarm = tx.alarms.see_open_of(conversation_id)
    return alarm is not None and alarm.case_id != case_id
