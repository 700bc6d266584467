"""The terminal's use cases: open a conversation, take one input, leave. Each is whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, field

from handlers.dialog.conversation import Conversation
from handlers.dialog.guides import WAIT_TITLE, wait_key
from handlers.dialog.inputs import Input, Language
from handlers.dialog.intake import Sent, Taken, discard, standing, start, take
from handlers.dialog.keys import removed_key
from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.replies import Stale, Standing
from handlers.dialog.words import closing_keys, when_read, who_sees_it
from handlers.terminal.parts import CHANNEL, TerminalParts
from triage.cases.receipts import ReceiptCode, make_receipt
from triage.cases.records import Alarm
from triage.cases.steps import main_clock
from triage.ids import CaseId, ConversationId
from triage.people.duty_now import who_is_on_duty

FACTS = frozenset({CHANNEL})
"""What notes of this channel may speak of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Where the conversation stands after an input, and what is said before it is shown."""

    conversation_id: ConversationId
    language: str
    standing: Standing
    said: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Over:
    """The report was sent: what happens next, and the code, which is shown once and kept nowhere."""

    language: str
    before_code: tuple[str, ...]
    code: ReceiptCode | None = field(repr=False)
    after_code: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Left:
    """The draft is destroyed. An alarm that was raised still stands."""

    alarm_stands: bool


def open_chat(tx: IntakeTransaction, parts: TerminalParts) -> Turn:
    """A new conversation with an empty draft."""
    conversation = start(tx, parts.intake, tx.conversations.open_new(CHANNEL))
    return _stands(tx, parts, conversation)


def take_input(
    tx: IntakeTransaction,
    parts: TerminalParts,
    conversation_id: ConversationId,
    given: Input,
    *,
    input_id: str,
) -> Turn | Over:
    """Take one input. An input that was taken before changes nothing; what it led to is told again."""
    conversation = tx.conversations.lock(conversation_id)
    if conversation is None:
        raise LookupError("the conversation of this terminal is gone")
    if not tx.remember(CHANNEL, f"{conversation_id}|{input_id}"):
        if conversation.draft is None and conversation.case_id is not None:
            return _over(tx, parts, conversation, conversation.case_id)
        return _stands(tx, parts, conversation)
    if conversation.draft is None:
        # A number meant for a question of the old draft must not answer the first question of a new one.
        begun = start(tx, parts.intake, conversation)
        return _stands(tx, parts, begun, said=[_say(parts, begun, "chat.draft.expired")])
    taken = take(tx, parts.intake, conversation, given, facts=FACTS)
    if isinstance(taken.reply, Sent):
        return _over(tx, parts, taken.conversation, taken.reply.case.id)
    return Turn(
        conversation_id=conversation_id,
        language=_language(parts, taken.conversation),
        standing=taken.reply.current if isinstance(taken.reply, Stale) else _waiting(taken.reply),
        said=tuple(_said(tx, parts, taken, given)),
    )


def leave(tx: IntakeTransaction, conversation_id: ConversationId) -> Left:
    """Destroy the draft: a terminal has no way back to it."""
    conversation = tx.conversations.lock(conversation_id)
    if conversation is not None and conversation.draft is not None:
        discard(tx, conversation)
    return Left(alarm_stands=tx.alarms.see_open_of(conversation_id) is not None)


def _waiting(reply: object) -> Standing:
    assert isinstance(reply, Standing)  # noqa: S101 - sent and stale replies were taken before
    return reply


def _stands(
    tx: IntakeTransaction, parts: TerminalParts, conversation: Conversation, *, said: list[str] | None = None
) -> Turn:
    if conversation.draft is None:
        conversation = start(tx, parts.intake, conversation)
    now = standing(parts.intake, conversation, at=tx.now, facts=FACTS)
    assert now is not None  # noqa: S101 - there is a draft
    return Turn(
        conversation_id=conversation.id,
        language=_language(parts, conversation),
        standing=now,
        said=tuple(said or ()),
    )


def _said(tx: IntakeTransaction, parts: TerminalParts, taken: Taken, given: Input) -> list[str]:
    said: list[str] = []
    if isinstance(taken.reply, Stale):
        said.append(_say(parts, taken.conversation, "terminal.stale"))
    elif isinstance(given, Language):
        said.append(_say(parts, taken.conversation, "chat.language.note"))
    said += [_say(parts, taken.conversation, removed_key(each)) for each in taken.removed]
    if taken.alarm is not None:
        said.append(_who_sees(tx, parts, taken.conversation, taken.alarm))
    return said


def _who_sees(tx: IntakeTransaction, parts: TerminalParts, conversation: Conversation, alarm: Alarm) -> str:
    rules = parts.intake.rules
    sentence = who_sees_it(rules.calendar, who_is_on_duty(tx, rules), now=tx.now, wakes=alarm.wakes)
    return sentence.say(parts.words, _language(parts, conversation), now=tx.now)


def _over(tx: IntakeTransaction, parts: TerminalParts, conversation: Conversation, case_id: CaseId) -> Over:
    rules, words, lang = parts.intake.rules, parts.words, _language(parts, conversation)
    case = tx.cases.get(case_id)
    clear = tx.cases.submissions(case_id, identity=False)[-1].clear
    read = when_read(who_is_on_duty(tx, rules), now=tx.now)
    clock = main_clock(tx, rules, case)
    due = "" if clock is None else words.day_time(clock.due_at, lang, near=tx.now)
    code = make_receipt(tx, case_id=case_id)
    told = closing_keys(rules.organisation, clear, kind=case.kind)
    after = [read.say(words, lang, now=tx.now), *(words.text(key, lang, due=due) for key in told)]
    wait = wait_key(case.kind, words, lang)
    if wait is not None:
        after += [words.text(WAIT_TITLE, lang), words.text(wait, lang)]
    return Over(
        language=lang,
        before_code=(words.text("receipt.sent", lang, at=words.date_time(case.received_at, lang)),),
        code=code if isinstance(code, ReceiptCode) else None,
        after_code=tuple(after),
    )


def _say(parts: TerminalParts, conversation: Conversation, key: str) -> str:
    return parts.words.text(key, _language(parts, conversation))


def _language(parts: TerminalParts, conversation: Conversation) -> str:
    draft = conversation.draft
    return (draft.language if draft else None) or conversation.language or parts.intake.languages[0]
