"""Notices as files: what would have been mailed, while there is no mail server."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from admin.desk import Desk, Visit

_LATEST = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class MailPage:
    """`/desk/mail`."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The latest mails, newest first."""
        mails = self.desk.parts.mails
        if mails is None:
            raise web.HTTPNotFound
        return self.desk.page(
            request, "mail.html", visit=visit, place=mails.place, mails=await mails.read(limit=_LATEST)
        )
