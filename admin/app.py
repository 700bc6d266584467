"""The console's application."""

from __future__ import annotations

from aiohttp import web

from admin.parts import ConsoleParts
from handlers.web.app import Frame, build_app
from handlers.web.pages import Shell
from handlers.web.statics import Statics


def build_console(parts: ConsoleParts) -> web.Application:
    """The console, to be mounted at `/desk`."""
    frame = Frame(
        pages=parts.pages,
        statics=Statics.read(),
        https=parts.console_url.startswith("https://"),
        shell=Shell(console=True, home="/desk"),
    )
    return build_app(frame)
