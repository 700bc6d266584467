"""What whoever takes the duty over must know: what is acute, which promises run out, whom to call; codes and times."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from triage.access.table import Right, allowed
from triage.audit import Act
from triage.cases.reading import ALARMS_LIMIT, QueueRow, queue_rows
from triage.cases.records import Alarm
from triage.ids import PersonId
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

LISTED = 200
"""So many of each stand on the page; of more it says that there are more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWork:
    """What is open, each list in the order in which it presses: `promises` by deadline, `calls` by arrival."""

    alarms: tuple[Alarm, ...]
    promises: tuple[QueueRow, ...]
    calls: tuple[QueueRow, ...]
    more_promises: bool
    more_calls: bool


def read_open_work(tx: Transaction, rules: Rules, *, by: PersonId, until: datetime) -> OpenWork | Refused:
    """Read it, with the promises that run out up to `until`; the reading counts as one of the queue.

    A case in which a call is wanted stands here whether anybody has decided on it or not, until it is closed.
    """
    if not allowed(tx.people.get(by), Right.READ_QUEUE):
        return Refused(Reason.NOT_ALLOWED)
    tx.audit.record(Act.QUEUE_READ, actor=by)
    promised = tx.cases.promised(reader=by, until=until, limit=LISTED + 1)
    to_call = tx.cases.to_call(reader=by, limit=LISTED + 1)
    return OpenWork(
        alarms=tuple(tx.alarms.waiting(reader=by, limit=ALARMS_LIMIT)),
        promises=queue_rows(tx, rules, promised[:LISTED]),
        calls=queue_rows(tx, rules, to_call[:LISTED]),
        more_promises=len(promised) > LISTED,
        more_calls=len(to_call) > LISTED,
    )
