"""What the core asks of the store about the people whom cases are about: marks, searches, and links between cases."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from triage.cases.person_marks import Mark, MarkKind
from triage.ids import CaseId, LinkId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Searched:
    """That somebody searched for a person: by the keyed hash of a name or a number, and what for.

    `found` says whether something was offered, and not how much. `place` orders searches; the store gives it.
    """

    by: PersonId
    at: datetime
    kind: MarkKind
    digest: bytes = field(repr=False)
    purpose: str = field(repr=False)
    found: bool
    place: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLink:
    """Somebody decided that two cases are about the same person; in force until it was undone."""

    id: LinkId
    first: CaseId
    """The case on which it was said."""
    second: CaseId
    by: PersonId
    at: datetime
    reason: str = field(repr=False)
    undone_by: PersonId | None = None
    undone_at: datetime | None = None

    def other(self, case_id: CaseId) -> CaseId:
        """The case at the other end."""
        return self.second if case_id == self.first else self.first


class Persons(Protocol):
    """Marks, searches and links. The store keeps no name and no number, and seals what people write beside them."""

    def add_marks(self, case_id: CaseId, marks: Collection[Mark]) -> None:
        """Let a case be found by these marks."""

    def find(
        self, digests: Collection[bytes], *, reader: PersonId, limit: int
    ) -> Mapping[CaseId, Sequence[Mark]]:
        """Cases with one of these marks in the order in which they came, each with those marks.

        Left out are those in which the reader has a conflict of interest.
        """

    def record_search(self, searched: Searched) -> None:
        """Note a search."""

    def searches(
        self, *, since: datetime, until: datetime, before: int | None, limit: int
    ) -> Sequence[Searched]:
        """Searches from `since` up to but not including `until`, and before that place, the latest first."""

    def add_link(self, link: CaseLink) -> None:
        """Link two cases. The reason is sealed under the key of the first."""

    def undo_link(self, link: CaseLink) -> None:
        """Write back who undid it and when."""

    def links_of(self, case_id: CaseId, *, reader: PersonId) -> Sequence[CaseLink]:
        """The links of a case, undone ones too, in the order in which they were made.

        Left out are those whose other case the reader must not know of.
        """

    def forget(self, case_id: CaseId) -> None:
        """Destroy the marks and the links of a case: from here on nobody finds it by its person."""
