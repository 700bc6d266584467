"""Coming back with a receipt code: replies are read and more is written at `/kode`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_never

from aiohttp import web

from handlers.dialog.clean import clean_text
from handlers.dialog.given import typed_of
from handlers.dialog.inputs import Language
from handlers.web.cookies import LANG
from handlers.web.forms import Form
from handlers.web.pages import LANGUAGE
from handlers.web.server import client_address
from handlers.webchat import own, sent, visit
from handlers.webchat.base import Routes
from handlers.webchat.crumbs import (
    DOOR,
    LEFT,
    OPENED,
    drop_once,
    forget_browser,
    is_here,
)
from handlers.webchat.notes import Note, Over, Removed, Said
from handlers.webchat.show import HOTLINE
from triage.refusals import Reason, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterRoutes(Routes):
    """The routes at `/kode`."""

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/kode", self.see)
        app.router.add_post("/kode", self.act)

    async def see(self, request: web.Request) -> web.StreamResponse:
        """The dialogue if this browser may see it now, else the field for the code."""
        token = self.cookies.read(request, DOOR)
        note = self.note(request)
        seen = None
        if is_here(request, self.cookies) and self.cookies.read(request, LEFT) is None:
            seen = await self._seen(request, token)
        opened = seen is None and self.cookies.read(request, OPENED) is not None
        if opened and not await self.parts.store.read(sent.has_door, token):
            return forget_browser(self.shower.over(request, "", Over.EXPIRED), self.cookies)
        new = token or self.parts.new_token()
        if seen is not None:
            code = await self.parts.store.write(sent.shown_code, new) if note is Note.REPLACED else None
            response = self.shower.letters(request, seen, new, note=note, code=code)
        else:
            response = self.shower.code(request, new, wrong=None, note=note)
        if token is None:
            self.cookies.put(response, DOOR, new, same_site="Lax")
        drop_once(request, response, self.cookies)
        return response

    async def act(self, request: web.Request) -> web.StreamResponse:
        """Give a code, write, end, or close the page."""
        return await self.take_form(request, self._do)

    async def _do(  # noqa: C901, PLR0912 - one case per button of the page
        self, request: web.Request, form: Form, token: str
    ) -> web.StreamResponse:
        if "language" in form:
            return await self._speak(request, form, token)
        match form.get("act"):
            case "code":
                return await self._enter(request, form, token)
            case "open":
                await self.parts.store.write(sent.open_letters, token)
                return self._to_letters()
            case "back":
                return self._to_letters()
            case "extend":
                if await self.parts.store.write(visit.go_on, token, said_yes=False):
                    return self._to_letters()
                return forget_browser(self.shower.over(request, "", Over.EXPIRED), self.cookies)
            case "copy" | "receipt" as wanted:
                if await self.parts.store.write(own.ask_for_own, self.parts, token):
                    return self._to_letters(to=own.ASKED_FOR[wanted])
                return self._to_letters()
            case "write":
                return await self._write(request, form, token)
            case "replace" | "replace_yes":
                return await self._replace(request, form, token)
            case "end" | "end_yes" if self.parts.end_dialogue is not None:
                return await self._end(request, form, token)
            case "close":
                return await self._close(request, token)
            case _:
                raise web.HTTPBadRequest

    async def _speak(self, request: web.Request, form: Form, token: str) -> web.StreamResponse:
        """The messages in another language, and in its field what was typed and not yet sent."""
        code, words = self._language(form), form.get("words")
        await self.parts.store.write(visit.speak, self.parts, token, Language(code))
        seen = await self._seen(request, token)
        response: web.StreamResponse
        if seen is None:
            response = self._over(request, form)
        elif not words.strip():
            response = self._to_letters()
        else:
            request[LANGUAGE] = code
            response = self.shower.letters(request, seen, token, note=None, words=words)
        self.cookies.put(response, LANG, code, same_site="Lax")
        return response

    async def _enter(self, request: web.Request, form: Form, token: str) -> web.StreamResponse:
        # A new secret for a new door: pages of the old one that still stand somewhere cannot act behind it.
        fresh = self.parts.new_token()
        refused = await self.parts.store.write(
            sent.enter_code,
            self.parts,
            form.get("code"),
            fresh,
            before=token,
            address=client_address(request, trusted=self.parts.trusted),
        )
        if refused is not None:
            many = refused.reason is Reason.TOO_MANY_TRIES
            wrong = self.shower.speaker(request).text(
                "receipt.too_many_tries" if many else "receipt.wrong_code"
            )
            return self.shower.code(request, token, typed=form.get("code"), wrong=wrong, note=None)
        response = self._to_letters()
        self.cookies.put(response, DOOR, fresh, same_site="Lax")
        self.cookies.put(response, OPENED, "1", same_site="Lax")
        self.cookies.drop(response, LEFT, same_site="Lax")
        return response

    async def _replace(self, request: web.Request, form: Form, token: str) -> web.StreamResponse:
        if form.get("act") == "replace":
            await self._seen(request, token)
            return self.shower.ask_to_replace(request, token)
        replaced = await self.parts.store.write_repeatable(sent.replace_code, token, input_id=form.mark)
        return self._to_letters(Note.REPLACED if replaced else Note.TOO_LATE)

    async def _end(self, request: web.Request, form: Form, token: str) -> web.StreamResponse:
        if form.get("act") == "end_yes":
            ended = await self.parts.store.write_repeatable(
                sent.end_dialogue, self.parts, token, input_id=form.mark
            )
            if not ended:
                return self._over(request, form)
            if await self.parts.store.read(visit.unsent, token) is not visit.Unsent.NOTHING:
                return self._to_letters(Note.ENDED)
            return self._closed(Note.ENDED)
        seen = await self._seen(request, token)
        if seen is None:
            return self._to_letters()
        return self.shower.ask_to_end(request, token, unread=seen.unread > 0)

    async def _close(self, request: web.Request, token: str) -> web.StreamResponse:
        unsent = await self.parts.store.read(visit.unsent, token)
        if unsent is not visit.Unsent.NOTHING:
            # Closing would leave it where nobody can reach it: whether to keep or to delete it is asked.
            return self.shower.ask_to_forget(request, token, unsent=unsent, sent=True)
        await self.parts.store.write(visit.close, token)
        return self._closed(Note.CLOSED)

    async def _write(self, request: web.Request, form: Form, token: str) -> web.StreamResponse:
        outcome = await self.parts.store.write_repeatable(
            sent.write_letter, self.parts, token, form.get("words"), input_id=form.mark
        )
        match outcome:
            case int():
                return self._to_letters(self._removed(request, form) if outcome else Note.SENT)
            case sent.Repeated():
                return self._to_letters(Note.SENT)
            case sent.Ended():
                return self._over(request, form)
            case Refused(reason=reason):
                seen = await self._seen(request, token)
                if seen is None:
                    return self._over(request, form)
                wrong = self.shower.speaker(request).text(_REFUSALS.get(reason, "dialogue.closed"))
                return self.shower.letters(
                    request, seen, token, note=None, wrong=wrong, words=form.get("words")
                )
            case _:
                assert_never(outcome)

    async def _seen(self, request: web.Request, token: str | None) -> sent.Letters | None:
        """The dialogue behind the door; from now on the page speaks the words of that case's hotline."""
        seen = await self.parts.store.read(sent.letters, self.parts, token)
        if seen is not None:
            request[HOTLINE] = seen.hotline
        return seen

    def _removed(self, request: web.Request, form: Form) -> Removed:
        speaker = self.shower.speaker(request)
        return Removed(tuple(clean_text(form.get("words"), speaker.intake.patterns[speaker.lang]).removed))

    def _to_letters(self, note: Said | None = None, *, to: str = "/kode") -> web.Response:
        return self.go_to(to, note)

    def _closed(self, note: Note) -> web.Response:
        return forget_browser(self._to_letters(note), self.cookies)

    def _over(self, request: web.Request, form: Form) -> web.StreamResponse:
        page = self.shower.over(request, "", Over.EXPIRED, words=typed_of(form).values())
        return forget_browser(page, self.cookies)


_REFUSALS = {Reason.EMPTY: "dialog.invalid.empty", Reason.TOO_LONG: "page.error.too_large.text"}
