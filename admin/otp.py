"""The second factor: codes of an authenticator app (TOTP, 30 seconds, six digits)."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime

import pyotp
import segno
from markupsafe import Markup

SECONDS = 30
_DIGITS = 6
_DRIFT = 1
"""Steps before and after the present one that count: clocks of phones are not exact."""
_GROUP = 4
_QUIET_ZONE = 4
"""Empty modules around the code, as its standard asks."""


def written(secret: bytes) -> str:
    """A secret as authenticator apps take it."""
    return base64.b32encode(secret).decode("ascii")


def step_of(secret: str, typed: str, *, at: datetime) -> int | None:
    """The time step that the typed code belongs to, near this instant; None for any other code."""
    code = "".join(typed.split())
    if len(code) != _DIGITS or not (code.isascii() and code.isdigit()):
        return None
    now = int(at.timestamp()) // SECONDS
    app = pyotp.HOTP(secret)
    found = None
    for step in range(now - _DRIFT, now + _DRIFT + 1):
        # All of them are compared, whichever fits: how long it takes says nothing.
        if hmac.compare_digest(app.at(step), code):
            found = step
    return found


def in_groups(secret: str) -> str:
    """The secret as a person copies it by hand."""
    return " ".join(secret[place : place + _GROUP] for place in range(0, len(secret), _GROUP))


def address(secret: str, *, name: str, issuer: str) -> str:
    """The `otpauth:` address that opens an authenticator app on the same device."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=issuer)


def picture(address: str) -> Markup:
    """The address as a QR code, for the camera of an authenticator app. Dark on light in any light, as cameras need it.

    It is drawn here, so that no third party sees the secret and the page needs no script.
    """
    code = segno.make_qr(address, error="m")
    # What it draws is paths of numbers: nothing of the address stands in it as text.
    return Markup(code.svg_inline(border=_QUIET_ZONE, dark="#000", light="#fff", omitsize=True))  # noqa: S704
