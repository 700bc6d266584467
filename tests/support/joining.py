"""What a person reads off the page of a one-time link."""

from __future__ import annotations

import re

_SECRET = re.compile(r"otpauth://totp/[^\"]*[?&;]secret=([A-Z2-7]{32})[&\"]")


def secret_on(html: str) -> str:
    """The second factor that the page offers, as the link to an authenticator app holds it."""
    found = _SECRET.search(html)
    assert found is not None, "the page offers no second factor"
    return found[1]
