"""Long polling: an offset moves on only after the update before it is stored; one process polls at a time."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, cast

from telegram.error import Conflict, RetryAfter, TelegramError

from handlers.telegram.incoming import ALLOWED_UPDATES

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=15)
"""How long one process is the poller; it renews while it polls, and another takes over after this."""

POLL_SECONDS = 8
_PAUSE = 1.0
_LONGEST_PAUSE = 30.0
"""Seconds between two tries."""

Call = Callable[[str, Mapping[str, object], float], Awaitable[object]]
"""One call to the Bot API: method, parameters, seconds to wait for the answer."""


class Poller:
    """Asks for updates while it holds the lease."""

    def __init__(
        self,
        call: Call,
        receive: Callable[[dict[str, Any]], Awaitable[bool]],
        *,
        hold_lease: Callable[[timedelta], Awaitable[bool]],
        on_conflict: Callable[[], Awaitable[None]],
        lease: timedelta = LEASE,
        rest_after_conflict: float = _LONGEST_PAUSE,
    ) -> None:
        self._call = call
        self._receive = receive
        self._hold_lease = hold_lease
        self._on_conflict = on_conflict
        self._lease = lease
        self._rest_after_conflict = rest_after_conflict

    async def run(self) -> None:
        """Poll until cancelled."""
        offset = 0
        pause = _PAUSE
        while True:
            try:
                if not await self._hold_lease(self._lease):
                    await asyncio.sleep(self._lease.total_seconds() / 3)
                    offset = 0
                    continue
                offset = await self._round(offset)
                pause = _PAUSE
            except Conflict:
                # Someone else asks with our token: a second house, or a thief.
                log.error("telegram.conflict")  # noqa: TRY400 - the trace would say nothing more
                await self._on_conflict()
                await asyncio.sleep(self._rest_after_conflict)
            except RetryAfter as error:
                await asyncio.sleep(error._retry_after.total_seconds())  # noqa: SLF001 - the public name warns about its own type
            except TelegramError as error:
                log.warning("telegram.poll_failed", extra={"why": type(error).__name__})
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE, pause * 2)
            except Exception:
                log.exception("telegram.poll_broke")
                await asyncio.sleep(pause)
                pause = min(_LONGEST_PAUSE, pause * 2)

    async def _round(self, offset: int) -> int:
        params: dict[str, object] = {"timeout": POLL_SECONDS, "allowed_updates": list(ALLOWED_UPDATES)}
        if offset:
            params["offset"] = offset
        updates = cast("list[dict[str, Any]]", await self._call("getUpdates", params, POLL_SECONDS + 5.0))
        chats: dict[object, list[dict[str, Any]]] = {}
        for update in updates:
            chats.setdefault(_chat_of(update), []).append(update)
        # Chats side by side, each in its order; the offset passes only what is stored.
        kept = await asyncio.gather(*(self._in_order(batch) for batch in chats.values()))
        unstored = {update["update_id"] for batch in kept for update in batch}
        for update in updates:
            if update["update_id"] in unstored:
                await asyncio.sleep(_PAUSE)
                break
            offset = int(update["update_id"]) + 1
        return offset

    async def _in_order(self, batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Take these one after the other; what was left when one could not be stored."""
        for at, update in enumerate(batch):
            if not await self._receive(update):
                return batch[at:]
        return []


def _chat_of(update: Mapping[str, Any]) -> object:
    for kind in ALLOWED_UPDATES:
        found = update.get(kind)
        if isinstance(found, dict):
            holder = found.get("message", found)
            chat = holder.get("chat", found.get("from")) if isinstance(holder, dict) else None
            return chat.get("id") if isinstance(chat, dict) else None
    return None
