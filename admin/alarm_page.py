"""An alarm that no case stands behind yet: somebody answered that there may be danger, and sent nothing."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from admin.case_view import ClockView, clock_view
from admin.desk import Desk, Visit, see_other
from admin.ladder_view import LadderLine, ladder_lines
from admin.parts import HOME
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.cases.acute import Action, answer_alarm, possible_actions
from triage.cases.reading import read_alarm
from triage.cases.records import Alarm
from triage.ids import AlarmId, CaseCode, PersonId
from triage.refusals import Reason, Refused
from triage.rules import Rules

_REFUSED = 422
_CONFLICT = 409


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedAlarm:
    """An alarm as it was read; `code` is its case's, once something was sent."""

    alarm: Alarm
    code: CaseCode | None
    clock: ClockView | None
    ladder: LadderLine | None
    answered_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPage:
    """`/desk/alarm/{alarm}`."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The alarm; once it belongs to a case, the case."""
        return await self._page(request, visit)

    async def answer(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Say what was done."""
        form = await self.desk.form(request, session=visit.token)
        try:
            action = Action(form.get("action"))
        except ValueError:
            return await self._page(request, visit, form=form, wrong="console.alarm.action_missing")
        parts = self.desk.parts
        done = await parts.store.write(
            answer_alarm, parts.rules, alarm_id=_alarm_id(request), by=visit.by, action=action
        )
        if isinstance(done, Refused):
            if done.reason is Reason.NOT_FOUND:
                raise web.HTTPNotFound
            status = _CONFLICT if done.reason is Reason.SOMEONE_ELSE_WAS_FIRST else _REFUSED
            return await self._page(request, visit, form=form, wrong=f"refused.{done.reason}", status=status)
        return see_other(HOME, {"said": "alarm_answered"})

    async def _page(
        self,
        request: web.Request,
        visit: Visit,
        *,
        form: Form | None = None,
        wrong: str = "",
        status: int | None = None,
    ) -> web.StreamResponse:
        parts = self.desk.parts
        opened = await parts.store.write(_open, parts.rules, alarm_id=_alarm_id(request), by=visit.by)
        if isinstance(opened, Refused):
            raise web.HTTPNotFound
        if opened.code is not None and not wrong:
            return see_other(f"{HOME}/case/{opened.code}")
        return self.desk.page(
            request,
            "alarm.html",
            visit=visit,
            status=status or (_REFUSED if wrong else 200),
            a=opened,
            actions=possible_actions(opened.alarm),
            chosen=form.get("action") if form else "",
            wrong=self.desk.say(request, wrong) if wrong else "",
        )


def _open(tx: IntakeTransaction, rules: Rules, *, alarm_id: AlarmId, by: PersonId) -> OpenedAlarm | Refused:
    alarm = read_alarm(tx, alarm_id=alarm_id, by=by)
    if isinstance(alarm, Refused):
        return alarm
    clocks = tx.clocks.of_alarm(alarm_id)
    clock = next((each for each in clocks if each.stopped_at is None), clocks[-1] if clocks else None)
    answered_by = None if alarm.answered_by is None else tx.people.get(alarm.answered_by).name
    return OpenedAlarm(
        alarm=alarm,
        code=None if alarm.case_id is None else tx.cases.get(alarm.case_id).code,
        clock=None if clock is None else clock_view(clock, rules, tx.now),
        ladder=None if clock is None else ladder_lines(tx, rules, [clock], by=by).get(clock.id),
        answered_by=answered_by,
    )


def _alarm_id(request: web.Request) -> AlarmId:
    try:
        return AlarmId(UUID(request.match_info["alarm"]))
    except ValueError as error:
        raise web.HTTPNotFound from error
