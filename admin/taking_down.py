"""Writing a contact down for somebody else, as functions of a transaction: the conversation of every channel.

Whoever began it is the only one to see it until it is sent. A draft expires as any other does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeAlias

from admin.parts import Entrance
from handlers.dialog.conversation import Conversation
from handlers.dialog.inputs import Input, Language, Submit
from handlers.dialog.intake import Sent, Taken, discard, passed, standing, take
from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.replies import ReviewItem, ShowCard, Standing
from handlers.dialog.words import Sentence, who_sees_it
from triage.access.table import Right, allowed
from triage.cases.case import Case
from triage.cases.receipts import ReceiptCode, make_receipt
from triage.cases.records import Channel, Late, Source, TakenDown
from triage.ids import ConversationId, PersonId
from triage.people.duty_now import who_is_on_duty
from triage.refusals import Reason, Refused
from triage.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A contact that is being written down, as its writer sees it. `case` is set once it was sent."""

    now: datetime
    taken: TakenDown
    conversation: Conversation = field(repr=False)
    standing: Standing | None = field(default=None, repr=False)
    passed: tuple[ReviewItem, ...] = field(default=(), repr=False)
    who_sees: Sentence | None = None
    case: Case | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """It was sent: the case, and the code to be told to whoever called. None where it is not ours to see any more."""

    case: Case
    code: ReceiptCode | None = field(repr=False)
    taken: TakenDown
    told: tuple[ReviewItem, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Repeated:
    """This form was taken before; nothing was changed."""


SHOWN_AGAIN = timedelta(minutes=10)
"""So long after sending the same form gets the same answer again, in case the answer was lost on the way."""


Given: TypeAlias = Taken | HandedOver | Repeated


def begin(
    tx: IntakeTransaction,
    rules: Rules,
    entrance: Entrance,
    *,
    by: PersonId,
    source: Source,
    received_at: datetime,
    late: Late | None,
    language: str,
    key: str,
) -> ConversationId | Repeated | Refused:
    """Begin to write a contact down."""
    if not allowed(tx.people.get(by), Right.REPORT_BY_PHONE):
        return Refused(Reason.NOT_ALLOWED)
    refused = rules.organisation.taking_down.check(received_at, now=tx.now, late=late)
    if refused is not None:
        return refused
    if not tx.remember("desk", key):
        return Repeated()
    conversation = tx.conversations.open_new(Channel.CONSOLE)
    # What is no reason for anything is not kept: the time itself needs none.
    needed = rules.organisation.taking_down.needs_reason(received_at, now=tx.now)
    taken = TakenDown(
        conversation_id=conversation.id,
        by=by,
        source=source,
        received_at=received_at,
        late=late if needed else None,
    )
    tx.conversations.begin_taking_down(taken)
    take(tx, entrance.intake, conversation, Language(language), taken_down=taken)
    return conversation.id


def look(
    tx: IntakeTransaction, hotlines: dict[str, Entrance], *, conversation_id: ConversationId, by: PersonId
) -> Written | None:
    """Where it stands, for whoever began it; None for anybody else, and when it has expired. Reads only."""
    taken = _own(tx, conversation_id, by)
    conversation = None if taken is None else tx.conversations.find(conversation_id)
    if taken is None or conversation is None:
        return None
    if conversation.draft is None:
        case = _case_of(tx, conversation, by)
        return (
            None if case is None else Written(now=tx.now, taken=taken, conversation=conversation, case=case)
        )
    intake = hotlines[conversation.hotline].intake
    place = standing(intake, conversation, at=tx.now)
    who_sees = None
    if isinstance(place, ShowCard):
        alarm = tx.alarms.see_open_of(conversation_id)
        if alarm is not None:
            rules = intake.rules
            who_sees = who_sees_it(rules.calendar, who_is_on_duty(tx, rules), now=tx.now, wakes=alarm.wakes)
    return Written(
        now=tx.now,
        taken=taken,
        conversation=conversation,
        standing=place,
        passed=passed(intake, conversation, at=tx.now),
        who_sees=who_sees,
    )


def give(
    tx: IntakeTransaction,
    hotlines: dict[str, Entrance],
    *,
    conversation_id: ConversationId,
    by: PersonId,
    given: Input,
    key: str,
) -> Given | None:
    """Take one input, once however often its form comes in; None where `look` shows nothing.

    The form that sends it may come again when its answer was lost on the way: for `SHOWN_AGAIN` it is answered as it
    was, but for a code that the caller has replaced or that opens nothing any more.
    """
    conversation = tx.conversations.lock(conversation_id)
    taken = _own(tx, conversation_id, by)
    if conversation is None or taken is None:
        return None
    # The lock above lets the second of two at once see that the first was taken.
    repeated = tx.remembers("desk", key)
    if conversation.draft is None:
        case = _case_of(tx, conversation, by)
        if case is None:
            return None
        if not repeated or not isinstance(given, Submit):
            return Repeated()
        return _hand_over_again(tx, case, taken)
    if repeated:
        return Repeated()
    intake = hotlines[conversation.hotline].intake
    told = passed(intake, conversation, at=tx.now)
    done = take(tx, intake, conversation, given, taken_down=taken)
    if done.is_accepted:
        tx.remember("desk", key)
    if isinstance(done.reply, Sent):
        return _hand_over(tx, done.reply.case, taken, told=told)
    return done


def _case_of(tx: IntakeTransaction, conversation: Conversation, by: PersonId) -> Case | None:
    """The case that was sent; None where there is none, or none for somebody who is kept out of it by now."""
    case = None if conversation.case_id is None else tx.cases.look(conversation.case_id)
    return None if case is None or by in case.conflicts else case


def drop(tx: IntakeTransaction, *, conversation_id: ConversationId, by: PersonId) -> bool:
    """Destroy what was begun and not sent. An alarm that it raised stands. False where there is nothing of theirs."""
    conversation = tx.conversations.lock(conversation_id)
    if conversation is None or conversation.draft is None or _own(tx, conversation_id, by) is None:
        return False
    discard(tx, conversation)
    tx.conversations.stop_taking_down(conversation_id)
    return True


def mine(tx: IntakeTransaction, *, by: PersonId) -> list[TakenDown]:
    """What this person has begun and not sent."""
    return tx.conversations.being_taken_down(by)


def _own(tx: IntakeTransaction, conversation_id: ConversationId, by: PersonId) -> TakenDown | None:
    taken = tx.conversations.taken_down(conversation_id)
    may = taken is not None and taken.by == by and allowed(tx.people.get(by), Right.REPORT_BY_PHONE)
    return taken if may else None


def _hand_over(
    tx: IntakeTransaction, case: Case, taken: TakenDown, *, told: tuple[ReviewItem, ...] = ()
) -> HandedOver:
    code = make_receipt(tx, case_id=case.id, by=taken.by)
    return HandedOver(case=case, code=None if isinstance(code, Refused) else code, taken=taken, told=told)


def _hand_over_again(tx: IntakeTransaction, case: Case, taken: TakenDown) -> HandedOver | Repeated:
    receipt = tx.reporters.receipt_of(case.id)
    if receipt is None or receipt.generation > 1:
        return HandedOver(case=case, code=None, taken=taken)
    if tx.now - receipt.created_at > SHOWN_AGAIN:
        return Repeated()
    return _hand_over(tx, case, taken)
