"""What every response says about itself: to whom it may be shown, what it may load, that nothing keeps it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from aiohttp import hdrs, web

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
"""Nothing but our own files; no inline style or script, no frame, no plug-in, no form that leaves."""

ALWAYS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "X-Frame-Options": "DENY",
        "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
        "X-Robots-Tag": "noindex",
        "Cache-Control": "no-store",
    },
)
"""Set where the response did not choose its own."""

STRICT_TRANSPORT = "max-age=31536000; includeSubDomains"
FOR_EVER = "public, max-age=31536000, immutable"
"""The caching of a file whose address holds the hash of its content."""


def dress(response: web.StreamResponse, *, https: bool) -> None:
    """Give a response the headers that it did not choose itself."""
    for name, value in ALWAYS.items():
        response.headers.setdefault(name, value)
    if https:
        response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT)
    response.headers.popall(hdrs.SERVER, None)


def secure(app: web.Application, *, https: bool) -> None:
    """Dress every response of this app: a signal is used, for it also reaches errors that no handler made."""

    async def on_prepare(_request: web.Request, response: web.StreamResponse) -> None:
        dress(response, https=https)

    app.on_response_prepare.append(on_prepare)
