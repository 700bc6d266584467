"""A reporter wants to be called: when that is safe, what may be said, and that somebody did it.

The case holds in clear only that a call is wanted and the codes of the hours: enough for the queue, which opens no
words. The number stays with who the reporter is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, time
from enum import StrEnum

from triage.access.table import Right
from triage.audit import Act
from triage.cases.case import Case, CaseState, EventKind
from triage.cases.reach import Limit, limit_of, next_safe, safe_hours
from triage.cases.records import Submission
from triage.cases.steps import lock_for, record
from triage.cases.words import Done, remark
from triage.clocks.events import CONTACTED, happened
from triage.ids import CaseId, PersonId
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules


class Called(StrEnum):
    """How a call went; shown as the text `console.called.<code>`. Only with `NO_ANSWER` it is still to be made."""

    REACHED = "reached"
    NO_ANSWER = "no_answer"
    NOT_NEEDED = "not_needed"


class Message(StrEnum):
    """Whether a message may be left; shown as `console.call.message.<code>`. Not answered is no yes."""

    YES = "yes"
    NO = "no"
    NOT_SAID = "not_said"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTask:
    """A call that waits to be made. `hours` and `next_safe` say what holds for `limit`.

    Where the reporter did not say when it is safe, there are no hours, no next time, and it is never safe now.
    """

    limit: Limit
    safe_now: bool
    next_safe: datetime | None
    hours: tuple[tuple[time, time], ...]
    message: Message
    name: str | None = field(repr=False)
    """What the reporter lets us call ourselves, in their words."""


def call_task(rules: Rules, case: Case, submissions: Sequence[Submission], now: datetime) -> CallTask | None:
    """The call that waits on a case, as it stands now."""
    calls, codes = rules.organisation.calls, case.call
    if calls is None or codes is None or case.state is CaseState.CLOSED:
        return None
    answers: dict[str, object] = {}
    for each in submissions:
        answers |= {**each.clear, **each.body}
    said, name = answers.get(calls.message), answers.get(calls.name)
    safe_at = next_safe(rules, codes, now)
    known = {calls.message_yes: Message.YES, calls.message_no: Message.NO}
    return CallTask(
        limit=limit_of(rules, codes),
        safe_now=safe_at is not None and safe_at <= now,
        next_safe=safe_at,
        hours=safe_hours(rules, codes),
        message=known.get(said, Message.NOT_SAID) if isinstance(said, str) else Message.NOT_SAID,
        name=name if isinstance(name, str) and name else None,
    )


def record_call(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, did: Called, words: str = ""
) -> Done | Refused:
    """Say how the call went. One that nobody answered is still to be made."""
    case = lock_for(tx, case_id, by, Right.RECORD_CALL)
    if isinstance(case, Refused):
        return case
    if case.call is None:
        return Refused(Reason.NOT_WAITING)
    said = remark(rules, words)
    if isinstance(said, Refused):
        return said
    record(tx, case, EventKind.CALLED, Act.CASE_CALLED, by=by, facts={"did": did.value}, words=said.words)
    happened(tx, rules, case, CONTACTED)
    if did is not Called.NO_ANSWER:
        case = tx.cases.save(replace(case, call=None))
    return Done(case, said.removed)
