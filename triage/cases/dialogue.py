"""The dialogue with the reporter: messages both ways, the receipt code that leads back, and where it stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from triage.access.table import Right
from triage.audit import Act, Actor
from triage.cases.additions import begin_addition, end_addition
from triage.cases.case import DECIDED, Case, CaseEvent, CaseState, EventKind
from triage.cases.reach import may_notify, safe_time
from triage.cases.records import Direction, Message, Submission
from triage.cases.steps import hold, lock_for, record, tell_holder
from triage.cases.words import Cleaned, Done, cleaned
from triage.clocks.events import CONTACTED, happened
from triage.ids import CaseId, ConversationId, MessageId, OutboxId, PersonId
from triage.notices.notice import NOTICE_KEYS, Subject
from triage.notices.outbox import Lane, Outgoing, Via
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules


class ReporterState(StrEnum):
    """What a reporter is told about where it stands; shown as the text `state.<code>`."""

    SENT = "sent"
    READ = "read"
    ANSWERED = "answered"
    DECIDED = "decided"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where it stands and since when (aware UTC)."""

    state: ReporterState
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ReporterView:
    """Everything that a reporter sees of their case; `can_write` is False once it is closed.

    `ended` says that contact about it has ended: what they write is read, and nobody can reply.
    """

    standing: Standing
    received_at: datetime
    messages: tuple[Message, ...]
    can_write: bool
    ended: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How a reply reaches its reporter: the conversation in which they can be told, or only their code."""

    conversation_id: ConversationId | None


def reporter_state(case: Case, messages: Sequence[Message]) -> Standing:
    """Where the case stands as the reporter is told: only what holds, so a decision that waits is not yet one."""
    if case.closed_at is not None:
        return Standing(state=ReporterState.CLOSED, at=case.closed_at)
    if case.decision is not None and case.state in DECIDED:
        return Standing(state=ReporterState.DECIDED, at=case.decision.in_force_at)
    replies = [message.at for message in messages if message.direction is Direction.TO_REPORTER]
    if replies:
        return Standing(state=ReporterState.ANSWERED, at=max(replies))
    if case.first_read_at is not None:
        return Standing(state=ReporterState.READ, at=case.first_read_at)
    return Standing(state=ReporterState.SENT, at=case.received_at)


def write_to_reporter(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, words: str
) -> Done | Refused:
    """Write a message to the reporter at once; refused as `ready_to_write` says.

    Where the conversation can still be written to and no answer of theirs forbids it, the reporter is told that there
    is a reply and nothing else, within the hours that they called safe; others find it when they come back themselves.
    """
    ready = ready_to_write(tx, rules, case_id=case_id, by=by, words=words)
    if isinstance(ready, Refused):
        return ready
    case, way, said = ready
    sent = send_to_reporter(tx, rules, case, way, by=by, words=said.words, written_at=tx.now)
    return Done(sent, said.removed)


def ready_to_write(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, words: str
) -> tuple[Case, Way, Cleaned] | Refused:
    """The case, locked, the way to its reporter and the words as they may be stored.

    Refused when the case is closed, contact about it ended, or no way back exists.
    """
    case = lock_for(tx, case_id, by, Right.WRITE_TO_REPORTER)
    if isinstance(case, Refused):
        return case
    way = way_to_reporter(tx, case)
    if isinstance(way, Refused):
        return way
    said = cleaned(rules, words, empty=Reason.EMPTY)
    return said if isinstance(said, Refused) else (case, way, said)


def way_to_reporter(tx: Transaction, case: Case) -> Way | Refused:
    """By what a reply about this case can reach its reporter; refused where contact has ended, or nothing can."""
    if tx.reporters.has_ended(case.id):
        return Refused(Reason.NO_REPLY_CHANNEL)
    conversation_id = tx.reporters.conversation_of(case.id)
    way = conversation_id if _writable(tx, conversation_id) else None
    if way is None and tx.reporters.receipt_of(case.id) is None:
        return Refused(Reason.NO_REPLY_CHANNEL)
    return Way(conversation_id=way)


def send_to_reporter(
    tx: Transaction,
    rules: Rules,
    case: Case,
    way: Way,
    *,
    by: PersonId,
    words: str,
    written_at: datetime,
) -> Case:
    """Write the message, with all that follows from it; whether it may be written was looked at before.

    It answers what had come when it was written, at `written_at`; what came later waits on.
    """
    submission = tx.cases.submissions(case.id, identity=False)[0]
    told_on = way.conversation_id if may_notify(rules, {**submission.clear, **submission.body}) else None
    message = _message(tx, case.id, Direction.TO_REPORTER, words, by=by)
    tx.messages.add(message)
    if case.assignee is None:
        case = hold(tx, rules, case, by)
    if case.state is CaseState.RECEIVED:
        case = case.moved(CaseState.IN_TRIAGE)
    written = tx.cases.save(replace(case, first_reply_at=case.first_reply_at or tx.now))
    written = end_addition(tx, rules, written, answered_at=written_at)
    happened(tx, rules, written, CONTACTED)
    facts = {"told": "no" if told_on is None else "yes"}
    record(tx, written, EventKind.REPLY_WRITTEN, Act.MESSAGE_WRITTEN, by=by, facts=facts)
    if told_on is not None:
        _tell_reporter(tx, rules, submission, told_on, message)
    return written


def write_from_reporter(tx: Transaction, rules: Rules, *, case_id: CaseId, words: str) -> Done | Refused:
    """Take a message of the reporter into the case and tell whoever holds it; refused once the case is closed.

    A case that is decided stands in the queue again, with a clock until somebody answers or says what was done.
    """
    case = tx.cases.lock(case_id)
    if case.state is CaseState.CLOSED:
        return Refused(Reason.CLOSED)
    said = cleaned(rules, words, empty=Reason.EMPTY)
    if isinstance(said, Refused):
        return said
    message = _message(tx, case_id, Direction.FROM_REPORTER, said.words, by=None)
    tx.messages.add(message)
    _record_of_reporter(tx, case_id, EventKind.REPORTER_WROTE, Act.MESSAGE_WRITTEN)
    if case.state in DECIDED:
        case = begin_addition(tx, rules, case, since=tx.now)
    tell_holder(tx, rules, case, Subject.REPORTER_WROTE, occasion=message.id)
    return Done(case, said.removed)


def see_as_reporter(tx: Transaction, *, case_id: CaseId) -> ReporterView:
    """What the reporter sees. Reads only: nothing counts as read by it."""
    case = tx.cases.get(case_id)
    messages = tuple(tx.messages.of_case(case_id))
    return ReporterView(
        standing=reporter_state(case, messages),
        received_at=case.received_at,
        messages=messages,
        can_write=case.state is not CaseState.CLOSED,
        ended=tx.reporters.has_ended(case_id),
    )


def read_as_reporter(tx: Transaction, *, case_id: CaseId) -> ReporterView:
    """What the reporter sees; messages to them count as read from now on."""
    view = see_as_reporter(tx, case_id=case_id)
    unread = [
        message.id
        for message in view.messages
        if message.direction is Direction.TO_REPORTER and message.read_at is None
    ]
    if unread:
        tx.messages.mark_read(unread, at=tx.now)
        _record_of_reporter(tx, case_id, EventKind.REPLY_READ, Act.MESSAGE_READ)
    return view


def reporter_topic(conversation_id: ConversationId) -> str:
    """The peer under which notices to a reporter keep their order."""
    return f"conversation:{conversation_id}"


def _writable(tx: Transaction, conversation_id: ConversationId | None) -> bool:
    return conversation_id is not None and tx.reporters.can_be_written_to(conversation_id)


def _message(
    tx: Transaction, case_id: CaseId, direction: Direction, words: str, *, by: PersonId | None
) -> Message:
    return Message(
        id=MessageId(tx.new_id()), case_id=case_id, direction=direction, at=tx.now, by=by, words=words
    )


def _record_of_reporter(tx: Transaction, case_id: CaseId, kind: EventKind, act: Act) -> None:
    tx.cases.record(CaseEvent(id=tx.new_id(), case_id=case_id, kind=kind, at=tx.now, by=None))
    tx.audit.record(act, actor=Actor.REPORTER, object_id=case_id)


def _tell_reporter(
    tx: Transaction, rules: Rules, submission: Submission, conversation_id: ConversationId, message: Message
) -> None:
    row = Outgoing(
        id=OutboxId(tx.new_id()),
        lane=Lane.CONVERSATION,
        via=Via.TELEGRAM,
        peer=reporter_topic(conversation_id),
        payload={
            "notice": NOTICE_KEYS[Subject.REPORTER_REPLY],
            "params": {},
            "language": submission.language,
        },
        not_before=safe_time(rules, submission, tx.now),
        dedupe=f"reply:{message.id}",
        conversation_id=conversation_id,
        case_id=message.case_id,
    )
    tx.outbox.add(row, leased=False)
