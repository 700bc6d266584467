"""What staff were told and what became of it; how each way of telling them stands."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from admin.desk import Desk, Visit
from triage.notices.life import Life, read_notices
from triage.refusals import Refused

_NOT_FILLED = dict.fromkeys(("due", "fell_due", "late", "left", "link", "late_minutes"), "")

_WHY = {
    "bad_address": "address",
    "mailbox_refused": "address",
    "mail_returned": "returned",
    "forbidden": "shut",
    "gone": "shut",
}
"""The end of the text key that says what an error means for people; every other one is the way's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticesPage:
    """`/desk/notices`."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The channels, and the latest notices, newest first."""
        parts = self.desk.parts
        found = await parts.store.read(read_notices, parts.rules.channels, by=visit.by)
        if isinstance(found, Refused):
            raise web.HTTPNotFound
        return self.desk.page(
            request,
            "notices.html",
            visit=visit,
            channels=found.channels,
            lives=[(self._subject(request, life), life) for life in found.lives],
            why=lambda error: self._why(request, error),
            now=visit.now,
            mails_stay=parts.mails is not None,
        )

    def _why(self, request: web.Request, error: str) -> str:
        """What kept a notice, in words."""
        end = _WHY.get(error, "line")
        return self.desk.say(request, f"console.notices.why.{end}")

    def _subject(self, request: web.Request, life: Life) -> str:
        """What the notice said, without the code where its reader may not know of the case."""
        code = life.case_code or self.desk.say(request, "console.notices.some_case")
        return self.desk.say(request, f"{life.key}.subject", code=code, **_NOT_FILLED)
