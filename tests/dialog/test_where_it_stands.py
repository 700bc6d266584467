"""Where a report stands, in the words that the reporter reads on every channel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from handlers.dialog.words import where_it_stands
from tests.support.profiles import shipped
from triage.cases.dialogue import ReporterState, Standing

MONDAY = datetime(2026, 5, 4, 6, 12, tzinfo=UTC)
"""12 past 8 in Copenhagen."""


def said(state: ReporterState, lang: str, *, later: timedelta = timedelta(hours=2)) -> str:
    words = shipped().translator()
    standing = Standing(state=state, at=MONDAY)
    return where_it_stands(standing, words, lang, now=MONDAY + later).replace("\xa0", " ")


@pytest.mark.parametrize(
    ("state", "danish", "english"),
    [
        (
            ReporterState.SENT,
            "Din besked er sendt mandag kl. 8.12. Ingen har læst den endnu.",
            "Your message was sent on Monday at 8:12. Nobody has read it yet.",
        ),
        (
            ReporterState.READ,
            "Læst af en medarbejder mandag kl. 8.12.",
            "Read by a member of staff on Monday at 8:12.",
        ),
        (
            ReporterState.ANSWERED,
            "Vi har skrevet til dig mandag kl. 8.12.",
            "We wrote to you on Monday at 8:12.",
        ),
        (
            ReporterState.DECIDED,
            "En medarbejder besluttede mandag kl. 8.12, hvad der skal ske.",
            "A member of staff decided on Monday at 8:12 what should happen.",
        ),
        (
            ReporterState.CLOSED,
            "Vi blev færdige med din besked mandag kl. 8.12.",
            "We finished with your message on Monday at 8:12.",
        ),
    ],
)
def test_each_state_is_one_plain_sentence_with_its_day_and_time(
    state: ReporterState, danish: str, english: str
) -> None:
    assert (said(state, "da"), said(state, "en")) == (danish, english)


def test_beyond_a_week_the_date_is_told() -> None:
    state, later = ReporterState.READ, timedelta(days=8)
    assert said(state, "da", later=later) == "Læst af en medarbejder mandag d. 4. maj kl. 8.12."
    assert said(state, "en", later=later) == "Read by a member of staff on Monday 4 May at 8:12."
