"""Finding a case: by its code, or by when it came, from where, how it stands, and which authority was asked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlencode
from uuid import UUID

from aiohttp import web

from admin.desk import Desk, Visit, see_other
from admin.parts import HOME
from admin.queue_page import place_name
from admin.times import instant
from triage.access.table import Right
from triage.cases.case import CaseState
from triage.cases.searching import FoundCases, FoundPlace, Wanted, search_cases
from triage.ids import CaseId, read_code
from triage.refusals import Refused

SEARCH = f"{HOME}/search"
_FIELDS = ("code", "from", "until", "place", "state", "authority")
_REFUSED = 422


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchPage:
    """`/desk/search`: a form whose answer has an address of its own, so that it can be come back to."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The form, and what was found once something is looked for."""
        typed = {name: request.query.get(name, "").strip() for name in _FIELDS}
        code = read_code(typed["code"])
        if code is not None:
            return see_other(f"{HOME}/case/{code}")
        wrong = {"code": self.desk.say(request, "console.search.no_code")} if typed["code"] else {}
        wanted = self._wanted(request, typed, wrong)
        found: FoundCases | None = None
        if wanted.named and not wrong:
            parts = self.desk.parts
            done = await parts.store.write(
                search_cases,
                parts.rules,
                by=visit.by,
                wanted=wanted,
                after=_place(request.query.get("after", "")),
            )
            if isinstance(done, Refused):
                raise web.HTTPNotFound
            found = done
        places = {row.case.municipality for row in found.rows if row.case.municipality} if found else set()
        return self.desk.page(
            request,
            "search.html",
            visit=visit,
            status=_REFUSED if wrong else 200,
            typed=typed,
            wrong=wrong,
            found=found,
            may_search_person=self.desk.parts.rules.organisation.person_search.allowed
            and visit.may(Right.SEARCH_PERSON),
            further=_further(typed, found),
            states=list(CaseState),
            authorities=[each.code for each in self.desk.parts.rules.organisation.authority],
            as_of=visit.now,
            places={place: place_name(self.desk, request, place) for place in places},
        )

    def _wanted(self, request: web.Request, typed: dict[str, str], wrong: dict[str, str]) -> Wanted:
        """What is looked for; fields that say nothing readable are noted in `wrong`."""
        known = {each.code for each in self.desk.parts.rules.organisation.authority}
        return Wanted(
            since=self._day(request, "from", typed, wrong),
            until=self._day(request, "until", typed, wrong, behind=timedelta(days=1)),
            municipality=self._municipality(request, typed, wrong),
            state=CaseState(typed["state"]) if typed["state"] in set(CaseState) else None,
            authority=typed["authority"] if typed["authority"] in known else None,
        )

    def _day(
        self,
        request: web.Request,
        name: str,
        typed: dict[str, str],
        wrong: dict[str, str],
        *,
        behind: timedelta = timedelta(),
    ) -> datetime | None:
        """When the day begins on the organisation's clocks, or the one after it."""
        if not typed[name]:
            return None
        calendar = self.desk.parts.rules.calendar
        found = instant(calendar, date=typed[name], time="12:00")
        if not isinstance(found, datetime):
            wrong[name] = self.desk.say(request, "console.search.no_date")
            return None
        day: date = calendar.local(found).date() + behind
        return datetime.combine(day, datetime.min.time(), tzinfo=calendar.zone).astimezone(UTC)

    def _municipality(self, request: web.Request, typed: dict[str, str], wrong: dict[str, str]) -> str | None:
        if not typed["place"]:
            return None
        found = self.desk.parts.places.search(typed["place"])
        if not found.places or (len(found.places) > 1 and not found.sure):
            wrong["place"] = self.desk.say(request, "console.search.no_place")
            return None
        return found.places[0].code


def _further(typed: dict[str, str], found: FoundCases | None) -> str:
    """The query of the next page; empty where this is the last."""
    if found is None or found.further is None:
        return ""
    place = f"{found.further.received_at.timestamp()!r}-{found.further.id.hex}"
    return urlencode({**{name: value for name, value in typed.items() if value}, "after": place})


def _place(written: str) -> FoundPlace | None:
    """The place that was written so; None for anything else, and the list then begins at its beginning."""
    at, _, case_id = written.partition("-")
    try:
        return FoundPlace(received_at=datetime.fromtimestamp(float(at), UTC), id=CaseId(UUID(hex=case_id)))
    except (ValueError, OverflowError, OSError):
        return None
