"""The second factor: codes of an authenticator app (TOTP, 30 seconds, six digits)."""

from __future__ import annotations

import base64
import hmac
from datetime import datetime

import pyotp

SECONDS = 30
_DIGITS = 6
_DRIFT = 1
"""Steps before and after the present one that count: clocks of phones are not exact."""
_SECRET_SIGNS = 32
_GROUP = 4


def new_secret(token: str) -> str:
    """A secret of 160 bits from a fresh random token of at least as many."""
    drawn = hmac.digest(b"totp", token.encode(), "sha256")[:20]
    return base64.b32encode(drawn).decode("ascii")


def is_secret(text: str) -> bool:
    """Whether the text is a secret as `new_secret` makes them."""
    try:
        return len(text) == _SECRET_SIGNS and len(base64.b32decode(text)) == _SECRET_SIGNS * 5 // 8
    except ValueError:
        return False


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
