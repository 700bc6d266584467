"""Finding a case by what says nothing about anybody: when it came, from where, how it stands, whom it was asked of.

There is no search in words: whoever looks for a person needs a purpose, and that is another matter.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import datetime

from triage.access.table import Right, allowed
from triage.audit import Act
from triage.cases.case import CaseState
from triage.cases.reading import QueueRow, queue_rows
from triage.ids import CaseId, PersonId
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is looked for; what is None does not matter. `since` is part of the stretch, `until` is not."""

    since: datetime | None = None
    until: datetime | None = None
    municipality: str | None = None
    state: CaseState | None = None
    authority: str | None = None
    """An authority that was asked about the case."""

    @property
    def named(self) -> tuple[str, ...]:
        """By what is looked for, without the values."""
        return tuple(each.name for each in fields(self) if getattr(self, each.name) is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPlace:
    """A place in what was found, newest first."""

    received_at: datetime
    id: CaseId


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundCases:
    """The cases of one page, and the place behind which more stand."""

    as_of: datetime
    rows: tuple[QueueRow, ...]
    further: FoundPlace | None


def search_cases(
    tx: Transaction,
    rules: Rules,
    *,
    by: PersonId,
    wanted: Wanted,
    after: FoundPlace | None = None,
    limit: int = ON_A_PAGE,
) -> FoundCases | Refused:
    """The latest cases that are as `wanted`, but for those in which the reader has a conflict of interest.

    It counts as a reading of the queue, and the entry says by what was looked, not for what.
    """
    if not allowed(tx.people.get(by), Right.READ_QUEUE):
        return Refused(Reason.NOT_ALLOWED)
    facts = {"search": ",".join(wanted.named)}
    tx.audit.record(Act.QUEUE_READ, actor=by, facts=facts)
    found = tx.cases.search(reader=by, wanted=wanted, after=after, limit=limit + 1)
    rows = queue_rows(tx, rules, found[:limit])
    last = found[limit - 1] if len(found) > limit else None
    return FoundCases(
        as_of=tx.now,
        rows=rows,
        further=None if last is None else FoundPlace(received_at=last.received_at, id=last.id),
    )
