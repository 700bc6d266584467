"""What a reporter's browser sees and does, as plain functions of a transaction.

Whose browser it is says a cookie, of which only a keyed hash is stored: the door. Coming back to it is guarded by
`must_ask`; see there for the rule.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypeAlias

from handlers.dialog.conversation import DOOR_IDLE, Conversation, Door, LinkPurpose
from handlers.dialog.inputs import Input, Language, Resume
from handlers.dialog.intake import Sent, Taken, discard, passed, standing, take
from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.replies import ReviewItem, ShowCard, Standing
from handlers.dialog.words import Sentence, when_read, who_sees_it
from handlers.webchat.parts import ASKS_AGAIN_AFTER, WebchatParts
from triage.cases.case import Case, CaseState
from triage.cases.dialogue import ReporterView, read_as_reporter, reporter_state, write_from_reporter
from triage.cases.receipts import make_receipt, open_with_code
from triage.cases.records import Channel, Direction
from triage.clocks.keep import TRIAGE48
from triage.ids import CaseId
from triage.refusals import Reason, Refused

FACTS = frozenset({"web"})
_NEAR_V4, _NEAR_V6 = 24, 56


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterSending:
    """What stands on the page of a report that was sent."""

    case: Case
    read: Sentence
    due: datetime | None
    clear: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a browser may see. Without a door: nothing but the start."""

    now: datetime
    door: Door | None = None
    conversation: Conversation | None = field(default=None, repr=False)
    standing: Standing | None = field(default=None, repr=False)
    passed: tuple[ReviewItem, ...] = field(default=(), repr=False)
    who_sees: Sentence | None = None
    sent: AfterSending | None = None

    @property
    def language(self) -> str | None:
        """The language of the conversation, once it is chosen."""
        draft = self.conversation.draft if self.conversation else None
        return (draft.language if draft else None) or (
            self.conversation.language if self.conversation else None
        )


@dataclass(frozen=True, slots=True)
class Repeated:
    """This input was taken before; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The browser's door is shut by now; the input was not taken."""


Given: TypeAlias = Taken | Repeated | Ended | Refused


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
    door = tx.conversations.find_door(_digest(tx, token)) if token else None
    if door is None or token is None:
        return Look(now=tx.now)
    conversation = tx.conversations.find(door.conversation_id) if door.conversation_id else None
    seen = Look(now=tx.now, door=door, conversation=conversation)
    if conversation is not None and conversation.draft is not None:
        place = standing(parts.intake, conversation, at=tx.now, facts=FACTS)
        return replace(
            seen,
            standing=place,
            passed=passed(parts.intake, conversation, at=tx.now),
            who_sees=_who_sees(tx, parts, conversation) if isinstance(place, ShowCard) else None,
        )
    if door.case_id is not None and conversation is not None:
        return replace(seen, sent=_after_sending(tx, parts, door.case_id))
    return seen


def give(
    tx: IntakeTransaction, parts: WebchatParts, token: str, given: Input, *, input_id: str, address: str
) -> Given:
    """Take an input from this browser, once, whatever number of times it comes in.

    The first one opens a conversation; it can only be the choice of a language or the wish to begin.
    """
    digest = _digest(tx, token)
    door = tx.conversations.find_door(digest)
    if not tx.remember("web", f"{digest.hex()[:32]}:{input_id}"):  # a key has 128 signs at most
        return Repeated()
    conversation = tx.conversations.lock(door.conversation_id) if door and door.conversation_id else None
    if (conversation is None or conversation.draft is None) and not isinstance(given, Language | Resume):
        return Ended()
    if conversation is None:
        if not parts.limits.openings.allows(tx, f"opening:{_source(tx, address)}"):
            return Refused(Reason.TOO_MANY_TRIES)
        conversation = tx.conversations.open_new(Channel.WEBCHAT)
    if door is None:
        door = _door(tx, conversation=conversation)
        tx.conversations.add_door(digest, door)
    taken = take(tx, parts.intake, conversation, given, facts=FACTS)
    case_id = door.case_id
    if isinstance(taken.reply, Sent):
        case_id = taken.reply.case.id
        make_receipt(tx, case_id=case_id)
    tx.conversations.save_door(
        digest, _stepped_in(tx, replace(door, conversation_id=conversation.id, case_id=case_id))
    )
    return taken


def go_on(tx: IntakeTransaction, token: str) -> None:
    """The person says yes, go on."""
    digest = _digest(tx, token)
    door = tx.conversations.find_door(digest)
    if door is not None:
        tx.conversations.save_door(digest, _stepped_in(tx, door))


def forget(tx: IntakeTransaction, token: str) -> None:
    """The person says no: the draft is destroyed and the browser forgotten. What was sent stays sent."""
    digest = _digest(tx, token)
    door = tx.conversations.find_door(digest)
    conversation = tx.conversations.lock(door.conversation_id) if door and door.conversation_id else None
    if conversation is not None and conversation.draft is not None:
        discard(tx, conversation)
    tx.conversations.close_door(digest)


def close(tx: IntakeTransaction, token: str) -> None:
    """Forget the browser; nothing else changes."""
    tx.conversations.close_door(_digest(tx, token))


def use_link(
    tx: IntakeTransaction, parts: WebchatParts, secret: str, token: str, *, address: str
) -> LinkPurpose | Refused:
    """Let this browser in by a one-time link, once."""
    if not parts.limits.links.allows(tx, f"link:{_source(tx, address)}"):
        return Refused(Reason.TOO_MANY_TRIES)
    digest = tx.digest("link", secret.encode("utf-8", "replace"))
    link = tx.conversations.lock_link(digest)
    if link is None or link.used_at is not None or link.expires_at <= tx.now:
        return Refused(Reason.EXPIRED)
    conversation = tx.conversations.lock(link.conversation_id)
    if conversation is None or conversation.round != link.round:
        return Refused(Reason.EXPIRED)
    tx.conversations.use_link(digest)
    case_id = conversation.case_id if link.purpose is LinkPurpose.RECEIPT else None
    if case_id is not None:
        make_receipt(tx, case_id=case_id)
    tx.conversations.add_door(
        _digest(tx, token), replace(_door(tx, conversation=conversation), case_id=case_id)
    )
    return link.purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """The dialogue between reporter and staff as the reporter sees it. `unread` says that it holds something new."""

    now: datetime
    view: ReporterView = field(repr=False)
    unread: bool


def shown_code(tx: IntakeTransaction, token: str) -> str | None:
    """The receipt code of the case behind this door, as long as it may be shown. It was made when the case was."""
    door = tx.conversations.find_door(_digest(tx, token))
    if door is None or door.case_id is None:
        return None
    code = make_receipt(tx, case_id=door.case_id)
    return None if isinstance(code, Refused) else code.written


def enter_code(
    tx: IntakeTransaction, parts: WebchatParts, typed: str, token: str, *, address: str
) -> Refused | None:
    """Let this browser in by a receipt code."""
    opened = open_with_code(tx, typed=typed, source=_source(tx, address), limit=parts.limits.codes)
    if isinstance(opened, Refused):
        return opened
    door = Door(
        conversation_id=None,
        case_id=opened.case_id,
        confirmed=True,
        seen_at=tx.now,
        expires_at=tx.now + DOOR_IDLE,
    )
    tx.conversations.add_door(_digest(tx, token), door)
    return None


def letters(tx: IntakeTransaction, token: str | None) -> Letters | None:
    """The dialogue behind this browser's door, unless it was quiet for long. Reads only."""
    door = tx.conversations.find_door(_digest(tx, token)) if token else None
    if door is None or door.case_id is None or tx.now - door.seen_at > ASKS_AGAIN_AFTER:
        return None
    case = tx.cases.get(door.case_id)
    messages = tuple(tx.messages.of_case(case.id))
    view = ReporterView(
        standing=reporter_state(case, messages),
        received_at=case.received_at,
        messages=messages,
        can_write=case.state is not CaseState.CLOSED,
    )
    unread = any(each.direction is Direction.TO_REPORTER and each.read_at is None for each in messages)
    return Letters(now=tx.now, view=view, unread=unread)


def mark_read(tx: IntakeTransaction, token: str) -> None:
    """What staff wrote was shown to this browser: it counts as read."""
    door = tx.conversations.find_door(_digest(tx, token))
    if door is not None and door.case_id is not None:
        read_as_reporter(tx, case_id=door.case_id)


def write_letter(
    tx: IntakeTransaction, parts: WebchatParts, token: str, words: str, *, input_id: str
) -> int | Repeated | Ended | Refused:
    """Send a message to staff; how many identity numbers were taken out of it."""
    digest = _digest(tx, token)
    door = tx.conversations.find_door(digest)
    if door is None or door.case_id is None:
        return Ended()
    if not tx.remember("web", f"{digest.hex()[:32]}:{input_id}"):  # a key has 128 signs at most
        return Repeated()
    done = write_from_reporter(tx, parts.intake.rules, case_id=door.case_id, words=words)
    if isinstance(done, Refused):
        return done
    tx.conversations.save_door(digest, _stepped_in(tx, door))
    return done.removed


def end_dialogue(tx: IntakeTransaction, parts: WebchatParts, token: str) -> None:
    """The reporter ends the dialogue for good."""
    door = tx.conversations.find_door(_digest(tx, token))
    if door is not None and door.case_id is not None and parts.end_dialogue is not None:
        parts.end_dialogue(tx, door.case_id)
        tx.conversations.close_door(_digest(tx, token))


def _after_sending(tx: IntakeTransaction, parts: WebchatParts, case_id: CaseId) -> AfterSending:
    case = tx.cases.get(case_id)
    calendar = parts.intake.rules.calendar
    clocks = [clock.due_at for clock in tx.clocks.of_case(case_id) if clock.policy_id == TRIAGE48]
    submissions = tx.cases.submissions(case_id, identity=False)
    return AfterSending(
        case=case,
        read=when_read(calendar, now=case.received_at, on_duty=tx.people.on_duty() is not None),
        due=clocks[0] if clocks else None,
        clear=dict(submissions[-1].clear) if submissions else {},
    )


def _who_sees(tx: IntakeTransaction, parts: WebchatParts, conversation: Conversation) -> Sentence | None:
    alarm = tx.alarms.see_open_of(conversation.id)
    if alarm is None:
        return None
    calendar = parts.intake.rules.calendar
    return who_sees_it(calendar, now=tx.now, on_duty=tx.people.on_duty() is not None, wakes=alarm.wakes)


def _door(tx: IntakeTransaction, *, conversation: Conversation) -> Door:
    return Door(
        conversation_id=conversation.id,
        case_id=None,
        confirmed=True,
        seen_at=tx.now,
        expires_at=tx.now + DOOR_IDLE,
    )


def _stepped_in(tx: IntakeTransaction, door: Door) -> Door:
    return replace(door, confirmed=True, seen_at=tx.now, expires_at=tx.now + DOOR_IDLE)


def _source(tx: IntakeTransaction, address: str) -> str:
    """Whose tries are counted: a keyed hash of the neighbourhood of an address, never the address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        near = "unknown"
    else:
        prefix = _NEAR_V4 if parsed.version == 4 else _NEAR_V6  # noqa: PLR2004  IPv4
        near = str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))
    return tx.digest("address", near.encode()).hex()


def _digest(tx: IntakeTransaction, token: str) -> bytes:
    return tx.digest("door", token.encode("utf-8", "replace"))
