"""What is beside the questions: help, going on, an edited message, a picture, and the buttons that answer nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from handlers.dialog.conversation import Writing
from handlers.dialog.guides import JOURNEYS, JOURNEYS_TITLE
from handlers.dialog.intake import discard
from handlers.dialog.replies import Review
from handlers.telegram import after_sending
from handlers.telegram.callback import Press, Verb
from handlers.telegram.deleting import delete_chat, what_stays
from handlers.telegram.drawing import Button, Drawn
from handlers.telegram.incoming import Foreign
from handlers.telegram.secure_page import hands_over, offer_link

if TYPE_CHECKING:
    from handlers.telegram.turn import Turn


def aside(turn: Turn, press: Press) -> None:
    """A button that is no input to the flow."""
    match press.verb:
        case Verb.WRITING:
            _choose_writing(turn, press.argument)
        case Verb.DELETE:
            _delete(turn, press.argument)
        case Verb.PICK:
            now = turn.standing()
            if isinstance(now, Review):
                turn.bag.say(turn.pen.picking(now))
            else:
                turn.stale()
        case Verb.JOURNEYS:
            said = "\n\n".join(turn.say(key) for key in (JOURNEYS_TITLE, *JOURNEYS))
            turn.bag.say(Drawn(said, [*_go_on(turn), [turn.pen.help()]]))
        case Verb.MENU:
            after_sending.pressed(turn, press.argument)
        case _:
            turn.stale()


def edited(turn: Turn) -> None:
    """A message changed after it was sent changes nothing; the person is told what would."""
    if turn.conversation.draft is not None:
        turn.show(turn.standing(), before=[turn.say("chat.edited_message")])
    elif turn.conversation.case_id is not None:
        after_sending.menu(turn, before=[turn.say("chat.edited_after")])


def foreign(turn: Turn, what: Foreign) -> None:
    """Something that is not the person's own words is refused, and a call is offered instead."""
    turn.note_typed()
    keys = ("chat.passed_on" if what.passed_on else "dialog.invalid.not_text", "chat.foreign.stays")
    if turn.conversation.draft is not None:
        now = turn.standing()
        if turn.is_private(now):
            turn.add_typed()
        turn.show(now, before=[turn.say(key) for key in keys])
    elif turn.conversation.case_id is not None and not turn.expired:
        after_sending.menu(turn, before=[turn.say(key) for key in keys])
    else:
        turn.begin(*keys)


def help_now(turn: Turn) -> None:
    """The numbers to call, what can be done here, and another language."""
    said = [turn.say("acute.help.title"), turn.say("acute.help.text"), turn.say("chat.help")]
    rows = _go_on(turn)
    draft = turn.conversation.draft
    if draft is not None:
        pen = turn.pen
        rows += [
            [pen.labelled(turn.door.words.name_of(other), Verb.LANGUAGE, other, revision=draft.revision)]
            for other in turn.door.intake.languages
            if other != turn.language
        ]
    turn.bag.say(Drawn("\n\n".join(said), rows))


def ask_to_resume(turn: Turn) -> None:
    """Coming back shows nothing of what was written before the person says so."""
    turn.hide_question()
    pen = turn.pen
    rows = [
        [pen.button("chat.resume.yes", Verb.RESUME)],
        [pen.button("chat.resume.no", Verb.DELETE, "ask")],
    ]
    if after_sending.has_unread(turn):
        rows.append([after_sending.read_button(turn)])
    rows.append([pen.help()])
    turn.bag.say(Drawn(pen.say("chat.resume.ask"), rows))


def not_started(turn: Turn) -> Drawn:
    """There is nothing here, and how to begin."""
    rows = []
    if turn.conversation.nonce:
        rows.append([turn.pen.button("chat.button.start_over", Verb.MENU, after_sending.NEW)])
        rows.append([turn.pen.help()])
    return Drawn(turn.say("chat.not_started"), rows)


def _go_on(turn: Turn) -> list[list[Button]]:
    if turn.conversation.draft is None:
        return []
    return [[turn.pen.button("chat.button.continue", Verb.RESUME)]]


def _choose_writing(turn: Turn, where: str) -> None:
    now = turn.standing()
    if now is None or where not in {Writing.CHAT, Writing.SECURE_PAGE}:
        turn.stale()
    elif where == Writing.SECURE_PAGE:
        offer_link(turn)
    elif hands_over(turn):
        # No button of ours says so: what is handed over is never written in the chat.
        turn.show(now)
    else:
        turn.save(replace(turn.conversation, writing=Writing.CHAT))
        turn.show(now, before=[turn.say("chat.secure.write_here"), turn.say("chat.draft.expires")])


def _delete(turn: Turn, argument: str) -> None:
    pen = turn.pen
    if argument in {"chat", "ask_chat"}:
        delete_chat(turn, confirmed=argument == "chat")
    elif turn.conversation.draft is None:
        turn.stale()
    elif argument == "yes":
        turn.clear_shown()
        said = ["chat.draft.deleted", *what_stays(turn)]
        turn.conversation = turn.bag.conversation = discard(turn.tx, turn.conversation)
        turn.chat = turn.chat.emptied()
        turn.keep_chat()
        # The talk has a new nonce by now.
        rows = [[turn.pen.button("chat.button.start_over", Verb.MENU, after_sending.NEW)], [turn.pen.help()]]
        turn.bag.say(Drawn("\n\n".join(turn.say(key) for key in said), rows))
    else:
        rows = [
            [pen.button("chat.button.delete", Verb.DELETE, "yes")],
            [pen.button("chat.button.keep", Verb.RESUME), pen.help()],
        ]
        said = ["chat.draft.delete_ask", *what_stays(turn)]
        turn.bag.say(Drawn("\n\n".join(turn.say(key) for key in said), rows))
