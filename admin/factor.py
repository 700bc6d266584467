"""A fresh second factor for acts that need one: asked for on the same form, five minutes after the last."""

from __future__ import annotations

from dataclasses import replace

from aiohttp import web

from admin.desk import Desk, Visit
from admin.otp import step_of
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.people.recovery_codes import DIGITS, verify_recovery_code
from triage.people.sign_in import SignedIn, verify_second_factor
from triage.refusals import Reason, Refused
from triage.rules import Rules

CODE_FIELD = "factor"
RENEWED = web.RequestKey("renewed", str)
"""The new session token of this request, if a factor was given in it; it goes out with the answer."""


async def freshened(desk: Desk, request: web.Request, visit: Visit, form: Form) -> Visit | Refused:
    """The visit with a fresh factor: as it is, or by the code that the form brings. The session gets a new token."""
    if visit.is_fresh:
        return visit
    typed = form.get(CODE_FIELD).strip()
    if not typed:
        return Refused(Reason.SECOND_FACTOR_NEEDED)
    signed = await desk.parts.store.write(give_factor, desk.parts.rules, visit.token, typed)
    if isinstance(signed, Refused):
        return signed
    request[RENEWED] = signed.token or ""
    return replace(visit, session=signed.session, token=signed.token or "", person=signed.person)


def give_factor(tx: IntakeTransaction, rules: Rules, token: str, typed: str) -> SignedIn | Refused:
    """Take what somebody typed as their second factor: the app's code, or one of the longer ones on paper."""
    if sum(sign.isdecimal() for sign in typed) == DIGITS:
        return verify_recovery_code(tx, rules, token=token, typed=typed)
    return verify_second_factor(tx, token=token, step_of=lambda secret: step_of(secret, typed, at=tx.now))
