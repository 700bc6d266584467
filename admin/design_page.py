"""Every part that pages are made of, once, for whoever builds them; there only where a setting says so."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from aiohttp import web

from admin.desk import Desk, Visit
from admin.ladder_view import LadderLine
from handlers.web.forms import Form
from triage.clocks.explain import Line, Why
from triage.clocks.policy import Audience
from triage.clocks.span import Span, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleClock:
    """As much of a clock as is drawn of it."""

    started_at: datetime
    anchor_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleView:
    """A clock as pages hold it."""

    clock: SampleClock
    left: timedelta
    since: timedelta
    limit: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignPage:
    """`/desk/design`."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """All parts, drawn by the macros that the pages use; what they say is made up."""
        now, organisation = visit.now, self.desk.parts.rules.organisation
        lang = self.desk.language(request)
        day = timedelta(days=1)
        rung, above = Audience.DUTY_OFFICER, Audience.HEAD
        return self.desk.page(
            request,
            "design.html",
            visit=visit,
            clocks=[_sample(now, since=day, limit=48), _sample(now, since=3 * day, limit=48)],
            lines=[
                LadderLine(rung=rung, told_at=now - day, next=above, next_at=now + day),
                LadderLine(rung=rung, told_at=now - day, by=visit.person.name, until=now + day),
            ],
            account=[
                Line(since=now - day, until=now, why=Why.EVERY_HOUR, counted=day),
                Line(since=now, until=now + day, why=Why.CLOSED_HOURS),
            ],
            lengths=[Span(48, Unit.HOUR), Span(3, Unit.WORKING_DAY), Span(-8, Unit.WEEK)],
            kind=organisation.reporter_kind[0].code,
            number=organisation.number[0],
            full_day=lambda at: self.desk.parts.words.full_date(at, lang),
            people=[visit.person],
            typed=Form(),
            twice=None,
        )


def _sample(now: datetime, *, since: timedelta, limit: int) -> SampleView:
    started_at = now - since
    due_at = started_at + timedelta(hours=limit)
    clock = SampleClock(started_at=started_at, anchor_at=started_at, due_at=due_at)
    return SampleView(clock=clock, left=due_at - now, since=since, limit=Span(limit, Unit.HOUR))
