"""Live parts: a line to a page that stands open, saying when to look again. It carries no content at all."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from admin.desk import SESSION, Desk
from admin.queue_page import mark_of, waiting_now
from admin.queue_place import Wish, wish_of
from handlers.dialog.ports import IntakeTransaction
from triage.people.sign_in import find_session
from triage.refusals import Refused
from triage.rules import Rules

_LONGEST = timedelta(minutes=10)
"""A line is closed after this; the page opens another one by itself."""


@dataclass(slots=True)
class _Open:
    lines: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Live:
    """`/desk/live`, as server-sent events. It ends with the session and keeps no session alive."""

    desk: Desk
    _open: _Open = field(default_factory=_Open)

    async def listen(self, request: web.Request) -> web.StreamResponse:
        """Send an event whenever the queue looks different from how it looked before."""
        token = self.desk.cookies.read(request, SESSION)
        wish = wish_of(request.query)
        mark = await self._mark(token, wish)
        if token is None or mark is None or self._open.lines >= self.desk.parts.live_at_once:
            # 204 is how a browser is told not to try again.
            return web.Response(status=204)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream; charset=utf-8"})
        self._open.lines += 1
        try:
            await response.prepare(request)
            await response.write(b"retry: 5000\n\n")
            await self._send(request, response, token, mark, wish)
        except ConnectionResetError:
            pass  # the page was closed: nobody is left to tell
        finally:
            self._open.lines -= 1
        return response

    async def _send(
        self,
        request: web.Request,
        response: web.StreamResponse,
        token: str,
        mark: str,
        wish: Wish,
    ) -> None:
        seconds = self.desk.parts.live_seconds
        for _ in range(int(_LONGEST.total_seconds() // max(seconds, 0.01)) or 1):
            await asyncio.sleep(seconds)
            if request.transport is None or request.transport.is_closing():
                return
            fresh = await self._mark(token, wish)
            if fresh is None:
                return
            await response.write(b": \n\n" if fresh == mark else b"data: queue\n\n")
            mark = fresh

    async def _mark(self, token: str | None, wish: Wish) -> str | None:
        if token is None:
            return None
        parts = self.desk.parts
        return await parts.store.read(_look, parts.rules, token, wish=wish, limit=parts.queue_limit)


def _look(tx: IntakeTransaction, rules: Rules, token: str, *, wish: Wish, limit: int) -> str | None:
    signed = find_session(tx, token=token)
    if isinstance(signed, Refused):
        return None
    waiting = waiting_now(tx, rules, by=signed.person.id, again=True, wish=wish, limit=limit)
    return None if isinstance(waiting, Refused) else mark_of(waiting, signed.person.id)
