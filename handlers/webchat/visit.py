"""What a reporter's browser sees and does in the talk, as plain functions of a transaction.

Whose browser it is says a cookie, of which only a keyed hash is stored: the door. Coming back to it is guarded by
`must_ask`; see there for the rule.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TypeAlias

from handlers.dialog.conversation import Conversation, Door, LinkPurpose
from handlers.dialog.flow import Closed
from handlers.dialog.inputs import Input, Language, Resume
from handlers.dialog.intake import Intake, Sent, Taken, discard, passed, standing, take
from handlers.dialog.path import has
from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.replies import Ask, Review, ReviewItem, ShowCard, Standing
from handlers.dialog.standing import locate
from handlers.dialog.words import Sentence, who_sees_it
from handlers.webchat.doors import (
    digest_of,
    find_locked,
    is_first,
    leads_to,
    new_door,
    source_of,
    stayed,
    stepped_in,
    was_taken,
)
from handlers.webchat.parts import ASKS_AGAIN_AFTER, WebchatParts
from handlers.webchat.sent import AfterSending, Ended, Repeated, after_sending
from triage.cases.receipts import make_receipt
from triage.cases.records import Channel
from triage.people.duty_now import who_is_on_duty
from triage.refusals import Reason, Refused

FACTS = frozenset({"web"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a browser may see. Without a door: nothing but the start.

    `elsewhere` says that what the door led to went on or ended in the chat; `private_done` that the private answers
    of somebody who came from a chat are all stored.
    """

    now: datetime
    door: Door | None = None
    conversation: Conversation | None = field(default=None, repr=False)
    standing: Standing | None = field(default=None, repr=False)
    passed: tuple[ReviewItem, ...] = field(default=(), repr=False)
    who_sees: Sentence | None = None
    sent: AfterSending | None = None
    elsewhere: bool = False
    private_done: bool = False

    @property
    def hotline(self) -> str | None:
        """The hotline that the conversation began with."""
        return self.conversation.hotline if self.conversation else None

    @property
    def is_blank(self) -> bool:
        """Whether what lies behind the door is a talk in which nothing was told yet."""
        talk = self.conversation
        return talk is not None and talk.case_id is None and talk.draft is not None and talk.draft.is_blank

    @property
    def language(self) -> str | None:
        """The language of the conversation, once it is chosen."""
        draft = self.conversation.draft if self.conversation else None
        return (draft.language if draft else None) or (
            self.conversation.language if self.conversation else None
        )


@dataclass(frozen=True, slots=True)
class AlreadySent:
    """The report that this input belongs to was sent before; the input was not taken."""


class Unsent(StrEnum):
    """What stands behind a door and was not sent. An alarm stays when its draft is deleted."""

    NOTHING = "nothing"
    DRAFT = "draft"
    DRAFT_WITH_ALARM = "alarm"


Given: TypeAlias = Taken | Repeated | Ended | AlreadySent | Refused


def must_ask(door: Door, *, now: datetime, left: bool, here: bool) -> bool:
    """Whether "go on?" is asked, and nothing shown, before this browser sees its conversation.

    The page is shown straight away only when all of these hold; any doubt asks:

    * the door was confirmed, by an answer or by saying yes;
    * its last input is less than 15 minutes old;
    * nobody used the quick exit since (`left`, a cookie that the exit sets and a yes takes away);
    * the page was reached from this site itself (`here`): so says the browser of the request's origin, or, where it
      says nothing, a cookie that the answer to an own form sets for the one page that follows. An address that was
      typed, a bookmark, a link from elsewhere or a new tab is none of that.
    """
    return left or not door.confirmed or not here or now - door.seen_at > ASKS_AGAIN_AFTER


def look(tx: IntakeTransaction, parts: WebchatParts, token: str | None) -> Look:
    """What stands behind this browser's door. Reads only."""
    door = tx.conversations.find_door(digest_of(tx, token)) if token else None
    if door is None:
        return Look(now=tx.now)
    conversation = tx.conversations.find(door.conversation_id) if door.conversation_id else None
    seen = Look(now=tx.now, door=door, conversation=conversation)
    if conversation is None:
        return seen
    parts = parts.at(conversation.hotline)
    if leads_to(door, conversation):
        place = standing(parts.intake, conversation, at=tx.now, facts=FACTS)
        return replace(
            seen,
            standing=place,
            passed=passed(parts.intake, conversation, at=tx.now),
            who_sees=_who_sees(tx, parts, conversation, place) if isinstance(place, ShowCard) else None,
            private_done=_is_private_done(tx, parts.intake, conversation, place),
        )
    if door.case_id is not None:
        return replace(seen, sent=after_sending(tx, parts, door.case_id))
    return replace(seen, elsewhere=True)


def give(
    tx: IntakeTransaction,
    parts: WebchatParts,
    token: str,
    given: Input,
    *,
    input_id: str,
    address: str,
    hotline: str | None = None,
) -> Given:
    """Take an input from this browser, once, whatever number of times it comes in.

    Only what was taken is a repeat the next time: what was not is answered with its reason and words each time.
    The first one opens a conversation; it can only be the choice of a language or the wish to begin. `hotline` is the
    one whose page it was; a conversation that stands keeps its own.
    """
    digest = digest_of(tx, token)
    begins = isinstance(given, Language | Resume)
    door = find_locked(tx, digest) if begins else tx.conversations.find_door(digest)
    conversation = tx.conversations.lock(door.conversation_id) if door and door.conversation_id else None
    if was_taken(tx, digest, input_id):
        return Repeated()
    if door is not None and conversation is not None:
        if not leads_to(door, conversation):
            return Ended() if door.case_id is None else AlreadySent()
    elif not begins:
        return Ended()
    elif not parts.limits.openings.allows(tx, f"opening:{source_of(tx, address)}"):
        return Refused(Reason.TOO_MANY_TRIES)
    else:
        conversation = tx.conversations.open_new(Channel.WEBCHAT)
        if door is None:
            door = new_door(tx, conversation_id=conversation.id)
            tx.conversations.add_door(digest, door)
    intake = parts.at(conversation.hotline or hotline).intake
    taken = take(tx, intake, conversation, given, facts=FACTS)
    if taken.is_accepted:
        is_first(tx, digest, input_id)
    case_id = door.case_id
    if isinstance(taken.reply, Sent):
        case_id = taken.reply.case.id
        make_receipt(tx, case_id=case_id)
    tx.conversations.save_door(
        digest, stepped_in(tx, replace(door, conversation_id=conversation.id, case_id=case_id))
    )
    return taken


def speak(tx: IntakeTransaction, parts: WebchatParts, token: str, language: Language) -> None:
    """Change the language of what stands behind the door; this begins nothing."""
    digest = digest_of(tx, token)
    door = tx.conversations.find_door(digest)
    conversation = tx.conversations.lock(door.conversation_id) if door and door.conversation_id else None
    if door is None or conversation is None:
        return
    if leads_to(door, conversation):
        take(tx, parts.at(conversation.hotline).intake, conversation, language, facts=FACTS)
    elif door.case_id is not None:
        tx.conversations.save(replace(conversation, language=language.code))
    tx.conversations.save_door(digest, stayed(tx, door))


def begin_new(
    tx: IntakeTransaction, parts: WebchatParts, token: str, *, input_id: str, address: str
) -> Repeated | Ended | Refused | None:
    """Begin another report in this browser. The one that was sent stays as it is, and its code opens it."""
    digest = digest_of(tx, token)
    door = tx.conversations.find_door(digest)
    if door is not None and door.conversation_id is not None:
        # Of two tabs, the second waits here and then sees what the first one began.
        tx.conversations.lock(door.conversation_id)
        door = tx.conversations.find_door(digest)
    before = tx.conversations.find(door.conversation_id) if door and door.conversation_id else None
    if door is None or door.case_id is None:
        return Ended()
    if not is_first(tx, digest, input_id) or leads_to(door, before):
        return Repeated()
    if not parts.limits.openings.allows(tx, f"opening:{source_of(tx, address)}"):
        return Refused(Reason.TOO_MANY_TRIES)
    conversation = tx.conversations.open_new(Channel.WEBCHAT)
    language = before.language if before else None
    wish = Resume() if language is None else Language(language)
    hotline = before.hotline if before else tx.cases.get(door.case_id).hotline
    take(tx, parts.at(hotline).intake, conversation, wish, facts=FACTS)
    tx.conversations.save_door(digest, stepped_in(tx, replace(door, conversation_id=conversation.id)))
    return None


def go_on(tx: IntakeTransaction, token: str, *, said_yes: bool) -> bool:
    """The person says yes, go on, or only that they are still here. False when the door is shut by now."""
    digest = digest_of(tx, token)
    door = tx.conversations.find_door(digest)
    if door is None:
        return False
    tx.conversations.save_door(digest, stepped_in(tx, door) if said_yes else stayed(tx, door))
    return True


def unsent(tx: IntakeTransaction, token: str) -> Unsent:
    """What unsent thing stands behind this browser's door. Reads only."""
    door = tx.conversations.find_door(digest_of(tx, token))
    conversation = tx.conversations.find(door.conversation_id) if door and door.conversation_id else None
    if door is None or conversation is None or not leads_to(door, conversation):
        return Unsent.NOTHING
    alarm = tx.alarms.see_open_of(conversation.id)
    return Unsent.DRAFT if alarm is None else Unsent.DRAFT_WITH_ALARM


def forget(tx: IntakeTransaction, token: str, *, input_id: str) -> Unsent | Ended:
    """The person says no: the draft is destroyed and the browser forgotten. What was sent stays sent.

    Gives what was destroyed, at a repeat as well. An alarm that a draft raised stays: nobody can unsay it.
    `Ended` when the door was shut before this was asked for.
    """
    digest = digest_of(tx, token)
    door = tx.conversations.find_door(digest)
    conversation = tx.conversations.lock(door.conversation_id) if door and door.conversation_id else None
    for before in (Unsent.DRAFT, Unsent.DRAFT_WITH_ALARM):
        if was_taken(tx, digest, f"{input_id}:{before}"):
            return before
    if door is None:
        return Ended()
    found = unsent(tx, token)
    tx.conversations.close_door(digest)
    if conversation is not None and found is not Unsent.NOTHING:
        discard(tx, conversation)
        is_first(tx, digest, f"{input_id}:{found}")
    return found


def close(tx: IntakeTransaction, token: str) -> None:
    """Forget the browser; nothing else changes."""
    tx.conversations.close_door(digest_of(tx, token))


def use_link(
    tx: IntakeTransaction, parts: WebchatParts, secret: str, token: str, *, address: str
) -> LinkPurpose | Refused:
    """Let this browser in by a one-time link, once; the browser that used it may press its button twice."""
    if not parts.limits.links.allows(tx, f"link:{source_of(tx, address)}"):
        return Refused(Reason.TOO_MANY_TRIES)
    digest = tx.digest("link", secret.encode("utf-8", "replace"))
    link = tx.conversations.lock_link(digest)
    if link is None:
        return Refused(Reason.EXPIRED)
    if link.used_at is not None:
        mine = tx.conversations.find_door(digest_of(tx, token))
        used_here = mine is not None and mine.conversation_id == link.conversation_id
        return link.purpose if used_here else Refused(Reason.EXPIRED)
    conversation = tx.conversations.lock(link.conversation_id)
    if link.expires_at <= tx.now or conversation is None or conversation.round != link.round:
        return Refused(Reason.EXPIRED)
    tx.conversations.use_link(digest)
    case_id = None if link.purpose is LinkPurpose.SECURE_PAGE else conversation.case_id
    if case_id is not None:
        make_receipt(tx, case_id=case_id)
    if link.purpose is LinkPurpose.MOVE:
        for each in tx.reporters.open_cases_of(conversation.id):
            make_receipt(tx, case_id=each)
    door = new_door(tx, conversation_id=conversation.id, case_id=case_id)
    tx.conversations.add_door(digest_of(tx, token), door)
    return link.purpose


def _is_private_done(
    tx: IntakeTransaction, intake: Intake, conversation: Conversation, place: Standing | None
) -> bool:
    draft = conversation.draft
    if conversation.channel is Channel.WEBCHAT or draft is None or not isinstance(place, Ask | Review):
        return False
    context = intake.context(draft, at=tx.now, facts=FACTS)
    private = [
        asked
        for asked in locate(intake.flows.for_answers(draft.answers), draft, context).path.asked
        if asked.question.sensitive
    ]
    return bool(private) and all(has(draft, asked) for asked in private)


def _who_sees(
    tx: IntakeTransaction, parts: WebchatParts, conversation: Conversation, shown: ShowCard
) -> Sentence | None:
    """Who sees the alarm that the answer behind this card raised; a card of another matter says nothing of one."""
    alarm, draft = tx.alarms.see_open_of(conversation.id), conversation.draft
    if alarm is None or draft is None:
        return None
    found = parts.intake.flows.for_answers(draft.answers).find_question(shown.question)
    question = None if found is None else found[1]
    if not isinstance(question, Closed) or not question.triggers(draft.answers.get(question.id)):
        return None
    rules = parts.intake.rules
    return who_sees_it(rules.calendar, who_is_on_duty(tx, rules), now=tx.now, wakes=alarm.wakes)
