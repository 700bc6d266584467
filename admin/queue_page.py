"""What needs somebody now: alarms, undelivered messages, what waits for a second person, the queue; what is decided."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from admin.case_view import ClockView, clock_view
from admin.desk import REFRESH, Desk, Visit, home_of, see_other
from admin.parts import HOME
from admin.queue_place import Wish, wish_of, written
from admin.tasks_page import SAID, Tasks, tasks_of
from handlers.dialog.ports import IntakeTransaction
from triage.access.table import Right
from triage.cases.case import CaseState, Show
from triage.cases.identity_requests import identity_requests_for
from triage.cases.reading import COUNTED, QueueRow, QueueView, read_queue
from triage.cases.records import Alarm
from triage.cases.tasks import LISTED, Listed, tasks_for
from triage.clocks.policy import Audience
from triage.coordination.asking import waiting_for_a_second
from triage.ids import AlarmId, CaseCode, PersonId
from triage.notices.audience import Standing
from triage.people.duty import leave_duty, take_duty
from triage.people.handing_over import waits_for
from triage.people.outlook import gaps_soon
from triage.people.roster import Stretch
from triage.refusals import Refused
from triage.rules import Rules

_SAID = (
    frozenset({"duty_taken", "duty_left", "alarm_answered", "not_on_duty", "handover_accepted", "kept_out"})
    | SAID
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRow:
    """An alarm in the queue: its case's code once something was sent, and its clock."""

    id: AlarmId
    trigger: str
    code: CaseCode | None
    clock: ClockView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The queue with the alarms' clocks, and what the reader may see to beside it.

    `instead` are the names of those who are told of danger while nobody has the duty.
    """

    view: QueueView
    alarms: tuple[AlarmRow, ...]
    tasks: Tasks
    instead: tuple[str, ...]
    gaps: tuple[Stretch, ...]
    """The staffed hours of the next two weeks in which nobody is on the roster, for whoever fills them."""
    identities: Sequence[CaseCode]
    """The cases in which somebody waits for a second person to open who the reporter is."""
    enquiries: Sequence[CaseCode]
    """The cases in which somebody waits for a second person to ask an authority."""
    own_tasks: Sequence[Listed]
    more_tasks: bool
    takes_over: bool
    """Whether a handover waits that the reader may accept."""


def waiting_now(
    tx: IntakeTransaction, rules: Rules, *, by: PersonId, again: bool, wish: Wish, limit: int
) -> Waiting | Refused:
    """What stands on the page; `again` when a page that stands open is refreshed."""
    view = read_queue(tx, rules, by=by, again=again, after=wish.after, show=wish.show, limit=limit)
    if isinstance(view, Refused):
        return view
    own_tasks, more_tasks = tasks_for(tx, by=by)
    found = Standing(tx, rules).find(Audience.DUTY_OFFICER, assignee=None)
    return Waiting(
        view=view,
        alarms=alarm_rows(tx, rules, view.alarms),
        tasks=tasks_of(tx, rules, by),
        identities=identity_requests_for(tx, by=by, limit=LISTED),
        enquiries=waiting_for_a_second(tx, by=by, limit=LISTED),
        own_tasks=own_tasks,
        more_tasks=more_tasks,
        instead=tuple(each.name for each in found.people) if found.climbed else (),
        gaps=gaps_soon(tx, rules, by=by),
        takes_over=waits_for(tx, by=by),
    )


def alarm_rows(tx: IntakeTransaction, rules: Rules, alarms: Sequence[Alarm]) -> tuple[AlarmRow, ...]:
    """These alarms as rows, each with its clock and its case's code."""
    clocks = tx.clocks.of_alarms([alarm.id for alarm in alarms])
    running = {clock.alarm_id: clock for clock in reversed(clocks) if clock.stopped_at is None}
    cases = tx.cases.get_all([alarm.case_id for alarm in alarms if alarm.case_id is not None])
    return tuple(
        AlarmRow(
            id=alarm.id,
            trigger=alarm.trigger,
            code=None if alarm.case_id is None else cases[alarm.case_id].code,
            clock=clock_view(running[alarm.id], rules, tx.now) if alarm.id in running else None,
        )
        for alarm in alarms
    )


def mark_of(waiting: Waiting, by: PersonId) -> str:
    """A short text that is another one as soon as the page would look different, time left aside."""
    view = waiting.view
    seen = [
        str(None if view.on_duty is None else view.on_duty.id),
        *(f"{row.id}{row.code}" for row in waiting.alarms),
        waiting.tasks.mark,
        f"{waiting.instead}{waiting.gaps}{waiting.takes_over}",
        *(
            f"{row.case.id}{row.case.revision}{_is_late(row)}{row.has_more}{_may_call(row, view)}"
            for row in (*view.waiting, *view.promises)
        ),
        f"{view.further is None}{view.more}{view.waiting_count}",
        *(f"{row.case.id}{_may_call(row, view)}" for row in view.calls),
        f"{waiting.identities}{waiting.enquiries}",
        *(f"{each.task.id}{each.task.owner}{each.task.due_at < view.as_of}" for each in waiting.own_tasks),
        *(f"{row.case.id}{row.case.revision}{_may_call(row, view)}" for row in view.decided),
        str(by),
    ]
    return hashlib.sha256("|".join(seen).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueuePage:
    """`/desk`, `/desk/decided`, `/desk/duty/take`, `/desk/duty/leave`."""

    desk: Desk

    async def home(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The queue; whoever has none goes to their own first room."""
        if not visit.may(Right.READ_QUEUE):
            return see_other(home_of(visit))
        return await self._queue(request, visit, "queue.html")

    async def decided(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The latest cases that wait for nobody's decision."""
        return await self._queue(request, visit, "decided.html")

    async def take(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Take the duty."""
        await self.desk.form(request, session=visit.token)
        done = await self.desk.parts.store.write(take_duty, by=visit.by)
        if isinstance(done, Refused):
            raise web.HTTPNotFound
        return see_other(HOME, {"said": "duty_taken"})

    async def leave(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Leave the duty to nobody."""
        await self.desk.form(request, session=visit.token)
        done = await self.desk.parts.store.write(leave_duty, by=visit.by)
        return see_other(HOME, {"said": "not_on_duty" if isinstance(done, Refused) else "duty_left"})

    async def _queue(self, request: web.Request, visit: Visit, template: str) -> web.StreamResponse:
        parts = self.desk.parts
        again = REFRESH in request.headers
        # Reading the queue is an audit entry; a standing page that looks again is no new reading.
        look = parts.store.read if again else parts.store.write
        wish = wish_of(request.query)
        waiting = await look(
            waiting_now, parts.rules, by=visit.by, again=again, wish=wish, limit=parts.queue_limit
        )
        if isinstance(waiting, Refused):
            raise web.HTTPNotFound
        view = waiting.view
        said = request.query.get("said", "")
        return self.desk.page(
            request,
            template,
            visit=visit,
            alarms=waiting.alarms,
            tasks=waiting.tasks,
            rows=view.waiting,
            waiting_count=view.waiting_count,
            counted=COUNTED,
            as_of=view.as_of,
            wish=wish,
            shows=tuple(Show),
            identities=waiting.identities,
            own_tasks=waiting.own_tasks,
            more_tasks=waiting.more_tasks,
            calls=view.calls,
            promises=view.promises,
            more_calls=view.more_calls,
            more=view.more,
            further="" if view.further is None else written(view.further),
            decided=view.decided,
            seconds=[*(row.case.code for row in view.waiting if _waits_for(row, visit)), *waiting.enquiries],
            on_duty=view.on_duty,
            instead=waiting.instead,
            gaps=waiting.gaps,
            takes_over=waiting.takes_over,
            may_hand_over=visit.may(Right.READ_HANDOVER),
            may_take=visit.may(Right.TAKE_DUTY),
            names=self._names(request),
            places=self._places(request, (*view.waiting, *view.decided)),
            said=said if said in _SAID else "",
        )

    def _names(self, request: web.Request) -> Mapping[str, str]:
        hotlines = self.desk.parts.rules.organisation.hotline
        return {each.id: self.desk.say(request, f"hotline.{each.id}.name") for each in hotlines}

    def _places(self, request: web.Request, rows: tuple[QueueRow, ...]) -> Mapping[str, str]:
        codes = {row.case.municipality for row in rows if row.case.municipality}
        return {code: place_name(self.desk, request, code) for code in codes}


def place_name(desk: Desk, request: web.Request, code: str) -> str:
    """The name of a place that a report named."""
    place = desk.parts.places.find(code)
    if place is not None:
        return place.name
    known = {"abroad": "dialog.abroad", "unknown": "dialog.dont_know"}
    return desk.say(request, known[code]) if code in known else code


def _waits_for(row: QueueRow, visit: Visit) -> bool:
    decision, asked = row.case.decision, row.case.kind_asked
    if asked is not None:
        return asked.by != visit.by
    return (
        row.case.state is CaseState.AWAITS_SECOND_PERSON
        and decision is not None
        and decision.decided_by != visit.by
    )


def _is_late(row: QueueRow) -> bool:
    return row.left is not None and row.left < timedelta(0)


def _may_call(row: QueueRow, view: QueueView) -> str:
    if row.call_at is None:
        return ""
    return "now" if row.call_at <= view.as_of else row.call_at.isoformat()
