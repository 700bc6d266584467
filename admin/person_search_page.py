"""Searching for the person whom cases are about, and the data protection officer's page of who searched."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from admin.desk import Desk, Visit
from admin.parts import HOME
from admin.queue_page import place_name
from admin.search_page import SEARCH
from admin.weeks import address, before_of, day_of, kept, week_said
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.access.table import Right, allowed_on
from triage.cases.case import Case
from triage.cases.person_search import Candidates, read_searches, search_person
from triage.ids import PersonId, read_code
from triage.refusals import Reason, Refused
from triage.rules import Rules

PERSON_SEARCH = f"{SEARCH}/person"
SEARCHES = f"{HOME}/readings/searches"
_REFUSED = 422
_OFF = 409
_FIELDS = ("name", "phone", "purpose")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonSearchPage:
    """`/desk/search/person`. What is searched for comes in the body of a form, and stands in no address and no log."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The empty form; with `case` for a case about whose person somebody wants to know."""
        case = await self.desk.parts.store.read(_case, request.query.get("case", ""), by=visit.by)
        return self._page(request, visit, Form(), case=case)

    async def take(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Search. Each search is recorded, one that comes in again as well."""
        form = await self.desk.form(request, session=visit.token)
        parts = self.desk.parts
        done, case = await parts.store.write(_search, parts.rules, form, by=visit.by)
        if isinstance(done, Candidates):
            return self._page(request, visit, form, case=case, found=done)
        if done.reason is Reason.NOT_ALLOWED:
            raise web.HTTPNotFound
        if done.reason is Reason.SEARCH_IS_OFF:
            return self._page(request, visit, form, case=case, status=_OFF)
        wrong = {self._field(form, done.reason): self.desk.refused(request, done.reason)}
        if not form.get("purpose").strip():
            wrong["purpose"] = self.desk.refused(request, Reason.PURPOSE_NEEDED)
        return self._page(request, visit, form, case=case, wrong=wrong, status=_REFUSED)

    async def see_searches(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Who searched for a person in a week, when, and what for. Looking is an audit entry."""
        parts = self.desk.parts
        done = await parts.store.write(
            read_searches, parts.rules, by=visit.by, before=before_of(request), day=day_of(request)
        )
        if isinstance(done, Refused):
            raise web.HTTPNotFound
        return self.desk.page(
            request,
            "searches.html",
            visit=visit,
            trail=done,
            week=week_said(self.desk, request, done.week, SEARCHES),
            further=address(SEARCHES, week=kept(done.week), before=done.further) if done.further else "",
        )

    def _field(self, form: Form, reason: Reason) -> str:
        """The field that a refusal is shown at; an identity number or too long a text may stand in more than one."""
        if reason is Reason.PURPOSE_NEEDED:
            return "purpose"
        if reason is Reason.TOO_LONG:
            return max(_FIELDS, key=lambda name: len(form.get(name)))
        asks_name = bool(self.desk.parts.rules.organisation.person_search.names)
        is_phone = reason is Reason.NO_PHONE_NUMBER or not asks_name
        return "phone" if is_phone or (form.get("phone") and not form.get("name").strip()) else "name"

    def _page(
        self,
        request: web.Request,
        visit: Visit,
        form: Form,
        *,
        case: Case | None,
        found: Candidates | None = None,
        wrong: dict[str, str] | None = None,
        status: int = 200,
    ) -> web.Response:
        search = self.desk.parts.rules.organisation.person_search
        rows = [each.row for each in found.offered] if found else []
        return self.desk.page(
            request,
            "person_search.html",
            visit=visit,
            status=status,
            search=search,
            here=PERSON_SEARCH,
            typed={name: form.get(name) for name in _FIELDS},
            wrong=wrong or {},
            case=case,
            found=found,
            rows=rows,
            as_of=visit.now,
            because={each.row.case.id: each.because for each in found.offered} if found else {},
            places={
                row.case.municipality: place_name(self.desk, request, row.case.municipality)
                for row in rows
                if row.case.municipality
            },
        )


def _search(
    tx: IntakeTransaction, rules: Rules, form: Form, *, by: PersonId
) -> tuple[Candidates | Refused, Case | None]:
    case = _case(tx, form.get("case"), by=by)
    done = search_person(
        tx,
        rules,
        by=by,
        name=form.get("name"),
        phone=form.get("phone"),
        purpose=form.get("purpose"),
        case=case,
    )
    return done, case


def _case(tx: IntakeTransaction, typed: str, *, by: PersonId) -> Case | None:
    """The case of this code, if this person may link it to another one."""
    code = read_code(typed)
    found = None if code is None else tx.cases.find(code)
    if found is None or not allowed_on(tx.people.get(by), Right.LINK_CASES, found):
        return None
    return found
