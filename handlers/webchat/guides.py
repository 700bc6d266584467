"""Pages to read before, during, after or without a talk; they say nothing of whoever reads them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiohttp import web

from handlers.dialog.guides import (
    JOURNEYS,
    JOURNEYS_TITLE,
    RIGHTS,
    RIGHTS_TITLE,
    WAIT_TITLE,
    rights_text,
    wait_keys,
)
from handlers.dialog.say import Speaker
from handlers.webchat.base import Routes
from handlers.webchat.crumbs import DOOR, LEFT, OPENED, drop_once
from handlers.webchat.opening import closed_days, desk, opening, told_once
from triage.profile import Rights


@dataclass(frozen=True, slots=True, kw_only=True)
class GuideRoutes(Routes):
    """The routes at `/hvad-sker-der`, `/mens-du-venter`, `/tider` and `/om-dig`."""

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/hvad-sker-der", self.journeys)
        app.router.add_get("/mens-du-venter", self.while_waiting)
        app.router.add_get("/tider", self.opening)
        if self.parts.intake.rules.organisation.rights is not None:
            app.router.add_get("/om-dig", self.rights)

    async def journeys(self, request: web.Request) -> web.StreamResponse:
        """What happens after sending, told by three made-up journeys."""
        speaker = self.shower.speaker(request)
        return self._guide(request, JOURNEYS_TITLE, [(None, speaker.text(key)) for key in JOURNEYS])

    async def while_waiting(self, request: web.Request) -> web.StreamResponse:
        """What to do meanwhile, for each kind of reporter: which of them reads it is not asked."""
        speaker = self.shower.speaker(request)
        found = wait_keys(self.parts.intake.flows, self.parts.words, speaker.lang)
        headed = len(found) > 1
        told = [(speaker.text(of) if of and headed else None, speaker.text(key)) for of, key in found]
        return self._guide(request, WAIT_TITLE, told)

    async def opening(self, request: web.Request) -> web.StreamResponse:
        """Whether each hotline is open now, by telephone and for reading, and which days come that are closed."""
        lang = self.shower.speaker(request).lang
        hotlines = self.parts.hotlines or {self.parts.intake.hotline: self.parts}
        at = await self.parts.store.read(desk, hotlines)
        told = told_once(opening(each, at, lang) for each in hotlines.values())
        closed = [self.parts.words.day(day, lang) for day in closed_days(self.parts, at)]
        return self._show(
            request,
            lambda token: self.shower.draw(request, "opening.html", token, hotlines=told, closed=closed),
        )

    async def rights(self, request: web.Request) -> web.StreamResponse:
        """What somebody may see, correct and complain of when another wrote about them."""
        speaker = self.shower.speaker(request)
        rights = self.parts.intake.rules.organisation.rights or Rights()
        told = [(speaker.text(f"rights.{of}.title"), speaker.text(rights_text(of, rights))) for of in RIGHTS]
        told.insert(0, ("", speaker.text("rights.lead")))
        title, contacts = speaker.text(RIGHTS_TITLE), self._contacts(speaker)
        return self._show(
            request,
            lambda token: self.shower.draw(
                request, "rights.html", token, title=title, parts_of_it=told, contacts=contacts
            ),
        )

    def _contacts(self, speaker: Speaker) -> list[tuple[str, str, str]]:
        rights = self.parts.intake.rules.organisation.rights
        if rights is None:
            return []
        number, site = rights.authority_number, rights.authority_site
        given = (
            ("write_to", rights.write_to, _address(rights.write_to)),
            ("dpo", rights.dpo_mail, _address(rights.dpo_mail)),
            ("authority_number", number, f"tel:{number.replace(' ', '')}"),
            ("authority_address", rights.authority_address, ""),
            ("authority_site", site, site),
        )
        return [(speaker.text(f"rights.contact.{of}"), shown, href) for of, shown, href in given if shown]

    def _guide(
        self, request: web.Request, title: str, told: Sequence[tuple[str | None, str]]
    ) -> web.StreamResponse:
        said = self.shower.speaker(request).text(title)
        return self._show(
            request,
            lambda token: self.shower.draw(request, "guide.html", token, title=said, parts_of_it=told),
        )

    def _show(self, request: web.Request, draw: Callable[[str], web.Response]) -> web.StreamResponse:
        left = self.cookies.read(request, LEFT) is not None
        # Whoever left in a hurry finds the first page behind "back", whatever they were reading. And a link of this
        # page must not be a way round the question "go on?" for somebody who typed its address.
        elsewhere = request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin"
        if left or (elsewhere and self.cookies.read(request, OPENED) is not None):
            return web.Response(status=303, headers={"Location": "/"})
        token = self.cookies.read(request, DOOR)
        new = token or self.parts.new_token()
        response = draw(new)
        if token is None:
            self.cookies.put(response, DOOR, new, same_site="Lax")
        drop_once(request, response, self.cookies)
        return response


def _address(given: str) -> str:
    return f"mailto:{given}" if "@" in given else given
