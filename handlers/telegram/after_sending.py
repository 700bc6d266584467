"""In the chat after the report was sent: the receipt, where it stands, answers from staff, and writing more."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from handlers.dialog.clean import clean_text
from handlers.dialog.conversation import LinkPurpose
from handlers.dialog.guides import WAIT_TITLE, wait_key
from handlers.dialog.intake import Sent
from handlers.dialog.words import closing_keys, when_read, where_it_stands
from handlers.telegram.callback import Verb
from handlers.telegram.chat import Mode
from handlers.telegram.deleting import empty
from handlers.telegram.drawing import Button, Drawn
from handlers.telegram.secure_page import new_link
from triage.cases.dialogue import read_as_reporter, reporter_state, write_from_reporter
from triage.cases.reach import may_notify
from triage.cases.records import Direction, Message
from triage.cases.reporter_side import LAST_WORDS, end_by_reporter
from triage.cases.steps import main_clock
from triage.ids import CaseId
from triage.people.duty_now import who_is_on_duty
from triage.refusals import Reason, Refused

if TYPE_CHECKING:
    from handlers.telegram.turn import Turn

NEW = "new"
_ADD, _READ, _PAGE, _WAIT = "add", "read", "page", "wait"
_END, _END_YES, _MOVE = "end", "end_yes", "move"


def sent(turn: Turn, reply: Sent) -> None:
    """The receipt: when, what happens now, and how to come back. The code itself never stands in the chat."""
    rules, tx, words = turn.door.intake.rules, turn.tx, turn.door.words
    read = when_read(who_is_on_duty(tx, rules), now=tx.now)
    case, answers = reply.case, reply.submission.answers
    clock = main_clock(tx, rules, case)
    due = "" if clock is None else words.day_time(clock.due_at, turn.language, near=tx.now)
    told = closing_keys(rules.organisation, answers, kind=case.kind)
    said = [
        turn.say("receipt.sent", at=words.date_time(case.received_at, turn.language)),
        read.say(words, turn.language, now=tx.now),
        *(turn.say(key, due=due) for key in told),
        turn.say(_way_back(turn, answers)),
    ]
    pen = turn.pen
    rows = [[pen.button("chat.button.get_code", Verb.MENU, _PAGE)]] if turn.door.public_url else []
    rows += [
        *_wait_button(turn, reply.case.kind),
        [pen.button("chat.button.write_more", Verb.MENU, _ADD)],
        [pen.button("chat.button.delete_chat", Verb.DELETE, "ask_chat")],
        [pen.help()],
    ]
    turn.bag.say(Drawn("\n\n".join(said), rows))
    turn.keep_chat()


def _way_back(turn: Turn, answers: Mapping[str, object]) -> str:
    if turn.door.public_url:
        return "receipt.telegram_page"
    may = may_notify(turn.door.intake.rules, answers)
    return "receipt.telegram_only" if may else "receipt.telegram_unasked"


def menu(turn: Turn, *, before: Iterable[str] = ()) -> None:
    """Where the latest report stands, and what can be done. Answers to earlier ones are within reach, too."""
    case_id = turn.conversation.case_id
    if case_id is None:
        turn.stale()
        return
    if turn.chat.mode is Mode.ADDING:
        turn.set_mode(Mode.REPORT)
    case, messages = turn.tx.cases.get(case_id), turn.tx.messages.of_case(case_id)
    stands = reporter_state(case, messages)
    pen = turn.pen
    said = [*before, where_it_stands(stands, turn.door.words, turn.language, now=turn.tx.now)]
    if turn.tx.reporters.has_parted(turn.conversation.id):
        said.append(turn.say("dialogue.parted"))
    rows = []
    if any(_is_to_reporter(message) for each in _cases(turn) for message in turn.tx.messages.of_case(each)):
        rows.append([read_button(turn)])
    if turn.door.public_url:
        rows.append([pen.button("dialogue.notice.open", Verb.MENU, _PAGE)])
    if case.closed_at is None:
        rows.append([pen.button("chat.button.write_more", Verb.MENU, _ADD)])
        rows += _wait_button(turn, case.kind)
    else:
        said.append(turn.say("dialogue.closed"))
    if turn.conversation.draft is not None:
        rows.append([pen.button("chat.button.continue", Verb.RESUME)])
    else:
        rows.append([pen.button("chat.button.new_report", Verb.MENU, NEW)])
        rows.append([pen.button("chat.button.delete_chat", Verb.DELETE, "ask_chat")])
        if turn.door.public_url:
            rows.append([pen.button("chat.button.move", Verb.MENU, _MOVE)])
        rows.append([pen.button("dialogue.end.button", Verb.MENU, _END)])
    rows.append([pen.help()])
    turn.bag.say(Drawn("\n\n".join(said), rows))


def pressed(turn: Turn, what: str) -> None:
    """A button of the menu."""
    if what == NEW and turn.conversation.draft is None:
        turn.begin()
    elif turn.conversation.case_id is None:
        turn.stale()
    elif what == _ADD:
        turn.set_mode(Mode.ADDING, about=turn.conversation.case_id)
        said = [turn.say("dialogue.write.label"), turn.say("dialogue.write.hint")]
        pen = turn.pen
        turn.bag.say(Drawn("\n\n".join(said), [[pen.button("chat.button.back", Verb.MENU), pen.help()]]))
    elif what == _READ:
        _show_answers(turn)
    elif what == _PAGE:
        _offer_page(turn, LinkPurpose.RECEIPT, "chat.secure.link")
    elif what == _MOVE:
        _offer_page(turn, LinkPurpose.MOVE, "chat.move.link")
    elif what == _END:
        _ask_to_end(turn)
    elif what == _END_YES:
        _end(turn)
    elif what == _WAIT:
        _while_waiting(turn)
    else:
        menu(turn)


def typed(turn: Turn, text: str) -> None:
    """Words without a draft: a message to staff if that was chosen, otherwise the menu; nothing is stored unasked."""
    case_id = turn.conversation.case_id
    if case_id is None or turn.chat.mode is not Mode.ADDING:
        menu(turn, before=[turn.say("chat.not_sent")])
        return
    if turn.chat.about != str(case_id):
        # Contact about the case ended since: what was meant for one case never goes to another.
        menu(turn, before=[turn.say("dialogue.not_sent")])
        return
    written = write_from_reporter(turn.tx, turn.door.intake.rules, case_id=case_id, words=text)
    if isinstance(written, Refused):
        if written.reason is Reason.CLOSED:
            menu(turn, before=[turn.say("dialogue.not_sent")])
        else:
            rows = [[turn.pen.button("chat.button.back", Verb.MENU), turn.pen.help()]]
            turn.bag.say(Drawn(turn.say(f"refused.{written.reason}"), rows))
        return
    # Stored now, so it need not stand in the chat any more.
    if turn.incoming.message_id is not None:
        turn.bag.delete(typed=[turn.incoming.message_id])
    turn.set_mode(Mode.REPORT)
    removed = clean_text(text, turn.door.intake.patterns[turn.language]).removed if written.removed else {}
    said = [turn.say(f"identity.{pattern}.removed") for pattern in removed]
    pen = turn.pen
    rows = [[pen.button("chat.button.write_more", Verb.MENU, _ADD)], [pen.help()]]
    turn.bag.say(Drawn("\n\n".join([*said, turn.say("dialogue.write.done")]), rows))


def has_unread(turn: Turn) -> bool:
    """Whether staff wrote something that this person has not read yet."""
    return any(_unread(message) for each in _cases(turn) for message in turn.tx.messages.of_case(each))


def read_button(turn: Turn) -> Button:
    """Shows in the chat what staff wrote."""
    return turn.pen.button("dialogue.notice.show", Verb.MENU, _READ)


def _show_answers(turn: Turn) -> None:
    """What was not read yet, or, once everything was read, all of it again: the chat may have been emptied."""
    words = turn.door.words
    found = [
        message
        for case_id in reversed(_cases(turn))
        for message in read_as_reporter(turn.tx, case_id=case_id).messages
        if _is_to_reporter(message)
    ]
    for message in [each for each in found if each.read_at is None] or found:
        at = words.day_time(message.at, turn.language, near=turn.tx.now)
        said = [turn.say("dialogue.from_staff", at=at), message.words]
        turn.bag.say(Drawn("\n\n".join(said), [[turn.pen.help()]]))
    menu(turn)


def _wait_button(turn: Turn, kind: str) -> list[list[Button]]:
    if wait_key(kind, turn.door.words, turn.language) is None:
        return []
    return [[turn.pen.button("chat.button.while_you_wait", Verb.MENU, _WAIT)]]


def _while_waiting(turn: Turn) -> None:
    case_id = turn.conversation.case_id
    kind = "" if case_id is None else turn.tx.cases.get(case_id).kind
    key = wait_key(kind, turn.door.words, turn.language)
    if key is None:
        menu(turn)
    else:
        rows = [[turn.pen.button("chat.button.back", Verb.MENU), turn.pen.help()]]
        turn.bag.say(Drawn("\n\n".join([turn.say(WAIT_TITLE), turn.say(key)]), rows))


def _ask_to_end(turn: Turn) -> None:
    pen = turn.pen
    said = ["dialogue.end.ask", *(["dialogue.end.unread"] if has_unread(turn) else [])]
    said += ["dialogue.end.stays", "chat.end.chat"]
    rows = [
        [pen.button("chat.button.no", Verb.MENU)],
        [pen.button("chat.button.yes", Verb.MENU, _END_YES)],
        [pen.help()],
    ]
    turn.bag.say(Drawn("\n\n".join(turn.say(key) for key in said), rows))


def _end(turn: Turn) -> None:
    """Contact ends about every report of this chat, which is emptied and forgotten."""
    tx, talk = turn.tx, turn.conversation.id
    turn.clear_shown()
    empty(tx, turn.bag, pressed=turn.incoming.what)
    said = ("dialogue.end.done", "chat.delete.too_old", "chat.end.again")
    turn.bag.say(Drawn("\n\n".join(turn.say(key) for key in said), [[turn.pen.help()]]))
    for case_id in dict.fromkeys([*_cases(turn), *tx.reporters.open_cases_of(talk)]):
        end_by_reporter(tx, turn.door.intake.rules, case_id=case_id)
    tx.reporters.let_go(talk, until=tx.now + LAST_WORDS)
    let_go = tx.conversations.lock(talk)
    assert let_go is not None  # noqa: S101 - it was locked before
    turn.conversation = turn.bag.conversation = let_go


def _cases(turn: Turn) -> list[CaseId]:
    """The cases of this chat, the latest first, as far as they still lead back to it."""
    latest = turn.conversation.case_id
    earlier = [CaseId(UUID(each)) for each in reversed(turn.chat.earlier)]
    return [
        case_id
        for case_id in dict.fromkeys(([] if latest is None else [latest]) + earlier)
        if case_id == latest or turn.tx.reporters.conversation_of(case_id) == turn.conversation.id
    ]


def _offer_page(turn: Turn, purpose: LinkPurpose, key: str) -> None:
    url = new_link(turn, purpose)
    if url is None:
        menu(turn)
        return
    open_it = Button(text=turn.say("chat.button.open_secure_page"), url=url)
    turn.bag.say(Drawn(turn.say(key), [[open_it], [turn.pen.help()]]))


def _is_to_reporter(message: Message) -> bool:
    return message.direction is Direction.TO_REPORTER


def _unread(message: Message) -> bool:
    return _is_to_reporter(message) and message.read_at is None
