"""Coming in by a passkey, and keeping one's own. Without JavaScript there are none, and password and code stay."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from admin.desk import VISITOR, Desk, Visit, see_other, way_back
from admin.doors import SIGN_IN
from admin.factor import RENEWED, freshened
from admin.own_page import ME, OwnPage
from admin.passkeys import Answer, Site, asking_options, making_options, read_answer, site_of
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import CSRF_FIELD, Form, csrf_token
from triage.ids import PasskeyId
from triage.people.passkey_sign_in import (
    add_passkey,
    challenge_fresh,
    challenge_own,
    challenge_stranger,
    drop_passkey,
    freshen_by_passkey,
    own_passkeys,
    sign_in_by_passkey,
)
from triage.people.sign_in import SignedIn, remember_device
from triage.refusals import Reason, Refused

_BUSY, _REFUSED = 429, 422


@dataclass(frozen=True, slots=True, kw_only=True)
class PasskeyDoors:
    """`/sign-in/passkey` and `/me/passkey`, each with the `/options` that the page's script asks for first."""

    desk: Desk

    async def back(self, request: web.Request) -> web.StreamResponse:
        """The address of the form, looked at: the door."""
        del request
        return see_other(SIGN_IN)

    async def options_in(self, request: web.Request) -> web.StreamResponse:
        """A challenge for whoever stands at the door; it says nothing about who that may be."""
        await self.desk.form(request, session=self.desk.cookies.read(request, VISITOR))
        site = self._site(request)
        if site is None:
            return self._said(request, Reason.PASSKEY_UNREADABLE, status=_REFUSED)
        made = await self.desk.parts.store.write(challenge_stranger, source=self.desk.source(request))
        if isinstance(made, Refused):
            return self._said(request, made.reason, status=_BUSY)
        return _json(json.loads(asking_options(site, challenge=made)))

    async def take_in(self, request: web.Request) -> web.StreamResponse:
        """Let them in by what their device answered."""
        form = await self.desk.form(request, session=self.desk.cookies.read(request, VISITOR))
        answer, site = self._read(form)
        done = None
        if answer is not None and site is not None:
            done = await self.desk.parts.store.write(_let_in, site, answer)
        if done is None or isinstance(done, Refused):
            return see_other(SIGN_IN, {"said": "passkey"})
        signed, device = done
        response = see_other(way_back(form.get("to")))
        self.desk.give_session(response, signed.token or "")
        self.desk.give_device(response, device)
        self.desk.give_language(response, signed.person.language)
        return response

    async def freshen(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Give a fresh factor, which adding and taking away a passkey need."""
        form = await self.desk.form(request, session=visit.token)
        fresh = await freshened(self.desk, request, visit, form)
        if isinstance(fresh, Refused):
            return await self._page(request, visit, fresh.reason)
        return see_other(f"{ME}#passkeys")

    async def options_fresh(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """A challenge for a fresh factor."""
        await self.desk.form(request, session=visit.token)
        site = self._site(request)
        if site is None:
            return self._said(request, Reason.PASSKEY_UNREADABLE, status=_REFUSED)
        made = await self.desk.parts.store.write(challenge_fresh, by=visit.by)
        return _json(json.loads(asking_options(site, challenge=made)))

    async def take_fresh(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Take the answer. The session has a new token after it, so the forms of the page are told their new mark."""
        form = await self.desk.form(request, session=visit.token)
        answer, site = self._read(form)
        done = None
        if answer is not None and site is not None:
            done = await self.desk.parts.store.write(_freshen, site, answer, visit.token)
        if done is None or isinstance(done, Refused):
            return self._said(request, Reason.PASSKEY_UNREADABLE, status=_REFUSED)
        token = done.token or ""
        request[RENEWED] = token
        return _json({CSRF_FIELD: csrf_token(self.desk.parts.csrf_key, token)})

    async def options_new(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """A challenge for a new passkey of the person's own."""
        await self.desk.form(request, session=visit.token)
        site, parts = self._site(request), self.desk.parts
        if site is None or not visit.is_fresh:
            reason = Reason.PASSKEY_UNREADABLE if site is None else Reason.SECOND_FACTOR_NEEDED
            return self._said(request, reason, status=_REFUSED)
        made = await parts.store.write(challenge_own, by=visit.by)
        if isinstance(made, Refused):
            return self._said(request, made.reason, status=_REFUSED)
        known = await parts.store.read(own_passkeys, by=visit.by)
        issuer = parts.frame.pages.names[parts.frame.pages.default_language]
        options = making_options(site, person=visit.person, issuer=issuer, challenge=made, known=list(known))
        return _json(json.loads(options))

    async def take_new(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Keep what the person's device made."""
        form = await self.desk.form(request, session=visit.token)
        answer, site = self._read(form)
        if not visit.is_fresh:
            return await self._page(request, visit, Reason.SECOND_FACTOR_NEEDED)
        made = None if answer is None or site is None else answer.made(site)
        if answer is None or made is None:
            return await self._page(request, visit, Reason.PASSKEY_UNREADABLE)
        done = await self.desk.parts.store.write(
            add_passkey,
            self.desk.parts.rules,
            by=visit.by,
            challenge=answer.challenge,
            made=made,
            name=form.get("name"),
        )
        if isinstance(done, Refused):
            return await self._page(request, visit, done.reason)
        return see_other(ME, {"said": "passkey"})

    async def drop(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Let nobody in by this one any more."""
        form = await self.desk.form(request, session=visit.token)
        if not visit.is_fresh:
            return await self._page(request, visit, Reason.SECOND_FACTOR_NEEDED)
        passkey_id = _id(form)
        gone = await self.desk.parts.store.write(drop_passkey, by=visit.by, passkey_id=passkey_id)
        return see_other(ME, {"said": "no_passkey" if gone else "passkey_gone"})

    async def _page(self, request: web.Request, visit: Visit, reason: Reason) -> web.StreamResponse:
        return await OwnPage(desk=self.desk).refused(request, visit, "passkey", reason)

    def _site(self, request: web.Request) -> Site | None:
        """Where the page stands that asks; a page elsewhere, or on a bare address, has no passkeys."""
        return site_of(self.desk.parts.console_url, request.headers.get("Origin"))

    def _read(self, form: Form) -> tuple[Answer | None, Site | None]:
        """The answer, and the place that it is for: a form names no origin when it is sent; the answer does, signed."""
        answer = read_answer(form.get("credential"))
        return answer, None if answer is None else site_of(self.desk.parts.console_url, answer.origin)

    def _said(self, request: web.Request, reason: Reason, *, status: int) -> web.Response:
        return _json({"said": self.desk.refused(request, reason)}, status=status)


def _let_in(tx: IntakeTransaction, site: Site, answer: Answer) -> tuple[SignedIn, str] | Refused:
    signed = sign_in_by_passkey(
        tx,
        challenge=answer.challenge,
        credential_id=answer.credential_id,
        check=lambda passkey: answer.count_of(site, passkey),
    )
    if isinstance(signed, Refused):
        return signed
    return signed, remember_device(tx, person_id=signed.person.id)


def _freshen(tx: IntakeTransaction, site: Site, answer: Answer, token: str) -> SignedIn | Refused:
    return freshen_by_passkey(
        tx,
        token=token,
        challenge=answer.challenge,
        credential_id=answer.credential_id,
        check=lambda passkey: answer.count_of(site, passkey),
    )


def _id(form: Form) -> PasskeyId:
    try:
        return PasskeyId(UUID(form.get("passkey")))
    except ValueError:
        return PasskeyId(UUID(int=0))


def _json(content: Mapping[str, object], *, status: int = 200) -> web.Response:
    return web.json_response(content, status=status)
