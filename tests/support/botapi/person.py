"""A person with a phone: what they do reaches the bot as updates, and what the bot does shows on the phone."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.support.botapi import updates
from tests.support.botapi.chats import Chat, Press, VisibleMessage
from tests.support.botapi.refusals import Json
from tests.support.patience import PATIENCE

if TYPE_CHECKING:
    from tests.support.botapi.driving import Driving


class Person:
    """One private chat with the bot. The methods that act are coroutines so that a script reads as a dialogue."""

    def __init__(self, api: Driving, chat: Chat, user: Json) -> None:
        """Made by `FakeBotApi.person`."""
        self._api = api
        self.chat = chat
        self.user = user

    @property
    def chat_id(self) -> int:
        return self.chat.chat_id

    @property
    def messages(self) -> list[VisibleMessage]:
        """What is still on the phone, oldest first."""
        return self.chat.visible()

    @property
    def history(self) -> list[VisibleMessage]:
        """Everything that ever stood in the chat, oldest first."""
        return list(self.chat.history.values())

    @property
    def from_bot(self) -> list[VisibleMessage]:
        """What the bot sent and is still on the phone."""
        return [message for message in self.chat.visible() if message.from_bot]

    @property
    def last(self) -> VisibleMessage:
        """The newest message of the bot that is still on the phone."""
        return self.from_bot[-1]

    async def say(self, text: str) -> VisibleMessage:
        """Type and send a text, sent as it stands, whatever is in it."""
        api = self._api
        body = updates.text_message(
            api.world.new_message_id(), text, chat=self.chat.body, sender=self.user, date=api.timestamp()
        )
        return self._sent(body)

    async def start(self, payload: str = "") -> VisibleMessage:
        """Press Start, or open the bot by a link with this payload."""
        return await self.say(f"/start {payload}".rstrip())

    async def send_kind(self, kind: str, **extra: object) -> VisibleMessage:
        """Send something else than text: a key of `updates.KINDS`; `extra` adds fields, for example a caption."""
        api = self._api
        content = json.loads(json.dumps(updates.KINDS[kind]))
        message_id = api.world.new_message_id()
        for part in content.values():
            for file in part if isinstance(part, list) else [part]:
                if "file_id" in file:
                    file["file_id"] = f"{kind}-{message_id}"
                    api.world.files[file["file_id"]] = b"x" * file["file_size"]
        body = updates.message(
            message_id,
            chat=self.chat.body,
            sender=self.user,
            date=api.timestamp(),
            content={**content, **extra},
        )
        return self._sent(body)

    async def edit(self, message: VisibleMessage, text: str) -> Json:
        """Change the words of an own message; gives the update."""
        message.body = {**message.body, "text": text}
        message.text, message.edited = text, True
        self._input(message)
        update = updates.edited_message_update(
            self._api.queue.new_id(), message.body, edit_date=self._api.timestamp()
        )
        self._api.push_update(update)
        return update

    async def press(self, button: str | int, *, message: VisibleMessage | None = None) -> Press:
        """Press an inline button, found by its words, its callback_data or its place (from 0).

        Without a message: the newest visible one that has the button. LookupError when there is none. Each press is
        a new update, also of the same button.
        """
        candidates = [message] if message is not None else self.from_bot[::-1]
        for candidate in candidates:
            found = _button(candidate, button)
            if found is not None:
                if "callback_data" not in found:
                    msg = f"the button {button!r} is not one that the bot hears of: {found}"
                    raise LookupError(msg)
                return await self.forge_press(found["callback_data"], message=candidate)
        msg = f"no button {button!r} on the phone:\n{self.chat.picture()}"
        raise LookupError(msg)

    async def tap(self, label: str) -> VisibleMessage:
        """Press a button of the keyboard below the chat: it says its words, or sends what it asks for."""
        for message in self.chat.visible()[::-1]:
            for button in (button for row in message.keyboard for button in row):
                if button["text"] == label:
                    kind = next((k for k in ("contact", "location") if button.get(f"request_{k}")), None)
                    return await (self.say(label) if kind is None else self.send_kind(kind))
        msg = f"no key {label!r} below the chat:\n{self.chat.picture()}"
        raise LookupError(msg)

    async def forge_press(self, data: str, *, message: VisibleMessage | None = None) -> Press:
        """Send a press with any data, as a client of one's own could; also of a deleted message."""
        api = self._api
        on = message or self.last
        body = on.body
        if on.deleted:
            body = {"chat": self.chat.body, "message_id": on.message_id, "date": 0}
        query_id = str(api.world.random.randrange(10**17, 10**18))
        update = updates.callback_update(
            api.queue.new_id(), query_id=query_id, sender=self.user, pressed_on=body, data=data
        )
        press = Press(query_id=query_id, data=data, at=api.world.now(), update=update)
        api.world.presses[query_id] = press
        self._input(None)
        api.push_update(update)
        return press

    def link(self, button: str | int, *, message: VisibleMessage | None = None) -> str:
        """The address behind a button that opens a page."""
        for candidate in [message] if message is not None else self.from_bot[::-1]:
            found = _button(candidate, button)
            if found is not None and "url" in found:
                return str(found["url"])
        msg = f"no link {button!r} on the phone:\n{self.chat.picture()}"
        raise LookupError(msg)

    async def block(self) -> Json:
        """Block the bot: it hears of it by `my_chat_member`, and may not write any more."""
        self.chat.blocked = True
        return self._membership(old="member", new="kicked")

    async def unblock(self) -> Json:
        """Take the bot back."""
        self.chat.blocked = False
        self.chat.started = True
        return self._membership(old="kicked", new="member")

    def clear_phone(self) -> None:
        """Delete the chat on the phone: the bot hears nothing of it."""
        for message in self.chat.visible():
            message.deleted = True
        self.chat.touch()

    async def wait_for(
        self,
        predicate: Callable[[VisibleMessage], object],
        *,
        timeout: float = PATIENCE,
        what: str = "a message",
    ) -> VisibleMessage:
        """The newest visible message of the bot that the predicate takes, old or new."""

        def find() -> VisibleMessage | None:
            return next((message for message in self.from_bot[::-1] if predicate(message)), None)

        found: VisibleMessage = await self.chat.until(find, seconds=timeout, what=what)
        return found

    async def wait_reply(self, containing: str = "", *, timeout: float = PATIENCE) -> VisibleMessage:
        """The newest message that the bot sent or edited after the person's last input."""

        def answers(message: VisibleMessage) -> bool:
            return message.changed > self.chat.input_version and containing in message.text

        return await self.wait_for(answers, timeout=timeout, what=f"a reply with {containing!r}")

    async def wait_until(
        self, holds: Callable[[], object], *, timeout: float = PATIENCE, what: str = "a change"
    ) -> None:
        """Wait until something is true of the chat; asked again after each change of it."""
        await self.chat.until(holds, seconds=timeout, what=what)

    async def wait_answered(self, press: Press, *, timeout: float = PATIENCE) -> Json:
        """What answerCallbackQuery said to a press."""
        await self.chat.until(lambda: press.answers, seconds=timeout, what=f"the answer to {press.data!r}")
        return press.answers[0]

    def _membership(self, *, old: str, new: str) -> Json:
        update = updates.membership_update(
            self._api.queue.new_id(),
            chat=self.chat.body,
            actor=self.user,
            bot=self._api.world.bot,
            old=old,
            new=new,
            date=self._api.timestamp(),
        )
        self._api.push_update(update)
        return update

    def _input(self, message: VisibleMessage | None) -> None:
        self.chat.started = True
        self.chat.touch(message)
        self.chat.input_version = self.chat.version

    def _sent(self, body: Json) -> VisibleMessage:
        message = self._api.world.add_message(self.chat, body, from_bot=False)
        self._input(message)
        message.update = updates.message_update(self._api.queue.new_id(), body)
        self._api.push_update(message.update)
        return message


def _button(message: VisibleMessage, wanted: str | int) -> Json | None:
    buttons = message.buttons
    if isinstance(wanted, int):
        return buttons[wanted] if -len(buttons) <= wanted < len(buttons) else None
    return next((one for one in buttons if wanted in {one["text"], one.get("callback_data")}), None)
