"""The forms by which tasks are made, taken over and ended on a case."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from admin.act import Act, Filled, Invalid, Outcome
from admin.desk import Wrong, person_of
from admin.times import NotATime, Skipped, Twice, instant
from handlers.dialog.ports import IntakeTransaction
from handlers.web.forms import Form
from triage.access.table import Right
from triage.cases.tasks import end_task, make_task, take_task
from triage.ids import TaskId
from triage.refusals import Reason, Refused
from triage.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """What two fields for a date and a time give: an instant, or what is wrong with them."""

    at: datetime | None = None
    wrong: tuple[Wrong, ...] = ()
    twice: Twice | None = None


END_OF_DAY = "23:59"
"""What a task is due by that has a day and no time."""


def due_of(rules: Rules, form: Form, name: str, *, untimed: str = "") -> Due:
    """The instant of the fields `<name>_date`, `<name>_time` and, where the time comes twice, `<name>_which`.

    Where no time was typed it is `untimed`, in the zone of the house; empty, a time is asked for.
    """
    found = instant(
        rules.calendar,
        date=form.get(f"{name}_date"),
        time=form.get(f"{name}_time").strip() or untimed,
        which=form.get(f"{name}_which"),
    )
    match found:
        case NotATime(field=field):
            return Due(wrong=(Wrong(f"{name}_{field}", f"console.time.no_{field}"),))
        case Skipped():
            return Due(wrong=(Wrong(f"{name}_time", "console.time.skipped"),))
        case Twice():
            return Due(wrong=(Wrong(f"{name}_which", "console.time.twice"),), twice=found)
        case _:
            return Due(at=found)


def _check(rules: Rules, form: Form, kind: str) -> Invalid | datetime | None:
    del kind
    due = due_of(rules, form, "due", untimed=END_OF_DAY)
    missing = (
        (not form.get("words").strip(), Wrong("words", f"refused.{Reason.EMPTY}")),
        (person_of(form, "owner") is None, Wrong("owner", "console.task.owner_missing")),
    )
    wrong = (*(each for is_missing, each in missing if is_missing), *due.wrong)
    return Invalid(wrong, due.twice) if wrong else due.at


def _make(tx: IntakeTransaction, given: Filled) -> Outcome:
    owner = person_of(given.form, "owner")
    if owner is None:
        return Refused(Reason.NOBODY_CHOSEN)
    if given.due is None:
        return Refused(Reason.DATE_NEEDED)
    return make_task(
        tx,
        given.rules,
        case_id=given.case_id,
        by=given.by,
        what=given.words("words"),
        owner=owner,
        due=given.due,
    )


def _task(given: Filled) -> TaskId:
    try:
        return TaskId(UUID(given.words("task")))
    except ValueError:
        # An id that nothing has: what is asked for is refused as any other that is not there.
        return TaskId(UUID(int=0))


TASK_ACTS: Mapping[str, Act] = MappingProxyType(
    {
        "task": Act(right=Right.KEEP_TASK, run=_make, check=_check, chosen="owner"),
        "task-done": Act(
            right=Right.KEEP_TASK,
            run=lambda tx, given: end_task(tx, case_id=given.case_id, by=given.by, task_id=_task(given)),
        ),
        "task-take": Act(
            right=Right.KEEP_TASK,
            run=lambda tx, given: take_task(tx, case_id=given.case_id, by=given.by, task_id=_task(given)),
        ),
    }
)
"""By the last part of their address, `/desk/case/<code>/<act>`."""
