"""Takes updates in, from the webhook or from polling: in one transaction each, parked when one cannot be digested."""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from handlers.telegram.door import TelegramDoor
from handlers.telegram.incoming import Incoming, NotAnUpdateError, read_update
from handlers.telegram.take import Handled

log = logging.getLogger(__name__)


class Taker(Protocol):
    """Runs the use case in a transaction of the store, and parks what raised."""

    async def take(self, incoming: Incoming) -> Handled:
        """`take_update` in a transaction."""

    async def park(self, update: bytes, *, incoming: Incoming, error: str) -> None:
        """Keep an update that a handler raised on, sealed, and tell staff and the reporter; remembered as taken."""

    def is_away(self, error: Exception) -> bool:
        """Whether this error says that the store cannot be reached or is full, so that a repeat may go well."""


class Receiver:
    """One bot's updates."""

    def __init__(
        self,
        taker: Taker,
        door: TelegramDoor,
        *,
        answer: Callable[[str, str | None], Awaitable[None]],
    ) -> None:
        self._taker = taker
        self._door = door
        self._answer = answer

    async def receive(self, update: dict[str, Any]) -> bool:
        """Take one update; True once it needs not be sent again."""
        try:
            incoming = read_update(update)
        except NotAnUpdateError as error:
            log.warning("telegram.unreadable_update", extra={"why": str(error)})
            # Somebody said something that we do not understand: it is kept, and they are told.
            return error.sender is None or await self._park(update, error.sender, error)
        if incoming is None:
            return True
        try:
            handled = await self._taker.take(incoming)
        except Exception as error:  # noqa: BLE001 - parked below, with whatever it was
            if self._taker.is_away(error):
                log.warning("telegram.store_away", extra={"why": type(error).__name__})
                return False
            return await self._park(update, incoming, error)
        if handled.callback is not None:
            await self._answer(handled.callback, handled.toast)
        return True

    async def _park(self, update: dict[str, Any], incoming: Incoming, error: Exception) -> bool:
        # The trace names our own code; it holds no word of the update, which goes sealed into the store.
        log.error("telegram.handler_failed", exc_info=error, extra={"update": incoming.update_id})
        try:
            await self._taker.park(
                json.dumps(update, ensure_ascii=True).encode(),
                incoming=incoming,
                error=type(error).__name__,
            )
        except Exception:
            log.exception("telegram.parking_failed", extra={"update": incoming.update_id})
            return False
        return True
