"""Builders of the JSON that Telegram sends, with plain synthetic data. Each gives a new dictionary."""

from __future__ import annotations

from typing import Any

from tests.support.botapi.refusals import Json

BOT_ID = 7000000001
FIRST_NAME = "Testperson"

_FILE = {"file_id": "file-1", "file_unique_id": "unique-1", "file_size": 1234}
_PICTURE = {**_FILE, "width": 90, "height": 60}

KINDS: dict[str, Json] = {
    "voice": {"voice": {**_FILE, "duration": 3, "mime_type": "audio/ogg"}},
    "audio": {"audio": {**_FILE, "duration": 3}},
    "photo": {"photo": [_PICTURE]},
    "document": {"document": {**_FILE, "file_name": "note.txt", "mime_type": "text/plain"}},
    "video": {"video": {**_PICTURE, "duration": 3}},
    "video_note": {"video_note": {**_FILE, "length": 240, "duration": 3}},
    "animation": {"animation": {**_PICTURE, "duration": 3}},
    "sticker": {
        "sticker": {**_PICTURE, "type": "regular", "is_animated": False, "is_video": False},
    },
    "location": {"location": {"latitude": 55.5, "longitude": 12.5}},
    "live_location": {"location": {"latitude": 55.5, "longitude": 12.5, "live_period": 900}},
    "venue": {
        "venue": {"location": {"latitude": 55.5, "longitude": 12.5}, "title": "Test", "address": "Testvej 1"}
    },
    "contact": {"contact": {"phone_number": "+4500000000", "first_name": "Testperson B"}},
    "dice": {"dice": {"emoji": "🎲", "value": 4}},
    "poll": {
        "poll": {
            "id": "poll-1",
            "question": "Test?",
            "options": [{"persistent_id": "1", "text": "A", "voter_count": 0}],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
        }
    },
}
"""What a person can send besides text, as the fields of a Message."""


def user(
    user_id: int, *, first_name: str = FIRST_NAME, language_code: str | None = None, is_bot: bool = False
) -> Json:
    """A User; a `language_code` only when given, as for many real clients."""
    built: Json = {"id": user_id, "is_bot": is_bot, "first_name": first_name}
    if language_code is not None:
        built["language_code"] = language_code
    return built


def private_chat(user_id: int, *, first_name: str = FIRST_NAME) -> Json:
    """The chat between the bot and one person; its id is the person's."""
    return {"id": user_id, "type": "private", "first_name": first_name}


def group_chat(chat_id: int, *, title: str = "Testgruppe") -> Json:
    """A group; real ones have negative ids."""
    return {"id": chat_id, "type": "group", "title": title}


def message(message_id: int, *, chat: Json, sender: Json, date: int, content: Json) -> Json:
    """A Message with any content: `{"text": …}`, one of `KINDS`, `{"new_chat_members": …}`."""
    return {"message_id": message_id, "from": sender, "chat": chat, "date": date, **content}


def text_message(message_id: int, text: str, *, chat: Json, sender: Json, date: int) -> Json:
    """A Message of text; a leading `/command` carries its entity, as Telegram's clients mark it."""
    content: Json = {"text": text}
    if text.startswith("/") and len(text) > 1:
        content["entities"] = [{"type": "bot_command", "offset": 0, "length": len(text.split(maxsplit=1)[0])}]
    return message(message_id, chat=chat, sender=sender, date=date, content=content)


def message_update(update_id: int, sent: Json) -> Json:
    """An Update with a new message."""
    return {"update_id": update_id, "message": sent}


def edited_message_update(update_id: int, edited: Json, *, edit_date: int) -> Json:
    """An Update with a message whose text the person changed."""
    return {"update_id": update_id, "edited_message": {**edited, "edit_date": edit_date}}


def callback_update(update_id: int, *, query_id: str, sender: Json, pressed_on: Json, data: str) -> Json:
    """An Update with the press of a button under a message of the bot."""
    query: dict[str, Any] = {
        "id": query_id,
        "from": sender,
        "message": pressed_on,
        "chat_instance": f"instance-{pressed_on['chat']['id']}",
        "data": data,
    }
    return {"update_id": update_id, "callback_query": query}


def membership_update(
    update_id: int, *, chat: Json, actor: Json, bot: Json, old: str, new: str, date: int
) -> Json:
    """An Update `my_chat_member`: `kicked` when a person blocks the bot, `member` when they take it back."""
    return {
        "update_id": update_id,
        "my_chat_member": {
            "chat": chat,
            "from": actor,
            "date": date,
            "old_chat_member": _member(bot, old),
            "new_chat_member": _member(bot, new),
        },
    }


def _member(bot: Json, status: str) -> Json:
    built: Json = {"user": bot, "status": status}
    if status == "kicked":
        built["until_date"] = 0
    return built
