"""The frame of every web application here: headers, error pages, files, and forms that are our own."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import hdrs, web

from handlers.web.cookies import LANG, Cookies
from handlers.web.forms import is_foreign
from handlers.web.headers import secure
from handlers.web.languages import wished
from handlers.web.limits import DEFAULT_LIMITS, Limits
from handlers.web.pages import DEFAULT_SHELL, LANGUAGE, SHELL, Pages, Shell
from handlers.web.server import drain
from handlers.web.statics import Statics

log = logging.getLogger(__name__)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What a web application is made with."""

    pages: Pages
    statics: Statics
    https: bool
    own_origin: str | None = None
    """The public address, such as `https://example.org`; without it, the request's own host stands in."""
    limits: Limits = DEFAULT_LIMITS
    unavailable: tuple[type[Exception], ...] = ()
    """What the store raises when nothing can be saved just now."""
    foreign_allowed: frozenset[str] = frozenset()
    """Paths that other machines post to and that prove themselves otherwise, such as the bot's webhook."""
    shell: Shell = DEFAULT_SHELL


def build_app(frame: Frame) -> web.Application:
    """An application without routes of its own but the files'. Handlers raise; this frame turns it into pages."""

    @web.middleware
    async def answer(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[SHELL] = frame.shell
        request.setdefault(LANGUAGE, _language_for(request, frame))
        response = await _respond(request, handler, frame)
        if request.method not in SAFE_METHODS and not request.content.at_eof():
            await drain(request, limits=frame.limits)
            response.force_close()
        return response

    app = web.Application(middlewares=[answer], client_max_size=frame.limits.form_bytes)
    secure(app, https=frame.https)
    frame.statics.add_to(app)
    return app


def _language_for(request: web.Request, frame: Frame) -> str:
    """What was chosen in this browser, else what it asks for, else the organisation's own language."""
    languages = frame.pages.languages
    chosen = Cookies(frame.https).read(request, LANG)
    if chosen in languages:
        return chosen
    return wished(request.headers.get(hdrs.ACCEPT_LANGUAGE, ""), languages) or frame.pages.default_language


async def _respond(request: web.Request, handler: Handler, frame: Frame) -> web.StreamResponse:
    if (
        request.method not in SAFE_METHODS
        and request.path not in frame.foreign_allowed
        and is_foreign(request, own_origin=frame.own_origin)
    ):
        return frame.pages.error(request, 403)
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:  # noqa: PLR2004  a redirect is an answer
            raise
        response = frame.pages.error(request, error.status)
        if isinstance(error, web.HTTPMethodNotAllowed):
            response.headers["Allow"] = ", ".join(sorted(error.allowed_methods))
        return response
    except frame.unavailable:
        log.warning("web.not_saved", extra={"route": route_of(request)})
        return frame.pages.error(request, 503)
    except Exception as error:  # noqa: BLE001  the last net: the fault is logged, and the person gets a page
        log_fault(error, request)
        return frame.pages.error(request, 500)


def log_fault(error: Exception, request: web.Request) -> None:
    """Log where a fault happened and of which kind, never its message, for that may quote what a person wrote."""
    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename.rsplit('/', 1)[-1]}:{frame.lineno} {frame.name}" for frame in frames[-8:]]
    log.error(
        "web.fault", extra={"route": route_of(request), "fault": type(error).__name__, "places": places}
    )


def route_of(request: web.Request) -> str:
    """The route's pattern, such as `/s/{token}`: what a log may hold, where the path may not."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "none"
