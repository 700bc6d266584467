"""The page that shows every part, for those who build pages; it is there only where wiring adds it."""

from __future__ import annotations

from aiohttp import web

from handlers.web.pages import Pages


def add_design_page(app: web.Application, pages: Pages) -> None:
    """Serve `/design`; with `?console` in the console's dress."""

    async def design(request: web.Request) -> web.Response:
        return pages.html(request, "design.html", console="console" in request.query)

    app.router.add_get("/design", design)
