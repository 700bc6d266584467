"""What an authority is asked: its members' own queue, what was passed to them, and their answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

from aiohttp import web

from admin.act import NotTakenError
from admin.case_page import number, speaker_of
from admin.case_view import ClockView, clock_view
from admin.desk import Desk, Visit, once, person_of, see_other
from admin.parts import HOME
from admin.report import Report, archived_flow, report
from handlers.dialog.flow import Flow
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.coordination.answering import Answered, Asked, AskedView, answer, read_asked, read_enquiry
from triage.coordination.enquiry import ANSWERS, Says
from triage.ids import EnquiryId, PersonId
from triage.refusals import Reason, Refused
from triage.rules import Rules

ASKED = f"{HOME}/asked"
_REFUSED, _CONFLICT, _GONE = 422, 409, 404
_SAID = frozenset({"answered", "stepped_aside"})
_FIELD_OF = {
    Reason.NOTHING_CHOSEN: "says",
    Reason.BASIS_NEEDED: "basis",
    Reason.NOBODY_CHOSEN: "to",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRow:
    """One line of the queue, with the clock on the answer while one is expected."""

    asked: Asked
    clock: ClockView | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedEnquiry:
    """An enquiry as it was read, with the flows of the reports of which something was passed on."""

    view: AskedView
    clock: ClockView | None
    flows: dict[str, Flow | None] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedPage:
    """`/desk/asked` and `/desk/asked/{enquiry}`."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """What waits for an answer first, then what was answered."""
        return await self._list(request, visit)

    async def see_one(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """One of them: why it is asked, and what was passed on. Opening it is an audit entry."""
        return await self._page(request, visit)

    async def answer(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Say what the authority answers; what is refused comes back with all that was typed."""
        form = await self.desk.form(request, session=visit.token)
        parts, key = self.desk.parts, once(request, form, by=visit.by)
        try:
            done = await parts.store.write_repeatable(
                _answer, parts.rules, enquiry_id=_id(request), by=visit.by, form=form, key=key
            )
        except NotTakenError as error:
            reason = error.refused.reason
        else:
            removed = {"removed": str(done.removed)} if done is not None and done.removed else {}
            said = "stepped_aside" if form.get("says") == Says.CONFLICT else "answered"
            return see_other(ASKED, {"said": said, **removed})
        if reason is Reason.NOT_FOUND:
            return await self._list(request, visit, unsent=form.get("words").strip(), status=_GONE)
        late = reason is Reason.SOMEONE_ELSE_WAS_FIRST
        wrong = {_FIELD_OF.get(reason, "words"): self.desk.say(request, _said(reason))}
        return await self._page(
            request, visit, form=form, wrong=wrong, status=_CONFLICT if late else _REFUSED
        )

    async def _list(
        self, request: web.Request, visit: Visit, *, unsent: str = "", status: int = 200
    ) -> web.StreamResponse:
        parts = self.desk.parts
        rows = await parts.store.read(_rows, parts.rules, by=visit.by)
        said = request.query.get("said", "")
        return self.desk.page(
            request,
            "asked.html",
            visit=visit,
            status=status,
            rows=rows,
            authority=visit.person.authority,
            said=said if said in _SAID else "",
            removed=number(request.query.get("removed", "")),
            gone=status == _GONE,
            unsent=unsent,
        )

    async def _page(
        self,
        request: web.Request,
        visit: Visit,
        *,
        form: Form | None = None,
        wrong: dict[str, str] | None = None,
        status: int = 200,
    ) -> web.StreamResponse:
        parts = self.desk.parts
        opened = await parts.store.write(_open, parts.rules, enquiry_id=_id(request), by=visit.by)
        if isinstance(opened, Refused):
            raise web.HTTPNotFound
        speaker = speaker_of(self.desk, request)
        reports: list[Report] = [
            report(each, opened.flows.get(each.fingerprint), speaker) for each in opened.view.told
        ]
        return self.desk.page(
            request,
            "asked_one.html",
            visit=visit,
            status=status,
            a=opened.view,
            e=opened.view.asked.enquiry,
            clock=opened.clock,
            reports=reports,
            answers=ANSWERS,
            bases=[each.id for each in parts.rules.organisation.legal_basis],
            typed=form or Form(),
            wrong=wrong or {},
        )


def _rows(tx: IntakeTransaction, rules: Rules, *, by: PersonId) -> tuple[AskedRow, ...]:
    found = read_asked(tx, by=by)
    if isinstance(found, Refused):
        raise web.HTTPNotFound
    return tuple(AskedRow(asked=each, clock=_clock(tx, rules, each)) for each in found)


def _open(
    tx: IntakeTransaction, rules: Rules, *, enquiry_id: EnquiryId, by: PersonId
) -> OpenedEnquiry | Refused:
    view = read_enquiry(tx, enquiry_id=enquiry_id, by=by)
    if isinstance(view, Refused):
        return view
    flows = {each.fingerprint: archived_flow(tx, each) for each in view.told}
    return OpenedEnquiry(view=view, clock=_clock(tx, rules, view.asked), flows=flows)


def _clock(tx: IntakeTransaction, rules: Rules, asked: Asked) -> ClockView | None:
    running = asked.clock is not None and asked.clock.stopped_at is None
    return clock_view(asked.clock, rules, tx.now) if asked.clock is not None and running else None


def _answer(
    tx: IntakeTransaction, rules: Rules, *, enquiry_id: EnquiryId, by: PersonId, form: Form, key: str
) -> Answered | None:
    # Before anything is done, or a second press on another replica would do it again.
    if not tx.remember("desk", key):
        return None
    done = answer(
        tx,
        rules,
        enquiry_id=enquiry_id,
        by=by,
        says=form.get("says"),
        basis=form.get("basis"),
        to=person_of(form, "to"),
        words=form.get("words"),
    )
    if isinstance(done, Refused):
        raise NotTakenError(done)
    return done


def _said(reason: Reason) -> str:
    return "console.asked.late" if reason is Reason.SOMEONE_ELSE_WAS_FIRST else f"refused.{reason}"


def _id(request: web.Request) -> EnquiryId:
    try:
        return EnquiryId(UUID(request.match_info["enquiry"]))
    except ValueError as error:
        raise web.HTTPNotFound from error
