"""Carries rows to the Bot API: ready calls as they are, notices in words of the reader's language."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import cast
from uuid import UUID

from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import BaseRequest

from bot.senders.botapi import ready_call
from bot.senders.delivery import Delivery, Later, Never, Sent
from bot.senders.digest import Digest
from bot.senders.words import NoticeWords
from storage.rows import Claimed
from triage.ids import OutboxId

log = logging.getLogger(__name__)

_DONE_ALREADY = (
    "message is not modified",
    "message to delete not found",
    "message to edit not found",
    "query is too old",
)
_GONE = ("chat not found", "user is deactivated", "bot was blocked", "bot was kicked", "peer_id_invalid")

TELEGRAM_SIGNS = 3500
"""Of 4,096 UTF-16 units that a message may have, so many are left to the lines of a digest."""
_WAITS_FOR_NUMBERS = 3
_NUMBER_WAIT = 0.3

RemoteIds = Callable[[Sequence[OutboxId]], Awaitable[Mapping[OutboxId, str]]]


class TelegramCarrier:
    """One bot's way out.

    `base` is the Bot API address with the token in it; it never stands in a log or an error. A payload that names
    `sent_as` (outbox ids) means the messages that those rows became; what never reached the chat is left out.
    """

    def __init__(
        self,
        request: BaseRequest,
        *,
        base: str,
        words: NoticeWords,
        remote_ids: RemoteIds,
        remembered: int = 4096,
    ) -> None:
        self._request = request
        self._base = base
        self._words = words
        self._remote_ids = remote_ids
        self._remembered = remembered
        self._recent: dict[OutboxId, str] = {}

    async def carry(self, letter: Claimed) -> Delivery:
        """Make the call; 429, blocked chats and dead lines come back as what to do about them."""
        method, params, missing = await self._call_of(letter)
        if missing and letter.attempts <= _WAITS_FOR_NUMBERS:
            # Another process sent that message just now and has not noted its number yet.
            return Later(error="no_number_yet", after=_NUMBER_WAIT)
        if missing:
            log.warning("telegram.message_without_number", extra={"count": missing})
        if not params:
            return Sent()
        try:
            result = await self.call(method, params)
        except BadRequest as error:
            many = cast("list[int]", params.get("message_ids", []))
            return await self._delete_singly(params, many) if len(many) > 1 else _read(error)
        except TelegramError as error:
            return _read(error)
        remote_id = result.get("message_id") if isinstance(result, dict) else None
        if remote_id is None:
            return Sent()
        self._remember(letter.id, str(remote_id))
        return Sent(str(remote_id))

    async def _delete_singly(self, params: Mapping[str, object], ids: Sequence[int]) -> Delivery:
        """One message that is too old makes Telegram refuse them all; the others must go all the same."""
        kept = 0
        for message in ids:
            try:
                await self.call("deleteMessage", {"chat_id": params["chat_id"], "message_id": message})
            except BadRequest as error:
                kept += not any(known in error.message.lower() for known in _DONE_ALREADY)
            except TelegramError as error:
                return _read(error)
        if kept:
            log.warning("telegram.not_deleted", extra={"count": kept})
        return Sent()

    async def call(self, method: str, params: Mapping[str, object]) -> object:
        """Post one call and give back its result."""
        return await self._request.post(f"{self._base}/{method}", request_data=ready_call(params))

    def _remember(self, row: OutboxId, remote_id: str) -> None:
        if len(self._recent) >= self._remembered:
            del self._recent[next(iter(self._recent))]
        self._recent[row] = remote_id

    async def _call_of(self, letter: Claimed) -> tuple[str, Mapping[str, object], int]:
        payload = letter.payload
        if "notice" in payload:
            chat = letter.address or payload.get("to")
            if not chat:
                return "sendMessage", {}, 0
            said = self._words.telegram(payload, chat=int(str(chat)))
            if letter.along:
                text = Digest(self._words, letter).body(most=TELEGRAM_SIGNS)
                said = {**said, "text": text, **self._words.buttons(row.payload for row in letter.rows)}
            return "sendMessage", said, 0
        method = str(payload["method"])
        params = cast("dict[str, object]", payload["params"])
        if "sent_as" not in payload:
            return method, params, 0
        rows = [OutboxId(UUID(row)) for row in cast("list[str]", payload["sent_as"])]
        ids = [int(found) for found in await self._find(rows)]
        known = cast("list[int]", params.get("message_ids", []))
        every = list(dict.fromkeys([*known, *ids]))
        return method, {**params, "message_ids": every} if every else {}, len(rows) - len(ids)

    async def _find(self, rows: list[OutboxId]) -> list[str]:
        missing = [row for row in rows if row not in self._recent]
        stored = await self._remote_ids(missing) if missing else {}
        return [found for row in rows if (found := self._recent.get(row) or stored.get(row))]


def _read(error: TelegramError) -> Delivery:
    said = error.message.lower()
    match error:
        case RetryAfter():
            wait = error._retry_after.total_seconds()  # noqa: SLF001 - the public name warns about its own type
            return Later(error="flood", after=wait, whole_peer=True)
        case Forbidden() | BadRequest() if error.__cause__ is not None:
            # No JSON of Telegram's: a proxy between us said no, which tells nothing about the chat.
            return Later(error="not_telegram", channel=True)
        case Forbidden() | ChatMigrated():
            return Never(error="forbidden", unreachable=True)
        case BadRequest() if any(known in said for known in _DONE_ALREADY):
            return Sent()
        case BadRequest() if any(known in said for known in _GONE):
            return Never(error="gone", unreachable=True)
        case BadRequest():
            # The description is Telegram's own sentence about the shape of the call; it repeats none of its text.
            log.error("telegram.refused", extra={"why": error.message[:120]})
            return Never(error="refused")
        case TimedOut():
            return Later(error="timed_out", channel=True)
        case InvalidToken() | Conflict():
            return Later(error="token", after=60, channel=True)
        case NetworkError():
            return Later(error="network", channel=True)
        case _:
            return Later(error=type(error).__name__, channel=True)
