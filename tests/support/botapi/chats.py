"""The world behind the fake: chats with the messages that stand on people's phones, presses, files, time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

from tests.support.botapi import updates
from tests.support.botapi.refusals import Json


def system_clock() -> datetime:
    """The real time, aware, in UTC."""
    return datetime.fromtimestamp(time.time(), tz=UTC)


@dataclass(kw_only=True, eq=False)
class VisibleMessage:
    """One message of a chat. It stays in the chat's history after its deletion, marked `deleted`.

    `changed` is the chat's version at which it was sent, edited or deleted last.
    """

    message_id: int
    chat_id: int
    from_bot: bool
    kind: str
    text: str
    sent_at: datetime
    body: Json
    protect_content: bool = False
    inline: list[list[Json]] = field(default_factory=list)
    keyboard: list[list[Json]] = field(default_factory=list)
    edited: bool = False
    deleted: bool = False
    changed: int = 0
    update: Json | None = None
    """The update that told the bot of it, for `FakeBotApi.repeat`."""

    @property
    def buttons(self) -> list[Json]:
        """Its inline buttons, row after row."""
        return [button for row in self.inline for button in row]

    @property
    def labels(self) -> list[str]:
        """The words on all its buttons, inline ones first."""
        rows = [*self.inline, *self.keyboard]
        return [button["text"] for row in rows for button in row]


@dataclass(kw_only=True, eq=False)
class Press:
    """One press of an inline button, and what answerCallbackQuery said to it, once it did."""

    query_id: str
    data: str
    at: datetime
    update: Json
    answers: list[Json] = field(default_factory=list)


@dataclass(kw_only=True, eq=False)
class Chat:
    """One chat as its people see it."""

    chat_id: int
    body: Json
    started: bool
    """Whether the person has ever talked to the bot: before that the bot may not write."""
    blocked: bool = False
    left: bool = False
    history: dict[int, VisibleMessage] = field(default_factory=dict)
    version: int = 0
    input_version: int = 0
    """The version at the person's last input: what changed after it can be an answer to it."""
    waiting: list[asyncio.Future[None]] = field(default_factory=list)

    def visible(self) -> list[VisibleMessage]:
        """The messages that are still on the phone, oldest first."""
        return [message for message in self.history.values() if not message.deleted]

    def touch(self, message: VisibleMessage | None = None) -> None:
        """Mark a change and wake everyone who waits for one."""
        self.version += 1
        if message is not None:
            message.changed = self.version
        for waiter in self.waiting:
            if not waiter.done():
                waiter.set_result(None)
        self.waiting.clear()

    async def until(self, holds: Callable[[], Any], *, seconds: float, what: str) -> Any:
        """The first true value of `holds`, asked again after each change; AssertionError when the time is over."""
        deadline = time.monotonic() + seconds
        while True:
            found = holds()
            if found:
                return found
            waiter: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self.waiting.append(waiter)
            try:
                await asyncio.wait_for(waiter, deadline - time.monotonic())
            except TimeoutError:
                msg = f"chat {self.chat_id}: waited {seconds} s for {what}; on the phone:\n{self.picture()}"
                raise AssertionError(msg) from None

    def picture(self) -> str:
        """What stands on the phone, one line a message, for the messages of failing tests."""
        who = {True: "bot", False: "person"}
        lines = (f"  {m.message_id} {who[m.from_bot]}: {m.text!r} {m.labels}" for m in self.visible())
        return "\n".join(lines) or "  (nothing)"


class World:
    """All chats of one bot, and the clock they live by."""

    def __init__(self, *, clock: Callable[[], datetime], random: Random) -> None:
        """Start empty; message ids begin at an arbitrary number, as for a real bot."""
        self._clock = clock
        self._shift = timedelta(0)
        self.random = random
        self.chats: dict[int, Chat] = {}
        self.presses: dict[str, Press] = {}
        self.files: dict[str, bytes] = {}
        self.me: Json = {
            **updates.user(updates.BOT_ID, first_name="Testbot", is_bot=True),
            "username": "tovholder_test_bot",
            "can_join_groups": False,
            "can_read_all_group_messages": False,
            "supports_inline_queries": False,
            "supports_guest_queries": False,
            "can_connect_to_business": False,
            "has_main_web_app": False,
            "can_manage_bots": False,
        }
        self.profile: Json = {}
        """What setMyName, setMyCommands and their like have set, by method name."""
        self._next_message_id = random.randrange(10, 5000)

    @property
    def bot(self) -> Json:
        """The bot as the User in its messages."""
        return {key: self.me[key] for key in ("id", "is_bot", "first_name", "username")}

    def now(self) -> datetime:
        """The fake's time."""
        return self._clock() + self._shift

    def shift_clock(self, by: timedelta) -> None:
        """Move the fake's time on."""
        self._shift += by

    def new_message_id(self) -> int:
        """The next message id: one sequence for all chats of the bot."""
        self._next_message_id += 1
        return self._next_message_id

    def add_message(self, chat: Chat, body: Json, *, from_bot: bool) -> VisibleMessage:
        """Put a message into a chat."""
        kind = next((key for key in updates.KINDS if key in body), "text")
        markup: Json = body.get("reply_markup") or {}
        message = VisibleMessage(
            message_id=body["message_id"],
            chat_id=chat.chat_id,
            from_bot=from_bot,
            kind=kind,
            text=str(body.get("text", body.get("caption", ""))),
            sent_at=self.now(),
            body=body,
            protect_content=body.get("has_protected_content", False),
            inline=markup.get("inline_keyboard", []),
        )
        chat.history[message.message_id] = message
        chat.touch(message)
        return message
