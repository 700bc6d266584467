"""A case's page, what is done on it, and who the reporter is once somebody has said why they must know."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from aiohttp import web

from admin.act import Invalid, NotTakenError, Repeated, do
from admin.acts import ACTS, YES, keeps_out
from admin.answers import standard_answers
from admin.case_view import case_page, open_case
from admin.desk import REFRESH, Desk, Visit, Wrong, once, see_other
from admin.factor import CODE_FIELD, freshened
from admin.here import here_now
from admin.parts import HOME
from admin.proposals_view import proposals_view
from admin.queue_page import place_name
from admin.report import Answered, Speaker, archived_flow, identity
from admin.timeline import Teller
from admin.times import Twice
from admin.unit_view import unit_view
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.access.table import Right, allowed_on
from triage.cases.acute import Action, AlarmAnswered
from triage.cases.additions import Seen
from triage.cases.calls import Called
from triage.cases.classify import must_tell
from triage.cases.clock_acts import startable
from triage.cases.handle import NoteMark
from triage.cases.identity import Identity, read_identity
from triage.cases.identity_requests import IdentityRequest
from triage.cases.presence import be_here, see_others
from triage.cases.records import Direction, HeldReply
from triage.cases.replying import take_back_reply
from triage.cases.words import Done
from triage.ids import CaseCode, MessageId, PersonId, is_code
from triage.refusals import Reason, Refused

_REFUSED = 422
_CONFLICT = 409
_MOST_REMOVED = 99
_FIELD_OF = {
    Reason.OVERDUE_REASON_NEEDED: "overdue_reason",
    Reason.NEXT_STEP_NEEDED: "next_what",
    Reason.UNKNOWN_OUTCOME: "outcome",
    Reason.OUTCOME_OF_ANOTHER_KIND: "outcome",
    Reason.UNKNOWN_KIND: "kind",
    Reason.NOBODY_CHOSEN: "person",
    Reason.ASKER_NOT_TOLD: "told",
    Reason.DATE_NEEDED: "date",
    Reason.NO_DATE_WANTED: "date",
    Reason.IN_THE_PAST: "due_date",
    Reason.NOT_THEN: "when_date",
    Reason.DEADLINE_PASSED: "anyway",
    Reason.BASIS_NEEDED: "basis",
    Reason.NOTHING_PASSED: "passed",
    Reason.NECESSITY_NEEDED: "necessity",
    Reason.NOBODY_THERE: "authority",
    Reason.NO_SUCH_CASE: "other",
    Reason.SAME_CASE: "other",
    Reason.LINKED_ALREADY: "other",
    Reason.SECOND_FACTOR_NEEDED: CODE_FIELD,
    Reason.WRONG_CODE: CODE_FIELD,
    Reason.TOO_MANY_TRIES: CODE_FIELD,
}
REPEATED = "repeated"
"""What is said of a form that came in before."""
_ABOUT_THE_CASE = frozenset(
    {
        Reason.ADDITION_OPEN,
        Reason.ASKED_ALREADY,
        Reason.NOT_FOR_THE_UNIT,
        Reason.ALARM_OPEN,
        Reason.ALREADY_DECIDED,
        Reason.CALL_OPEN,
        Reason.CHANGED_SINCE,
        Reason.CLOCK_RUNS_ALREADY,
        Reason.CLOCK_STANDS,
        Reason.CLOCK_WAITS,
        Reason.CLOSED,
        Reason.GONE_OUT,
        Reason.KIND_ASKED,
        Reason.KIND_CHANGED,
        Reason.LAST_READER,
        Reason.LAST_WHO_LETS_IN,
        Reason.NEVER_PAUSED,
        Reason.NOT_ALLOWED,
        Reason.NOT_THE_WRITER,
        Reason.NOT_WAITING,
        Reason.NO_REPLY_CHANNEL,
        Reason.REPLY_GOES_OUT,
        Reason.SAME_PERSON,
        Reason.SOMEONE_ELSE_WAS_FIRST,
        Reason.TASK_OPEN,
    }
)
"""Refusals that no field is to blame for: the case stands otherwise than the page did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """A form that was not taken, drawn again as it was typed."""

    act: str
    form: Form
    wrong: tuple[Wrong, ...] = ()
    reason: Reason | None = None
    twice: Twice | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePage:
    """`/desk/case/{code}` and `/desk/case/{code}/{act}`."""

    desk: Desk

    async def see(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The case. Opening it is an audit entry."""
        return await self._page(request, visit)

    async def back(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """The address of an act, looked at: the case itself."""
        del visit
        return see_other(f"{HOME}/case/{case_code(request)}")

    async def act(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Do something on the case; what is refused comes back with all that was typed."""
        name = request.match_info["act"]
        act = ACTS.get(name)
        form = await self.desk.form(request, session=visit.token)
        if act is None or not visit.may(act.right):
            raise web.HTTPNotFound
        parts = self.desk.parts
        due, kind = None, None
        if act.check is not None:
            kind = await parts.store.read(_kind, case_code(request))
            checked = act.check(parts.rules, form, kind)
            if isinstance(checked, Invalid):
                tried = Tried(act=name, form=form, wrong=checked.wrong, twice=checked.twice)
                return await self._page(request, visit, tried=tried, status=_REFUSED)
            due = checked
        try:
            done = await parts.store.write_repeatable(
                do,
                parts.rules,
                parts.places,
                act=act,
                code=case_code(request),
                by=visit.by,
                form=form,
                due=due,
                kind=kind,
                key=once(request, form, by=visit.by),
            )
        except NotTakenError as error:
            return await self._refused(request, visit, name, form, error.refused.reason)
        if name == "conflict" and keeps_out(form, visit.by) == visit.by:
            # They must not be led back to a case that does not exist for them any more.
            return see_other(HOME, {"said": "kept_out"})
        removed = done.removed if isinstance(done, Done | AlarmAnswered) else 0
        said = {"said": REPEATED if isinstance(done, Repeated) else name}
        if removed:
            said["removed"] = str(min(removed, _MOST_REMOVED))
        return see_other(f"{HOME}/case/{case_code(request)}", said)

    async def here(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Who else is at the case now; the page reports by it that the reader is, for they did something on it.

        That is their own activity, so it keeps their session alive as any form does. A page that looks again by
        itself (`REFRESH`) says nothing of them and keeps nothing alive. Neither is a reading.
        """
        await self.desk.form(request, session=visit.token)
        store, code = self.desk.parts.store, case_code(request)
        if REFRESH in request.headers:
            found = await store.read(see_others, code=code, by=visit.by)
        else:
            found = await store.write(be_here, code=code, by=visit.by)
        if isinstance(found, Refused):
            raise web.HTTPNotFound
        others = here_now(self.desk, request, code, found)
        return self.desk.page(request, "case_here.html", visit=visit, others=others)

    async def unsend(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Take back a reply that has not gone out; its words stand in the box again, on this answer only."""
        form = await self.desk.form(request, session=visit.token)
        taken = await self.desk.parts.store.write(_take_back, case_code(request), by=visit.by, form=form)
        if isinstance(taken, Refused):
            return await self._refused(request, visit, "unsend", form, taken.reason)
        words = Form({"words": (taken.words,)})
        return await self._page(request, visit, tried=Tried(act="reply", form=words), said="unsend")

    async def identity(self, request: web.Request, visit: Visit) -> web.StreamResponse:
        """Open who the reporter is, on this answer only, for a reason and with a fresh factor."""
        form = await self.desk.form(request, session=visit.token)
        parts = self.desk.parts
        if not form.get("words").strip():
            return await self._refused(request, visit, "identity", form, Reason.REASON_NEEDED)
        fresh = await freshened(self.desk, request, visit, form)
        if isinstance(fresh, Refused):
            return await self._refused(request, visit, "identity", form, fresh.reason)
        shown = await parts.store.write(
            _identity, self, request, fresh, form.get("words"), breaks_glass=form.get("glass") == YES
        )
        if isinstance(shown, Refused):
            return await self._refused(request, fresh, "identity", form, shown.reason)
        if isinstance(shown, IdentityRequest):
            return await self._page(request, fresh, said="identity-asked")
        answers, removed = shown
        return await self._page(request, fresh, identity_shown=answers, removed=removed)

    async def _refused(
        self, request: web.Request, visit: Visit, name: str, form: Form, reason: Reason
    ) -> web.StreamResponse:
        if reason is Reason.NOT_FOUND:
            raise web.HTTPNotFound
        if reason in _ABOUT_THE_CASE:
            tried = Tried(act=name, form=form, reason=reason)
            return await self._page(request, visit, tried=tried, status=_CONFLICT)
        act = ACTS.get(name)
        at = _FIELD_OF.get(reason, act.at if act else "words")
        if act is not None and reason is Reason.NOTHING_CHOSEN:
            at = act.chosen
        tried = Tried(act=name, form=form, wrong=(Wrong(at, f"refused.{reason}"),))
        return await self._page(request, visit, tried=tried, status=_REFUSED)

    async def _page(
        self,
        request: web.Request,
        visit: Visit,
        *,
        tried: Tried | None = None,
        status: int = 200,
        identity_shown: tuple[Answered, ...] | None = None,
        removed: int = 0,
        said: str = "",
    ) -> web.StreamResponse:
        parts = self.desk.parts
        opened = await parts.store.write(open_case, parts.rules, code=case_code(request), by=visit.by)
        if isinstance(opened, Refused):
            raise web.HTTPNotFound
        speaker = speaker_of(self.desk, request)
        drawn = case_page(opened, parts.rules, speaker, by=visit.by)
        asked = request.query.get("said", "")
        case = drawn.case
        teller = Teller(
            text=lambda key: self.desk.say(request, key),
            has=speaker.has,
            when=lambda at: self.desk.when(request, at, now=visit.now),
            names=drawn.names,
            codes={str(each.link.id): each.other.code for each in opened.view.links},
        )
        return self.desk.page(
            request,
            "case.html",
            visit=visit,
            status=status,
            c=drawn,
            case=case,
            view=opened.view,
            others=here_now(self.desk, request, case.code, opened.view.others),
            place=place_name(self.desk, request, case.municipality) if case.municipality else "",
            to_reporter=Direction.TO_REPORTER,
            kind=(kind := parts.rules.organisation.kind(case.kind)),
            outcomes=[each for each in parts.rules.organisation.outcome if each.is_for(case.kind)],
            asks_for_action=kind.asks_for_action,
            kinds=[
                (each.code, must_tell(parts.rules, case.kind, each.code))
                for each in parts.rules.organisation.reporter_kind
                if each.code != case.kind
            ],
            marks=tuple(NoteMark),
            answers=(answers := standard_answers(parts.words, parts.rules, drawn)),
            chosen_answer=next((each.text for each in answers if each.id == request.query.get("answer")), ""),
            seen_as=tuple(Seen),
            called_as=tuple(Called),
            actions=tuple(Action),
            owners=[person for person in drawn.staff if allowed_on(person, Right.READ_CASE, case)],
            tried=tried.act if tried else "",
            typed=tried.form if tried else Form(),
            wrong=[(each.field, self.desk.say(request, each.key)) for each in tried.wrong] if tried else [],
            conflict=self.desk.refused(request, tried.reason) if tried and tried.reason else "",
            unsent=_texts(tried.form) if tried and tried.reason else [],
            twice=tried.twice if tried else None,
            identity_shown=identity_shown,
            fresh=visit.is_fresh,
            factor_field=CODE_FIELD,
            said=said or (asked if asked in ACTS or asked == REPEATED else ""),
            removed=removed or number(request.query.get("removed", "")),
            safe_hours=parts.words.hours(drawn.call.hours, speaker.lang) if drawn.call else "",
            lines=[(event, teller.line(event)) for event in drawn.timeline],
            startable=startable(parts.rules, case, opened.view.clocks),
            pause_reasons=parts.rules.policies.pause_reasons,
            may_search_person=parts.rules.organisation.person_search.allowed
            and visit.may(Right.SEARCH_PERSON),
            typed_clock=tried.form.get("clock") if tried else "",
            proposed_here=proposals_view(opened, parts.rules, parts.places),
            unit=unit_view(opened, parts.rules, drawn.reports),
            typed_enquiry=tried.form.get("enquiry") if tried else "",
        )


def speaker_of(desk: Desk, request: web.Request) -> Speaker:
    """Says the questions of reports in the language of the page."""
    words, lang = desk.parts.words, desk.language(request)
    languages = (lang, *words.languages())
    return Speaker(
        text=lambda key, **params: words.text(key, lang, **params),
        has=lambda key: any(words.has(key, each) for each in languages),
        place=lambda code: place_name(desk, request, code),
        places=desk.parts.places,
        lang=lang,
    )


def _identity(
    tx: IntakeTransaction,
    page: CasePage,
    request: web.Request,
    visit: Visit,
    reason: str,
    *,
    breaks_glass: bool,
) -> tuple[tuple[Answered, ...], int] | IdentityRequest | Refused:
    parts = page.desk.parts
    found: Identity | IdentityRequest | Refused = read_identity(
        tx,
        parts.rules,
        code=case_code(request),
        by=visit.by,
        reason=reason,
        verified_at=visit.session.verified_at,
        breaks_glass=breaks_glass,
    )
    if not isinstance(found, Identity):
        return found
    case = tx.cases.find(case_code(request))
    submissions = tx.cases.submissions(case.id, identity=False) if case is not None else ()
    speaker = speaker_of(page.desk, request)
    shown = [
        line
        for submission, answers in zip(submissions, found.answers, strict=True)
        for line in identity(answers, archived_flow(tx, submission), speaker)
    ]
    return tuple(shown), found.removed


def _take_back(tx: IntakeTransaction, code: CaseCode, *, by: PersonId, form: Form) -> HeldReply | Refused:
    case = tx.cases.find(code)
    if case is None or not allowed_on(tx.people.get(by), Right.READ_CASE, case):
        return Refused(Reason.NOT_FOUND)
    try:
        reply_id = MessageId(UUID(form.get("reply")))
    except ValueError:
        return Refused(Reason.GONE_OUT)
    return take_back_reply(tx, case_id=case.id, by=by, reply_id=reply_id)


def _kind(tx: IntakeTransaction, code: CaseCode) -> str:
    found = tx.cases.find(code)
    return "" if found is None else found.kind


def case_code(request: web.Request) -> CaseCode:
    """The code in the address; what can be none is a page that does not exist."""
    code = request.match_info["code"].upper()
    if not is_code(code):
        raise web.HTTPNotFound
    return CaseCode(code)


def _texts(form: Form) -> list[str]:
    """What was typed into text fields, so that it is not lost when the form itself is no longer there."""
    fields = ("reason", "words", "overdue_reason", "next_what", "necessity", "to", "receipt")
    return [form.get(name) for name in fields if form.get(name).strip()]


def number(typed: str) -> int:
    """How many identity numbers were taken out, as an address says it; 0 for anything else."""
    return min(int(typed), _MOST_REMOVED) if typed.isascii() and typed.isdigit() and len(typed) < 4 else 0  # noqa: PLR2004
