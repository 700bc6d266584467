"""From an update to what it means to us; what is not meant for us is dropped here, unstored.

Names, usernames, pictures, language codes and the origins of forwarded messages are not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias

from telegram import Bot, Chat, Message, Update

from handlers.telegram.callback import Press, unpack

if TYPE_CHECKING:
    from telegram import CallbackQuery, ChatMemberUpdated

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member")
"""The kinds of update that Telegram is asked for."""

_COMMANDS = {"start": "start", "slet": "delete", "delete": "delete", "hjaelp": "help", "help": "help"}
_LONGEST_TYPED = 20_000
_GONE = frozenset({"kicked", "left"})


@dataclass(frozen=True, slots=True)
class Typed:
    """Words typed into the chat."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Command:
    """/start, /slet (/delete) or /hjaelp (/help), by the name in code."""

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
    """A voice message, a picture, a file, a contact … of this kind: never fetched, never stored."""

    kind: str


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
    """The body is not an update of the Bot API; it can never be understood, so it is never asked for again."""


def read_update(data: Mapping[str, Any], bot: Bot) -> Incoming | None:
    """What an update means, or None for a kind that is not meant for us.

    Raises NotAnUpdateError if it has no update id or cannot be read as the Bot API describes it.
    """
    update_id = data.get("update_id")
    if not isinstance(update_id, int) or isinstance(update_id, bool):
        msg = "no update_id"
        raise NotAnUpdateError(msg)
    wanted = {name: data[name] for name in ALLOWED_UPDATES if name in data}
    if not wanted:
        return None
    try:
        update = Update.de_json({"update_id": update_id, **wanted}, bot)
        return _read(update)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise NotAnUpdateError(type(error).__name__) from error


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
    what: What = Pressed(press=press, callback=str(query.id), shown=shown.message_id)
    if shown.chat.type != Chat.PRIVATE:
        what = NotPrivate()
    return Incoming(
        update_id=update_id, chat_id=int(shown.chat.id), user_id=int(query.from_user.id), what=what
    )


def _message(update_id: int, message: Message) -> Incoming | None:
    if message.text is None:
        kind = message.effective_attachment
        return _from(update_id, message, Foreign("file" if kind is not None else "other"))
    text = str(message.text)[:_LONGEST_TYPED]
    return _from(update_id, message, _command(text) or Typed(text))


def _command(text: str) -> Command | None:
    if not text.startswith("/"):
        return None
    word = text[1:].split(maxsplit=1)[0] if text[1:].strip() else ""
    name = _COMMANDS.get(word.partition("@")[0].casefold())
    return Command(name) if name else None


def _from(update_id: int, message: Message, what: What) -> Incoming | None:
    if message.chat.type != Chat.PRIVATE:
        what = NotPrivate()
    elif message.from_user is None:
        return None
    user = message.from_user.id if message.from_user is not None else message.chat.id
    return Incoming(
        update_id=update_id,
        chat_id=int(message.chat.id),
        user_id=int(user),
        what=what,
        message_id=int(message.message_id),
    )


def _member(update_id: int, change: ChatMemberUpdated) -> Incoming | None:
    chat, user = int(change.chat.id), int(change.from_user.id)
    if change.chat.type != Chat.PRIVATE:
        return Incoming(update_id=update_id, chat_id=chat, user_id=user, what=NotPrivate())
    if change.new_chat_member.status in _GONE:
        return Incoming(update_id=update_id, chat_id=chat, user_id=user, what=Blocked())
    return None
