"""Two pages to read before, during or after the talk; they say nothing of whoever reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from handlers.dialog.guides import JOURNEYS, JOURNEYS_TITLE, WAIT_TITLE, wait_keys
from handlers.webchat.base import Routes
from handlers.webchat.crumbs import DOOR, LEFT, OPENED, drop_once


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideRoutes(Routes):
    """The routes at `/hvad-sker-der` and `/mens-du-venter`."""

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/hvad-sker-der", self.journeys)
        app.router.add_get("/mens-du-venter", self.while_waiting)

    async def journeys(self, request: web.Request) -> web.StreamResponse:
        """What happens after sending, told by three made-up journeys."""
        speaker = self.shower.speaker(request)
        return self._show(request, JOURNEYS_TITLE, [(None, speaker.text(key)) for key in JOURNEYS])

    async def while_waiting(self, request: web.Request) -> web.StreamResponse:
        """What to do meanwhile, for each kind of reporter: which of them reads it is not asked."""
        speaker = self.shower.speaker(request)
        found = wait_keys(self.parts.intake.flows, self.parts.words, speaker.lang)
        headed = len(found) > 1
        told = [(speaker.text(of) if of and headed else None, speaker.text(key)) for of, key in found]
        return self._show(request, WAIT_TITLE, told)

    def _show(
        self, request: web.Request, title: str, told: Sequence[tuple[str | None, str]]
    ) -> web.StreamResponse:
        left = self.cookies.read(request, LEFT) is not None
        # Whoever left in a hurry finds the first page behind "back", whatever they were reading. And a link of this
        # page must not be a way round the question "go on?" for somebody who typed its address.
        elsewhere = request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
        if left or (elsewhere and self.cookies.read(request, OPENED) is not None):
            return web.Response(status=303, headers={"Location": "/"})
        token = self.cookies.read(request, DOOR)
        new = token or self.parts.new_token()
        response = self.shower.draw(
            request, "guide.html", new, title=self.shower.speaker(request).text(title), parts_of_it=told
        )
        if token is None:
            self.cookies.put(response, DOOR, new, same_site="Lax")
        drop_once(request, response, self.cookies)
        return response
