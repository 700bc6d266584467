"""The one kind of cookie there is: unreadable to scripts, bound to this host, gone with the browser's session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aiohttp import web

SameSite = Literal["Lax", "Strict"]

LANG = "lang"
"""The language that somebody chose in this browser, for pages that do not know who they are for."""


@dataclass(frozen=True, slots=True)
class Cookies:
    """Cookies of one site. Over https the name's prefix makes browsers refuse what another host or plain http sets."""

    https: bool

    def name(self, plain: str) -> str:
        """The cookie's name as the browser knows it."""
        return f"__Host-{plain}" if self.https else plain

    def read(self, request: web.Request, plain: str) -> str | None:
        """The cookie's value, if the browser sent one."""
        return request.cookies.get(self.name(plain)) or None

    def put(
        self,
        response: web.StreamResponse,
        plain: str,
        value: str,
        *,
        same_site: SameSite,
        seconds: int | None = None,
    ) -> None:
        """Give the browser a cookie that ends with the browser's session, or earlier: after so many seconds."""
        response.set_cookie(
            self.name(plain),
            value,
            path="/",
            secure=self.https,
            httponly=True,
            samesite=same_site,
            max_age=seconds,
        )

    def drop(self, response: web.StreamResponse, plain: str, *, same_site: SameSite) -> None:
        """Take the cookie back."""
        response.del_cookie(self.name(plain), path="/", secure=self.https, httponly=True, samesite=same_site)
