"""The forms by which somebody links a case to another one about the same person, and undoes it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from uuid import UUID

from admin.act import Act, Filled, Invalid, Outcome
from admin.desk import Wrong
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.access.table import Right
from triage.cases.linking import link_cases, unlink_cases
from triage.ids import LinkId, read_code
from triage.refusals import Reason, Refused
from triage.rules import Rules


def _check(rules: Rules, form: Form, kind: str) -> Invalid | None:
    del rules, kind
    missing = (
        (not form.get("other").strip(), Wrong("other", f"refused.{Reason.NO_SUCH_CASE}")),
        (not form.get("words").strip(), Wrong("words", f"refused.{Reason.REASON_NEEDED}")),
    )
    wrong = tuple(wrong for is_missing, wrong in missing if is_missing)
    return Invalid(wrong) if wrong else None


def _link(tx: IntakeTransaction, given: Filled) -> Outcome:
    code = read_code(given.words("other"))
    if code is None:
        return Refused(Reason.NO_SUCH_CASE)
    return link_cases(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        other=code,
        reason=given.words("words"),
    )


def _link_id(given: Filled) -> LinkId:
    try:
        return LinkId(UUID(given.words("link")))
    except ValueError:
        # An id that nothing has: what is asked for is refused as any other that is not there.
        return LinkId(UUID(int=0))


LINK_ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "link": Act(right=Right.LINK_CASES, run=_link, check=_check),
        "unlink": Act(
            right=Right.LINK_CASES,
            run=lambda tx, given: unlink_cases(
                tx, case_id=given.case_id, by=given.by, link_id=_link_id(given)
            ),
        ),
    }
)
"""By the last part of their address, `/desk/case/<code>/<act>`."""
