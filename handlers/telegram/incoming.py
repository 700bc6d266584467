"""From an update to what it means to us; what is not meant for us is dropped here, unstored.

Names, usernames, pictures, language codes and the origins of forwarded messages are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeAlias, TypeGuard

from telegram.constants import ChatMemberStatus, ChatType

from handlers.telegram.callback import Press, unpack, unpack_acknowledge
from triage.ids import ClockId

Fields: TypeAlias = Mapping[str, Any]

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of update that Telegram is asked for."""

_COMMANDS = {"start": "start", "slet": "delete", "delete": "delete", "hide": "delete"}
_LONGEST_TYPED = 20_000
_ID_ENDS = 2**62
_GONE = frozenset({ChatMemberStatus.BANNED.value, ChatMemberStatus.LEFT.value})
_COMMAND = re.compile(r"/([a-z0-9_]{1,32})(@\w+)?(?=\s|$)", re.ASCII | re.IGNORECASE)
_WORD = re.compile(r"\s+([a-z0-9]{1,40})\s*", re.ASCII)
_SERVICE = (
    "boost_added",
    "chat_background_set",
    "chat_shared",
    "connected_website",
    "gift",
    "message_auto_delete_timer_changed",
    "pinned_message",
    "unique_gift",
    "users_shared",
    "web_app_data",
    "write_access_allowed",
)
"""What Telegram itself writes into a private chat when something was set there: nobody said anything."""


@dataclass(frozen=True, slots=True)
class Typed:
    """Words typed into the chat."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Command:
    """/start, /slet (/delete), or /hjaelp (/help) and whatever else looks like a command; by the name in code.

    `word` is what follows /start where it could be the word of a hotline; it may be anything that a link carries.
    """

    name: str
    word: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button; `press` is None when its data is none that we write. `callback` is what Telegram wants answered."""

    press: Press | None
    callback: str
    shown: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledges:
    """The button under a notice to staff. `shown` is the notice, `buttons` what stands under it, row by row."""

    clock_id: ClockId
    callback: str
    shown: int
    buttons: tuple[tuple[Mapping[str, str], ...], ...]


@dataclass(frozen=True, slots=True)
class Edited:
    """A message that was changed after it was sent."""


@dataclass(frozen=True, slots=True)
class Foreign:
    """A voice message, a picture, a file, a contact …: never fetched, never stored.

    `passed_on` are words of somebody else: a forwarded message, or one that another bot wrote.
    """

    passed_on: bool = False


@dataclass(frozen=True, slots=True)
class Blocked:
    """The person blocked the bot, or deleted the account."""


@dataclass(frozen=True, slots=True)
class NotPrivate:
    """A group or a channel; the bot leaves it."""


What: TypeAlias = Typed | Command | Pressed | Acknowledges | Edited | Foreign | Blocked | NotPrivate


@dataclass(frozen=True, slots=True, kw_only=True)
class Incoming:
    """One update. `message_id` is the person's own message, if it was one."""

    update_id: int
    chat_id: int
    user_id: int
    what: What
    message_id: int | None = None


class NotAnUpdateError(Exception):
    """The body is not an update of the Bot API; it can never be understood, so it is never asked for again.

    `sender` is the private chat that it seems to come from, if that much can be read.
    """

    def __init__(self, why: str, sender: Incoming | None = None) -> None:
        super().__init__(why)
        self.sender = sender


def read_update(data: Mapping[str, Any]) -> Incoming | None:
    """What an update means, or None for a kind that is not meant for us.

    The few fields that are looked at are read as they came: parsing every field that an update may have would cost
    more than storing it. Raises NotAnUpdateError if it has no update id or these fields are not what the Bot API
    says they are.
    """
    update_id = data.get("update_id")
    if not _is_id(update_id):
        msg = "no update_id"
        raise NotAnUpdateError(msg)
    try:
        for kind, read in _READERS.items():
            if data.get(kind) is not None:
                return read(update_id, _object(data[kind]))
    except (KeyError, TypeError) as error:
        raise NotAnUpdateError(type(error).__name__, _sender(update_id, data)) from None
    return None


def _is_id(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _ID_ENDS


def _sender(update_id: int, wanted: Mapping[str, Any]) -> Incoming | None:
    """Whose message it was that could not be read: someone may be waiting for an answer to it."""
    message = wanted.get("message")
    chat = message.get("chat") if isinstance(message, dict) else None
    sender = message.get("from") if isinstance(message, dict) else None
    if not isinstance(chat, dict) or not isinstance(sender, dict) or chat.get("type") != ChatType.PRIVATE:
        return None
    chat_id, user_id = chat.get("id"), sender.get("id")
    if not _is_id(chat_id) or not _is_id(user_id):
        return None
    return Incoming(update_id=update_id, chat_id=chat_id, user_id=user_id, what=Foreign())


def _pressed(update_id: int, query: Fields) -> Incoming | None:
    if query.get("message") is None:
        return None
    shown = _object(query["message"])
    chat, user = _object(shown["chat"]), _object(query["from"])
    data = query.get("data")
    callback, number = _text(query["id"]), _id(shown["message_id"])
    clock_id = unpack_acknowledge(data) if isinstance(data, str) else None
    what: What = Pressed(
        press=unpack(data) if isinstance(data, str) else None, callback=callback, shown=number
    )
    if clock_id is not None:
        what = Acknowledges(clock_id=clock_id, callback=callback, shown=number, buttons=_buttons(shown))
    if chat["type"] != ChatType.PRIVATE:
        what = NotPrivate()
    return Incoming(update_id=update_id, chat_id=_id(chat["id"]), user_id=_id(user["id"]), what=what)


def _buttons(shown: Fields) -> tuple[tuple[Mapping[str, str], ...], ...]:
    """The buttons of a message that say something; whatever else stands there is not ours."""
    markup = shown.get("reply_markup")
    rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
    return tuple(
        tuple(
            {"text": each["text"], "callback_data": each["callback_data"]}
            for each in row
            if isinstance(each, dict)
            and isinstance(each.get("text"), str)
            and isinstance(each.get("callback_data"), str)
        )
        for row in (rows if isinstance(rows, list) else [])
        if isinstance(row, list)
    )


def _message(update_id: int, message: Fields) -> Incoming | None:
    if message.get("forward_origin") is not None or message.get("via_bot") is not None:
        # Whose words these were is not looked at.
        return _from(update_id, message, Foreign(passed_on=True))
    if message.get("text") is None:
        if any(message.get(name) is not None for name in _SERVICE):
            return _from(update_id, message, None)
        return _from(update_id, message, Foreign())
    text = _text(message["text"])[:_LONGEST_TYPED]
    return _from(update_id, message, _command(text) or Typed(text))


def _edited(update_id: int, message: Fields) -> Incoming | None:
    return _from(update_id, message, Edited())


def _command(text: str) -> Command | None:
    found = _COMMAND.match(text)
    if found is None:
        return None
    # A link to the bot may carry anything: only a plain word is kept, and only the profile's own words lead anywhere.
    word = _WORD.fullmatch(text, found.end())
    return Command(_COMMANDS.get(found[1].casefold(), "help"), word=word[1] if word else "")


def _from(update_id: int, message: Fields, what: What | None) -> Incoming | None:
    chat, sender = _object(message["chat"]), message.get("from")
    if chat["type"] != ChatType.PRIVATE:
        what = NotPrivate()
    elif sender is None or what is None:
        return None
    return Incoming(
        update_id=update_id,
        chat_id=_id(chat["id"]),
        user_id=_id(chat["id"] if sender is None else _object(sender)["id"]),
        what=what,
        message_id=_id(message["message_id"]),
    )


def _member(update_id: int, change: Fields) -> Incoming | None:
    chat, user = _object(change["chat"]), _object(change["from"])
    gone = _object(change["new_chat_member"])["status"] in _GONE
    incoming = Incoming(update_id=update_id, chat_id=_id(chat["id"]), user_id=_id(user["id"]), what=Blocked())
    if chat["type"] != ChatType.PRIVATE:
        # Where the bot is no longer, there is nothing to leave.
        return None if gone else replace(incoming, what=NotPrivate())
    return incoming if gone else None


_READERS: Mapping[str, Callable[[int, Fields], Incoming | None]] = {
    "callback_query": _pressed,
    "message": _message,
    "edited_message": _edited,
    "my_chat_member": _member,
}


def _object(value: object) -> Fields:
    if not isinstance(value, dict):
        raise TypeError("object")
    return value


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _id(value: object) -> int:
    if not _is_id(value):
        raise TypeError("id")
    return value
