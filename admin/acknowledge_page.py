"""The page behind the link of a mail: one button that says "I have it", for whoever the mail was written to.

Nobody signs in, so nothing stands here but a neutral sentence and the case's code. Looking changes nothing: programs
that follow every link of a mail follow this one, too.
"""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from admin.desk import Desk, see_other
from admin.parts import HOME
from handlers.web.forms import read_form
from triage.notices.acknowledge import Acknowledgement, Stand, count_wrong_link, open_link, take_link
from triage.refusals import Reason, Refused

BACK_TO_CASE = "case"
_GONE = 410
_BUSY = 429


@dataclass(frozen=True, slots=True, kw_only=True)
class AcknowledgePage:
    """`/ack/{token}`. The token itself is what a form of ours has to hold: another site knows none."""

    desk: Desk

    async def see(self, request: web.Request) -> web.StreamResponse:
        """The button, or who has it by now."""
        store, source = self.desk.parts.store, self.desk.source(request)
        found = await store.read(open_link, token=request.match_info["token"], source=source)
        if isinstance(found, Refused) and found.reason is Reason.WRONG_CODE:
            await store.write(count_wrong_link, source=source)
        return self._page(request, found)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Acknowledge, and show how it stands now; a second press changes nothing."""
        parts = self.desk.parts
        form = await read_form(request, limits=parts.frame.limits)
        token = request.match_info["token"]
        done = await parts.store.write(take_link, parts.rules, token=token, source=self.desk.source(request))
        if isinstance(done, Refused):
            return self._page(request, done)
        # Whoever pressed it on the page of the case is signed in and stays there.
        to_case = done.code is not None and form.get("back") == BACK_TO_CASE
        return see_other(f"{HOME}/case/{done.code}" if to_case else request.path)

    def _page(self, request: web.Request, found: Acknowledgement | Refused) -> web.Response:
        if isinstance(found, Refused):
            busy = found.reason is Reason.TOO_MANY_TRIES
            why = "busy" if busy else "over" if found.reason is Reason.NOT_WAITING else "unknown"
            status = _BUSY if busy else _GONE
            return self.desk.page(
                request,
                "acknowledge.html",
                visit=None,
                status=status,
                why=why,
                code=None,
                until="",
                action="",
            )
        self.desk.speak(request, found.reader.language)
        until = "" if found.until is None else self.desk.when(request, found.until, now=found.at)
        return self.desk.page(
            request,
            "acknowledge.html",
            visit=None,
            why=found.stand.value,
            code=found.code,
            until=until,
            action=request.path if found.stand is Stand.OPEN else "",
        )
