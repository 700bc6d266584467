"""Where the reporters' pages are found, as people write it down and read it out."""

from __future__ import annotations

from aiohttp import web

CODE_PAGE = "/kode"
"""The page that takes a receipt code."""


def address_of(request: web.Request, path: str, *, public_url: str) -> str:
    """The whole address of a page: at the public address, or where this request came in when there is none."""
    return f"{public_url.rstrip('/') or f'{request.scheme}://{request.host}'}{path}"
