"""The handing over of the duty: what is open, what runs out, whom to call, and a note; the next officer accepts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from aiohttp import web

from admin.desk import Desk, Visit, once, person_of, see_other
from admin.parts import HOME
from admin.queue_page import AlarmRow, alarm_rows
from admin.tasks_page import Tasks, tasks_of
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.access.table import Right
from triage.cases.reading import QueueRow, read_queue
from triage.ids import HandoverId, PersonId
from triage.people.handing_over import CLIMBS_AFTER, HandedOver, accept, end_of_next_day, hand_over
from triage.people.handover import Handover
from triage.people.person import Person
from triage.people.rostering import may_have_shifts
from triage.refusals import Reason, Refused
from triage.rules import Rules

HANDOVER = f"{HOME}/handover"
_REFUSED = 422
_SAID = frozenset({"handed_over", "handed_over_cleaned", "handover_gone"})
_FIELD_OF = {Reason.SAME_PERSON: "to", Reason.NO_DUTY_OFFICER: "to"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverView:
    """What stands on the page. `until` is the end of the next staffed day; what runs out by then is listed."""

    as_of: datetime
    until: datetime
    on_duty: Person | None
    waiting: Handover | None
    before: Handover | None
    """The last one that does not wait any more, with its note."""
    alarms: tuple[AlarmRow, ...]
    promises: tuple[QueueRow, ...]
    calls: tuple[QueueRow, ...]
    tasks: Tasks
    officers: tuple[Person, ...]
    names: dict[PersonId, str] = field(repr=False)


def open_handover(tx: IntakeTransaction, rules: Rules, *, by: PersonId) -> HandoverView | Refused:
    """Read it: the queue is read with it, which is an audit entry."""
    view = read_queue(tx, rules, by=by)
    if isinstance(view, Refused):
        return view
    until = end_of_next_day(rules.calendar, tx.now)
    last = tx.duty.last_handovers(limit=2)
    return HandoverView(
        as_of=view.as_of,
        until=until,
        on_duty=view.on_duty,
        waiting=next((each for each in last if each.waits), None),
        before=next((each for each in last if not each.waits), None),
        alarms=alarm_rows(tx, rules, view),
        promises=tuple(row for row in view.waiting if row.clock is not None and row.clock.due_at <= until),
        calls=tuple(row for row in (*view.waiting, *view.decided) if row.case.call is not None),
        tasks=tasks_of(tx, rules, by),
        officers=tuple(each for each in may_have_shifts(tx) if each.id != by),
        names={each.id: each.name for each in tx.people.all()},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoverPage:
    """`/desk/handover`, `/desk/handover/give` and `/desk/handover/{handover}`."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The page."""
        return await self._page(request, visit)

    async def hand_over(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Leave it to the next officer, with a note."""
        form = await self.desk.form(request, session=visit.token)
        parts, key = self.desk.parts, once(request, form, by=visit.by)
        done = await parts.store.write_repeatable(
            _hand_over, parts.rules, by=visit.by, to=person_of(form, "to"), note=form.get("note"), key=key
        )
        if isinstance(done, Refused):
            wrong = {_FIELD_OF.get(done.reason, "note"): self.desk.refused(request, done.reason)}
            return await self._page(request, visit, form=form, wrong=wrong)
        removed = done is not None and done.removed
        return see_other(HANDOVER, {"said": "handed_over_cleaned" if removed else "handed_over"})

    async def accept(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Take over: it was read, and the duty is taken."""
        form = await self.desk.form(request, session=visit.token)
        key, handover_id = once(request, form, by=visit.by), _handover_id(request)
        done = await self.desk.parts.store.write_repeatable(
            _accept, by=visit.by, handover_id=handover_id, key=key
        )
        if done:
            return see_other(HOME, {"said": "handover_accepted"})
        return see_other(HANDOVER, {"said": "handover_gone"})

    async def _page(
        self,
        request: web.Request,
        visit: Visit,
        *,
        form: Form | None = None,
        wrong: dict[str, str] | None = None,
    ) -> web.StreamResponse:
        parts = self.desk.parts
        view = await parts.store.write(open_handover, parts.rules, by=visit.by)
        if isinstance(view, Refused):
            raise web.HTTPNotFound
        said = request.query.get("said", "")
        has_it = view.on_duty is not None and view.on_duty.id == visit.by
        is_asked = view.waiting is not None and view.waiting.from_id == visit.by
        return self.desk.page(
            request,
            "handover.html",
            visit=visit,
            status=_REFUSED if wrong else 200,
            view=view,
            tasks=view.tasks,
            as_of=view.as_of,
            may_accept=visit.may(Right.TAKE_DUTY) and view.waiting is not None and not is_asked,
            may_hand_over=visit.may(Right.HAND_OVER) and (has_it or is_asked),
            climbs_after=CLIMBS_AFTER,
            typed=form or Form(),
            wrong=wrong or {},
            said=said if said in _SAID else "",
        )


def _hand_over(
    tx: IntakeTransaction, rules: Rules, *, by: PersonId, to: PersonId | None, note: str, key: str
) -> HandedOver | Refused | None:
    if tx.remembers("desk", key):
        return None
    done = hand_over(tx, rules, by=by, to=to, note=note)
    if not isinstance(done, Refused):
        tx.remember("desk", key)
    return done


def _accept(tx: IntakeTransaction, *, by: PersonId, handover_id: HandoverId, key: str) -> bool:
    if not tx.remember("desk", key):
        return True
    return not isinstance(accept(tx, by=by, handover_id=handover_id), Refused)


def _handover_id(request: web.Request) -> HandoverId:
    try:
        return HandoverId(UUID(request.match_info["handover"]))
    except ValueError as error:
        raise web.HTTPNotFound from error
