"""/slet: the chat is emptied as far as Telegram lets a bot do it, and what stays is said."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from handlers.dialog.intake import discard
from handlers.dialog.ports import IntakeTransaction
from handlers.telegram.callback import Verb
from handlers.telegram.chat import dumps, loads
from handlers.telegram.drawing import Drawn
from handlers.telegram.incoming import Pressed
from handlers.telegram.rows import Mailbag
from triage.ids import ConversationId

if TYPE_CHECKING:
    from handlers.telegram.turn import Turn

DELETABLE = timedelta(hours=47, minutes=50)
"""A bot may delete messages in a private chat for 48 hours. One that is older by the time the call arrives makes
Telegram refuse the whole call, so what is just about to be too old is left alone.
"""

_AT_ONCE = 100


def tidy(tx: IntakeTransaction, conversations: Iterable[ConversationId]) -> None:
    """Delete private questions and answers from chats whose draft's time was up; the address goes soon after."""
    for conversation_id in conversations:
        conversation = tx.conversations.lock(conversation_id)
        if conversation is None or conversation.address is None:
            continue
        chat = loads(conversation.asked)
        Mailbag(tx, conversation).delete(typed=chat.typed, shown=chat.shown)
        tx.conversations.save(replace(conversation, asked=dumps(chat.emptied())))


def empty(tx: IntakeTransaction, bag: Mailbag, *, pressed: object = None) -> None:
    """Delete every message of the chat that is young enough, also the one whose button was pressed just now."""
    found = set(tx.conversations.chat_messages(bag.conversation.id, since=tx.now - DELETABLE))
    if isinstance(pressed, Pressed) and pressed.shown is not None:
        found.add(pressed.shown)
    ids = sorted(found)
    for at in range(0, len(ids), _AT_ONCE):
        bag.delete(typed=ids[at : at + _AT_ONCE])


def what_stays(turn: Turn) -> list[str]:
    """The key of what an unsent draft leaves behind when it is deleted: an alarm that was raised stands."""
    if turn.conversation.draft is None or turn.tx.alarms.see_open_of(turn.conversation.id) is None:
        return []
    return ["chat.draft.alarm_stays"]


def delete_chat(turn: Turn, *, confirmed: bool) -> None:
    """Ask first; then destroy an unsent draft and delete every message of the chat that is young enough."""
    pen = turn.pen
    if not confirmed:
        rows = [
            [pen.button("chat.delete.yes", Verb.DELETE, "chat")],
            [pen.button("chat.button.keep", Verb.RESUME), pen.help()],
        ]
        asked = ["chat.delete.ask", *what_stays(turn)]
        turn.bag.say(Drawn("\n\n".join(turn.say(key) for key in asked), rows))
        return
    stays = what_stays(turn)
    if turn.conversation.draft is not None:
        turn.conversation = turn.bag.conversation = discard(turn.tx, turn.conversation)
    turn.clear_shown()
    turn.chat = turn.chat.emptied()
    turn.keep_chat()
    empty(turn.tx, turn.bag, pressed=turn.incoming.what)
    said = [turn.say(key) for key in ("chat.delete.done", *stays, "chat.delete.too_old")]
    if turn.conversation.case_id is not None:
        said.append(turn.say("chat.delete.sent_stays"))
    rows = []
    if turn.conversation.nonce:
        again = "chat.button.new_report" if turn.conversation.case_id else "chat.button.start_over"
        rows = [[turn.pen.button(again, Verb.MENU, "new")], [turn.pen.help()]]
    turn.bag.say(Drawn("\n\n".join(said), rows))
