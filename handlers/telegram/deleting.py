"""/slet: the chat is emptied as far as Telegram lets a bot do it, and what stays is said."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from handlers.dialog.intake import discard
from handlers.telegram.callback import Verb
from handlers.telegram.chat import EMPTY
from handlers.telegram.drawing import Drawn

if TYPE_CHECKING:
    from handlers.telegram.turn import Turn

DELETABLE = timedelta(hours=48)
"""A bot may delete messages in a private chat for so long."""

_AT_ONCE = 100


def delete_chat(turn: Turn, *, confirmed: bool) -> None:
    """Ask first; then destroy an unsent draft and delete every message of the chat that is young enough."""
    pen = turn.pen
    if not confirmed:
        rows = [
            [pen.button("chat.delete.yes", Verb.DELETE, "chat")],
            [pen.button("chat.button.keep", Verb.RESUME)],
        ]
        turn.bag.say(Drawn(turn.say("chat.delete.ask"), rows))
        return
    if turn.conversation.draft is not None:
        turn.conversation = turn.bag.conversation = discard(turn.tx, turn.conversation)
    turn.chat = EMPTY
    turn.keep_chat()
    since = turn.tx.now - DELETABLE
    ids = turn.tx.conversations.chat_messages(turn.conversation.id, since=since)
    for at in range(0, len(ids), _AT_ONCE):
        turn.bag.delete(typed=ids[at : at + _AT_ONCE])
    said = [turn.say("chat.delete.done"), turn.say("chat.delete.too_old")]
    if turn.conversation.case_id is not None:
        said.append(turn.say("chat.delete.sent_stays"))
    turn.bag.say(Drawn("\n\n".join(said)))
