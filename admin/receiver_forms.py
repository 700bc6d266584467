"""The form by which staff record that they told somebody outside of a case."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from admin.act import Act, Filled, Invalid, Outcome
from admin.desk import Wrong
from admin.task_forms import Due, due_of
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.access.table import Right
from triage.cases.receivers import record_told
from triage.refusals import Reason
from triage.rules import Rules


def _check(rules: Rules, form: Form, kind: str) -> Invalid | datetime | None:
    del kind
    missing = (
        (not form.get("receiver"), Wrong("receiver", f"refused.{Reason.NOTHING_CHOSEN}")),
        (not form.get("to").strip(), Wrong("to", f"refused.{Reason.EMPTY}")),
    )
    said_when = form.get("when_date").strip() or form.get("when_time").strip()
    when = due_of(rules, form, "when") if said_when else Due()
    wrong = (*(each for is_missing, each in missing if is_missing), *when.wrong)
    return Invalid(wrong, when.twice) if wrong else when.at


def _told(tx: IntakeTransaction, given: Filled) -> Outcome:
    return record_told(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        receiver=given.words("receiver"),
        to=given.words("to"),
        at=given.due,
        receipt=given.words("receipt"),
    )


RECEIVER_ACTS: Mapping[str, Act] = MappingProxyType(
    {"passed-on": Act(right=Right.DECIDE, run=_told, check=_check, at="to", chosen="receiver")}
)
"""By the last part of its address, `/desk/case/<code>/<act>`."""
