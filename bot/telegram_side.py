"""One bot: how its updates come in, and the calls it makes beside the outbox."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from telegram.error import InvalidToken, TelegramError

from bot.senders.botapi import AiohttpRequest, ready_call
from bot.settings import TelegramMode
from bot.watchdog import note_trouble
from handlers.telegram.door import CHANNEL, TelegramDoor
from handlers.telegram.drawing import Drawn
from handlers.telegram.incoming import ALLOWED_UPDATES, Acknowledges, Incoming, NotPrivate
from handlers.telegram.polling import LEASE, Poller
from handlers.telegram.receive import Receiver
from handlers.telegram.rows import Mailbag
from handlers.telegram.take import Handled, take_update
from handlers.telegram.webhook import Webhook
from storage.store import Store
from storage.transaction import Transaction
from triage.faults import StoreUnavailableError
from triage.house.records import Trouble
from triage.house.report import Address, SeenWebhook
from triage.notices.house import tell_of_parked
from triage.rules import Rules

log = logging.getLogger(__name__)

WEBHOOK_PATH = "/telegram"
POLLER = "telegram.poller"
INTRODUCE_AGAIN = 2.0
_LONGEST_PAUSE = 60.0
_LOOK_SECONDS = 5.0
_COMMANDS = ("start", "slet", "hjaelp")
_COMMAND_KEYS = {
    "start": "chat.command.start",
    "slet": "chat.command.delete",
    "hjaelp": "chat.command.help",
}


class StoreTaker:
    """Takes updates through the store."""

    def __init__(
        self, store: Store, door: TelegramDoor, rules: Rules, *, note: Callable[[str], None]
    ) -> None:
        self._store = store
        self._door = door
        self._rules = rules
        self._note = note

    async def take(self, incoming: Incoming) -> Handled:
        """`take_update` in a transaction that settles by the update's own id whether it was stored."""
        handled = await self._store.write_repeatable(take_update, self._door, incoming)
        self._note("repeated" if handled.repeated else "taken")
        return handled

    async def park(self, update: bytes, *, incoming: Incoming, error: str) -> None:
        """Keep what could not be digested, sealed; staff are told, and the reporter is asked to send it again."""
        await self._store.write_repeatable(
            park_update, self._door, self._rules, update, incoming=incoming, error=error
        )
        self._note("parked")

    def is_away(self, error: Exception) -> bool:
        """Whether a repeat of the same update may go well."""
        return isinstance(error, StoreUnavailableError)


def park_update(
    tx: Transaction, door: TelegramDoor, rules: Rules, update: bytes, *, incoming: Incoming, error: str
) -> None:
    """Keep an update that a handler raised on, and remember it as taken."""
    if not tx.remember(CHANNEL, str(incoming.update_id)):
        return
    cleaned, _ = rules.clean(json.dumps(json.loads(update), ensure_ascii=False))
    parked = tx.parked.park(cleaned.encode("utf-8", "replace"), error=error)
    tell_of_parked(tx, rules, parked)
    if isinstance(incoming.what, NotPrivate | Acknowledges):
        return
    peer = tx.digest("peer", f"{CHANNEL}|{door.bot_id}|{incoming.user_id}".encode())
    conversation = tx.conversations.lock_peer(CHANNEL, peer, address=str(incoming.chat_id))
    language = conversation.language or door.intake.languages[0]
    # Whoever is in danger must not wait for us to be well again.
    said = [door.words.text(key, language) for key in ("chat.not_saved_send_again", "acute.help.text")]
    Mailbag(tx, conversation).say(Drawn("\n\n".join(said)))


@dataclass(kw_only=True)
class TelegramSide:
    """The Telegram door of one process."""

    door: TelegramDoor
    request: AiohttpRequest
    base: str = field(repr=False)
    taker: StoreTaker
    store: Store
    mode: TelegramMode
    public_url: str
    webhook_secret: str = field(repr=False)
    poll_lease: timedelta = LEASE
    bot_name: str = "Telegram"
    """What people type to find the bot; Telegram itself knows it."""
    introduced: bool = False
    """Whether Telegram has heard from this process where updates go."""
    _answers: set[asyncio.Task[None]] = field(default_factory=set)
    _introducing: asyncio.Task[None] | None = None

    def __post_init__(self) -> None:
        """Make the receiver that webhook and polling share."""
        self.receiver = Receiver(self.taker, self.door, answer=self._answer_soon)
        self.webhook = Webhook(self.receiver.receive, secret=self.webhook_secret)

    async def open(self) -> None:
        """Connect, and tell Telegram where updates go; without an answer from it the process starts all the same."""
        await self.request.initialize()
        if not await self._try_to_introduce():
            self._introducing = asyncio.create_task(self._introduce_later())

    async def learn_name(self) -> None:
        """Ask Telegram for the bot's name, if it answers."""
        try:
            me = await self._call("getMe", {}, 3.0)
        except TelegramError as error:
            log.warning("telegram.name_unknown", extra={"why": type(error).__name__})
            return
        if isinstance(me, dict) and me.get("username"):
            self.bot_name = f"@{me['username']}"

    async def close(self) -> None:
        """Wait a moment for answers under way, then disconnect."""
        if self._introducing is not None:
            self._introducing.cancel()
            await asyncio.gather(self._introducing, return_exceptions=True)
        if self._answers:
            await asyncio.wait(self._answers, timeout=2)
        await self.request.shutdown()

    async def poll(self) -> None:
        """Poll for updates until cancelled, while no other process does."""
        poller = Poller(
            self._call,
            self.receiver.receive,
            hold_lease=self._hold_lease,
            on_conflict=self._on_conflict,
            lease=self.poll_lease,
        )
        try:
            await poller.run()
        finally:
            await asyncio.shield(self.store.write(_release_lease, self.store.holder))

    async def look(self) -> tuple[SeenWebhook | None, bool]:
        """Where Telegram sends updates and how that fares, None if it does not say; whether it refuses our token."""
        try:
            info = await self._call("getWebhookInfo", {}, _LOOK_SECONDS)
        except InvalidToken as error:
            # With a cause it is no word of Telegram's: a proxy between us said no.
            return None, error.__cause__ is None
        except TelegramError as error:
            log.warning("telegram.not_seen", extra={"why": type(error).__name__})
            return None, False
        if not isinstance(info, dict):
            return None, False
        url, failed = str(info.get("url") or ""), info.get("last_error_date")
        ours = "" if self.mode is TelegramMode.POLLING else f"{self.public_url}{WEBHOOK_PATH}"
        address = Address.OURS if url == ours else Address.FOREIGN if url else Address.NONE
        error_at = datetime.fromtimestamp(failed, UTC) if isinstance(failed, int) else None
        pending = info.get("pending_update_count")
        return SeenWebhook(
            address=address, pending=pending if isinstance(pending, int) else 0, error_at=error_at
        ), False

    async def introduce_again(self) -> None:
        """Tell Telegram anew where updates go, if it listens."""
        await self._try_to_introduce()

    async def call(self, method: str, params: Mapping[str, object]) -> object:
        """One call to the Bot API."""
        return await self._call(method, params, None)

    async def _call(self, method: str, params: Mapping[str, object], seconds: float | None) -> object:
        timeout = {} if seconds is None else {"read_timeout": seconds}
        return await self.request.post(f"{self.base}/{method}", request_data=ready_call(params), **timeout)

    async def _try_to_introduce(self) -> bool:
        try:
            await self._introduce()
        except TelegramError as error:
            log.warning("telegram.not_introduced", extra={"why": type(error).__name__})
            return False
        self.introduced = True
        return True

    async def _introduce_later(self) -> None:
        # Until Telegram has heard where updates go, none may come.
        pause = INTRODUCE_AGAIN
        while True:
            await asyncio.sleep(pause)
            if await self._try_to_introduce():
                return
            pause = min(_LONGEST_PAUSE, pause * 2)

    async def _introduce(self) -> None:
        if self.mode is TelegramMode.WEBHOOK:
            await self.call(
                "setWebhook",
                {
                    "url": f"{self.public_url}{WEBHOOK_PATH}",
                    "secret_token": self.webhook_secret,
                    "allowed_updates": list(ALLOWED_UPDATES),
                    "max_connections": 40,
                },
            )
        else:
            await self.call("deleteWebhook", {})
        for language in self.door.intake.languages:
            commands = [
                {"command": name, "description": self.door.words.text(_COMMAND_KEYS[name], language)}
                for name in _COMMANDS
            ]
            more = {} if language == self.door.intake.languages[0] else {"language_code": language}
            await self.call("setMyCommands", {"commands": commands, **more})

    async def _answer_soon(self, callback: str, toast: str | None) -> None:
        # Best effort and never waited for: the button stops turning, and nothing hangs on it.
        task = asyncio.create_task(self._answer(callback, toast))
        self._answers.add(task)
        task.add_done_callback(self._answers.discard)

    async def _answer(self, callback: str, toast: str | None) -> None:
        params: dict[str, object] = {"callback_query_id": callback}
        if toast:
            params["text"] = toast
        try:
            await self._call("answerCallbackQuery", params, 5.0)
        except TelegramError as error:
            log.debug("telegram.callback_not_answered", extra={"why": type(error).__name__})

    async def _hold_lease(self, ttl: timedelta) -> bool:
        return await self.store.write(_take_lease, self.store.holder, ttl)

    async def _on_conflict(self) -> None:
        log.error("telegram.someone_else_polls")
        try:
            await self.store.write(note_trouble, self.door.intake.rules, Trouble.SECOND_POLLER)
        except StoreUnavailableError as error:
            log.warning("telegram.conflict_not_noted", extra={"why": type(error).__name__})


def _take_lease(tx: Transaction, holder: str, ttl: timedelta) -> bool:
    return tx.leases.try_take(POLLER, holder, ttl)


def _release_lease(tx: Transaction, holder: str) -> None:
    tx.leases.release(POLLER, holder)
