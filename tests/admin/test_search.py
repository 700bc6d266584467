"""The page on which staff find a case."""

from __future__ import annotations

import re
from html import unescape

import pytest

from admin.parts import HOME
from tests.admin.house import Console
from triage.people.person import Role

SEARCH = f"{HOME}/search"


@pytest.fixture
def engine() -> str:
    """What is found is shown on both engines in `tests/cases/test_searching.py`."""
    return "sqlite"


async def test_a_code_leads_to_its_case_and_the_rest_to_a_list_that_has_an_address(console: Console) -> None:
    browser = await console.come_in(Role.COORDINATOR)
    case = await console.report(municipality="0461", story="Kun sagen har denne sætning.")
    await console.report(municipality="0101")

    straight = await browser.get(f"{SEARCH}?code={case.code.lower()}")
    odd = await browser.get(f"{SEARCH}?code=%3Cb%3E")
    by_place = await browser.get(f"{SEARCH}?place=odense&state=received&from=1.1.2026&until=2026-12-31")
    none = await browser.get(f"{SEARCH}?place=odense&state=closed")
    wrong = await browser.get(f"{SEARCH}?place=Nowhere&from=32.1.2026&state=x&authority=y&after=z")
    empty = await browser.get(SEARCH)

    assert straight.location == f"{HOME}/case/{case.code}"
    assert (odd.status, "En sagskode er K" in odd.words) == (422, True)
    assert case.code in by_place.words
    assert by_place.text.count('class="kind"') == 1
    assert "Kun sagen har denne sætning" not in by_place.text
    assert 'value="odense"' in by_place.text
    assert "Ingen sag er sådan." in none.words
    assert wrong.status == 422
    assert "Skriv en dato" in wrong.words
    assert "Den kommune findes ikke" in wrong.words
    assert "Fundet" not in empty.words


async def test_more_than_a_page_is_come_to_by_a_link(console: Console) -> None:
    browser = await console.come_in(Role.COORDINATOR)
    for _ in range(51):
        await console.report()

    first = await browser.get(f"{SEARCH}?state=received")
    [link] = re.findall(r'href="([^"]*after=[^"]*)"', first.text)
    second = await browser.get(unescape(link))

    assert [page.text.count('class="kind"') for page in (first, second)] == [50, 1]
    assert "Ældre" not in second.words


async def test_a_case_that_wants_a_call_is_found_with_when_it_is_safe(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report(reach={"reach_how": ("call",), "reach_when": ("evening",)})

    found = await browser.get(f"{HOME}/search?state=received")

    assert (found.status, case.code in found.words) == (200, True)
    assert "Ring, men først" in found.words
