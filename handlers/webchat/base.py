"""What every set of routes of the reporter's pages stands on."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from aiohttp import web

from handlers.web.app import log_fault
from handlers.web.cookies import Cookies
from handlers.web.forms import Form, is_own_form, read_form
from handlers.webchat.crumbs import DOOR, HERE, HERE_SECONDS, NOTE, NOTE_SECONDS
from handlers.webchat.notes import Note, Removed, Said
from handlers.webchat.parts import WebchatParts
from handlers.webchat.show import Shower

_REMOVED = "removed"

Taking: TypeAlias = Callable[[web.Request, Form, str], Awaitable[web.StreamResponse]]
"""Does what an own form of the browser with this token says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Routes:
    """The parts, the cookies, the drawer of pages; and how a form is taken so that nothing typed is lost."""

    parts: WebchatParts
    cookies: Cookies
    shower: Shower

    async def take_form(self, request: web.Request, take: Taking) -> web.StreamResponse:
        """What `take` answers to the form; when it is not our own or could not be kept, its words in a new form."""
        form = await read_form(request, limits=self.parts.frame.limits)
        token = self.cookies.read(request, DOOR)
        if token is None or not is_own_form(form, key=self.parts.csrf_key, session=token):
            return self._again(request, form, token, status=403)
        try:
            return await take(request, form, token)
        except self.parts.frame.unavailable:
            return self._again(request, form, token, status=503)
        except web.HTTPException:
            raise
        except Exception as error:  # noqa: BLE001  nothing was kept, so what was typed is handed back
            log_fault(error, request)
            return self._again(request, form, token, status=500)

    def go_to(self, place: str, note: Said | None = None) -> web.Response:
        """Go and get that page of our own; it says the note once."""
        response = web.Response(status=303, headers={"Location": place})
        self.cookies.put(response, HERE, "1", same_site="Lax", seconds=HERE_SECONDS)
        if note is not None:
            word = note.value if isinstance(note, Note) else ".".join((_REMOVED, *note.identities))
            self.cookies.put(response, NOTE, word, same_site="Lax", seconds=NOTE_SECONDS)
        return response

    def note(self, request: web.Request) -> Said | None:
        """What this page says once."""
        value = self.cookies.read(request, NOTE)
        kind, _, identities = (value or "").partition(".")
        if kind == _REMOVED:
            return Removed(tuple(identities.split(".")))
        return Note(value) if value in set(Note) else None

    def _language(self, form: Form) -> str:
        """The language that the form asks for. Raises 400 for one that is not spoken here."""
        code = form.get("language")
        if code not in self.parts.intake.languages:
            raise web.HTTPBadRequest
        return code

    def _again(self, request: web.Request, form: Form, token: str | None, *, status: int) -> web.Response:
        session = token or self.parts.new_token()
        response = self.shower.again(request, form, session, action=request.path, status=status)
        if token is None:
            self.cookies.put(response, DOOR, session, same_site="Lax")
        return response
