"""The webhook: an update is stored with everything it led to before Telegram is told that we have it."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

log = logging.getLogger(__name__)

SECRET_HEADER: Final = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - its name, not what it carries
MAX_BODY = 1_000_000
"""Bytes; Telegram's own updates are far smaller."""

Receive = Callable[[dict[str, Any]], Awaitable[bool]]
"""Takes one update; False when it could not be stored, so that Telegram keeps it."""


class Webhook:
    """Answers 200 when the update is stored, 503 when it is not. Whoever does not know the secret gets 404."""

    def __init__(self, receive: Receive, *, secret: str) -> None:
        self._receive = receive
        self._secret = secret.encode()

    async def handle(self, request: web.Request) -> web.Response:
        """One POST of the Bot API."""
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, self._secret):
            return web.Response(status=404)
        if (request.content_length or 0) > MAX_BODY:
            return web.Response(status=413)
        body = await request.content.read(MAX_BODY + 1)
        while len(body) <= MAX_BODY and not request.content.at_eof():
            body += await request.content.read(MAX_BODY + 1 - len(body))
        if len(body) > MAX_BODY:
            return web.Response(status=413)
        update = _json(body)
        if update is None:
            # Not JSON can never be understood; asking for it again and again would hold up all others.
            log.warning("telegram.not_json", extra={"size": len(body)})
            return web.Response(status=200)
        return web.Response(status=200 if await self._receive(update) else 503)


def _json(body: bytes) -> dict[str, Any] | None:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
