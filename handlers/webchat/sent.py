"""After sending: the receipt, its code, and the dialogue with staff, as functions of a transaction."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from handlers.dialog.conversation import Conversation, Door
from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.words import Sentence, when_read
from handlers.webchat.doors import (
    digest_of,
    is_first,
    is_quiet,
    leads_to,
    new_door,
    source_of,
    stayed,
    was_taken,
)
from handlers.webchat.parts import WebchatParts
from triage.cases.case import Case
from triage.cases.dialogue import (
    ReporterState,
    ReporterView,
    read_as_reporter,
    see_as_reporter,
    write_from_reporter,
)
from triage.cases.receipts import ReceiptCode, make_receipt, open_with_code, replace_receipt
from triage.cases.records import Channel, Direction, Message
from triage.cases.steps import main_clock
from triage.ids import CaseId
from triage.people.duty_now import who_is_on_duty
from triage.refusals import Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterSending:
    """What stands on the page of a report that was sent, and where it stands by now.

    `due` is when what happens next is promised for, as long as it is still to come.
    """

    case: Case
    view: ReporterView = field(repr=False)
    read: Sentence
    due: datetime | None
    clear: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Letters:
    """The dialogue between reporter and staff as the reporter sees it. `unread` is not shown before it is asked for."""

    now: datetime
    hotline: str
    view: ReporterView = field(repr=False)
    unread: int
    can_replace: bool
    own_copy: bool = False
    has_draft: bool = False

    @property
    def shown(self) -> tuple[Message, ...]:
        """The messages that stand on the page."""
        return tuple(each for each in self.view.messages if not _is_unread(each))

    @property
    def is_left_unanswered(self) -> bool:
        """Whether no reply came, and none will."""
        came = any(each.direction is Direction.TO_REPORTER for each in self.view.messages)
        return not came and (self.view.ended or not self.view.can_write)


@dataclass(frozen=True, slots=True)
class Repeated:
    """This input was taken before; nothing was changed."""


@dataclass(frozen=True, slots=True)
class Ended:
    """The browser's door is shut by now; the input was not taken."""


def after_sending(tx: IntakeTransaction, parts: WebchatParts, case_id: CaseId) -> AfterSending:
    """What the page says of this case. Reads only."""
    case = tx.cases.get(case_id)
    rules = parts.intake.rules
    view = see_as_reporter(tx, case_id=case_id)
    clock = main_clock(tx, rules, case)
    is_over = view.ended or view.standing.state in {ReporterState.DECIDED, ReporterState.CLOSED}
    awaited = clock is not None and clock.stopped_at is None and not is_over
    submissions = tx.cases.submissions(case_id, identity=False)
    return AfterSending(
        case=case,
        view=view,
        read=when_read(who_is_on_duty(tx, rules), now=tx.now),
        due=clock.due_at if clock is not None and awaited else None,
        clear=dict(submissions[-1].clear) if submissions else {},
    )


def shown_code(tx: IntakeTransaction, token: str) -> str | None:
    """The receipt code of the case behind this door, as long as it may be shown. It was made when the case was."""
    code = _code_of(tx, token)
    return None if code is None else code.written


def is_last_group(tx: IntakeTransaction, token: str, typed: str) -> bool:
    """Whether somebody who tries out what they wrote down got the code's last group right, or the whole code."""
    code = _code_of(tx, token)
    return code is not None and code.is_meant_by(typed)


def replace_code(tx: IntakeTransaction, token: str, *, input_id: str) -> bool:
    """Put a new code in the old one's place, once for each asking. False when no code may be shown, or nobody is in."""
    digest = digest_of(tx, token)
    door = tx.conversations.find_door(digest)
    if door is None or door.case_id is None:
        return False
    if not is_first(tx, digest, input_id):
        return _code_of(tx, token) is not None
    if isinstance(replace_receipt(tx, case_id=door.case_id), Refused):
        return False
    # Whoever came in by the old code is out with it.
    tx.reporters.shut_pages(door.case_id)
    tx.conversations.add_door(digest, stayed(tx, door))
    return True


def enter_code(
    tx: IntakeTransaction, parts: WebchatParts, typed: str, token: str, *, before: str, address: str
) -> Refused | None:
    """Let this browser in by a receipt code: what staff wrote is on the page that follows, and counts as read.

    What the browser had begun behind its door of `before` and not sent stays within reach beside it. Whoever gives a
    code need not be whoever wrote that, so the first page asks before it shows it.
    """
    opened = open_with_code(tx, typed=typed, source=source_of(tx, address), limit=parts.limits.codes)
    if isinstance(opened, Refused):
        return opened
    door = new_door(tx, conversation_id=None, case_id=opened.case_id)
    begun = _draft_behind(tx, tx.conversations.find_door(digest_of(tx, before)))
    if begun is not None and begun.channel is Channel.WEBCHAT:  # a chat leads back to its own draft
        door = replace(door, conversation_id=begun.id, confirmed=False)
    tx.conversations.add_door(digest_of(tx, token), door)
    read_as_reporter(tx, case_id=opened.case_id)
    return None


def letters(tx: IntakeTransaction, parts: WebchatParts, token: str | None) -> Letters | None:
    """The dialogue behind this browser's door, unless it was quiet for long. Reads only."""
    door = tx.conversations.find_door(digest_of(tx, token)) if token else None
    if door is None or door.case_id is None or is_quiet(tx, door):
        return None
    case = tx.cases.get(door.case_id)
    view = see_as_reporter(tx, case_id=case.id)
    return Letters(
        now=tx.now,
        hotline=case.hotline,
        view=view,
        unread=sum(_is_unread(each) for each in view.messages),
        can_replace=case.first_reply_at is None,
        own_copy=parts.intake.rules.organisation.kind(case.kind).own_copy,
        has_draft=_draft_behind(tx, door) is not None,
    )


def has_door(tx: IntakeTransaction, token: str | None) -> bool:
    """Whether this browser's cookie still leads anywhere. Reads only."""
    return token is not None and tx.conversations.find_door(digest_of(tx, token)) is not None


def open_letters(tx: IntakeTransaction, token: str) -> None:
    """The person asks for what staff wrote: it counts as read. After a quiet while the code is asked for instead."""
    digest = digest_of(tx, token)
    door = tx.conversations.find_door(digest)
    if door is None or door.case_id is None or is_quiet(tx, door):
        return
    read_as_reporter(tx, case_id=door.case_id)
    tx.conversations.save_door(digest, stayed(tx, door))


def write_letter(
    tx: IntakeTransaction, parts: WebchatParts, token: str, words: str, *, input_id: str
) -> int | Repeated | Ended | Refused:
    """Send a message to staff; how many identity numbers were taken out of it.

    `Repeated` only for a message that stands: one that was refused is refused again, and its words come back.
    """
    digest = digest_of(tx, token)
    door = tx.conversations.find_door(digest)
    if door is None or door.case_id is None:
        return Ended()
    tx.cases.lock(door.case_id)
    if was_taken(tx, digest, input_id):
        return Repeated()
    done = write_from_reporter(tx, parts.intake.rules, case_id=door.case_id, words=words)
    if isinstance(done, Refused):
        return done
    is_first(tx, digest, input_id)
    tx.conversations.save_door(digest, stayed(tx, door))
    return done.removed


def end_dialogue(tx: IntakeTransaction, parts: WebchatParts, token: str, *, input_id: str) -> bool:
    """The reporter ends the dialogue for good, once. False when the door was shut before, and nothing ended.

    A draft that was begun beside it is another matter: the door goes on leading to that.
    """
    digest = digest_of(tx, token)
    door = tx.conversations.find_door(digest)
    if door is not None and door.case_id is not None:
        tx.cases.lock(door.case_id)
    if was_taken(tx, digest, input_id):
        return True
    if door is None or door.case_id is None or parts.end_dialogue is None:
        return False
    begun = _draft_behind(tx, door)
    parts.end_dialogue(tx, door.case_id)
    tx.conversations.close_door(digest)
    if begun is not None:
        tx.conversations.add_door(digest, replace(stayed(tx, door), case_id=None))
    return is_first(tx, digest, input_id)


def _draft_behind(tx: IntakeTransaction, door: Door | None) -> Conversation | None:
    """The conversation whose unsent draft this door leads to."""
    found = tx.conversations.find(door.conversation_id) if door and door.conversation_id else None
    return found if door is not None and leads_to(door, found) else None


def _code_of(tx: IntakeTransaction, token: str) -> ReceiptCode | None:
    door = tx.conversations.find_door(digest_of(tx, token))
    if door is None or door.case_id is None:
        return None
    code = make_receipt(tx, case_id=door.case_id)
    return None if isinstance(code, Refused) else code


def _is_unread(message: Message) -> bool:
    return message.direction is Direction.TO_REPORTER and message.read_at is None
