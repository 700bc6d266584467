"""The roster as a file: handed out for a calendar, and brought in from one by a preview and one confirmation."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from aiohttp import web

from admin.desk import Desk, Visit, once, once_done, see_other
from admin.duty_page import DUTY, DutyPage
from admin.ics import NoCalendarError, Puzzle, Reading, read_roster, write_roster
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.access.table import Right
from triage.ids import PersonId, ShiftId
from triage.people.importing import HORIZON, MOST_ENTRIES, Entry, Plan, bring_in, plan_import
from triage.people.person import Person
from triage.people.roster import Absence, Shift
from triage.refusals import Reason, Refused
from triage.rules import Rules

_FILE = "file"
_REFUSED = 422
_CONFLICT = 409
_WHOLE = frozenset({"s", "a"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """What goes into a file."""

    now: datetime
    shifts: Sequence[Shift]
    absences: Sequence[Absence]
    people: dict[PersonId, Person]


@dataclass(frozen=True, slots=True, kw_only=True)
class RosterFiles:
    """`/desk/duty/roster.ics` and `/desk/duty/import`."""

    desk: Desk

    async def export(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Everybody's shifts from now on and one's own absences, or with `of=me` one's own of both.

        Whoever keeps the roster has everybody's absences too.
        """
        found = await self.desk.parts.store.read(_export)
        mine = request.query.get("of") == "me"
        keeps = visit.may(Right.MANAGE_ROSTER) and not mine
        file = write_roster(
            [each for each in found.shifts if not mine or each.person_id == visit.by],
            [each for each in found.absences if keeps or each.person_id == visit.by],
            found.people,
            lambda key, **params: self.desk.say(request, key, **params),
            now=found.now,
        )
        return web.Response(
            body=file,
            content_type="text/calendar",
            charset="utf-8",
            headers={"Content-Disposition": 'attachment; filename="roster.ics"'},
        )

    async def ask(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Which file."""
        return self._page(request, visit)

    async def take(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Show what a file would change; or, once that was shown, do it."""
        form, brought = await self.desk.upload(request, session=visit.token, file=_FILE)
        store = self.desk.parts.store
        if "mark" in form:
            entries = _parse(form.get("entries"))
            done = await store.write_repeatable(
                _bring_in,
                self.desk.parts.rules,
                by=visit.by,
                entries=entries,
                mark=form.get("mark"),
                key=once(request, form, by=visit.by),
            )
            if done:
                return see_other(DUTY, {"said": "roster_imported"})
            said = self.desk.refused(request, Reason.ROSTER_CHANGED)
            return await self._preview(request, visit, entries, (), said=said, status=_CONFLICT)
        if not brought.strip():
            return self._page(request, visit, wrong=self.desk.say(request, "console.import.no_file"))
        people = await store.read(_by_email)
        reading = Reading(
            zone=self.desk.parts.rules.calendar.zone,
            now=visit.now,
            find=lambda email: people.get(email.strip().casefold()),
        )
        try:
            read = read_roster(brought, reading)
        except NoCalendarError:
            return self._page(request, visit, wrong=self.desk.say(request, "console.import.no_calendar"))
        return await self._preview(request, visit, read.entries, read.puzzles)

    async def _preview(
        self,
        request: web.Request,
        visit: Visit,
        entries: Sequence[Entry],
        puzzles: Sequence[Puzzle],
        *,
        said: str = "",
        status: int = 200,
    ) -> web.StreamResponse:
        plan = await self.desk.parts.store.read(plan_import, by=visit.by, entries=entries)
        if isinstance(plan, Refused):
            raise web.HTTPNotFound
        people = await self.desk.parts.store.read(_people)
        names = {each.id: each.name for each in people}
        return self.desk.page(
            request,
            "roster_preview.html",
            visit=visit,
            status=status,
            plan=plan,
            puzzles=puzzles,
            names=names,
            entries=_written(entries),
            overlap=self._overlap(request, visit, plan, names),
            most=MOST_ENTRIES,
            said=said,
            **DutyPage(desk=self.desk).said_times(request),
        )

    def _overlap(self, request: web.Request, visit: Visit, plan: Plan, names: dict[PersonId, str]) -> str:
        if plan.wrong is None:
            return ""
        if isinstance(plan.wrong, Refused):
            return self.desk.refused(request, plan.wrong.reason)
        shift = plan.wrong.with_shift
        start, end = (self.desk.when(request, at, now=visit.now) for at in (shift.start, shift.end))
        return self.desk.say(
            request, "console.duty.overlap", name=names[shift.person_id], start=start, end=end
        )

    def _page(self, request: web.Request, visit: Visit, *, wrong: str = "") -> web.Response:
        return self.desk.page(
            request,
            "roster_import.html",
            visit=visit,
            status=_REFUSED if wrong else 200,
            wrong=wrong,
            typed=Form(),
        )


def _bring_in(
    tx: IntakeTransaction, rules: Rules, *, by: PersonId, entries: Sequence[Entry], mark: str, key: str
) -> bool:
    return once_done(tx, key, bring_in(tx, rules, by=by, entries=entries, mark=mark))


def _export(tx: IntakeTransaction) -> Exported:
    roster = tx.duty.roster(tx.now, tx.now + 2 * HORIZON)
    return Exported(
        now=tx.now,
        shifts=[each for each in roster.shifts if each.end > tx.now],
        absences=tx.duty.absences(since=tx.now),
        people={each.id: each for each in tx.people.all()},
    )


def _people(tx: IntakeTransaction) -> Sequence[Person]:
    return tx.people.all()


def _by_email(tx: IntakeTransaction) -> dict[str, PersonId]:
    return {each.email.strip().casefold(): each.id for each in tx.people.all()}


def _written(entries: Iterable[Entry]) -> str:
    """Entries as a hidden field holds them until they are confirmed: ids, hashes and times, and no words."""
    return "\n".join(
        " ".join(
            (
                "a" if each.is_absence else "s",
                each.source,
                each.person_id.hex,
                str(int(each.start.timestamp())),
                str(int(each.end.timestamp())),
                "" if each.shift_id is None else each.shift_id.hex,
            )
        ).strip()
        for each in entries
    )


def _parse(written: str) -> list[Entry]:
    """The entries that were written so; raises 400 for anything else."""
    try:
        return [_entry(line.split()) for line in written.splitlines()[: MOST_ENTRIES + 1]]
    except (ValueError, IndexError, OverflowError, OSError) as error:
        raise web.HTTPBadRequest from error


def _entry(fields: list[str]) -> Entry:
    kind, source, person, start, end, *own = fields
    if kind not in _WHOLE:
        raise ValueError(kind)
    return Entry(
        person_id=PersonId(UUID(hex=person)),
        start=datetime.fromtimestamp(int(start), UTC),
        end=datetime.fromtimestamp(int(end), UTC),
        source=source[:64],
        shift_id=ShiftId(UUID(hex=own[0])) if own else None,
        is_absence=kind == "a",
    )
