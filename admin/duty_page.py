"""The roster: who has the duty now and next, the weeks ahead with gaps first, and what may be changed of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID

from aiohttp import web

from admin.desk import Desk, Visit, Wrong, once, person_of, see_other
from admin.duty_forms import Bad, absence_of, pattern_of, shift_of
from admin.parts import HOME
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.access.table import Right
from triage.ids import AbsenceId, PersonId, ShiftId
from triage.people.outlook import Outlook, read_outlook
from triage.people.person import Person
from triage.people.roster import Shift
from triage.people.rostering import (
    MOST_DEPUTIES,
    MOST_WEEKS,
    Overlap,
    add_absence,
    add_pattern,
    add_shift,
    may_have_shifts,
    move_shift,
    remove_absence,
    remove_shift,
    set_deputies,
)
from triage.refusals import Reason, Refused
from triage.rules import Rules

DUTY = f"{HOME}/duty"
_REFUSED = 422
_SAID = frozenset(
    {
        "shift_added",
        "shift_moved",
        "shift_removed",
        "pattern_added",
        "absence_added",
        "absence_removed",
        "deputies_set",
        "roster_imported",
        "roster_gone",
    }
)
_FIELD_OF = {
    Reason.ENDS_BEFORE_START: "until",
    Reason.SHIFT_TOO_LONG: "until",
    Reason.IN_THE_PAST: "date",
    Reason.TOO_LONG_AWAY: "until_date",
    Reason.NO_DUTY_OFFICER: "person",
    Reason.NOTHING_CHOSEN: "date",
    Reason.TOO_MANY_WEEKS: "weeks",
    Reason.DEPUTY_RING: "deputy0",
    Reason.OWN_DEPUTY: "deputy0",
    Reason.NOT_FOUND: "deputy0",
}

UseCase: TypeAlias = Callable[[IntakeTransaction], object]


class NotKeptError(Exception):
    """Ends the transaction of a form that was refused, so that nothing of it is kept, its being taken included."""

    def __init__(self, why: Refused | Overlap) -> None:
        super().__init__()
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A form that was not taken: which, what was typed, and what is wrong with it, in words."""

    form: str
    typed: Form
    wrong: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What the page draws, as it was read in one transaction."""

    outlook: Outlook
    officers: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyPage:
    """`/desk/duty` and its forms."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The roster."""
        return await self.page(request, visit)

    async def add_shift(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Put somebody on the roster."""
        form = await self.desk.form(request, session=visit.token)
        span = shift_of(self._rules.calendar, form)
        if isinstance(span, Bad):
            return await self._bad(request, visit, "shift", form, span)
        return await self._do(
            request,
            visit,
            "shift",
            form,
            lambda tx: add_shift(tx, by=visit.by, person_id=span.person_id, start=span.start, end=span.end),
            said="shift_added",
        )

    async def add_pattern(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Put in a week's pattern for some weeks."""
        form = await self.desk.form(request, session=visit.token)
        pattern = pattern_of(self._rules.calendar, form)
        if isinstance(pattern, Bad):
            return await self._bad(request, visit, "pattern", form, pattern)
        return await self._do(
            request,
            visit,
            "pattern",
            form,
            lambda tx: add_pattern(
                tx,
                self._rules,
                by=visit.by,
                first_day=pattern.first_day,
                weeks=pattern.weeks,
                pattern=pattern.people,
            ),
            said="pattern_added",
        )

    async def add_absence(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Note an absence, one's own or, for the head, anybody's."""
        form = await self.desk.form(request, session=visit.token)
        span = absence_of(self._rules.calendar, form, person_id=self._whose(visit, form))
        if isinstance(span, Bad):
            return await self._bad(request, visit, "absence", form, span)
        return await self._do(
            request,
            visit,
            "absence",
            form,
            lambda tx: add_absence(tx, by=visit.by, person_id=span.person_id, start=span.start, end=span.end),
            said="absence_added",
        )

    async def remove_absence(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Take an absence back."""
        form = await self.desk.form(request, session=visit.token)
        absence_id = AbsenceId(_id(request, "absence"))
        return await self._do(
            request,
            visit,
            "absence",
            form,
            lambda tx: remove_absence(tx, by=visit.by, absence_id=absence_id),
            said="absence_removed",
        )

    async def set_deputies(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Say who stands in for somebody."""
        form = await self.desk.form(request, session=visit.token)
        whose = self._whose(visit, form)
        if whose is None:
            missing = Bad((Wrong("person", "console.duty.person_missing"),))
            return await self._bad(request, visit, "deputies", form, missing)
        chosen = [person_of(form, f"deputy{place}") for place in range(MOST_DEPUTIES)]
        deputies = [each for each in chosen if each is not None]
        return await self._do(
            request,
            visit,
            "deputies",
            form,
            lambda tx: set_deputies(tx, by=visit.by, person_id=whose, deputies=deputies),
            said="deputies_set",
        )

    async def see_shift(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """One shift, to be moved or taken away."""
        return await self._shift_page(request, visit)

    async def change_shift(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Move the shift, or take it away."""
        form = await self.desk.form(request, session=visit.token)
        shift_id = ShiftId(_id(request, "shift"))
        key = once(request, form, by=visit.by)
        if form.get("do") == "remove":
            done = await self._run(key, lambda tx: remove_shift(tx, by=visit.by, shift_id=shift_id))
            return see_other(DUTY, {"said": "shift_removed" if done is None else "roster_gone"})
        span = shift_of(self._rules.calendar, form)
        if isinstance(span, Bad):
            return await self._shift_page(request, visit, form, self._said(request, span.wrong))
        done = await self._run(
            key,
            lambda tx: move_shift(
                tx,
                self._rules,
                by=visit.by,
                shift_id=shift_id,
                person_id=span.person_id,
                start=span.start,
                end=span.end,
            ),
        )
        if done is None:
            return see_other(DUTY, {"said": "shift_moved"})
        if isinstance(done, Refused) and done.reason is Reason.NOT_FOUND:
            return see_other(DUTY, {"said": "roster_gone"})
        wrong = await self._why(request, visit, done)
        return await self._shift_page(request, visit, form, wrong)

    async def page(
        self, request: web.Request, visit: Visit, tried: Tried | None = None
    ) -> web.StreamResponse:
        """The page, with a form that was not taken."""
        opened = await self.desk.parts.store.read(_open, self._rules, by=visit.by)
        if isinstance(opened, Refused):
            raise web.HTTPNotFound
        outlook = opened.outlook
        said = request.query.get("said", "")
        mine = next((theirs for person, theirs in outlook.deputies if person.id == visit.by), ())
        return self.desk.page(
            request,
            "duty.html",
            visit=visit,
            status=_REFUSED if tried else 200,
            outlook=outlook,
            officers=opened.officers,
            staff=[each for each in outlook.people if each.state == "active"],
            names={each.id: each.name for each in outlook.people},
            manages=visit.may(Right.MANAGE_ROSTER),
            may_be_away=visit.may(Right.OWN_ABSENCE),
            may_hand_over=visit.may(Right.READ_HANDOVER),
            mine=mine,
            weekdays=self._weekdays(),
            most_deputies=MOST_DEPUTIES,
            tried=tried.form if tried else "",
            typed=tried.typed if tried else Form(),
            wrong=tried.wrong if tried else {},
            said=said if said in _SAID else "",
            **self.said_times(request),
        )

    def said_times(self, request: web.Request) -> dict[str, Any]:
        """How the roster's days and hours are said, for its templates."""
        words, calendar, lang = self.desk.parts.words, self._rules.calendar, self.desk.language(request)

        def hours(start: datetime, end: datetime) -> str:
            return words.hours([(calendar.local(start).time(), calendar.local(end).time())], lang)

        def day(at: date | datetime) -> str:
            said = words.day(calendar.local(at).date() if isinstance(at, datetime) else at, lang)
            return f"{said[:1].upper()}{said[1:]}"

        return {"hours": hours, "day": day}

    @property
    def _rules(self) -> Rules:
        return self.desk.parts.rules

    def _weekdays(self) -> list[int]:
        return [day for day in range(7) if self._rules.calendar.staffed.on(day)]

    def _whose(self, visit: Visit, form: Form) -> PersonId | None:
        return person_of(form) if visit.may(Right.MANAGE_ROSTER) and "person" in form else visit.by

    async def _do(
        self, request: web.Request, visit: Visit, name: str, form: Form, use_case: UseCase, *, said: str
    ) -> web.StreamResponse:
        done = await self._run(once(request, form, by=visit.by), use_case)
        if done is None:
            return see_other(DUTY, {"said": said})
        if name == "absence" and isinstance(done, Refused) and done.reason is Reason.NOT_FOUND:
            return see_other(DUTY, {"said": "roster_gone"})
        wrong = await self._why(request, visit, done)
        return await self.page(request, visit, Tried(form=name, typed=form, wrong=wrong))

    async def _run(self, key: str, use_case: UseCase) -> Refused | Overlap | None:
        try:
            await self.desk.parts.store.write_repeatable(run_once, key, use_case)
        except NotKeptError as error:
            return error.why
        return None

    async def _bad(
        self, request: web.Request, visit: Visit, name: str, form: Form, bad: Bad
    ) -> web.StreamResponse:
        wrong = self._said(request, bad.wrong)
        return await self.page(request, visit, Tried(form=name, typed=form, wrong=wrong))

    async def _why(self, request: web.Request, visit: Visit, why: Refused | Overlap) -> Mapping[str, str]:
        if isinstance(why, Refused):
            return {_FIELD_OF.get(why.reason, "person"): self.desk.refused(request, why.reason)}
        shift = why.with_shift
        person = await self.desk.parts.store.read(lambda tx: tx.people.get(shift.person_id))
        start, end = (self.desk.when(request, at, now=visit.now) for at in (shift.start, shift.end))
        said = self.desk.say(request, "console.duty.overlap", name=person.name, start=start, end=end)
        return {"date": said}

    def _said(self, request: web.Request, wrong: tuple[Wrong, ...]) -> dict[str, str]:
        return {each.field: self.desk.say(request, each.key, most=MOST_WEEKS) for each in wrong}

    async def _shift_page(
        self,
        request: web.Request,
        visit: Visit,
        form: Form | None = None,
        wrong: Mapping[str, str] | None = None,
    ) -> web.StreamResponse:
        shift_id = ShiftId(_id(request, "shift"))
        found = await self.desk.parts.store.read(_one_shift, shift_id)
        if found is None:
            return see_other(DUTY, {"said": "roster_gone"})
        shift, officers = found
        local = self._rules.calendar.local
        typed: Mapping[str, Any] = {
            "person": str(shift.person_id),
            "date": local(shift.start).date().isoformat(),
            "from": f"{local(shift.start):%H:%M}",
            "until": f"{local(shift.end):%H:%M}",
        }
        return self.desk.page(
            request,
            "shift.html",
            visit=visit,
            status=_REFUSED if wrong else 200,
            shift=shift,
            officers=officers,
            typed=form or typed,
            wrong=wrong or {},
        )


def run_once(tx: IntakeTransaction, key: str, use_case: UseCase) -> None:
    """Do what a form asks, once however often it comes in. Raises `NotKeptError` when it is refused."""
    if not tx.remember("desk", key):
        return
    done = use_case(tx)
    if isinstance(done, Refused | Overlap):
        raise NotKeptError(done)


def _open(tx: IntakeTransaction, rules: Rules, *, by: PersonId) -> Opened | Refused:
    outlook = read_outlook(tx, rules, by=by)
    if isinstance(outlook, Refused):
        return outlook
    return Opened(outlook=outlook, officers=tuple(may_have_shifts(tx)))


def _one_shift(tx: IntakeTransaction, shift_id: ShiftId) -> tuple[Shift, list[Person]] | None:
    shift = tx.duty.find_shift(shift_id)
    return None if shift is None else (shift, may_have_shifts(tx))


def _id(request: web.Request, name: str) -> UUID:
    try:
        return UUID(request.match_info[name])
    except ValueError as error:
        raise web.HTTPNotFound from error
