"""The forms by which the secretariat asks authorities about a case."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from admin.act import Act, Filled, Invalid, Outcome
from admin.desk import Wrong
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.access.table import Right
from triage.coordination.asking import agree, ask, explain, withdraw
from triage.coordination.enquiry import Passed
from triage.ids import EnquiryId, SubmissionId
from triage.refusals import Reason
from triage.rules import Rules


def ticked(passed: Passed) -> str:
    """The value of the box by which this answer is passed on."""
    return f"{passed.submission_id}:{passed.question}"


def _check_ask(rules: Rules, form: Form, kind: str) -> Invalid | None:
    del rules, kind
    missing = (
        (not form.get("authority"), Wrong("authority", f"refused.{Reason.NOTHING_CHOSEN}")),
        (not form.get("necessity").strip(), Wrong("necessity", f"refused.{Reason.NECESSITY_NEEDED}")),
        (not form.get("basis"), Wrong("basis", f"refused.{Reason.BASIS_NEEDED}")),
        (not form.all("passed"), Wrong("passed", f"refused.{Reason.NOTHING_PASSED}")),
    )
    wrong = tuple(wrong for is_missing, wrong in missing if is_missing)
    return Invalid(wrong) if wrong else None


def _ask(tx: IntakeTransaction, given: Filled) -> Outcome:
    return ask(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        authority=given.words("authority"),
        basis=given.words("basis"),
        necessity=given.words("necessity"),
        passed=[each for each in map(_passed, given.form.all("passed")) if each is not None],
    )


def _agree(tx: IntakeTransaction, given: Filled) -> Outcome:
    return agree(tx, given.rules, case_id=given.case_id, by=given.by, enquiry_id=_enquiry(given))


def _withdraw(tx: IntakeTransaction, given: Filled) -> Outcome:
    return withdraw(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        enquiry_id=_enquiry(given),
        words=given.words("words"),
    )


def _explain(tx: IntakeTransaction, given: Filled) -> Outcome:
    return explain(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        enquiry_id=_enquiry(given),
        words=given.words("words"),
    )


def _passed(written: str) -> Passed | None:
    """The answer that a box stands for; None for one that is none of ours, which then is missing."""
    submission, _, question = written.partition(":")
    try:
        return Passed(submission_id=SubmissionId(UUID(submission)), question=question)
    except ValueError:
        return None


def _enquiry(given: Filled) -> EnquiryId:
    try:
        return EnquiryId(UUID(given.words("enquiry")))
    except ValueError:
        return EnquiryId(UUID(int=0))


UNIT_ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "ask": Act(right=Right.ASK_AUTHORITY, run=_ask, check=_check_ask, at="necessity", chosen="authority"),
        "ask-agree": Act(right=Right.AGREE_TO_ASK, run=_agree),
        "ask-withdraw": Act(right=Right.ASK_AUTHORITY, run=_withdraw),
        "ask-explain": Act(right=Right.ASK_AUTHORITY, run=_explain),
    }
)
"""The acts on what authorities are asked, by the last part of their address."""
