"""The reporter's pages: one address for the whole talk, one for the code, one for a one-time link, one to leave by."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import assert_never

from aiohttp import web

from handlers.dialog.given import SEVERAL, input_of, typed_of
from handlers.dialog.inputs import Language
from handlers.dialog.intake import Sent, Taken
from handlers.dialog.replies import Ask, Stale, Submitted
from handlers.web.app import build_app
from handlers.web.cookies import LANG, Cookies
from handlers.web.forms import Form, is_own_form, read_form
from handlers.web.pages import LANGUAGE
from handlers.web.server import client_address
from handlers.webchat import sent, visit
from handlers.webchat.base import Routes
from handlers.webchat.crumbs import (
    DOOR,
    HERE,
    LEFT,
    OPENED,
    drop_once,
    forget_browser,
    is_here,
)
from handlers.webchat.guides import GuideRoutes
from handlers.webchat.letters import LetterRoutes
from handlers.webchat.links import LinkRoutes
from handlers.webchat.move_page import MoveRoutes
from handlers.webchat.notes import Note, Over, Removed, Said
from handlers.webchat.own import OwnRoutes
from handlers.webchat.parts import WebchatParts
from handlers.webchat.show import HOTLINE, PAGES, Shower
from triage.refusals import Refused

TEMPLATES = Path(__file__).parent / "templates"
"""To be handed to `build_environment` by wiring."""


_OF_THE_SITTING = frozenset({"go_on_yes", "extend", "go_on_no", "leave", "forget", "show", "hide"})
_FORGOTTEN = {
    visit.Unsent.NOTHING: Note.LEFT,
    visit.Unsent.DRAFT: Note.DELETED,
    visit.Unsent.DRAFT_WITH_ALARM: Note.DELETED_ALARM_STAYS,
}
_AFTER_SENDING = frozenset({"try_code", "replace", "replace_yes", "new"})


def build_webchat(parts: WebchatParts) -> web.Application:
    """The reporter's web application."""
    app = build_app(parts.frame)
    routes = TalkRoutes(parts=parts, cookies=Cookies(parts.frame.https), shower=Shower.of(parts))
    routes.add_to(app)
    LetterRoutes(parts=parts, cookies=routes.cookies, shower=routes.shower).add_to(app)
    LinkRoutes(parts=parts, cookies=routes.cookies, shower=routes.shower).add_to(app)
    MoveRoutes(parts=parts, cookies=routes.cookies, shower=routes.shower).add_to(app)
    OwnRoutes(parts=parts, cookies=routes.cookies, shower=routes.shower).add_to(app)
    GuideRoutes(parts=parts, cookies=routes.cookies, shower=routes.shower).add_to(app)
    return app


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkRoutes(Routes):
    """The talk at `/`, the language at `/sprog`, the way out at `/ud`; a further hotline begins at its word.

    Once begun, every hotline's talk goes on at `/`: an address says nothing about which it is.
    """

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/", self.see)
        for word in self.parts.words_of_hotlines:
            app.router.add_get(f"/{word}", self.see)
        app.router.add_post("/", self.talk)
        app.router.add_post("/sprog", self.speak)
        app.router.add_get("/ud", self.leave)

    async def see(self, request: web.Request) -> web.StreamResponse:
        """The page as it stands. Changes nothing."""
        token = self.cookies.read(request, DOOR)
        seen = await self.parts.store.read(visit.look, self.parts, token)
        self._speak(request, seen)
        door = seen.door
        if door is None and self._has(request, OPENED):
            return forget_browser(self.shower.over(request, "", Over.EXPIRED), self.cookies)
        left, here = self._has(request, LEFT), self._is_here(request)
        if (
            door is not None
            and not seen.is_blank
            and visit.must_ask(door, now=seen.now, left=left, here=here)
        ):
            asked = self.shower.ask_to_go_on(request, token or "")
            drop_once(request, asked, self.cookies)
            return asked
        new = token or self.parts.new_token()
        code = await self.parts.store.write(sent.shown_code, new) if seen.sent is not None else None
        response = self.shower.page(request, seen, new, note=self.note(request), code=code)
        if token is None:
            self.cookies.put(response, DOOR, new, same_site="Lax")
        if seen.elsewhere:
            forget_browser(response, self.cookies)
        if door is None and self._has(request, LEFT):
            # Nothing lies behind this browser that could be shown.
            self.cookies.drop(response, LEFT, same_site="Lax")
        if seen.language is not None and seen.language != self.cookies.read(request, LANG):
            # It was chosen in a chat: what this browser is shown without its conversation speaks it too.
            self.cookies.put(response, LANG, seen.language, same_site="Lax")
        drop_once(request, response, self.cookies)
        return response

    async def talk(self, request: web.Request) -> web.StreamResponse:
        """One input: taken once, answered by a redirect to the page as it then stands."""
        return await self.take_form(request, self._take)

    async def speak(self, request: web.Request) -> web.StreamResponse:
        """Another language, for the page where the person stands; this begins nothing."""
        form = await read_form(request, limits=self.parts.frame.limits)
        token = self.cookies.read(request, DOOR)
        if token is None or not is_own_form(form, key=self.parts.csrf_key, session=token):
            return self.parts.frame.pages.error(request, 403)
        code, at = self._language(form), form.get("at")
        await self.parts.store.write(visit.speak, self.parts, token, Language(code))
        response = self._back(to=at if at in PAGES else self.parts.page_of(at) or "/")
        self.cookies.put(response, LANG, code, same_site="Lax")
        return response

    async def _take(self, request: web.Request, form: Form, token: str) -> web.StreamResponse:
        act = form.get("act")
        if "language" in form and "question" in form:
            return await self._speak_amid(request, form, token)
        if act in _OF_THE_SITTING:
            return await self._of_the_sitting(request, form, token)
        if act in _AFTER_SENDING:
            return await self._after_sending(request, form, token)
        return await self._input(request, form, token)

    async def _speak_amid(self, request: web.Request, form: Form, token: str) -> web.StreamResponse:
        """The question in another language, and in its field what was typed so far: it is kept nowhere else."""
        code, several = self._language(form), form.get("kind") == SEVERAL
        await self.parts.store.write(visit.speak, self.parts, token, Language(code))
        seen = await self.parts.store.read(visit.look, self.parts, token)
        typed = {} if several else typed_of(form)
        ticked = form.all("answer") if several else ()
        response: web.StreamResponse
        if seen.standing is None:
            response = self._over(request, form, Over.SENT if seen.sent else Over.EXPIRED)
        elif not any((*typed.values(), *ticked)):
            response = self._back()
        else:
            self._speak(request, seen)
            asked = seen.standing.question.id if isinstance(seen.standing, Ask) else None
            same = asked == form.get("question")
            response = self.shower.page(
                request,
                seen,
                token,
                note=None if same else Note.STALE,
                typed=typed,
                ticked=ticked if same else (),
            )
        self.cookies.put(response, LANG, code, same_site="Lax")
        return response

    async def _of_the_sitting(self, request: web.Request, form: Form, token: str) -> web.StreamResponse:
        match form.get("act"):
            case "go_on_yes" | "extend" as act:
                if await self.parts.store.write(visit.go_on, token, said_yes=act == "go_on_yes"):
                    return self._back(came_back=act == "go_on_yes")
                return self._over(request, form, Over.EXPIRED)
            case "show":
                # For the one page that follows: looked at again, or come back to, it is shut as before.
                return self._back(note=Note.SHOWN)
            case "hide":
                return self._back()
            case "go_on_no":
                unsent = await self.parts.store.read(visit.unsent, token)
                return self.shower.ask_to_forget(request, token, unsent=unsent)
            case "leave":
                await self.parts.store.write(visit.close, token)
                return forget_browser(self._back(came_back=True, note=Note.LEFT), self.cookies)
            case _:
                deleted = await self.parts.store.write_repeatable(visit.forget, token, input_id=form.mark)
                if isinstance(deleted, sent.Ended):
                    return self._over(request, form, Over.EXPIRED)
                note = _FORGOTTEN[deleted]
                return forget_browser(self._back(came_back=True, note=note), self.cookies)

    async def _after_sending(self, request: web.Request, form: Form, token: str) -> web.StreamResponse:
        match form.get("act"):
            case "try_code":
                right = await self.parts.store.write(sent.is_last_group, token, form.get("group"))
                return self._back(note=Note.RIGHT if right else Note.WRONG)
            case "replace":
                return self.shower.ask_to_replace(request, token)
            case "replace_yes":
                replaced = await self.parts.store.write_repeatable(
                    sent.replace_code, token, input_id=form.mark
                )
                return self._back(note=Note.REPLACED if replaced else Note.TOO_LATE)
            case _:
                return await self._begin_new(request, form, token)

    async def _input(self, request: web.Request, form: Form, token: str) -> web.StreamResponse:
        given = input_of(form)
        if given is None:
            raise web.HTTPBadRequest
        outcome = await self.parts.store.write_repeatable(
            visit.give,
            self.parts,
            token,
            given,
            input_id=form.mark,
            address=client_address(request, trusted=self.parts.trusted),
            hotline=self.parts.led_to(form.get("from")),
        )
        response: web.StreamResponse
        match outcome:
            case Taken():
                response = await self._taken(request, form, token, outcome)
            case sent.Repeated():
                response = self._back()
            case sent.Ended():
                return self._over(request, form, Over.EXPIRED)
            case visit.AlreadySent():
                return self._over(request, form, Over.SENT)
            case Refused():
                return self.parts.frame.pages.error(request, 429)
            case _:
                assert_never(outcome)
        if not self._has(request, OPENED):
            self.cookies.put(response, OPENED, "1", same_site="Lax")
        if isinstance(given, Language) and given.code in self.parts.intake.languages:
            self.cookies.put(response, LANG, given.code, same_site="Lax")
        return response

    async def _begin_new(self, request: web.Request, form: Form, token: str) -> web.StreamResponse:
        outcome = await self.parts.store.write_repeatable(
            visit.begin_new,
            self.parts,
            token,
            input_id=form.mark,
            address=client_address(request, trusted=self.parts.trusted),
        )
        match outcome:
            case None | sent.Repeated():
                return self._back()
            case sent.Ended():
                return self._over(request, form, Over.EXPIRED)
            case Refused():
                return self.parts.frame.pages.error(request, 429)
            case _:
                assert_never(outcome)

    async def _taken(self, request: web.Request, form: Form, token: str, taken: Taken) -> web.StreamResponse:
        if isinstance(taken.reply, Sent | Submitted):
            return self._back()
        note = Removed(tuple(taken.removed)) if taken.removed else None
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

    def _over(self, request: web.Request, form: Form, why: Over) -> web.Response:
        typed = typed_of(form).values()
        if why is Over.SENT:
            # The door still leads to what was sent.
            return self.shower.over(request, "", why, words=typed) if any(typed) else self._back()
        return forget_browser(self.shower.over(request, "", why, words=typed), self.cookies)

    def _back(self, *, note: Said | None = None, came_back: bool = False, to: str = "/") -> web.Response:
        response = self.go_to(to, note)
        if came_back:
            self.cookies.drop(response, LEFT, same_site="Lax")
        return response

    def _speak(self, request: web.Request, seen: visit.Look) -> None:
        request[HOTLINE] = seen.hotline or self.parts.led_to(request.path) or ""
        if seen.language in self.parts.intake.languages:
            request[LANGUAGE] = seen.language

    def _has(self, request: web.Request, cookie: str) -> bool:
        return self.cookies.read(request, cookie) is not None

    def _is_here(self, request: web.Request) -> bool:
        return is_here(request, self.cookies)
