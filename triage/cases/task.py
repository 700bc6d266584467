"""A task on a case: what somebody has said they will do, or was asked to, and by when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from triage.ids import CaseId, PersonId, TaskId


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Open until `ended_at`. Without an `owner` it is nobody's: whoever had it may not have it any more."""

    id: TaskId
    case_id: CaseId
    what: str = field(repr=False)
    owner: PersonId | None
    due_at: datetime
    made_by: PersonId
    made_at: datetime
    ended_at: datetime | None = None
    ended_by: PersonId | None = None


class Tasks(Protocol):
    """The tasks of all cases. What is to be done is sealed with the words of its case."""

    def add(self, task: Task) -> None:
        """Insert a task."""

    def save(self, task: Task) -> None:
        """Write back whose it is and whether it has ended; what is to be done and when never changes."""

    def of_case(self, case_id: CaseId) -> Sequence[Task]:
        """The open tasks of a case, the first due first."""

    def open_for(self, person_id: PersonId, *, limit: int) -> Sequence[Task]:
        """The open tasks that are this person's or nobody's, the first due first, without what is to be done.

        Left out are those of cases in which they have a conflict of interest.
        """

    def leave(self, person_id: PersonId, *, case_id: CaseId | None = None) -> int:
        """Make this person's open tasks nobody's, all or those of one case; how many those were."""
