"""Tasks: made on a case with an owner and a date, taken over and ended; what is nobody's is everybody's to take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from triage.access.table import Right, allowed, allowed_on
from triage.audit import Act
from triage.cases.case import Case, EventKind
from triage.cases.steps import lock_for, record
from triage.cases.task import Task
from triage.cases.words import Cleaned, Done, cleaned
from triage.clocks.keep import notice_time
from triage.ids import CaseId, PersonId, TaskId
from triage.notices.notice import Subject, about_case, case_topic
from triage.notices.telling import tell_person
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

LISTED = 50
"""So many tasks stand on somebody's first page; of more it says that there are more."""
MOST_AHEAD = timedelta(days=3 * 366)
"""A date beyond that is a slip of the finger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """An open task and the case that it belongs to."""

    task: Task
    case: Case


def make_task(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, what: str, owner: PersonId, due: datetime
) -> Done | Refused:
    """Give somebody who reads the case something to do by an instant (aware UTC); oneself, or a colleague, who is told.

    A case can be closed once all its tasks have ended.
    """
    case = lock_for(tx, case_id, by, Right.KEEP_TASK)
    if isinstance(case, Refused):
        return case
    if not _may_own(tx, owner, case):
        return Refused(Reason.NOBODY_CHOSEN)
    if not tx.now < due < tx.now + MOST_AHEAD:
        return Refused(Reason.IN_THE_PAST if due <= tx.now else Reason.DATE_NEEDED)
    said = cleaned(rules, what, empty=Reason.EMPTY)
    if isinstance(said, Refused):
        return said
    add_task(tx, rules, case, by=by, what=said, owner=owner, due=due)
    facts = {"owner": str(owner), "due": due.isoformat()}
    record(tx, case, EventKind.TASK_MADE, Act.TASK_MADE, by=by, facts=facts, words=said.words)
    return Done(case, said.removed)


def add_task(
    tx: Transaction, rules: Rules, case: Case, *, by: PersonId, what: Cleaned, owner: PersonId, due: datetime
) -> None:
    """Insert the task and tell its owner, unless they gave it to themself. Whoever calls it records it."""
    task = Task(
        id=TaskId(tx.new_id()),
        case_id=case.id,
        what=what.words,
        owner=owner,
        due_at=due,
        made_by=by,
        made_at=tx.now,
    )
    tx.tasks.add(task)
    if owner != by:
        notice = about_case(
            case, Subject.TASK_GIVEN, occasion=task.id, topic=_topic(case, task), due_at=task.due_at
        )
        person = tx.people.get(owner)
        tell_person(tx, rules, notice, person, not_before=notice_time(tx, rules, wakes=False), wakes=False)


def end_task(tx: Transaction, *, case_id: CaseId, by: PersonId, task_id: TaskId) -> Case | Refused:
    """Say that a task is done, or no longer needed; anybody of the desk may, and it stands who did."""
    found = _open(tx, case_id, by, task_id)
    if isinstance(found, Refused):
        return found
    case, task = found
    tx.tasks.save(replace(task, ended_at=tx.now, ended_by=by))
    tx.outbox.supersede(topic=_topic(case, task))
    record(tx, case, EventKind.TASK_ENDED, Act.TASK_ENDED, by=by, words=task.what)
    return case


def take_task(tx: Transaction, *, case_id: CaseId, by: PersonId, task_id: TaskId) -> Case | Refused:
    """Make a task one's own; one that is already changes nothing."""
    found = _open(tx, case_id, by, task_id)
    if isinstance(found, Refused):
        return found
    case, task = found
    if task.owner == by:
        return case
    tx.tasks.save(replace(task, owner=by))
    tx.outbox.supersede(topic=_topic(case, task))
    facts = {} if task.owner is None else {"taken_over_from": str(task.owner)}
    record(tx, case, EventKind.TASK_TAKEN, Act.TASK_TAKEN, by=by, facts=facts, words=task.what)
    return case


def tasks_for(tx: Transaction, *, by: PersonId) -> tuple[Sequence[Listed], bool]:
    """The open tasks that are this person's or nobody's, the first due first, and whether there are more."""
    if not allowed(tx.people.get(by), Right.READ_QUEUE):
        return (), False
    found = tx.tasks.open_for(by, limit=LISTED + 1)
    cases = tx.cases.get_all({task.case_id for task in found})
    listed = [Listed(task=task, case=cases[task.case_id]) for task in found[:LISTED]]
    return listed, len(found) > LISTED


def _open(tx: Transaction, case_id: CaseId, by: PersonId, task_id: TaskId) -> tuple[Case, Task] | Refused:
    case = lock_for(tx, case_id, by, Right.KEEP_TASK)
    if isinstance(case, Refused):
        return case
    task = next((each for each in tx.tasks.of_case(case_id) if each.id == task_id), None)
    return Refused(Reason.NOT_WAITING) if task is None else (case, task)


def _may_own(tx: Transaction, owner: PersonId, case: Case) -> bool:
    try:
        return allowed_on(tx.people.get(owner), Right.READ_CASE, case)
    except LookupError:
        return False


def _topic(case: Case, task: Task) -> str:
    return f"{case_topic(case.id, Subject.TASK_GIVEN)}:{task.id}"
