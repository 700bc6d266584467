"""Coming in by a one-time secret: the first administrator, somebody invited, somebody who lost their way in."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from admin import otp
from admin.desk import VISITOR, Desk, Wrong, see_other
from admin.doors import SIGN_IN
from admin.parts import HOME
from admin.passwords import SHORTEST, TooManyHashesError, refusal
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.people.invite import WayIn, accept, accept_first, find_invited
from triage.people.person import Person, Role, TicketKind
from triage.people.tickets import factor_secret, find_ticket
from triage.refusals import Reason, Refused

_REFUSED = 422
_GONE = 410
_SAID_OF_A_LINK = {Reason.EXPIRED, Reason.ALREADY_USED, Reason.WAY_BACK_OF_THE_LAST}
_FIELD_OF = {
    Reason.EMPTY: "name",
    Reason.TOO_LONG: "name",
    Reason.NOT_AN_EMAIL: "email",
    Reason.EMAIL_TAKEN: "email",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Joining:
    """`/first/{token}` and `/invited/{token}`. Looking uses nothing up; sending the form does."""

    desk: Desk

    async def see(self, request: web.Request) -> web.StreamResponse:
        """The form, as long as the secret can be used."""
        found = await self._find(request)
        if isinstance(found, Refused):
            return self._over(request, found)
        return await self._page(request, found, Form(), (), 200)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Use the secret up and let the person in; they sign in at once, as they will every day."""
        form = await self.desk.form(request, session=self.desk.cookies.read(request, VISITOR))
        found = await self._find(request)
        if isinstance(found, Refused):
            return self._over(request, found)
        wrong = self._wrong(form, found)
        if wrong:
            return await self._page(request, found, form, wrong, _REFUSED)
        store = self.desk.parts.store
        token = request.match_info["token"]
        secret, step = await store.read(_step, token, form.get("code"))
        if step is None:
            return await self._page(request, found, form, (Wrong("code", "console.code.wrong"),), _REFUSED)
        try:
            hashed = await self.desk.parts.passwords.hash(form.get("password"))
        except TooManyHashesError:
            return await self._page(request, found, form, (Wrong("code", "refused.too_many_tries"),), 429)
        way_in = WayIn(password_hash=hashed, totp_secret=secret, totp_step=step)
        if found is None:
            joined = await store.write(
                accept_first,
                token=token,
                name=form.get("name"),
                email=form.get("email"),
                language=self.desk.language(request),
                way_in=way_in,
            )
        else:
            joined = await store.write(accept, self.desk.parts.rules, token=token, way_in=way_in)
        if isinstance(joined, Refused):
            if joined.reason not in _FIELD_OF:
                return self._over(request, joined)
            where = Wrong(_FIELD_OF[joined.reason], f"refused.{joined.reason}")
            return await self._page(request, found, form, (where,), _REFUSED)
        response = see_other(SIGN_IN, {"said": "joined"})
        self.desk.give_language(response, self.desk.language(request))
        return response

    def _wrong(self, form: Form, found: Person | None) -> tuple[Wrong, ...]:
        wrong = []
        if found is None:
            wrong += [
                Wrong(name, f"console.join.{name}_missing")
                for name in ("name", "email")
                if not form.get(name).strip()
            ]
        about = (form.get("name"), form.get("email")) if found is None else (found.name, found.email)
        organisation = self.desk.parts.rules.organisation.organisation.name.values()
        refused = refusal(form.get("password"), about=(*about, *organisation))
        if refused is not None:
            wrong.append(Wrong("password", f"refused.{refused}"))
        elif form.get("password") != form.get("again"):
            wrong.append(Wrong("again", "console.join.again_differs"))
        return tuple(wrong)

    async def _find(self, request: web.Request) -> Person | Refused | None:
        """Whom the secret lets in; None for the first administrator."""
        token = request.match_info["token"]
        if _is_first(request):
            return await self.desk.parts.store.write(_first, token)
        found = await self.desk.parts.store.write(find_invited, token=token)
        if isinstance(found, Person):
            self.desk.speak(request, found.language)
        return found

    async def _page(
        self,
        request: web.Request,
        found: Person | None,
        form: Form,
        wrong: tuple[Wrong, ...],
        status: int,
    ) -> web.Response:
        visitor = self.desk.cookies.read(request, VISITOR)
        session = visitor or self.desk.parts.new_token()
        name = found.email if found else form.get("email") or "tovholder"
        issuer = self.desk.parts.frame.pages.names[self.desk.parts.frame.pages.default_language]
        secret = await self.desk.parts.store.read(_secret, request.match_info["token"])
        address = otp.address(secret, name=name, issuer=issuer)
        response = self.desk.page(
            request,
            "join.html",
            visit=None,
            session=session,
            status=status,
            action=request.path,
            person=found,
            typed=form,
            wrong={each.field: self.desk.say(request, each.key, shortest=SHORTEST) for each in wrong},
            secret_in_groups=otp.in_groups(secret),
            secret_address=address,
            secret_picture=otp.picture(address),
            shortest=SHORTEST,
        )
        if visitor is None:
            self.desk.cookies.put(response, VISITOR, session, same_site="Lax")
        return response

    def _over(self, request: web.Request, refused: Refused) -> web.Response:
        reason = refused.reason if refused.reason in _SAID_OF_A_LINK else Reason.WRONG_CODE
        first = _is_first(request)
        return self.desk.page(
            request, "link_over.html", visit=None, status=_GONE, reason=reason.value, first=first
        )


def _is_first(request: web.Request) -> bool:
    return request.path.startswith(f"{HOME}/first/")


def _first(tx: IntakeTransaction, token: str) -> Refused | None:
    ticket = find_ticket(tx, TicketKind.FIRST_ADMINISTRATOR, token)
    if isinstance(ticket, Refused):
        return ticket
    # Every start hands out a link; once somebody came in by one, the others are over.
    return Refused(Reason.ALREADY_USED) if tx.people.with_role(Role.ADMINISTRATOR) else None


def _secret(tx: IntakeTransaction, token: str) -> str:
    return otp.written(factor_secret(tx, token))


def _step(tx: IntakeTransaction, token: str, typed: str) -> tuple[str, int | None]:
    secret = _secret(tx, token)
    return secret, otp.step_of(secret, typed, at=tx.now)
