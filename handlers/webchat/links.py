"""The one-time link out of a chat: a page with a button, and the way in that the button uses up."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from handlers.dialog.conversation import LinkPurpose
from handlers.web.forms import is_own_form, read_form
from handlers.web.server import client_address
from handlers.webchat import visit
from handlers.webchat.base import Routes
from handlers.webchat.crumbs import DOOR, FROM_CHAT, LEFT, OPENED, TICKET
from handlers.webchat.doors import next_token
from handlers.webchat.show import MOVE
from triage.refusals import Reason, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRoutes(Routes):
    """The routes at `/s/…`."""

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/s/{secret}", self.offer)
        app.router.add_post("/s/{secret}", self.use)

    async def offer(self, request: web.Request) -> web.StreamResponse:
        """A button, whatever the link: looking at it, as a preview does, uses nothing up and learns nothing."""
        ticket = self.cookies.read(request, TICKET) or self.parts.new_token()
        response = self.shower.link(request, ticket)
        self.cookies.put(response, TICKET, ticket, same_site="Strict")
        return response

    async def use(self, request: web.Request) -> web.StreamResponse:
        """Use the link up, and go to a clean address."""
        form = await read_form(request, limits=self.parts.frame.limits)
        ticket = self.cookies.read(request, TICKET)
        if ticket is None or not is_own_form(form, key=self.parts.csrf_key, session=ticket):
            return self.parts.frame.pages.error(request, 403)
        secret = request.match_info["secret"]
        # Whoever made this browser hold a ticket of theirs does not hold the door that it opens.
        token = next_token(self.parts.csrf_key, f"{ticket}/{secret}")
        outcome = await self.parts.store.write(
            visit.use_link,
            self.parts,
            secret,
            token,
            address=client_address(request, trusted=self.parts.trusted),
        )
        if isinstance(outcome, Refused):
            if outcome.reason is Reason.TOO_MANY_TRIES:
                return self.parts.frame.pages.error(request, 429)
            return self.shower.link_used(request)
        response = self.go_to(MOVE if outcome is LinkPurpose.MOVE else "/")
        self.cookies.put(response, DOOR, token, same_site="Lax")
        self.cookies.put(response, OPENED, FROM_CHAT, same_site="Lax")
        self.cookies.drop(response, LEFT, same_site="Lax")
        return response
