"""The methods that change what stands in a chat: send, edit, delete, answer a press."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.support.botapi import updates
from tests.support.botapi.chats import Chat, VisibleMessage, World
from tests.support.botapi.keyboards import check_markup
from tests.support.botapi.refusals import Json, bad_request, forbidden, malformed
from tests.support.botapi.table import UploadedFile
from tests.support.botapi.text import MAX_CAPTION, MAX_TEXT, clean, prepare, utf16_units

DELETABLE_FOR = timedelta(hours=48)
PRESS_ANSWERABLE_FOR = timedelta(seconds=15)
_NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"


class Messages:
    """One method of the Bot API per method here; parameters are decoded and of the right type already."""

    def __init__(self, world: World) -> None:
        """Work on this world."""
        self._world = world

    def send_message(self, params: Json) -> Json:
        chat = self._open_chat(params)
        text, entities = prepare(
            params["text"], params.get("parse_mode"), params.get("entities"), limit=MAX_TEXT, what="message"
        )
        if not text:
            raise malformed("message text is empty")
        content: Json = {"text": text, **({"entities": entities} if entities else {})}
        return self._add(chat, params, content)

    def send_document(self, params: Json) -> Json:
        chat = self._open_chat(params)
        caption, entities = prepare(
            params.get("caption", ""),
            params.get("parse_mode"),
            params.get("caption_entities"),
            limit=MAX_CAPTION,
            what="message caption",
        )
        document = params["document"]
        if isinstance(document, UploadedFile):
            file_id = f"document-{self._world.new_message_id()}"
            self._world.files[file_id] = document.content
            name, size = document.name, len(document.content)
            if not document.content:
                raise malformed("file must be non-empty")
        elif document in self._world.files:
            file_id, name, size = document, "file", len(self._world.files[document])
        else:
            raise bad_request("wrong file identifier/HTTP URL specified")
        body = {
            "file_id": file_id,
            "file_unique_id": f"unique-{file_id}",
            "file_name": name,
            "file_size": size,
        }
        content: Json = {"document": body}
        if caption:
            content["caption"] = caption
        if entities:
            content["caption_entities"] = entities
        return self._add(chat, params, content)

    def edit_message_text(self, params: Json) -> Json:
        message = self._own_message(params)
        if "text" not in params:
            raise malformed("message text is empty")
        text, entities = prepare(
            params["text"], params.get("parse_mode"), params.get("entities"), limit=MAX_TEXT, what="message"
        )
        if not text:
            raise malformed("message text is empty")
        if message.kind != "text":
            raise bad_request("there is no text in the message to edit")
        body = {key: value for key, value in message.body.items() if key not in {"entities", "reply_markup"}}
        body["text"] = text
        if entities:
            body["entities"] = entities
        return self._change(message, body, params.get("reply_markup"))

    def edit_message_reply_markup(self, params: Json) -> Json:
        message = self._own_message(params)
        body = {key: value for key, value in message.body.items() if key != "reply_markup"}
        return self._change(message, body, params.get("reply_markup"))

    def delete_message(self, params: Json) -> bool:
        chat = self._chat(params)
        message = self._find(chat, params["message_id"])
        if message is None:
            raise bad_request("message to delete not found")
        self._delete(chat, [message])
        return True

    def delete_messages(self, params: Json) -> bool:
        chat = self._chat(params)
        ids = params["message_ids"]
        if not 1 <= len(ids) <= 100:
            raise malformed(
                "message identifiers are not specified" if not ids else "too many messages to delete"
            )
        self._delete(chat, [found for found in (self._find(chat, one) for one in ids) if found is not None])
        return True

    def answer_callback_query(self, params: Json) -> bool:
        if utf16_units(clean(params.get("text", ""))) > 200:
            raise malformed("MESSAGE_TOO_LONG")
        press = self._world.presses.get(params["callback_query_id"])
        if press is None or self._world.now() - press.at > PRESS_ANSWERABLE_FOR:
            raise bad_request(_TOO_OLD)
        press.answers.append({key: value for key, value in params.items() if key != "callback_query_id"})
        self._world.chats[press.update["callback_query"]["from"]["id"]].touch()
        return True

    def get_chat(self, params: Json) -> Json:
        chat = self._chat(params)
        return {
            **chat.body,
            "accent_color_id": 0,
            "max_reaction_count": 11,
            "accepted_gift_types": {
                "unlimited_gifts": False,
                "limited_gifts": False,
                "unique_gifts": False,
                "premium_subscription": False,
                "gifts_from_channels": False,
            },
        }

    def leave_chat(self, params: Json) -> bool:
        chat = self._chat(params)
        if chat.body["type"] == "private":
            raise malformed("chat member status can't be changed in private chats")
        chat.left = True
        return True

    def _chat(self, params: Json) -> Chat:
        chat = self._world.chats.get(params["chat_id"])
        if chat is None:
            raise bad_request("chat not found")
        if chat.left:
            raise forbidden("bot is not a member of the group chat")
        return chat

    def _open_chat(self, params: Json) -> Chat:
        check_markup(params.get("reply_markup"))
        chat = self._chat(params)
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        if not chat.started:
            raise forbidden("bot can't initiate conversation with a user")
        reply: Json = params.get("reply_parameters") or {"allow_sending_without_reply": True}
        if not reply.get("allow_sending_without_reply") and self._find(chat, reply["message_id"]) is None:
            raise bad_request("message to be replied not found")
        return chat

    def _find(self, chat: Chat, message_id: Any) -> VisibleMessage | None:
        message = chat.history.get(message_id)
        return None if message is None or message.deleted else message

    def _own_message(self, params: Json) -> VisibleMessage:
        check_markup(params.get("reply_markup"))
        if "chat_id" not in params or "message_id" not in params:
            raise malformed("message identifier is not specified")
        chat = self._chat(params)
        message = self._find(chat, params["message_id"])
        if message is None:
            raise bad_request("message to edit not found")
        if not message.from_bot:
            raise bad_request("message can't be edited")
        if chat.blocked:
            raise forbidden("bot was blocked by the user")
        return message

    def _add(self, chat: Chat, params: Json, content: Json) -> Json:
        body = updates.message(
            self._world.new_message_id(),
            chat=chat.body,
            sender=self._world.bot,
            date=int(self._world.now().timestamp()),
            content=content,
        )
        markup: Json = params.get("reply_markup") or {}
        if markup.get("inline_keyboard"):
            body["reply_markup"] = {"inline_keyboard": markup["inline_keyboard"]}
        if params.get("protect_content"):
            body["has_protected_content"] = True
        message = self._world.add_message(chat, body, from_bot=True)
        message.keyboard = [[_as_button(one) for one in row] for row in markup.get("keyboard", [])]
        return body

    def _change(self, message: VisibleMessage, body: Json, markup: Json | None) -> Json:
        rows = (markup or {}).get("inline_keyboard") or []
        if rows:
            body["reply_markup"] = {"inline_keyboard": rows}
        same = (body.get("text"), body.get("entities", []), rows)
        if same == (message.body.get("text"), message.body.get("entities", []), message.inline):
            raise bad_request(_NOT_MODIFIED)
        body["edit_date"] = int(self._world.now().timestamp())
        message.body = body
        message.text = body.get("text", message.text)
        message.inline = rows
        message.edited = True
        self._world.chats[message.chat_id].touch(message)
        return body

    def _delete(self, chat: Chat, messages: list[VisibleMessage]) -> None:
        private = chat.body["type"] == "private"
        for message in messages:
            if self._world.now() - message.sent_at > DELETABLE_FOR:
                raise bad_request("message can't be deleted for everyone")
            if not message.from_bot and not private:
                raise bad_request("message can't be deleted")
        for message in messages:
            message.deleted = True
            chat.touch(message)


def _as_button(button: Any) -> Json:
    return button if isinstance(button, dict) else {"text": button}
