"""What every page of the console stands on: who is there, which page it is, and that a form is our own."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, TypeAlias
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from admin.parts import HOME, ConsoleParts
from handlers.dialog.ports import IntakeTransaction
from handlers.web.cookies import LANG, Cookies
from handlers.web.forms import CSRF_FIELD, Form, csrf_token, is_own_form, read_form, read_upload
from handlers.web.pages import LANGUAGE
from handlers.web.server import client_address
from triage.access.table import Relation, Right, allowed
from triage.ids import PersonId
from triage.people.person import Person, Session, is_fresh
from triage.people.sign_in import SignedIn, find_session, needs_touch, touch_session
from triage.refusals import Reason, Refused

SESSION = "desk"
VISITOR = "desk_form"
DEVICE = "desk_device"
_DEVICE_SECONDS = 180 * 24 * 3600
_MINUS = "\N{MINUS SIGN}"
_WAY_BACK = re.compile(r"/desk(/[A-Za-z0-9-]{1,60}){0,2}")

FORM = web.RequestKey("form", Form)
"""The form that came with this request, once it was read: what was typed in it can then be given back."""

REFRESH = "X-Refresh"
"""The header of a request that a standing page makes by itself: the person is not there, and nothing is read anew."""


class Door(StrEnum):
    """How far somebody must have come to open a page for which no right is needed."""

    OPEN = "open"
    SIGNED_IN = "signed_in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A member of staff at a page; `now` is the store's time, aware UTC."""

    person: Person
    session: Session
    token: str = field(repr=False)
    now: datetime
    has_passkey: bool = False
    """Whether they can give a fresh factor by a passkey; looked up only where one is needed."""

    @property
    def by(self) -> PersonId:
        """Who acts."""
        return self.person.id

    @property
    def is_fresh(self) -> bool:
        """Whether the last second factor still counts."""
        return is_fresh(self.session.verified_at, self.now)

    def may(self, right: Right) -> bool:
        """Whether the person may ever do this, on some case or on none; the use case looks at the case itself."""
        return any(allowed(self.person, right, relation) for relation in Relation)


Handler: TypeAlias = Callable[[web.Request, Visit], Awaitable[web.StreamResponse]]
OpenHandler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field of a form that was not taken: its id on the page, and the text key that says why."""

    field: str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """Draws pages and reads forms for every room of the console."""

    parts: ConsoleParts
    cookies: Cookies

    async def visit(self, request: web.Request) -> Visit | None:
        """Who is signed in, noted as being there; None for anybody else."""
        token = self.cookies.read(request, SESSION)
        if token is None:
            return None
        found, now, has_passkey = await self.parts.store.read(_look, token)
        if isinstance(found, Refused):
            return None
        if REFRESH not in request.headers and needs_touch(found.session, now):
            touched = await self.parts.store.write(touch_session, token=token)
            if isinstance(touched, Refused):
                return None
            found = touched
        self.speak(request, found.person.language)
        return Visit(
            person=found.person, session=found.session, token=token, now=now, has_passkey=has_passkey
        )

    def speak(self, request: web.Request, language: str) -> None:
        """Answer this request in this language, if there is one."""
        if language in self.parts.words.languages():
            request[LANGUAGE] = language

    def say(self, request: web.Request, key: str, **params: object) -> str:
        """A text in the language of the page."""
        return self.parts.words.text(key, self.language(request), **params)

    def language(self, request: web.Request) -> str:
        """The language of the page."""
        language: str = request.get(LANGUAGE, self.parts.frame.pages.default_language)
        return language

    def when(self, request: web.Request, at: datetime, *, now: datetime) -> str:
        """An instant as people say it."""
        return self.parts.words.day_time(at, self.language(request), near=now)

    async def form(self, request: web.Request, *, session: str | None) -> Form:
        """The form in the body; raises 403 when it does not come from a page of this session."""
        form = await read_form(request, limits=self.parts.frame.limits)
        request[FORM] = form
        if session is None or not is_own_form(form, key=self.parts.csrf_key, session=session):
            raise web.HTTPForbidden
        return form

    async def upload(self, request: web.Request, *, session: str, file: str) -> tuple[Form, bytes]:
        """The form in the body with the file that it brings; raises 403 as `form` does."""
        form, brought = await read_upload(request, file=file, limits=self.parts.frame.limits)
        request[FORM] = form
        if not is_own_form(form, key=self.parts.csrf_key, session=session):
            raise web.HTTPForbidden
        return form, brought

    def source(self, request: web.Request) -> str:
        """Whose tries are counted: a keyed hash of the address, which is itself kept nowhere."""
        address = client_address(request, trusted=self.parts.trusted)
        return hmac.new(self.parts.csrf_key, b"source\0" + address.encode(), hashlib.sha256).hexdigest()[:32]

    def page(
        self,
        request: web.Request,
        name: str,
        *,
        visit: Visit | None,
        status: int = 200,
        session: str | None = None,
        **context: Any,  # noqa: ANN401 - what a template is given
    ) -> web.Response:
        """A page of the console. Without a visit `session` is what its forms are bound to."""
        bound = visit.token if visit else session
        lang = self.language(request)
        now = visit.now if visit else None

        def when(at: datetime) -> str:
            return self.parts.words.day_time(at, lang, near=now)

        return self.parts.frame.pages.html(
            request,
            f"desk/{name}",
            status=status,
            visit=visit,
            home=HOME,
            rooms=self._rooms(request, visit) if visit else (),
            own={
                CSRF_FIELD: csrf_token(self.parts.csrf_key, bound) if bound else "",
                "input": self.parts.new_token(),
            },
            when=when,
            left=left,
            hour=lambda at: self.parts.words.time(at, lang),
            span=lambda length: self.parts.words.span(length, lang),
            count=lambda key, number: self.parts.words.count(key, lang, number),
            has=lambda key: self.parts.words.has(key, lang),
            **context,
        )

    def refused(self, request: web.Request, reason: Reason) -> str:
        """Why something was refused, in words."""
        return self.say(request, f"refused.{reason}")

    def give_session(self, response: web.StreamResponse, token: str) -> None:
        """Let the browser come in with this session from now on."""
        self.cookies.put(response, SESSION, token, same_site="Lax")

    def give_device(self, response: web.StreamResponse, device: str) -> None:
        """Let the browser be known when somebody signs in from it again."""
        self.cookies.put(response, DEVICE, device, same_site="Lax", seconds=_DEVICE_SECONDS)

    def give_language(self, response: web.StreamResponse, language: str) -> None:
        """Let the browser's doors speak the language of whoever was in last."""
        self.cookies.put(response, LANG, language, same_site="Lax")

    def _rooms(self, request: web.Request, visit: Visit) -> list[tuple[str, str, bool]]:
        rooms = [
            (HOME, "console.room.queue", visit.may(Right.READ_QUEUE)),
            (f"{HOME}/decided", "console.room.decided", visit.may(Right.READ_QUEUE)),
            (f"{HOME}/search", "console.room.search", visit.may(Right.READ_QUEUE)),
            (f"{HOME}/asked", "console.room.asked", visit.may(Right.READ_ENQUIRIES)),
            (f"{HOME}/duty", "console.room.duty", visit.may(Right.READ_ROSTER)),
            (f"{HOME}/contact", "console.contact.new", visit.may(Right.REPORT_BY_PHONE)),
            (f"{HOME}/people", "console.room.people", visit.may(Right.MANAGE_PEOPLE)),
            (f"{HOME}/roles", "console.room.roles", visit.may(Right.AGREE_TO_ROLES)),
            (f"{HOME}/notices", "console.room.notices", visit.may(Right.READ_NOTICES)),
            (f"{HOME}/readings", "console.room.readings", visit.may(Right.READ_AUDIT)),
            (f"{HOME}/mail", "console.room.mail", may_see_mails(self.parts, visit)),
            (f"{HOME}/health", "console.room.health", visit.may(Right.READ_HEALTH)),
            (f"{HOME}/profile", "console.room.profile", visit.may(Right.READ_SETTINGS)),
            (f"{HOME}/me", "console.room.me", True),
        ]
        return [(path, key, request.path == path) for path, key, open_ in rooms if open_]


def may_see_mails(parts: ConsoleParts, visit: Visit) -> bool:
    """Whether there are mails in files and this person may look at them."""
    return parts.mails is not None and visit.may(Right.READ_MAILS)


def home_of(visit: Visit) -> str:
    """The first room of a person: the one that their roles open."""
    if visit.may(Right.READ_QUEUE):
        return HOME
    if visit.may(Right.READ_ENQUIRIES):
        return f"{HOME}/asked"
    if visit.may(Right.MANAGE_PEOPLE):
        return f"{HOME}/people"
    return f"{HOME}/readings" if visit.may(Right.READ_AUDIT) else f"{HOME}/me"


def left(length: timedelta) -> str:
    """Time left as hours and minutes, rounded down, with a minus sign once it is over; the script writes it alike."""
    minutes = int(length.total_seconds() // 60)
    sign, minutes = (_MINUS, -minutes) if minutes < 0 else ("", minutes)
    return f"{sign}{minutes // 60}:{minutes % 60:02}"


def way_back(path: str) -> str:
    """The page to go on to after signing in: one of the console's own, or its start."""
    return path if _WAY_BACK.fullmatch(path) else HOME


def once(request: web.Request, form: Form, *, by: PersonId) -> str:
    """By what a person's form is known when it comes in again: where it was sent, its own id, and what it says."""
    return f"{by}:{hashlib.sha256(f'{request.path} {form.mark}'.encode('utf-8', 'replace')).hexdigest()}"


def once_done(tx: IntakeTransaction, key: str, done: object) -> bool:
    """Whether this form has done what it asks for, now or when it came before.

    For an act that is refused once it was done: a form that was refused itself is not remembered, or a second press
    would be told that it had worked.
    """
    if isinstance(done, Refused):
        return tx.remembers("desk", key)
    tx.remember("desk", key)
    return True


def person_of(form: Form, name: str = "person") -> PersonId | None:
    """The person that was chosen in this field."""
    try:
        return PersonId(UUID(form.get(name)))
    except ValueError:
        return None


def see_other(path: str, params: Mapping[str, str] | None = None) -> web.Response:
    """Go and get that page. `params` are codes and numbers, never words of anybody."""
    query = urlencode(params or {}, safe="/")
    return web.Response(status=303, headers={"Location": f"{path}?{query}" if query else path})


def _look(tx: IntakeTransaction, token: str) -> tuple[SignedIn | Refused, datetime, bool]:
    found = find_session(tx, token=token)
    if isinstance(found, Refused) or is_fresh(found.session.verified_at, tx.now):
        return found, tx.now, False
    return found, tx.now, bool(tx.passkeys.of_person(found.person.id))
