"""The handing over of the duty: what is open, what runs out, whom to call, and a note; the next officer accepts it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from aiohttp import web

from admin.act import NotTakenError
from admin.desk import Desk, Visit, once, once_done, person_of, see_other
from admin.parts import HOME
from admin.queue_page import AlarmRow, alarm_rows
from admin.tasks_page import Tasks, tasks_of
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.access.table import Right
from triage.cases.open_work import OpenWork, read_open_work
from triage.ids import HandoverId, PersonId
from triage.people.handing_over import CLIMBS_AFTER, HandedOver, accept, end_of_next_day, hand_over
from triage.people.handover import Handover
from triage.people.person import Person
from triage.people.rostering import may_have_shifts
from triage.refusals import Reason, Refused
from triage.rules import Rules

HANDOVER = f"{HOME}/handover"
_REFUSED = 422
_ACCEPTED = "handover_accepted"
_SAID = frozenset({"handed_over", "handed_over_cleaned", "handover_gone", "handover_overtaken"})
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
    open: OpenWork
    tasks: Tasks
    officers: tuple[Person, ...]
    names: dict[PersonId, str] = field(repr=False)


def open_handover(tx: IntakeTransaction, rules: Rules, *, by: PersonId) -> HandoverView | Refused:
    """Read it: the queue is read with it, which is an audit entry."""
    until = end_of_next_day(rules.calendar, tx.now)
    work = read_open_work(tx, rules, by=by, until=until)
    if isinstance(work, Refused):
        return work
    last = tx.duty.last_handovers(limit=2)
    return HandoverView(
        as_of=tx.now,
        until=until,
        on_duty=tx.people.on_duty(),
        waiting=next((each for each in last if each.waits), None),
        before=next((each for each in last if not each.waits), None),
        alarms=alarm_rows(tx, rules, work.alarms),
        open=work,
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
        try:
            done = await parts.store.write_repeatable(
                _hand_over,
                parts.rules,
                by=visit.by,
                to=person_of(form, "to"),
                note=form.get("note"),
                key=key,
            )
        except NotTakenError as error:
            reason = error.refused.reason
            wrong = {_FIELD_OF.get(reason, "note"): self.desk.refused(request, reason)}
            return await self._page(request, visit, form=form, wrong=wrong)
        removed = done is not None and done.removed
        return see_other(HANDOVER, {"said": "handed_over_cleaned" if removed else "handed_over"})

    async def accept(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Take over: it was read, and the duty is taken."""
        form = await self.desk.form(request, session=visit.token)
        key, handover_id = once(request, form, by=visit.by), _handover_id(request)
        said = await self.desk.parts.store.write_repeatable(
            _accept, by=visit.by, handover_id=handover_id, key=key
        )
        return see_other(HOME if said == _ACCEPTED else HANDOVER, {"said": said})

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
) -> HandedOver | None:
    if not tx.remember("desk", key):
        return None
    done = hand_over(tx, rules, by=by, to=to, note=note)
    if isinstance(done, Refused):
        raise NotTakenError(done)
    return done


def _accept(tx: IntakeTransaction, *, by: PersonId, handover_id: HandoverId, key: str) -> str:
    """What the page says of it."""
    done = accept(tx, by=by, handover_id=handover_id)
    if once_done(tx, key, done):
        return _ACCEPTED
    overtaken = isinstance(done, Refused) and done.reason is Reason.OVERTAKEN
    return "handover_overtaken" if overtaken else "handover_gone"


def _handover_id(request: web.Request) -> HandoverId:
    try:
        return HandoverId(UUID(request.match_info["handover"]))
    except ValueError as error:
        raise web.HTTPNotFound from error
