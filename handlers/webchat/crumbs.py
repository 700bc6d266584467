"""The cookies, all for the browser's session, and what may be read from them."""

from __future__ import annotations

from aiohttp import web

from handlers.web.cookies import Cookies

DOOR = "s"
"""The cookie that leads to the door."""
LEFT = "l"
"""Set by the quick exit, until the person says "yes, go on"."""
HERE = "h"
"""Set by the answer to an own form, for the page that follows."""
NOTE = "n"
"""One word for the next page, such as that an old button was pressed."""
OPENED = "o"
"""Says that this browser had a door: so the page can say when its time was up."""
FROM_CHAT = "chat"
"""What `OPENED` says of a door that a chat opened: there, what is unsent can still be gone on with."""
TICKET = "k"
"""The secret of a one-time link's page: what this browser holds besides stays untouched."""

HERE_SECONDS = 30
NOTE_SECONDS = 60


def is_here(request: web.Request, cookies: Cookies) -> bool:
    """Whether the page was reached from this site itself: the browser says so, or an own form was just answered."""
    site = request.headers.get("Sec-Fetch-Site")
    return site == "same-origin" if site is not None else cookies.read(request, HERE) is not None


def drop_once(request: web.Request, response: web.StreamResponse, cookies: Cookies) -> None:
    """Take back the cookies that count for one page only."""
    for name in (HERE, NOTE):
        if cookies.read(request, name) is not None:
            cookies.drop(response, name, same_site="Lax")


def forget_browser(response: web.Response, cookies: Cookies) -> web.Response:
    """Take back the cookies of a door that is shut."""
    for name in (DOOR, OPENED):
        cookies.drop(response, name, same_site="Lax")
    return response
