"""The intake: what every channel does with an input, as plain functions of a transaction.

A channel locks the conversation, calls `take`, draws the reply into messages or a page, all in one transaction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from handlers.dialog.answers import Value
from handlers.dialog.clean import IdentityPattern
from handlers.dialog.context import Context
from handlers.dialog.conversation import DRAFT_LIVES, Conversation, Writing
from handlers.dialog.draft import Draft
from handlers.dialog.findings import FindingPattern
from handlers.dialog.flow import Flow, PlaceQuestion
from handlers.dialog.flows import Flows, canonical_json
from handlers.dialog.inputs import Input
from handlers.dialog.places import Places
from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.replies import (
    AcuteRaised,
    CardAnswered,
    IdentityRemoved,
    ReviewItem,
    Stale,
    Standing,
    Submitted,
)
from handlers.dialog.standing import locate, review_items
from handlers.dialog.step import Stood, begin, look, settle, step_from
from triage.cases.acute import raise_alarm
from triage.cases.case import Case
from triage.cases.receive import receive
from triage.cases.records import Alarm, TakenDown
from triage.rules import Rules

_NONCE_BYTES = 5
_NONCE_SIGNS = "abcdefghijklmnopqrstuvwxyz234567"


@dataclass(frozen=True, slots=True, kw_only=True)
class Intake:
    """A hotline's conversations: its flows and everything a step needs to know, made once."""

    hotline: str
    rules: Rules
    flows: Flows
    places: Places
    patterns: Mapping[str, tuple[IdentityPattern, ...]]
    """Language → what is taken out of every text, with markers in that language."""
    finders: Mapping[str, tuple[FindingPattern, ...]]
    """Language → what is pointed out at the review, with markers in that language."""
    languages: tuple[str, ...]
    zone: ZoneInfo
    words: Callable[[str, str], str | None]
    """The text of a key in a language, or None."""

    def context(self, draft: Draft | None, *, at: datetime, facts: frozenset[str]) -> Context:
        """What a step of this draft may know at this time on this channel."""
        language = (draft.language if draft else None) or self.languages[0]
        return Context(
            today=at.astimezone(self.zone).date(),
            places=self.places,
            patterns=self.patterns[language],
            finders=self.finders[language],
            words=lambda key: self.words(key, language),
            languages=self.languages,
            facts=facts,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """The report was sent and stands as a case; what the reporter is told follows from these."""

    case: Case
    submission: Submitted


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What an input led to. `removed` says which identity numbers were taken out: the writer is told."""

    conversation: Conversation
    reply: Standing | Stale | Sent
    removed: Mapping[str, int] = field(default_factory=dict)
    alarm: Alarm | None = None

    @property
    def is_accepted(self) -> bool:
        """Whether it was taken. What was not may come again in the same words, and is refused in the same way."""
        return isinstance(self.reply, Sent) or not (isinstance(self.reply, Stale) or self.reply.error)


def start(tx: IntakeTransaction, intake: Intake, conversation: Conversation) -> Conversation:
    """Begin a new draft in this conversation; an earlier one that was not sent is destroyed."""
    language = conversation.language
    draft = begin(intake.flows, context=intake.context(None, at=tx.now, facts=frozenset()))
    if language is not None and draft.language is None:
        draft = replace(draft, language=language)
    if conversation.draft is not None:
        tx.conversations.drop_draft(conversation.id)
    started = replace(
        conversation,
        hotline=intake.hotline,
        round=conversation.round + 1,
        nonce=_nonce(tx),
        draft=draft,
        writing=Writing.UNDECIDED,
        started_at=tx.now,
        expires_at=tx.now + DRAFT_LIVES,
    )
    tx.conversations.save(started)
    return started


def standing(
    intake: Intake, conversation: Conversation, *, at: datetime, facts: frozenset[str] = frozenset()
) -> Standing | None:
    """Where the conversation's draft stands, or None without a draft. Reads only."""
    stood = stood_at(intake, conversation, at=at, facts=facts)
    return None if stood is None else stood.standing


def stood_at(
    intake: Intake, conversation: Conversation, *, at: datetime, facts: frozenset[str] = frozenset()
) -> Stood | None:
    """As `standing`, in the form that `take` goes on from, so that it need not be found out twice."""
    draft = conversation.draft
    if draft is None:
        return None
    return look(intake.flows, draft, context=intake.context(draft, at=at, facts=facts))


def passed(intake: Intake, conversation: Conversation, *, at: datetime) -> tuple[ReviewItem, ...]:
    """The questions passed so far, in order, as a page shows them above the open one."""
    draft = conversation.draft
    if draft is None:
        return ()
    context = intake.context(draft, at=at, facts=frozenset())
    settled = settle(intake.flows, draft, context=context)
    return review_items(locate(intake.flows.for_answers(settled.answers), settled, context))


def take(
    tx: IntakeTransaction,
    intake: Intake,
    conversation: Conversation,
    given: Input,
    *,
    facts: frozenset[str] = frozenset(),
    taken_down: TakenDown | None = None,
    stood: Stood | None = None,
) -> Taken:
    """Take one input into the locked conversation: step, raise alarms, save; on *Send* open the case.

    A conversation without a draft begins one first. `taken_down` says who of the staff writes it for somebody else,
    `stood` where its draft stands, if the channel has asked.
    Everything happens in the caller's transaction.
    """
    if conversation.draft is None:
        conversation = start(tx, intake, conversation)
    draft = conversation.draft
    assert draft is not None  # noqa: S101 - `start` has just made one
    if stood is None:
        stood = look(intake.flows, draft, context=intake.context(draft, at=tx.now, facts=facts))
    stepped = step_from(intake.flows, stood, given)
    if isinstance(stepped.reply, Submitted):
        return _send(tx, intake, replace(conversation, draft=stepped.draft), stepped.reply, taken_down)
    alarm = None
    removed: Counter[str] = Counter()
    for event in stepped.events:
        match event:
            case AcuteRaised(trigger=trigger):
                alarm = raise_alarm(
                    tx,
                    intake.rules,
                    conversation_id=conversation.id,
                    trigger=trigger,
                    by=None if taken_down is None else taken_down.by,
                )
            case IdentityRemoved(found=found):
                removed.update(found)
            case CardAnswered():
                pass  # what was pressed on a card decides nothing here
    if stepped.draft is not draft:
        conversation = replace(
            conversation,
            draft=stepped.draft,
            language=stepped.draft.language or conversation.language,
            expires_at=tx.now + DRAFT_LIVES,
        )
        tx.conversations.save(conversation)
    return Taken(conversation=conversation, reply=stepped.reply, removed=removed, alarm=alarm)


def discard(tx: IntakeTransaction, conversation: Conversation) -> Conversation:
    """Destroy the draft because its writer asked for it. An alarm that was raised stands: nobody can unsay it."""
    tx.conversations.drop_draft(conversation.id)
    cleared = replace(conversation, draft=None, expires_at=None, nonce=_nonce(tx), writing=Writing.UNDECIDED)
    tx.conversations.save(cleared)
    return cleared


def _send(
    tx: IntakeTransaction,
    intake: Intake,
    conversation: Conversation,
    report: Submitted,
    taken_down: TakenDown | None,
) -> Taken:
    flow = intake.flows.by_id[report.flow_id]
    tx.conversations.archive_flow(report.fingerprint, canonical_json(flow))
    open_answers = {name: value for name, value in report.answers.items() if name not in report.clear}
    case = receive(
        tx,
        intake.rules,
        conversation_id=conversation.id,
        channel=conversation.channel,
        hotline=intake.hotline,
        kind=flow.id,
        language=report.language or intake.languages[0],
        flow_id=report.flow_id,
        flow_version=report.flow_version,
        fingerprint=report.fingerprint,
        clear=dict(report.clear),
        body={name: value for name, value in open_answers.items() if name not in report.identity}
        | dict.fromkeys(report.unknown),
        identity=dict(report.identity),
        municipality=_municipality(flow, report.clear),
        acute=bool(flow.triggers(report.answers)),
        taken_down=taken_down,
    )
    tx.conversations.drop_draft(conversation.id)
    sent = replace(conversation, draft=None, expires_at=None, nonce=_nonce(tx), case_id=case.id)
    tx.conversations.save(sent)
    return Taken(conversation=sent, reply=Sent(case=case, submission=report))


def _municipality(flow: Flow, clear: Mapping[str, Value]) -> str | None:
    for _, question in flow.questions():
        if isinstance(question, PlaceQuestion) and question.id in clear:
            return str(clear[question.id])
    return None


def _nonce(tx: IntakeTransaction) -> str:
    number = int.from_bytes(tx.new_secret(_NONCE_BYTES), "big")
    return "".join(_NONCE_SIGNS[number >> (5 * place) & 31] for place in range(8))
