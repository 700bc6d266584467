"""Every page in a language that is longer than ours, by daylight, and in one written from the right, in the dark.

One pass for each. A page that these walks do not visit makes them fail, by its address or its template.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.async_api import Browser
from yarl import URL

from bot.web_side import looks
from storage.store import Store
from tests.looks.desk import walk_desk
from tests.looks.fits import Fitter, untranslated, words_of_time
from tests.looks.house import turned
from tests.looks.pseudo import pseudo
from tests.looks.reporting import walk_reporter
from tests.looks.walked import left_out, pages_of
from tests.support.browsing import Light
from tests.support.profiles import shipped
from tests.support.stores import SettableClock

NO_PAGE = {
    "/ud": "leads away from the site",
    "/static/{digest}/{name}": "what pages are made of",
    "/desk/static/{digest}/{name}": "what pages are made of",
    "/desk/live": "a stream of events",
    "/desk/duty/roster.ics": "a file for calendars",
    "/desk/people/{person}/{act}": "leads back to the person",
    "/desk/case/{code}/{act}": "leads back to the case",
    "/desk/me/{act}": "leads back to one's own page",
    "/desk/sign-in/passkey": "leads back to the sign-in",
}
"""Addresses that no page stands at."""

ELSEWHERE = {
    "design.html": "tests/web/test_design.py",
    "again.html": "tests/e2e/test_pages_of_trouble.py",
    "over.html": "tests/web/test_talk.py",
    "desk/kept.html": "tests/e2e/test_pages_of_trouble.py",
    "desk/design.html": "tests/admin/test_design_page.py",
}
"""Templates that these walks do not draw, and where they are looked at."""


class Turn(NamedTuple):
    """The language that is walked in, the other that can be chosen, which way the first is written, in what light."""

    language: str
    other: str
    direction: str
    light: Light


def test_a_made_text_is_longer_and_keeps_its_placeholders() -> None:
    assert pseudo("Ring {number} nu. Ja?") == "⟦Rîñg {number} ñû Rîñg ñû⟧. ⟦Jà Jà⟧?"
    assert pseudo("**Nu** {n}", from_the_right=True) == "⟦**سش** {n} سش سش⟧"


@pytest.mark.parametrize(
    ("shown", "found"),
    [
        ("⟦Skrîv ⟦tîl⟧⟧ 112", ""),
        ("⟦Skrîv⟧ nu", "nu"),
        ("⟦Skrîv", "lost its end: ⟦Skrîv"),
        ("nu⟧", "lost its beginning: nu⟧"),
        ("maj 2026", ""),
    ],
)
def test_words_of_no_catalogue_and_cut_ones_are_found(shown: str, found: str) -> None:
    assert untranslated(shown, frozenset({"maj"})) == found


def test_an_address_that_was_not_seen_is_found() -> None:
    assert left_out({"/a", "/a/{b}", "/a/new"}, {"/a", "/a/new"}) == ["/a/{b}"]


@pytest.mark.browser
@pytest.mark.long
@pytest.mark.parametrize(
    "turn",
    [Turn("da", "en", "ltr", "light"), Turn("ar", "da", "rtl", "dark")],
    ids=["longer", "from-the-right"],
)
async def test_every_page_fits_and_is_translated(
    chromium: Browser, store: Store, clock: SettableClock, tmp_path: Path, turn: Turn
) -> None:
    places = {word for each in shipped().municipalities for word in each.municipality.split()}
    known = words_of_time(turn.language) | words_of_time(turn.other) | places
    fitter = Fitter(known=known, direction=turn.direction)
    spoken = {"language": turn.language, "other": turn.other}
    async with turned(store, clock, **spoken, light=turn.light, mails=tmp_path) as house:
        await walk_reporter(chromium, house, fitter)
        await walk_desk(chromium, house, fitter)
        pages = (pages_of(house.app) | pages_of(house.console.app)) - set(NO_PAGE)
    seen = {URL(address).path for address in fitter.addresses}
    _, environment = looks()
    assert "\n".join(fitter.wrong) == ""
    assert left_out(pages, seen) == []
    assert set(environment.list_templates()) - house.drawn.names == set(ELSEWHERE)
