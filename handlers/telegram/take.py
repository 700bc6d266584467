"""One update, one transaction: remembered, taken into the conversation, answered by rows of the outbox."""

from __future__ import annotations

from dataclasses import dataclass

from handlers.dialog.conversation import Conversation
from handlers.dialog.ports import IntakeTransaction
from handlers.telegram.door import CHANNEL, TelegramDoor
from handlers.telegram.incoming import Acknowledges, Incoming, NotPrivate, Pressed
from handlers.telegram.rows import Mailbag
from handlers.telegram.staff import take_acknowledgement
from handlers.telegram.turn import Turn
from triage.cases.records import Channel
from triage.ids import ConversationId


@dataclass(frozen=True, slots=True, kw_only=True)
class Handled:
    """What an update led to: a word for the button that was pressed. Messages went into the outbox."""

    callback: str | None = None
    toast: str | None = None
    repeated: bool = False


def take_update(tx: IntakeTransaction, door: TelegramDoor, incoming: Incoming) -> Handled:
    """Handle one update, whole or not at all. An update that was taken before changes nothing."""
    callback = incoming.what.callback if isinstance(incoming.what, Pressed | Acknowledges) else None
    if not tx.remember(CHANNEL, str(incoming.update_id)):
        return Handled(callback=callback, repeated=True)
    if isinstance(incoming.what, NotPrivate):
        _leave(tx, incoming)
        return Handled(callback=callback)
    if isinstance(incoming.what, Acknowledges):
        # It belongs to no talk: whoever presses it is looked for among staff, and nobody else is touched.
        toast = take_acknowledgement(tx, door, incoming.what, chat=incoming.chat_id, user=incoming.user_id)
        return Handled(callback=callback, toast=toast)
    peer = tx.digest("peer", f"{CHANNEL}|{door.bot_id}|{incoming.user_id}".encode())
    conversation = tx.conversations.lock_peer(CHANNEL, peer, address=str(incoming.chat_id))
    turn = Turn(tx, door, Mailbag(tx, conversation), conversation, incoming)
    return Handled(callback=callback, toast=turn.run())


def _leave(tx: IntakeTransaction, incoming: Incoming) -> None:
    # A group is nobody's conversation: nothing of it is kept but one row, which holds only the group's own address.
    nobody = Conversation(
        id=ConversationId(tx.new_id()),
        channel=Channel.TELEGRAM,
        hotline="",
        language=None,
        round=0,
        nonce="",
        address=str(incoming.chat_id),
    )
    Mailbag(tx, nobody, sealed=False).leave()
