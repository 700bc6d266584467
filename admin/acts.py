"""What staff do on a case, by the last part of its address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from uuid import UUID

from admin.act import Act, Filled, Invalid, Outcome
from admin.clock_forms import CLOCK_ACTS
from admin.desk import Wrong, person_of
from admin.link_forms import LINK_ACTS
from admin.proposals_view import PROPOSAL_ACTS
from admin.receiver_forms import RECEIVER_ACTS
from admin.task_forms import END_OF_DAY, TASK_ACTS, Due, due_of
from admin.unit_forms import UNIT_ACTS
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.access.table import Right
from triage.cases.acute import Action, answer_alarm, mark_acute
from triage.cases.additions import Seen, see_addition
from triage.cases.calls import Called, record_call
from triage.cases.classify import confirm_kind, decline_kind, reclassify
from triage.cases.conflict import keep_out, let_back_in
from triage.cases.decide import (
    NextStep,
    confirm,
    decide,
    decline_confirmation,
    explain_overdue,
    record_forward_receipt,
)
from triage.cases.handle import add_note, claim, close_case, end_contact, reopen_case
from triage.cases.identity_requests import end_identity_request
from triage.cases.replying import hold_reply
from triage.ids import AlarmId, IdentityRequestId, PersonId
from triage.refusals import Reason, Refused
from triage.rules import Rules

YES, NO = "yes", "no"


def _check_decision(rules: Rules, form: Form, kind: str) -> Invalid | datetime | None:
    """What is missing from a decision about a contact of this kind; else when its next step is due, if it has one."""
    wrong = []
    chosen = next((each for each in rules.organisation.outcome if each.code == form.get("outcome")), None)
    of = rules.organisation.kind(kind)
    asked = of.about_a_person if chosen is None else of.asks_for_action(chosen)
    if chosen is None:
        wrong.append(Wrong("outcome", "console.decide.outcome_missing"))
    if not form.get("reason").strip():
        wrong.append(Wrong("reason", "refused.reason_needed"))
    wrong += [
        Wrong(name, f"console.decide.{name}_missing")
        for name in ("local_action", "to_unit")
        if asked and form.get(name) not in {YES, NO}
    ]
    if chosen is not None and chosen.is_for(kind) and chosen.to_unit and form.get("to_unit") == NO:
        wrong.append(Wrong("to_unit", "console.decide.to_unit_follows"))
    due = Due()
    if chosen is not None and chosen.needs_next_step:
        wrong += [
            Wrong(name, f"console.decide.{name}_missing")
            for name in ("next_what", "next_owner")
            if not form.get(name).strip()
        ]
        due = due_of(rules, form, "next", untimed=END_OF_DAY)
        wrong += due.wrong
    return Invalid(tuple(wrong), due.twice) if wrong else due.at


def _decide(tx: IntakeTransaction, given: Filled) -> Outcome:
    step = None
    if given.due is not None:
        try:
            owner = PersonId(UUID(given.words("next_owner")))
            tx.people.get(owner)
        except (ValueError, LookupError):
            return Refused(Reason.NEXT_STEP_NEEDED)
        step = NextStep(what=given.words("next_what"), owner=owner, due=given.due)
    return decide(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        outcome=given.words("outcome"),
        reason=given.words("reason"),
        local_action=given.words("local_action") == YES,
        to_unit=given.words("to_unit") == YES,
        next_step=step,
        overdue_reason=given.words("overdue_reason"),
        asked_as=given.kind,
    )


def _answer(tx: IntakeTransaction, given: Filled) -> Outcome:
    try:
        alarm_id = AlarmId(UUID(given.words("alarm")))
        action = Action(given.words("action"))
    except ValueError:
        return Refused(Reason.REASON_NEEDED)
    if alarm_id not in {alarm.id for alarm in tx.alarms.of_case(given.case_id)}:
        return Refused(Reason.NOT_FOUND)
    return answer_alarm(
        tx, given.rules, alarm_id=alarm_id, by=given.by, action=action, words=given.words("words")
    )


def _kind(tx: IntakeTransaction, given: Filled) -> Outcome:
    # One question on the page: they were told, or which exception it is.
    told = given.words("told")
    return reclassify(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        kind=given.words("kind"),
        reason=given.words("words"),
        told=told == YES,
        because=told,
    )


def _seen(tx: IntakeTransaction, given: Filled) -> Outcome:
    try:
        did = Seen(given.words("did"))
    except ValueError:
        return Refused(Reason.NOTHING_CHOSEN)
    return see_addition(
        tx, given.rules, case_id=given.case_id, by=given.by, did=did, words=given.words("words")
    )


def _called(tx: IntakeTransaction, given: Filled) -> Outcome:
    try:
        did = Called(given.words("did"))
    except ValueError:
        return Refused(Reason.NOTHING_CHOSEN)
    return record_call(
        tx, given.rules, case_id=given.case_id, by=given.by, did=did, words=given.words("words")
    )


def keeps_out(form: Form, by: PersonId) -> PersonId | None:
    """Whom this form keeps out of a case; whoever may name nobody else has no field to name themself in."""
    return person_of(form) if "person" in form else by


def _keep_out(tx: IntakeTransaction, given: Filled) -> Outcome:
    person = keeps_out(given.form, given.by)
    if person is None:
        return Refused(Reason.NOBODY_CHOSEN)
    return keep_out(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        person_id=person,
        words=given.words("words"),
    )


def _let_in(tx: IntakeTransaction, given: Filled) -> Outcome:
    person = person_of(given.form)
    if person is None:
        return Refused(Reason.NOBODY_CHOSEN)
    return let_back_in(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        person_id=person,
        words=given.words("words"),
    )


def _identity(tx: IntakeTransaction, given: Filled, *, agrees: bool) -> Outcome:
    try:
        request_id = IdentityRequestId(UUID(given.words("request")))
    except ValueError:
        return Refused(Reason.NOT_WAITING)
    return end_identity_request(
        tx, given.rules, case_id=given.case_id, by=given.by, request_id=request_id, agrees=agrees
    )


def _confirm(tx: IntakeTransaction, given: Filled) -> Outcome:
    return confirm(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        overdue_reason=given.words("overdue_reason"),
        read=_read(given),
    )


def _read(given: Filled) -> datetime | None:
    """When that was said which the page showed to whoever answers it; what is no time is no answer to anything."""
    typed = given.words("read")
    try:
        return datetime.fromisoformat(typed) if typed else None
    except ValueError:
        return datetime.min.replace(tzinfo=UTC)


def _receipt(tx: IntakeTransaction, given: Filled) -> Outcome:
    return record_forward_receipt(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        words=given.words("words"),
        overdue_reason=given.words("overdue_reason"),
    )


ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "claim": Act(
            right=Right.CLAIM,
            run=lambda tx, given: claim(tx, given.rules, case_id=given.case_id, by=given.by),
        ),
        "kind": Act(right=Right.RECLASSIFY, run=_kind),
        "confirm-kind": Act(
            right=Right.CONFIRM,
            run=lambda tx, given: confirm_kind(
                tx, given.rules, case_id=given.case_id, by=given.by, read=_read(given)
            ),
        ),
        "decline-kind": Act(
            right=Right.CONFIRM,
            run=lambda tx, given: decline_kind(
                tx,
                given.rules,
                case_id=given.case_id,
                by=given.by,
                reason=given.words("words"),
                read=_read(given),
            ),
        ),
        "seen": Act(right=Right.SEE_ADDITION, run=_seen),
        "called": Act(right=Right.RECORD_CALL, run=_called),
        "acute": Act(
            right=Right.MARK_ACUTE,
            run=lambda tx, given: mark_acute(
                tx, given.rules, case_id=given.case_id, by=given.by, reason=given.words("words")
            ),
        ),
        "answer": Act(right=Right.ANSWER_ALARM, run=_answer),
        "decide": Act(right=Right.DECIDE, run=_decide, check=_check_decision, at="reason"),
        "confirm": Act(right=Right.CONFIRM, run=_confirm, at="overdue_reason"),
        "decline": Act(
            right=Right.CONFIRM,
            run=lambda tx, given: decline_confirmation(
                tx,
                given.rules,
                case_id=given.case_id,
                by=given.by,
                reason=given.words("words"),
                read=_read(given),
            ),
        ),
        "receipt": Act(right=Right.RECORD_RECEIPT, run=_receipt),
        "explain": Act(
            right=Right.EXPLAIN_OVERDUE,
            run=lambda tx, given: explain_overdue(
                tx, given.rules, case_id=given.case_id, by=given.by, reason=given.words("words")
            ),
        ),
        "reply": Act(
            right=Right.WRITE_TO_REPORTER,
            run=lambda tx, given: hold_reply(
                tx, given.rules, case_id=given.case_id, by=given.by, words=given.words("words")
            ),
        ),
        "note": Act(
            right=Right.ADD_NOTE,
            run=lambda tx, given: add_note(
                tx,
                given.rules,
                case_id=given.case_id,
                by=given.by,
                words=given.words("words"),
                mark=given.words("mark"),
            ),
            chosen="mark",
        ),
        "identity-agree": Act(
            right=Right.AGREE_TO_IDENTITY,
            run=lambda tx, given: _identity(tx, given, agrees=True),
        ),
        "identity-decline": Act(
            right=Right.AGREE_TO_IDENTITY,
            run=lambda tx, given: _identity(tx, given, agrees=False),
        ),
        "conflict": Act(right=Right.DECLARE_CONFLICT, run=_keep_out),
        "let-in": Act(right=Right.LET_BACK_IN, run=_let_in),
        "close": Act(
            right=Right.CLOSE,
            run=lambda tx, given: close_case(
                tx, given.rules, case_id=given.case_id, by=given.by, words=given.words("words")
            ),
        ),
        "reopen": Act(
            right=Right.REOPEN,
            run=lambda tx, given: reopen_case(
                tx, given.rules, case_id=given.case_id, by=given.by, words=given.words("words")
            ),
        ),
        "end-contact": Act(
            right=Right.END_CONTACT,
            run=lambda tx, given: end_contact(tx, given.rules, case_id=given.case_id, by=given.by),
        ),
        **CLOCK_ACTS,
        **PROPOSAL_ACTS,
        **LINK_ACTS,
        **RECEIVER_ACTS,
        **TASK_ACTS,
        **UNIT_ACTS,
    }
)
"""Every act by the last part of its address, `/desk/case/<code>/<act>`."""
