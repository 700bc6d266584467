"""The sheet by which somebody tells a receiver outside of a case; there to be read out, or printed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web

from admin.case_page import case_code, speaker_of
from admin.desk import Desk, Visit
from admin.forwarding import elsewhere
from admin.queue_page import place_name
from admin.report import archived_flow, report
from handlers.dialog.flow import Flow
from handlers.dialog.ports import IntakeTransaction
from triage.cases.reading import CaseView, read_case
from triage.cases.receivers import about_the_reporter, find_receiver
from triage.cases.records import Direction
from triage.ids import CaseCode, PersonId
from triage.kinds import Receiver
from triage.refusals import Reason, Refused
from triage.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A case as it was read to tell this receiver of it."""

    receiver: Receiver
    view: CaseView
    flows: Mapping[str, Flow | None] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetPage:
    """`/desk/case/{code}/sheet/{what}`."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The sheet. Opening it is a reading of the case, which names the receiver."""
        parts = self.desk.parts
        code, what = case_code(request), request.match_info["what"]
        sheet = await parts.store.write(open_sheet, parts.rules, code=code, by=visit.by, what=what)
        if isinstance(sheet, Refused):
            raise web.HTTPNotFound
        receiver, view = sheet.receiver, sheet.view
        organisation = parts.rules.organisation
        speaker, lang = speaker_of(self.desk, request), self.desk.language(request)
        kept = about_the_reporter(parts.rules, receiver)
        reports = [
            (each, report(each, sheet.flows.get(each.fingerprint), speaker).answers)
            for each in view.submissions
        ]
        case = view.case
        return self.desk.page(
            request,
            "sheet.html",
            visit=visit,
            case=case,
            receiver=receiver,
            numbers=[organisation.get_number(each) for each in receiver.numbers],
            place=place_name(self.desk, request, case.municipality) if case.municipality else "",
            there=elsewhere(case, view.submissions, organisation, parts.places, lang=lang),
            first=[line for _, lines in reports for line in lines if line.id in receiver.shows],
            reports=[
                (each, [line for line in lines if line.id not in kept and line.id not in receiver.shows])
                for each, lines in reports
            ],
            messages=[each for each in view.messages if each.direction is Direction.FROM_REPORTER],
            full=lambda at: parts.words.date_time(at, lang),
            full_day=lambda day: parts.words.full_date(day, lang),
        )


def open_sheet(
    tx: IntakeTransaction, rules: Rules, *, code: CaseCode, by: PersonId, what: str
) -> Sheet | Refused:
    """Read a case to tell a receiver of it. For whom it cannot be one, there is no sheet, and nothing was read."""
    case = tx.cases.find(code)
    receiver = None if case is None else find_receiver(rules, case, what)
    if receiver is None:
        return Refused(Reason.NOT_FOUND)
    view = read_case(tx, rules, code=code, by=by, sheet=receiver.code)
    if isinstance(view, Refused):
        return view
    flows = {each.fingerprint: archived_flow(tx, each) for each in view.submissions}
    return Sheet(receiver=receiver, view=view, flows=flows)
