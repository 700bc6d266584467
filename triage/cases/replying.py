"""A reply that is about to go out: for half a minute whoever wrote it can take it back, and nobody has seen it.

It is stored at once and sealed, so nothing is lost when the house stops meanwhile; the house lets it go. Only then is
it a message: clocks stop, the reporter is told, and the timeline has it.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from triage.access.table import Right, allowed_on
from triage.audit import Act
from triage.cases.case import Case, CaseState, EventKind
from triage.cases.dialogue import Way, ready_to_write, send_to_reporter, way_to_reporter
from triage.cases.records import HeldReply
from triage.cases.steps import lock_for, record, tell_holder
from triage.cases.words import Done
from triage.ids import CaseId, MessageId, PersonId
from triage.notices.notice import Subject
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

UNDO = timedelta(seconds=30)
"""How long a reply can be taken back."""
FORGOTTEN_AFTER = timedelta(minutes=10)
"""How long the words of one that was taken back are kept."""


def hold_reply(tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, words: str) -> Done | Refused:
    """Store a reply that goes out in half a minute; refused where none could be written now."""
    ready = ready_to_write(tx, rules, case_id=case_id, by=by, words=words)
    if isinstance(ready, Refused):
        return ready
    case, _, said = ready
    reply = HeldReply(
        id=MessageId(tx.new_id()), case_id=case_id, by=by, words=said.words, goes_at=tx.now + UNDO
    )
    tx.messages.hold(reply)
    tx.audit.record(Act.MESSAGE_HELD, actor=by, object_id=case_id)
    return Done(case, said.removed)


def take_back_reply(
    tx: Transaction, *, case_id: CaseId, by: PersonId, reply_id: MessageId
) -> HeldReply | Refused:
    """Take back a reply of one's own that has not gone out; its words are given back, and forgotten after some minutes.

    Taking it back once more gives the same words: a button is pressed twice.
    """
    case = lock_for(tx, case_id, by, Right.WRITE_TO_REPORTER)
    if isinstance(case, Refused):
        return case
    reply = tx.messages.lock_held(reply_id)
    if reply is None or reply.case_id != case_id:
        return Refused(Reason.GONE_OUT)
    if reply.by != by:
        return Refused(Reason.NOT_THE_WRITER)
    if not reply.taken_back:
        tx.messages.take_back(replace(reply, taken_back=True, goes_at=tx.now + FORGOTTEN_AFTER))
        tx.audit.record(Act.MESSAGE_TAKEN_BACK, actor=by, object_id=case_id)
    return reply


def let_go(tx: Transaction, rules: Rules, *, case_id: CaseId, reply_id: MessageId) -> bool:
    """Let one reply go out whose half minute is over, or forget one that was taken back; False if it is not time yet.

    One that cannot be sent any longer stays in the timeline, and whoever holds the case is told: the reporter ended
    contact meanwhile, or whoever wrote it was kept out of the case or left.
    """
    # Its case first: whoever takes it back locks in the same order.
    case = tx.cases.lock(case_id)
    reply = tx.messages.lock_held(reply_id)
    if reply is None or reply.goes_at > tx.now:
        return False
    tx.messages.drop_held(reply.id)
    if reply.taken_back:
        return True
    way = _way(tx, case, reply)
    if isinstance(way, Refused):
        _not_sent(tx, rules, case, reply, way.reason)
    else:
        send_to_reporter(
            tx, rules, case, way, by=reply.by, words=reply.words, written_at=reply.goes_at - UNDO
        )
    return True


def _way(tx: Transaction, case: Case, reply: HeldReply) -> Way | Refused:
    if case.state is CaseState.CLOSED:
        return Refused(Reason.CLOSED)
    if not allowed_on(tx.people.get(reply.by), Right.WRITE_TO_REPORTER, case):
        return Refused(Reason.WRITER_MAY_NOT)
    return way_to_reporter(tx, case)


def _not_sent(tx: Transaction, rules: Rules, case: Case, reply: HeldReply, reason: Reason) -> None:
    facts = {"why": reason.value}
    event = EventKind.REPLY_NOT_SENT
    record(tx, case, event, Act.MESSAGE_NOT_SENT, by=reply.by, facts=facts, words=reply.words)
    tell_holder(tx, rules, case, Subject.REPORTER_UNREACHABLE, occasion=reply.id)
