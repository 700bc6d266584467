"""The reporter's pages: one address for the whole talk, one for the code, one for a one-time link, one to leave by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from aiohttp import web

from handlers.dialog.inputs import Language
from handlers.dialog.intake import Sent, Taken
from handlers.dialog.replies import Stale, Submitted
from handlers.web.app import build_app, log_fault
from handlers.web.cookies import Cookies
from handlers.web.forms import Form, is_own_form, read_form
from handlers.web.pages import LANGUAGE
from handlers.web.server import client_address
from handlers.webchat import visit
from handlers.webchat.given import input_id, input_of, typed_of
from handlers.webchat.letters import LetterRoutes
from handlers.webchat.parts import WebchatParts
from handlers.webchat.show import DOOR, HERE, LANG, LEFT, NOTE, Note, Shower, drop_once, is_here
from triage.refusals import Refused

TEMPLATES = Path(__file__).parent / "templates"
"""To be handed to `build_environment` by wiring."""

_HERE_SECONDS = 30
_NOTE_SECONDS = 60


def build_webchat(parts: WebchatParts) -> web.Application:
    """The reporter's web application."""
    app = build_app(parts.frame)
    routes = TalkRoutes(parts=parts, cookies=Cookies(parts.frame.https), shower=Shower.of(parts))
    routes.add_to(app)
    LetterRoutes(parts=parts, cookies=routes.cookies, shower=routes.shower).add_to(app)
    return app


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkRoutes:
    """The talk at `/`, the language at `/sprog`, the one-time link at `/s/…`, the way out at `/ud`."""

    parts: WebchatParts
    cookies: Cookies
    shower: Shower

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/", self.see)
        app.router.add_post("/", self.talk)
        app.router.add_post("/sprog", self.talk)
        app.router.add_get("/ud", self.leave)
        app.router.add_get("/s/{secret}", self.offer_link)
        app.router.add_post("/s/{secret}", self.use_link)

    async def see(self, request: web.Request) -> web.StreamResponse:
        """The page as it stands. Changes nothing."""
        token = self.cookies.read(request, DOOR)
        seen = await self.parts.store.read(visit.look, self.parts, token)
        self._speak(request, seen)
        door = seen.door
        if door is not None and visit.must_ask(
            door, now=seen.now, left=self._has(request, LEFT), here=self._is_here(request)
        ):
            asked = self.shower.ask_to_go_on(request, token or "")
            drop_once(request, asked, self.cookies)
            return asked
        new = token or self.parts.new_token()
        code = await self.parts.store.write(visit.shown_code, new) if seen.sent is not None else None
        response = self.shower.page(request, seen, new, note=self._note(request), code=code)
        if token is None:
            self.cookies.put(response, DOOR, new, same_site="Lax")
        drop_once(request, response, self.cookies)
        return response

    async def talk(self, request: web.Request) -> web.StreamResponse:
        """One input: taken once, answered by a redirect to the page as it then stands."""
        form = await read_form(request, limits=self.parts.frame.limits)
        token = self.cookies.read(request, DOOR)
        self._speak(request, None)
        if token is None or not is_own_form(form, key=self.parts.csrf_key, session=token):
            return self._again(request, form, token, status=403)
        try:
            return await self._take(request, form, token)
        except self.parts.frame.unavailable:
            return self._again(request, form, token, status=503)
        except web.HTTPException:
            raise
        except Exception as error:  # noqa: BLE001  nothing was kept, so what was typed is handed back
            log_fault(error, request)
            return self._again(request, form, token, status=500)

    async def _take(self, request: web.Request, form: Form, token: str) -> web.StreamResponse:
        match form.get("act"):
            case "go_on_yes":
                await self.parts.store.write(visit.go_on, token)
                return self._back(came_back=True)
            case "go_on_no":
                return self.shower.ask_to_forget(request, token)
            case "forget":
                await self.parts.store.write(visit.forget, token)
                gone = self._back(came_back=True, note=Note.DELETED)
                self.cookies.drop(gone, DOOR, same_site="Lax")
                return gone
            case _:
                pass
        given = input_of(form)
        if given is None:
            raise web.HTTPBadRequest
        outcome = await self.parts.store.write_repeatable(
            visit.give,
            self.parts,
            token,
            given,
            input_id=input_id(form),
            address=client_address(request, trusted=self.parts.trusted),
        )
        response: web.StreamResponse
        match outcome:
            case Taken():
                response = await self._taken(request, form, token, outcome)
            case visit.Repeated():
                response = self._back()
            case visit.Ended():
                return self._again(request, form, token, status=410)
            case Refused():
                return self.parts.frame.pages.error(request, 429)
            case _:
                assert_never(outcome)
        if isinstance(given, Language):
            self.cookies.put(response, LANG, given.code, same_site="Lax")
        return response

    async def _taken(self, request: web.Request, form: Form, token: str, taken: Taken) -> web.StreamResponse:
        if isinstance(taken.reply, Sent | Submitted):
            return self._back()
        note = Note.REMOVED if taken.removed else None
        typed = typed_of(form)
        standing = taken.reply.current if isinstance(taken.reply, Stale) else taken.reply
        stale = isinstance(taken.reply, Stale)
        if not stale and standing.error is None:
            return self._back(note=note)
        if stale and not any(typed.values()):
            return self._back(note=Note.STALE)
        # What was not taken is shown with the reason and the words, so no redirect: it is kept nowhere.
        seen = await self.parts.store.read(visit.look, self.parts, token)
        self._speak(request, seen)
        return self.shower.page(
            request,
            replace(seen, standing=standing),
            token,
            note=Note.STALE if stale else note,
            typed=typed,
            status=200 if stale else 422,
        )

    async def leave(self, _request: web.Request) -> web.StreamResponse:
        """Show the neutral page; whoever comes back is asked first."""
        response = web.Response(status=303, headers={"Location": self.parts.exit_url})
        self.cookies.put(response, LEFT, "1", same_site="Lax")
        self.cookies.drop(response, HERE, same_site="Lax")
        return response

    async def offer_link(self, request: web.Request) -> web.StreamResponse:
        """A button, whatever the link: looking at it, as a preview does, uses nothing up and learns nothing."""
        self._speak(request, None)
        token = self.parts.new_token()
        response = self.shower.link(request, token)
        self.cookies.put(response, DOOR, token, same_site="Lax")
        return response

    async def use_link(self, request: web.Request) -> web.StreamResponse:
        """Use the link up, and go to a clean address."""
        form = await read_form(request, limits=self.parts.frame.limits)
        token = self.cookies.read(request, DOOR)
        self._speak(request, None)
        if token is None or not is_own_form(form, key=self.parts.csrf_key, session=token):
            return self.parts.frame.pages.error(request, 403)
        outcome = await self.parts.store.write(
            visit.use_link,
            self.parts,
            request.match_info["secret"],
            token,
            address=client_address(request, trusted=self.parts.trusted),
        )
        if isinstance(outcome, Refused):
            return self.shower.link_used(request)
        return self._back(came_back=True)

    def _back(self, *, note: Note | None = None, came_back: bool = False) -> web.Response:
        response = web.Response(status=303, headers={"Location": "/"})
        self.cookies.put(response, HERE, "1", same_site="Lax", seconds=_HERE_SECONDS)
        if note is not None:
            self.cookies.put(response, NOTE, note.value, same_site="Lax", seconds=_NOTE_SECONDS)
        if came_back:
            self.cookies.drop(response, LEFT, same_site="Lax")
        return response

    def _again(self, request: web.Request, form: Form, token: str | None, *, status: int) -> web.Response:
        session = token or self.parts.new_token()
        response = self.shower.again(request, form, session, action=request.path, status=status)
        if token is None:
            self.cookies.put(response, DOOR, session, same_site="Lax")
        return response

    def _speak(self, request: web.Request, seen: visit.Look | None) -> None:
        chosen = (seen.language if seen else None) or self.cookies.read(request, LANG)
        if chosen in self.parts.intake.languages:
            request[LANGUAGE] = chosen

    def _note(self, request: web.Request) -> Note | None:
        value = self.cookies.read(request, NOTE)
        return Note(value) if value in set(Note) else None

    def _has(self, request: web.Request, cookie: str) -> bool:
        return self.cookies.read(request, cookie) is not None

    def _is_here(self, request: web.Request) -> bool:
        return is_here(request, self.cookies)
