"""What a test does to the bot from the outside: people, groups, raw updates, faults, moved time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from tests.support.botapi import updates
from tests.support.botapi.chats import Chat, Press, VisibleMessage, World
from tests.support.botapi.faults import Fault, FaultKind, FaultPlan
from tests.support.botapi.person import Person
from tests.support.botapi.queue import UpdateQueue
from tests.support.botapi.records import Records
from tests.support.botapi.refusals import Json
from tests.support.botapi.webhook import Retry, WebhookDelivery


class Driving:
    """The side of the fake that people, and the test, hold in their hands. The server is built on it."""

    def __init__(self, *, clock: Callable[[], datetime], seed: int, records: Records, retry: Retry) -> None:
        self.records = records
        self.world = World(clock=clock, random=Random(seed))  # noqa: S311 - repeatable on purpose
        self.queue = UpdateQueue(random=self.world.random, next_id=self.world.random.randrange(10**6, 10**8))
        # A sequence of its own, so that faults do not depend on how many ids were drawn.
        self.faults = FaultPlan(random=Random(seed + 1))  # noqa: S311 - repeatable on purpose
        self.webhook = WebhookDelivery(queue=self.queue, world=self.world, records=records, retry=retry)
        self.queue.on_push = self.webhook.accept

    def timestamp(self) -> int:
        """The fake's time in whole seconds since 1970."""
        return int(self.world.now().timestamp())

    def shift_clock(self, by: timedelta) -> None:
        """Move the fake's time on."""
        self.world.shift_clock(by)

    def person(
        self,
        user_id: int,
        *,
        language_code: str | None = None,
        first_name: str = updates.FIRST_NAME,
        started: bool = False,
    ) -> Person:
        """A person and their private chat. The bot may write to them once they wrote, or when they `started`."""
        user = updates.user(user_id, first_name=first_name, language_code=language_code)
        chat = self.world.chats.get(user_id)
        if chat is None:
            body = updates.private_chat(user_id, first_name=first_name)
            chat = self.world.chats[user_id] = Chat(chat_id=user_id, body=body, started=started)
        chat.started = chat.started or started
        return Person(self, chat, user)

    def group(self, chat_id: int) -> Chat:
        """A group that the bot is a member of."""
        if chat_id not in self.world.chats:
            body = updates.group_chat(chat_id)
            self.world.chats[chat_id] = Chat(chat_id=chat_id, body=body, started=True)
        return self.world.chats[chat_id]

    def group_message(self, chat_id: int, user_id: int, text: str) -> VisibleMessage:
        """Someone writes in a group where the bot is."""
        chat = self.group(chat_id)
        body = updates.text_message(
            self.world.new_message_id(),
            text,
            chat=chat.body,
            sender=updates.user(user_id),
            date=self.timestamp(),
        )
        message = self.world.add_message(chat, body, from_bot=False)
        message.update = updates.message_update(self.queue.new_id(), body)
        self.push_update(message.update)
        return message

    def push_update(self, update: Json) -> Json:
        """Send any update, checked for nothing; without `update_id` it gets the next one. Gives it with its id."""
        if "update_id" not in update:
            update = {"update_id": self.queue.new_id(), **update}
        self.queue.push(update)
        return update

    def repeat(self, sent: VisibleMessage | Press | Json) -> None:
        """Send an update again under the same id, as Telegram does when it did not hear the answer."""
        update = sent if isinstance(sent, dict) else sent.update
        if update is None:
            raise ValueError("no update told the bot of this message")
        self.queue.push(update, forced=True)

    def jump_update_id(self) -> int:
        """As after a week without updates: the next update id is random, higher or lower."""
        return self.queue.jump()

    def spread_webhook(self, urls: Sequence[str]) -> None:
        """Stand for a load balancer before several replicas: deliveries go round these addresses."""
        self.webhook.behind = tuple(urls)

    def fault(self, kind: FaultKind | str, **rule: Any) -> Fault:
        """Add a fault; `rule` holds the other fields of `Fault`."""
        return self.faults.add(Fault(kind=FaultKind(kind), **rule))

    def sent(self, chat_id: int) -> list[VisibleMessage]:
        """Every message that the bot ever put into a chat, deleted ones too, oldest first."""
        chat = self.world.chats.get(chat_id)
        return [] if chat is None else [message for message in chat.history.values() if message.from_bot]

    def pending(self) -> int:
        """Updates that the bot has not confirmed yet."""
        return len(self.queue.waiting)
