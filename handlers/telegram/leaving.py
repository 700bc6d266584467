"""A chat that its reporter leaves for good: emptied as far as Telegram lets a bot do it, without a word."""

from __future__ import annotations

from handlers.dialog.ports import IntakeTransaction
from handlers.telegram.chat import loads
from handlers.telegram.deleting import empty
from handlers.telegram.rows import Mailbag
from triage.cases.records import Channel
from triage.ids import ConversationId


def leave_chat(tx: IntakeTransaction, conversation_id: ConversationId) -> None:
    """Empty a chat that was let go; a phone that lights up by itself would tell others, so nothing is said there."""
    conversation = tx.conversations.lock(conversation_id)
    if conversation is None or conversation.address is None or conversation.channel is not Channel.TELEGRAM:
        return
    chat, bag = loads(conversation.asked), Mailbag(tx, conversation)
    bag.delete(typed=chat.typed, shown=chat.shown)
    empty(tx, bag)
