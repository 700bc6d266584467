"""The doors: signing in with a password and then a second factor, and signing out."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from admin.desk import DEVICE, SESSION, VISITOR, Desk, Visit, home_of, see_other, way_back
from admin.factor import give_factor
from admin.parts import HOME
from admin.passwords import TooManyHashesError
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.people.sign_in import (
    Candidate,
    SignedIn,
    find_for_sign_in,
    find_half_session,
    password_was_right,
    password_was_wrong,
    remember_device,
    sign_out,
)
from triage.refusals import Reason, Refused
from triage.rules import Rules

SIGN_IN = f"{HOME}/sign-in"
SECOND = f"{HOME}/sign-in/code"
_BUSY = 429
_REFUSED = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class Doors:
    """`/sign-in`, `/sign-in/code`, `/sign-out`."""

    desk: Desk

    async def ask_password(self, request: web.Request) -> web.StreamResponse:
        """The form, in the language that was asked for; somebody who is signed in goes on at once."""
        visit = await self.desk.visit(request)
        if visit is not None:
            return see_other(home_of(visit))
        chosen = request.query.get("lang", "")
        self.desk.speak(request, chosen)
        page = self._password_page(
            request, to=request.query.get("to", ""), said=request.query.get("said", "")
        )
        if chosen in self.desk.parts.words.languages():
            self.desk.give_language(page, chosen)
        return page

    async def take_password(self, request: web.Request) -> web.StreamResponse:
        """Check the password. Whether the account exists shows neither in words nor in time."""
        form = await self.desk.form(request, session=self.desk.cookies.read(request, VISITOR))
        desk, parts = self.desk, self.desk.parts
        candidate = await parts.store.write(
            find_for_sign_in,
            email=form.get("email")[:400],
            source=desk.source(request),
            device=desk.cookies.read(request, DEVICE),
        )
        if isinstance(candidate, Refused):
            return self._password_page(request, form=form, refused=candidate.reason, status=_BUSY)
        try:
            opened = await self._check(candidate, form.get("password"))
        except TooManyHashesError:
            return self._password_page(request, form=form, refused=Reason.TOO_MANY_TRIES, status=_BUSY)
        if isinstance(opened, Refused):
            return self._password_page(request, form=form, refused=opened.reason, status=_REFUSED)
        to = way_back(form.get("to"))
        response = see_other(SECOND, {"to": to} if to != HOME else None)
        desk.give_session(response, opened.token or "")
        return response

    async def ask_code(self, request: web.Request) -> web.StreamResponse:
        """The form for the second factor, once the password was right."""
        token = self.desk.cookies.read(request, SESSION)
        half = await self.desk.parts.store.read(find_half_session, token=token) if token else None
        if token is None or half is None or isinstance(half, Refused):
            return see_other(SIGN_IN)
        self.desk.speak(request, half.person.language)
        return self.desk.page(
            request, "code.html", visit=None, session=token, to=request.query.get("to", ""), refused=None
        )

    async def take_code(self, request: web.Request) -> web.StreamResponse:
        """Turn the half session into a whole one, under a new token."""
        token = self.desk.cookies.read(request, SESSION)
        form = await self.desk.form(request, session=token)
        parts = self.desk.parts
        done = await parts.store.write(_complete, parts.rules, token or "", form.get("code"))
        if isinstance(done, Refused):
            if done.reason in {Reason.EXPIRED, Reason.NOT_ALLOWED}:
                return see_other(SIGN_IN, {"said": "expired"})
            busy = done.reason is Reason.TOO_MANY_TRIES
            key = "refused.too_many_tries" if busy else "console.code.wrong"
            return self.desk.page(
                request,
                "code.html",
                visit=None,
                session=token,
                status=_BUSY if busy else _REFUSED,
                to=form.get("to"),
                refused=self.desk.say(request, key),
            )
        signed, device = done
        response = see_other(way_back(form.get("to")))
        self.desk.give_session(response, signed.token or "")
        self.desk.give_device(response, device)
        self.desk.give_language(response, signed.person.language)
        return response

    async def leave(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Sign out: the session ends on the server, and the browser forgets what it kept."""
        await self.desk.form(request, session=visit.token)
        await self.desk.parts.store.write(sign_out, token=visit.token)
        return signed_out(self.desk)

    async def _check(self, candidate: Candidate, password: str) -> SignedIn | Refused:
        parts = self.desk.parts
        right = await parts.passwords.matches(password, candidate.password_hash)
        if not right or candidate.person_id is None or candidate.password_hash is None:
            return await parts.store.write(password_was_wrong, person_id=candidate.person_id)
        rehashed = None
        if parts.passwords.hasher.check_needs_rehash(candidate.password_hash):
            rehashed = await parts.passwords.hash(password)
        return await parts.store.write(
            password_was_right,
            person_id=candidate.person_id,
            password_hash=candidate.password_hash,
            rehashed=rehashed,
        )

    def _password_page(
        self,
        request: web.Request,
        *,
        form: Form | None = None,
        to: str = "",
        said: str = "",
        refused: Reason | None = None,
        status: int = 200,
    ) -> web.Response:
        visitor = self.desk.cookies.read(request, VISITOR)
        session = visitor or self.desk.parts.new_token()
        key = "refused.too_many_tries" if refused is Reason.TOO_MANY_TRIES else "console.sign_in.wrong"
        words, here = self.desk.parts.words, self.desk.language(request)
        response = self.desk.page(
            request,
            "sign_in.html",
            visit=None,
            session=session,
            status=status,
            email=form.get("email") if form else "",
            to=form.get("to") if form else to,
            refused=self.desk.say(request, key) if refused else None,
            said=said if said in {"out", "expired", "joined", "passkey"} else "",
            others=[(each, words.name_of(each)) for each in words.languages() if each != here],
        )
        if visitor is None:
            self.desk.cookies.put(response, VISITOR, session, same_site="Lax")
        return response


def signed_out(desk: Desk) -> web.Response:
    """To the door, by a browser that forgets the session and what it kept of any page."""
    response = see_other(SIGN_IN, {"said": "out"})
    desk.cookies.drop(response, SESSION, same_site="Lax")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def _complete(tx: IntakeTransaction, rules: Rules, token: str, typed: str) -> tuple[SignedIn, str] | Refused:
    signed = give_factor(tx, rules, token, typed)
    if isinstance(signed, Refused):
        return signed
    return signed, remember_device(tx, person_id=signed.person.id)
