"""How the house is, in words: what works, what does not and since when, what nobody knows."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from admin.desk import Desk, Visit
from triage.house.health import read_health
from triage.refusals import Refused

_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthPage:
    """`/desk/health`; a short form for whoever is on duty."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """What the last round of the watchdog saw."""
        view = await self.desk.parts.store.read(read_health, by=visit.by)
        if isinstance(view, Refused):
            raise web.HTTPNotFound
        size = None if view.report is None else view.report.database_bytes
        return self.desk.page(
            request,
            "health.html",
            visit=visit,
            view=view,
            report=view.report,
            mails_stay=self.desk.parts.mails is not None,
            megabytes=None if size is None else max(1, round(size / _MEGABYTE)),
        )
