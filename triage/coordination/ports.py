"""What the coordination asks of the store: the port `Enquiries` of a transaction (see `triage.ports`)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from triage.coordination.enquiry import Enquiry, EnquiryWord
from triage.ids import CaseCode, CaseId, EnquiryId, PersonId


class Enquiries(Protocol):
    """Enquiries and what was said about them. Their words are sealed with those of the case."""

    def add(self, enquiry: Enquiry) -> None:
        """Insert an enquiry."""

    def save(self, enquiry: Enquiry) -> None:
        """Write back how it stands; what was passed on, why and on what basis is never changed."""

    def lock(self, enquiry_id: EnquiryId) -> Enquiry | None:
        """The enquiry, locked until the transaction ends, or None. Lock its case first."""

    def find(self, enquiry_id: EnquiryId) -> Enquiry | None:
        """The enquiry, or None."""

    def of_case(self, case_id: CaseId) -> Sequence[Enquiry]:
        """All enquiries about a case, in the order in which they were made."""

    def of_authority(self, authority: str, *, reader: PersonId, limit: int) -> Sequence[Enquiry]:
        """What was asked of an authority and is not withdrawn: what waits first, then the latest.

        Left out is what waits for a second person of the secretariat, and cases in which the reader has a conflict of
        interest. Without the words of why it was asked.
        """

    def waiting_for_a_second(self, person_id: PersonId, *, limit: int) -> Sequence[CaseCode]:
        """The cases in which somebody else's enquiry waits for a second person, but for this person's conflicts."""

    def say(self, enquiry: Enquiry, word: EnquiryWord) -> None:
        """Add what was said about it."""

    def words_of(
        self, case_id: CaseId, enquiry_ids: Collection[EnquiryId]
    ) -> Mapping[EnquiryId, Sequence[EnquiryWord]]:
        """What was said about each of these enquiries about one case, in order."""
