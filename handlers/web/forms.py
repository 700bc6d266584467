"""Forms as they come in: read by our own hand, bounded in size and time, and known to come from our own pages.

`request.post()` is never used: its multipart reader can be overrun far beyond any limit.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, urlsplit

from aiohttp import hdrs, web

from handlers.web.limits import Limits

URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
MOST_FIELDS = 500
CSRF_FIELD = "csrf"
_BOUNDARY = re.compile(r'boundary="?([0-9A-Za-z\'()+_,./:=? -]{1,70})"?', re.ASCII)
_FIELD = re.compile(
    rb'^content-disposition:[^\r\n]*?[; ]name="([^"\r\n]{0,80})"', re.IGNORECASE | re.MULTILINE
)


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form. A field that came twice counts by its last value, unless all are asked for.

    Values are text of any kind: NUL and broken characters are let through here, and cleaned before they are stored.
    """

    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    def get(self, name: str, default: str = "") -> str:
        """The field's last value."""
        return self.values.get(name, (default,))[-1]

    def all(self, name: str) -> tuple[str, ...]:
        """Every value of the field, in order: what check boxes send."""
        return self.values.get(name, ())

    def __contains__(self, name: object) -> bool:
        return name in self.values

    @property
    def mark(self) -> str:
        """By what a repeat is known: the form's own id together with what it says.

        Someone who goes back in the browser and corrects what they wrote sends the same id with other words.
        """
        said = sorted((name, values) for name, values in self.values.items() if name != CSRF_FIELD)
        return hashlib.sha256(repr(said).encode("utf-8", "replace")).hexdigest()


async def read_body(request: web.Request, *, most: int, limits: Limits) -> bytes:
    """The whole body. Raises 413 above `most` bytes, 408 when it does not arrive in time, 415 when it is packed."""
    if request.headers.get(hdrs.CONTENT_ENCODING, "identity").lower() != "identity":
        # A packed body could unfold into anything.
        raise web.HTTPUnsupportedMediaType
    if (request.content_length or 0) > most:
        raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=request.content_length or 0)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds):
            while chunk := await request.content.readany():
                body += chunk
                if len(body) > most:
                    raise web.HTTPRequestEntityTooLarge(max_size=most, actual_size=len(body))
    except TimeoutError as error:
        raise web.HTTPRequestTimeout from error
    return bytes(body)


async def read_form(request: web.Request, *, limits: Limits) -> Form:
    """The form in the body. Raises 415 for any other kind of body, 413 for too large a one, 408 for too slow a one."""
    if request.content_type != URLENCODED:
        raise web.HTTPUnsupportedMediaType
    body = await read_body(request, most=limits.form_bytes, limits=limits)
    try:
        pairs = parse_qsl(
            body.decode("utf-8", "replace"),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            errors="replace",
        )
    except ValueError as error:
        raise web.HTTPRequestEntityTooLarge(max_size=MOST_FIELDS, actual_size=len(body)) from error
    values: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        values[name] = (*values.get(name, ()), value)
    return Form(values)


async def read_upload(request: web.Request, *, file: str, limits: Limits) -> tuple[Form, bytes]:
    """A form that brings a file in the field of this name; the file's own name and kind are not looked at.

    A form without one (`application/x-www-form-urlencoded`) brings the text of that field. Raises as `read_form`.
    """
    if request.content_type != MULTIPART:
        form = await read_form(request, limits=limits)
        return form, form.get(file).encode("utf-8", "replace")
    found = _BOUNDARY.search(request.headers.get(hdrs.CONTENT_TYPE, ""))
    if found is None:
        raise web.HTTPUnsupportedMediaType
    body = await read_body(request, most=limits.upload_bytes, limits=limits)
    values: dict[str, tuple[str, ...]] = {}
    brought = b""
    parts = (b"\r\n" + body).split(b"\r\n--" + found[1].encode("latin-1", "replace"))
    if len(parts) > MOST_FIELDS:
        raise web.HTTPRequestEntityTooLarge(max_size=MOST_FIELDS, actual_size=len(body))
    for part in parts[1:]:
        head, _, content = part.partition(b"\r\n\r\n")
        named = _FIELD.search(head)
        if named is None:
            continue
        name = named[1].decode("utf-8", "replace")
        if name == file:
            brought = content
        else:
            values[name] = (*values.get(name, ()), content.decode("utf-8", "replace"))
    return Form(values), brought


def is_foreign(request: web.Request, *, own_origin: str | None = None) -> bool:
    """Whether the browser says that another site sent this. Silence is not foreign: the form's token decides then.

    Our pages send no referrer, and browsers then write the origin of an own form as `null`; so `null` is silence.
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site not in {"same-origin", "none"}
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None or origin == "null":
        return False
    try:
        host = urlsplit(origin).netloc
    except ValueError:
        return True
    return origin != own_origin and host != request.host


def csrf_token(key: bytes, session: str) -> str:
    """The token that a form of this session carries: bound to the session's cookie, worthless with another."""
    return hmac.new(key, b"csrf\0" + session.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def is_own_form(form: Form, *, key: bytes, session: str) -> bool:
    """Whether the form carries the token of this session. Compared in constant time."""
    given = form.get(CSRF_FIELD).encode("utf-8", "replace")
    return hmac.compare_digest(given, csrf_token(key, session).encode())
