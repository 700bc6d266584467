"""What did not arrive, and what could not be read: tasks that stand until a named person has seen to them."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

from triage.access.table import Right, allowed
from triage.audit import Act
from triage.ids import OutboxId, PersonId
from triage.notices.outbox import ParkedNotice, Undelivered
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

UNDELIVERED_LIMIT = 50
PARKED_LIMIT = 50


def read_undelivered(tx: Transaction, rules: Rules, *, by: PersonId) -> tuple[Undelivered, ...] | Refused:
    """What was given up and waits for somebody, escalations first, then the oldest.

    Who does not read the queue, as administrators, is shown what was for staff, by person and channel, and no code
    of a case; what was for a reporter is not theirs to see to. It holds no words, and is no reading of a case.
    """
    del rules
    reader = tx.people.get(by)
    if not allowed(reader, Right.READ_UNDELIVERED):
        return Refused(Reason.NOT_ALLOWED)
    rows = tx.outbox.undelivered(reader=by, limit=UNDELIVERED_LIMIT)
    if allowed(reader, Right.READ_QUEUE):
        return tuple(rows)
    return tuple(replace(row, case_code=None) for row in rows if row.person is not None)


def settle_undelivered(
    tx: Transaction, rules: Rules, *, by: PersonId, row: OutboxId
) -> Undelivered | Refused:
    """Say that one saw to it: the task is gone for everybody, and what the message said is forgotten.

    `NOT_WAITING` when it is no task, or no longer, or not one that this person is shown.
    """
    del rules
    person = tx.people.get(by)
    if not allowed(person, Right.READ_UNDELIVERED):
        return Refused(Reason.NOT_ALLOWED)
    found = tx.outbox.find_undelivered(row, reader=by)
    if found is None or (found.person is None and not allowed(person, Right.READ_QUEUE)):
        return Refused(Reason.NOT_WAITING)
    if not tx.outbox.settle(row):
        return Refused(Reason.NOT_WAITING)
    to = "reporter" if found.person is None else "staff"
    via = "any" if found.via is None else found.via.value
    facts = {"lane": found.lane.value, "via": via, "to": to, "error": found.error}
    tx.audit.record(Act.NOTICE_SETTLED, actor=by, object_id=row, facts=facts)
    return found


def read_parked(tx: Transaction, *, by: PersonId) -> tuple[ParkedNotice, ...] | Refused:
    """That updates could not be digested and lie sealed, oldest first; what they say stays shut."""
    if not allowed(tx.people.get(by), Right.SETTLE_PARKED):
        return Refused(Reason.NOT_ALLOWED)
    return tuple(tx.parked.notices(limit=PARKED_LIMIT))


def settle_parked(tx: Transaction, *, by: PersonId, parked_id: UUID) -> UUID | Refused:
    """Say that one saw to it, and destroy the parked update for good; `NOT_WAITING` when it is gone already."""
    if not allowed(tx.people.get(by), Right.SETTLE_PARKED):
        return Refused(Reason.NOT_ALLOWED)
    if not tx.parked.resolve(parked_id):
        return Refused(Reason.NOT_WAITING)
    tx.audit.record(Act.UPDATE_SETTLED, actor=by, object_id=parked_id)
    return parked_id
