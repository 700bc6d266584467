"""The page on which somebody who came from a chat goes on here for good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from aiohttp import web

from handlers.web.forms import Form, is_own_form, read_form
from handlers.web.server import client_address
from handlers.webchat import moving, visit
from handlers.webchat.base import Routes
from handlers.webchat.crumbs import (
    DOOR,
    LEFT,
    OPENED,
    drop_once,
    forget_browser,
    is_here,
)
from handlers.webchat.notes import Note, Over
from handlers.webchat.sent import Ended, Repeated
from handlers.webchat.show import HOTLINE, MOVE
from triage.refusals import Reason, Refused

_GROUP = "group."
_MOST_GROUPS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveRoutes(Routes):
    """The routes at `/flyt`."""

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get(MOVE, self.see)
        app.router.add_post(MOVE, self.act)

    async def see(self, request: web.Request) -> web.StreamResponse:
        """The codes and the question, for whoever just came by a link; anybody else finds the first page."""
        token = self.cookies.read(request, DOOR)
        seen = None
        if is_here(request, self.cookies) and self.cookies.read(request, LEFT) is None:
            seen = await self.parts.store.write(moving.moving, token)
        if seen is None or token is None:
            return web.Response(status=303, headers={"Location": "/"})
        response = self._page(request, seen, token)
        drop_once(request, response, self.cookies)
        return response

    async def act(self, request: web.Request) -> web.StreamResponse:
        """Move, or stay: then this browser is forgotten and nothing else changes."""
        form = await read_form(request, limits=self.parts.frame.limits)
        token = self.cookies.read(request, DOOR)
        if token is None or not is_own_form(form, key=self.parts.csrf_key, session=token):
            return self.parts.frame.pages.error(request, 403)
        match form.get("act"):
            case "move":
                return await self._move(request, form, token)
            case "stay":
                await self.parts.store.write(visit.close, token)
                return forget_browser(self.shower.over(request, "", Over.STAYED, status=200), self.cookies)
            case _:
                raise web.HTTPBadRequest

    async def _move(self, request: web.Request, form: Form, token: str) -> web.StreamResponse:
        groups = {number: typed for number in range(_MOST_GROUPS) if (typed := form.get(f"{_GROUP}{number}"))}
        outcome = await self.parts.store.write_repeatable(
            moving.move,
            self.parts,
            token,
            groups,
            input_id=form.mark,
            address=client_address(request, trusted=self.parts.trusted),
        )
        match outcome:
            case moving.Moved() | Repeated():
                response = self.go_to("/kode", Note.MOVED)
                self.cookies.put(response, OPENED, "1", same_site="Lax")
                return response
            case Refused(reason=reason):
                seen = await self.parts.store.write(moving.moving, token)
                if reason is Reason.TOO_MANY_TRIES or seen is None:
                    return self.parts.frame.pages.error(request, 429)
                wrong = self.shower.speaker(request).text("page.move.wrong")
                return self._page(request, seen, token, wrong=wrong)
            case Ended():
                return forget_browser(self.shower.over(request, "", Over.EXPIRED), self.cookies)
            case _:
                assert_never(outcome)

    def _page(
        self, request: web.Request, seen: moving.Moving, token: str, *, wrong: str | None = None
    ) -> web.Response:
        request[HOTLINE] = seen.hotline
        words, lang = self.parts.words, self.shower.speaker(request).lang
        return self.shower.draw(
            request,
            "move.html",
            token,
            status=422 if wrong else 200,
            action=MOVE,
            ways=[(words.day_time(each.received_at, lang, near=seen.now), each.code) for each in seen.ways],
            has_draft=seen.has_draft,
            wrong=wrong,
            bare=True,
        )
