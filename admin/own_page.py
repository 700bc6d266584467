"""The page about oneself: password, language, and where notices go."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from admin.desk import Desk, Visit, Wrong, see_other
from admin.doors import signed_out
from admin.factor import freshened
from admin.parts import HOME
from admin.passwords import SHORTEST, TooManyHashesError, refusal
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.ids import PersonId
from triage.limits import Limit
from triage.people.duty import LINK_CODE_LIVES, make_link_code, unlink_telegram
from triage.people.passkey_sign_in import own_passkeys
from triage.people.recovery_codes import codes_left, make_recovery_codes
from triage.people.sign_in import (
    ACCOUNT_TRIES,
    end_own_session,
    own_sessions,
    session_mark,
    sign_out_everywhere,
)
from triage.people.upkeep import change_language, change_password, change_sms, clear_sms
from triage.refusals import Reason, Refused

ME = f"{HOME}/me"
_REFUSED = 422
_SAID = frozenset(
    {
        "password",
        "language",
        "unlinked",
        "sms",
        "no_sms",
        "session_ended",
        "session_gone",
        "passkey",
        "no_passkey",
        "passkey_gone",
    }
)
_OWN_TRIES: Limit = ACCOUNT_TRIES


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnPage:
    """`/desk/me` and its forms."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The page."""
        return await self._page(request, visit, said=request.query.get("said", ""))

    async def back(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The address of a form, looked at: the page."""
        del request, visit
        return see_other(ME)

    async def take_password(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Change the password: the old one shows that it is the person; other browsers are signed out."""
        form = await self.desk.form(request, session=visit.token)
        parts = self.desk.parts
        about = (visit.person.name, visit.person.email)
        kept = visit.person.password_hash
        try:
            if not await parts.store.write(_may_try, visit.by):
                return await self._page(
                    request, visit, wrong=(Wrong("old", "refused.too_many_tries"),), status=429
                )
            if not await parts.passwords.matches(form.get("old"), kept):
                return await self._page(
                    request, visit, wrong=(Wrong("old", "console.me.password.old_wrong"),)
                )
            refused = refusal(form.get("password"), about=about)
            if refused is not None:
                return await self._page(request, visit, wrong=(Wrong("password", f"refused.{refused}"),))
            if form.get("password") != form.get("again"):
                return await self._page(request, visit, wrong=(Wrong("again", "console.join.again_differs"),))
            hashed = await parts.passwords.hash(form.get("password"))
        except TooManyHashesError:
            return await self._page(
                request, visit, wrong=(Wrong("old", "refused.too_many_tries"),), status=429
            )
        done = await parts.store.write(
            change_password,
            by=visit.by,
            password_hash=hashed,
            checked=kept or "",
            keep=visit.session.digest,
        )
        if isinstance(done, Refused):
            return await self._page(request, visit, wrong=(Wrong("old", f"refused.{done.reason}"),))
        return see_other(ME, {"said": "password"})

    async def take_language(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Speak another language from now on."""
        form = await self.desk.form(request, session=visit.token)
        language = form.get("language")
        if language not in self.desk.parts.words.languages():
            raise web.HTTPBadRequest
        await self.desk.parts.store.write(change_language, by=visit.by, language=language)
        response = see_other(ME, {"said": "language"})
        self.desk.give_language(response, language)
        return response

    async def link(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Show a code that the person types to the bot. It stands on this answer only."""
        await self.desk.form(request, session=visit.token)
        if self.desk.parts.bot_name is None:
            raise web.HTTPNotFound
        code = await self.desk.parts.store.write(make_link_code, by=visit.by)
        if isinstance(code, Refused):
            raise web.HTTPNotFound
        return await self._page(request, visit, code=code, status=200)

    async def unlink(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Send no more notices to the person's chat."""
        await self.desk.form(request, session=visit.token)
        await self.desk.parts.store.write(unlink_telegram, by=visit.by)
        return see_other(ME, {"said": "unlinked"})

    async def take_sms(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Wake the person by SMS too."""
        form = await self.desk.form(request, session=visit.token)
        typed = form.get("number")
        done = await self.desk.parts.store.write(change_sms, by=visit.by, typed=typed)
        if isinstance(done, Refused):
            return await self._page(
                request, visit, wrong=(Wrong("number", f"refused.{done.reason}"),), typed=form
            )
        return see_other(ME, {"said": "sms"})

    async def clear_sms(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Send no SMS any more."""
        await self.desk.form(request, session=visit.token)
        await self.desk.parts.store.write(clear_sms, by=visit.by)
        return see_other(ME, {"said": "no_sms"})

    async def make_codes(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Make recovery codes, which are shown on this answer only, with a fresh factor."""
        form = await self.desk.form(request, session=visit.token)
        fresh = await freshened(self.desk, request, visit, form)
        if isinstance(fresh, Refused):
            return await self._page(request, visit, wrong=(Wrong("codes", f"refused.{fresh.reason}"),))
        parts = self.desk.parts
        codes = await parts.store.write(make_recovery_codes, parts.rules, by=visit.by)
        return self.desk.page(request, "recovery_codes.html", visit=fresh, codes=codes)

    async def leave_one(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """End one session of the person, in another browser; this one ends by signing out."""
        form = await self.desk.form(request, session=visit.token)
        mark = form.get("session")
        if mark == session_mark(visit.session):
            raise web.HTTPNotFound
        done = await self.desk.parts.store.write(end_own_session, by=visit.by, mark=mark)
        return see_other(ME, {"said": "session_ended" if done else "session_gone"})

    async def leave_everywhere(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """End every session of the person, this one too."""
        await self.desk.form(request, session=visit.token)
        await self.desk.parts.store.write(sign_out_everywhere, by=visit.by)
        return signed_out(self.desk)

    async def refused(
        self, request: web.Request, visit: Visit, field: str, reason: Reason
    ) -> web.StreamResponse:
        """The page, with what was refused."""
        return await self._page(request, visit, wrong=(Wrong(field, f"refused.{reason}"),))

    async def _page(
        self,
        request: web.Request,
        visit: Visit,
        *,
        said: str = "",
        wrong: tuple[Wrong, ...] = (),
        code: str = "",
        typed: Form | None = None,
        status: int | None = None,
    ) -> web.Response:
        words = self.desk.parts.words
        sessions = await self.desk.parts.store.read(own_sessions, by=visit.by)
        left = await self.desk.parts.store.read(codes_left, by=visit.by)
        passkeys = await self.desk.parts.store.read(own_passkeys, by=visit.by)
        return self.desk.page(
            request,
            "me.html",
            visit=visit,
            status=status or (_REFUSED if wrong else 200),
            wrong={each.field: self.desk.say(request, each.key, shortest=SHORTEST) for each in wrong},
            said=said if said in _SAID else "",
            languages=[(each, words.name_of(each)) for each in words.languages()],
            bot_name=self.desk.parts.bot_name,
            link_code=f"{code[:4]}-{code[4:]}" if code else "",
            link_lives=LINK_CODE_LIVES,
            shortest=SHORTEST,
            sms=self.desk.parts.sms,
            sessions=[(each, session_mark(each), each.digest == visit.session.digest) for each in sessions],
            passkeys=passkeys,
            codes_left=left,
            fresh=visit.is_fresh,
            typed=typed or Form(),
        )


def _may_try(tx: IntakeTransaction, by: PersonId) -> bool:
    return _OWN_TRIES.allows(tx, f"own:{by}")
