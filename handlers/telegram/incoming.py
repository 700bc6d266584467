"""From an update to what it means to us; what is not meant for us is dropped here, unstored.

Names, usernames, pictures, language codes and the origins of forwarded messages are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, TypeGuard

from telegram import Bot, Chat, Message, Update

from handlers.telegram.callback import Press, unpack

if TYPE_CHECKING:
    from telegram import CallbackQuery, ChatMemberUpdated

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of update that Telegram is asked for."""

_COMMANDS = {"start": "start", "slet": "delete", "delete": "delete", "hide": "delete"}
_WHERE = ("message_id", "date", "chat")
_LONGEST_TYPED = 20_000
_ID_ENDS = 2**62
_GONE = frozenset({"kicked", "left"})
_COMMAND = re.compile(r"/([a-z0-9_]{1,32})(@\w+)?(?=\s|$)", re.ASCII | re.IGNORECASE)
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
    """/start, /slet (/delete), or /hjaelp (/help) and whatever else looks like a command; by the name in code."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressed:
    """A button; `press` is None when its data is none that we write. `callback` is what Telegram wants answered."""

    press: Press | None
    callback: str
    shown: int | None


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


What: TypeAlias = Typed | Command | Pressed | Edited | Foreign | Blocked | NotPrivate


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


def read_update(data: Mapping[str, Any], bot: Bot) -> Incoming | None:
    """What an update means, or None for a kind that is not meant for us.

    Raises NotAnUpdateError if it has no update id or cannot be read as the Bot API describes it.
    """
    update_id = data.get("update_id")
    if not _is_id(update_id):
        msg = "no update_id"
        raise NotAnUpdateError(msg)
    wanted = {name: data[name] for name in ALLOWED_UPDATES if name in data}
    if not wanted:
        return None
    if "callback_query" in wanted:
        wanted["callback_query"] = _without_picture(wanted["callback_query"])
    try:
        update = Update.de_json({"update_id": update_id, **wanted}, bot)
        return _read(update)
    except Exception as error:  # noqa: BLE001 - the library raises what its parsing meets, of any kind
        raise NotAnUpdateError(type(error).__name__, _sender(update_id, wanted)) from None


def _is_id(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _ID_ENDS


def _sender(update_id: int, wanted: Mapping[str, Any]) -> Incoming | None:
    """Whose message it was that could not be read: someone may be waiting for an answer to it."""
    message = wanted.get("message")
    chat = message.get("chat") if isinstance(message, dict) else None
    sender = message.get("from") if isinstance(message, dict) else None
    if not isinstance(chat, dict) or not isinstance(sender, dict) or chat.get("type") != Chat.PRIVATE:
        return None
    chat_id, user_id = chat.get("id"), sender.get("id")
    if not _is_id(chat_id) or not _is_id(user_id):
        return None
    return Incoming(update_id=update_id, chat_id=chat_id, user_id=user_id, what=Foreign())


def _without_picture(query: object) -> object:
    """A press without the text and buttons of the message that it was made on: we drew them, and reading is dear."""
    if not isinstance(query, Mapping) or not isinstance(message := query.get("message"), Mapping):
        return query
    return {**query, "message": {name: message[name] for name in _WHERE if name in message}}


def _read(update: Update) -> Incoming | None:
    if update.callback_query is not None:
        return _pressed(update.update_id, update.callback_query)
    if update.message is not None:
        return _message(update.update_id, update.message)
    if update.edited_message is not None:
        return _from(update.update_id, update.edited_message, Edited())
    if update.my_chat_member is not None:
        return _member(update.update_id, update.my_chat_member)
    return None


def _pressed(update_id: int, query: CallbackQuery) -> Incoming | None:
    shown = query.message
    if shown is None:
        return None
    press = unpack(query.data) if isinstance(query.data, str) else None
    what: What = Pressed(press=press, callback=str(query.id), shown=_id(shown.message_id))
    if shown.chat.type != Chat.PRIVATE:
        what = NotPrivate()
    return Incoming(
        update_id=update_id, chat_id=_id(shown.chat.id), user_id=_id(query.from_user.id), what=what
    )


def _message(update_id: int, message: Message) -> Incoming | None:
    if message.forward_origin is not None or message.via_bot is not None:
        # Whose words these were is not looked at.
        return _from(update_id, message, Foreign(passed_on=True))
    if message.text is None:
        if any(getattr(message, name, None) is not None for name in _SERVICE):
            return _from(update_id, message, None)
        return _from(update_id, message, Foreign())
    text = _text(message.text)[:_LONGEST_TYPED]
    return _from(update_id, message, _command(text) or Typed(text))


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("text")
    return value


def _command(text: str) -> Command | None:
    # What follows a command is not looked at: a link to the bot may carry anything.
    found = _COMMAND.match(text)
    return None if found is None else Command(_COMMANDS.get(found[1].casefold(), "help"))


def _from(update_id: int, message: Message, what: What | None) -> Incoming | None:
    if message.chat.type != Chat.PRIVATE:
        what = NotPrivate()
    elif message.from_user is None or what is None:
        return None
    user = message.from_user.id if message.from_user is not None else message.chat.id
    return Incoming(
        update_id=update_id,
        chat_id=_id(message.chat.id),
        user_id=_id(user),
        what=what,
        message_id=_id(message.message_id),
    )


def _id(value: object) -> int:
    if not _is_id(value):
        raise TypeError("id")
    return value


def _member(update_id: int, change: ChatMemberUpdated) -> Incoming | None:
    chat, user = _id(change.chat.id), _id(change.from_user.id)
    gone = change.new_chat_member.status in _GONE
    if change.chat.type != Chat.PRIVATE:
        # Where the bot is no longer, there is nothing to leave.
        return None if gone else Incoming(update_id=update_id, chat_id=chat, user_id=user, what=NotPrivate())
    return Incoming(update_id=update_id, chat_id=chat, user_id=user, what=Blocked()) if gone else None
