"""From drawn messages to outbox rows: ready Bot API calls, in the order in which the person shall see them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from handlers.dialog.conversation import Conversation
from handlers.dialog.ports import IntakeTransaction
from handlers.telegram.drawing import Drawn, Rows, messages
from triage.cases.dialogue import reporter_topic
from triage.ids import OutboxId
from triage.notices.outbox import Lane, Outgoing, Via


@dataclass(slots=True)
class Mailbag:
    """Collects the rows of one update, written as they come; all of them are this process's to send."""

    tx: IntakeTransaction
    conversation: Conversation
    sealed: bool = True
    """False for a chat that is nobody's conversation: then no key is there, and no words may go."""
    rows: list[Outgoing] = field(default_factory=list)

    def say(self, drawn: Drawn) -> list[OutboxId]:
        """Send a message, in pieces if it is long; the rows that carry it."""
        return [self._add("sendMessage", _message(self._chat, piece)) for piece in messages(drawn)]

    def delete(self, *, typed: Iterable[int] = (), shown: Iterable[str] = ()) -> None:
        """Delete messages from the chat: the person's own by id, ours by the rows that carried them."""
        ids, sent_as = list(typed), list(shown)
        if ids or sent_as:
            params = {"chat_id": self._chat, "message_ids": ids}
            self._add("deleteMessages", params, **({"sent_as": sent_as} if sent_as else {}))

    def redraw(self, message: int, drawn: Drawn) -> None:
        """Change the buttons under a message that stands in the chat."""
        params = {"chat_id": self._chat, "message_id": message}
        keys = {"reply_markup": {"inline_keyboard": keyboard(drawn.rows)}}
        self._add("editMessageReplyMarkup", {**params, **keys})

    def leave(self) -> None:
        """Leave a group or channel."""
        self._add("leaveChat", {"chat_id": self._chat})

    @property
    def _chat(self) -> int:
        return int(self.conversation.address or 0)

    def _add(self, method: str, params: dict[str, object], **more: object) -> OutboxId:
        row = Outgoing(
            id=OutboxId(self.tx.new_id()),
            lane=Lane.CONVERSATION,
            via=Via.TELEGRAM,
            peer=reporter_topic(self.conversation.id),
            payload={"method": method, "params": params, **more},
            not_before=self.tx.now,
            conversation_id=self.conversation.id if self.sealed else None,
        )
        self.tx.outbox.add(row, leased=True)
        self.rows.append(row)
        return row.id


def _message(chat: int, drawn: Drawn) -> dict[str, object]:
    params: dict[str, object] = {
        "chat_id": chat,
        "text": drawn.text,
        "protect_content": True,
        "link_preview_options": {"is_disabled": True},
    }
    if drawn.rows:
        params["reply_markup"] = {"inline_keyboard": keyboard(drawn.rows)}
    return params


def keyboard(rows: Rows) -> list[list[dict[str, str]]]:
    """The buttons as the Bot API takes them."""
    return [[_button(button.text, button.data, button.url) for button in row] for row in rows if row]


def _button(text: str, data: str, url: str) -> dict[str, str]:
    return {"text": text, "url": url} if url else {"text": text, "callback_data": data}
