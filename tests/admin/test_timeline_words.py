"""What staff read in the timeline of contact that a reporter ended or moved."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import pytest

from admin.timeline import Teller
from tests.support.profiles import shipped
from triage.cases.case import CaseEvent, EventKind
from triage.ids import CaseId

NOBODY = UUID(int=0)


def told(kind: EventKind, facts: dict[str, str]) -> str:
    words = shipped().translator()
    teller = Teller(
        text=lambda key: words.text(key, "da"),
        has=lambda key: words.has(key, "da"),
        when=str,
        names={},
    )
    at = datetime(2026, 5, 4, tzinfo=UTC)
    return teller.line(CaseEvent(id=NOBODY, case_id=CaseId(NOBODY), kind=kind, at=at, by=None, facts=facts))


@pytest.mark.parametrize(
    ("facts", "said"),
    [
        ({"ended_by": "reporter"}, "Afsluttede kontakten: indsenderen gjorde det selv"),
        (
            {"ended_by": "reporter", "pending": "unread"},
            "Afsluttede kontakten: indsenderen gjorde det selv; et svar til indsenderen var ikke læst",
        ),
        (
            {"ended_by": "reporter", "pending": "unanswered"},
            "Afsluttede kontakten: indsenderen gjorde det selv; det sidste, indsenderen skrev, var ikke besvaret",
        ),
    ],
)
def test_contact_ended_by_the_reporter_says_so_and_what_was_under_way(
    facts: dict[str, str], said: str
) -> None:
    assert told(EventKind.CONTACT_ENDED, facts) == said


def test_contact_that_moved_says_how_the_reporter_comes_back() -> None:
    assert told(EventKind.CONTACT_MOVED, {}) == "Indsenderen bruger nu kun sin kode"
