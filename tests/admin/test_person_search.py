"""The page on which staff search for a person, the links that may follow, and who reads of it."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape

import pytest

from admin.parts import HOME
from storage.store import Store
from tests.admin.house import Answer, Browser, Console, open_console
from tests.cases.test_person_search import RULES, told_of
from tests.support.stores import SettableClock
from triage.cases.conflict import keep_out
from triage.people.person import Role

SEARCH, SEARCHES = f"{HOME}/search/person", f"{HOME}/readings/searches"
NAME, PURPOSE = "Testperson Af Fem", "Hun ringede igen."


@pytest.fixture
def engine() -> str:
    """What is found and linked is shown on both engines in `tests/cases`."""
    return "sqlite"


@pytest.fixture
async def allowing(store: Store, clock: SettableClock) -> AsyncIterator[Console]:
    """A console of a house that allows it."""
    async with open_console(store, clock, rules=RULES) as opened:
        yield opened


async def test_a_search_is_a_form_whose_words_stand_in_no_address(
    allowing: Console, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    browser = await allowing.come_in(Role.COORDINATOR, name="Testperson Et")
    case = await told_of(allowing.store, name=NAME)
    await told_of(allowing.store, name="Testperson Seks")

    found = await browser.send(SEARCH, SEARCH, {"name": "testperson fem", "purpose": PURPOSE})
    nothing = await browser.send(SEARCH, SEARCH, {"phone": "12345678", "purpose": PURPOSE})

    assert found.status == 200
    assert f"{case.code}" in found.words
    assert "Samme første og sidste navn, som du søgte." in found.words
    assert found.text.count('class="kind"') == 1
    assert 'name="name" type="text" value="testperson fem"' in found.text
    assert "name=" not in found.location
    assert "Der er ingen sag, du må læse, med det navn eller nummer." in nothing.words
    assert "testperson fem" not in caplog.text
    assert SEARCH in (await browser.get(f"{HOME}/search")).text


async def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(allowing: Console) -> None:
    browser = await allowing.come_in()
    wrong = {
        "f-person-name f-person-purpose": {"purpose": " "},
        "f-person-purpose": {"name": NAME},
        "f-person-name": {"name": "1 2 3", "purpose": PURPOSE},
        "f-person-phone": {"phone": "hjemme", "purpose": PURPOSE},
    }
    for fields, typed in wrong.items():
        answer = await browser.send(SEARCH, SEARCH, typed)
        assert (answer.status, set(re.findall(r'<a href="#([\w-]+)"', answer.text)) - {"main"}) == (
            422,
            set(fields.split()),
        )
        assert all(unescape(each) in answer.text for each in typed.values())


async def test_off_the_page_says_so_and_nothing_leads_to_it(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()

    page = await browser.get(SEARCH)
    csrf = (await browser.get(f"{HOME}/me")).form(f"{HOME}/sign-out")["csrf"]
    sent = await browser.post(SEARCH, {"csrf": csrf, "name": NAME, "purpose": PURPOSE})

    assert (page.status, sent.status) == (200, 409)
    for answer in (page, sent):
        assert "Her kan der ikke søges efter personer" in answer.words
        assert "<textarea" not in answer.text
    for path in (f"{HOME}/search", f"{HOME}/case/{case.code}"):
        assert SEARCH not in (await browser.get(path)).text


async def test_from_a_search_a_case_is_linked_and_both_say_so_until_it_is_undone(allowing: Console) -> None:
    browser = await allowing.come_in(name="Testperson Et")
    earlier, now = await told_of(allowing.store, name=NAME), await told_of(allowing.store, name=NAME)
    here = f"{HOME}/case/{now.code}"
    page = await browser.get(here)
    assert f"{SEARCH}?case={now.code}" in page.text
    # Nothing is offered by itself.
    assert str(earlier.code) not in page.text

    found = await browser.send(f"{SEARCH}?case={now.code}", SEARCH, {"name": NAME, "purpose": PURPOSE})
    form = found.form(f"{here}/link")
    missing = await browser.post(f"{here}/link", {**form, "words": ""})
    linked = await browser.post(f"{here}/link", {**form, "words": "Samme adresse."})
    again = await browser.post(f"{here}/link", {**form, "words": "Samme adresse igen."})

    assert form["other"] == earlier.code
    assert f"/case/{now.code}/link" in found.text
    assert f"Forbind {now.code} med {earlier.code}" in found.words
    assert (missing.status, f'value="{earlier.code}"' in missing.text) == (422, True)
    assert linked.location == f"{here}?said=link"
    assert (again.status, "De to sager er forbundet allerede." in again.words) == (422, True)
    for case, other in ((earlier, now), (now, earlier)):
        text = await browser.get(f"{HOME}/case/{case.code}")
        assert f"Testperson Et · Forbandt sagen med en anden om samme person: {other.code}" in text.words
        assert text.text.count("Samme adresse.") == 2
    undone = await browser.act(str(earlier.code), "unlink")
    after = await browser.get(undone.location)
    assert "Forbindelsen er fjernet." in after.words
    assert f"Fjernede forbindelsen til en anden sag: {now.code}" in after.words
    assert "Sager om samme person" not in after.words


@pytest.mark.parametrize("typed", ["", "K-0000000", "\x00", "K-ÆØÅ", "own"])
async def test_a_code_of_no_other_case_is_refused_with_what_was_typed(allowing: Console, typed: str) -> None:
    browser = await allowing.come_in()
    case = await told_of(allowing.store, name=NAME)
    other = str(case.code) if typed == "own" else typed

    answer = await browser.act(str(case.code), "link", {"other": other, "words": "Samme adresse."})

    said = "Det er den samme sag" if typed == "own" else "Der er ingen sag med den kode."
    assert (answer.status, said in answer.words, "Samme adresse." in answer.text) == (422, True, True)


async def test_who_is_kept_out_is_offered_no_case_and_sees_no_link(allowing: Console) -> None:
    out = await allowing.someone(name="Testperson Ude")
    browser, inside = await allowing.sign_in(out), await allowing.come_in()
    hidden, seen = await told_of(allowing.store, name=NAME), await told_of(allowing.store, name=NAME)
    assert inside.person is not None
    await inside.act(str(seen.code), "link", {"other": str(hidden.code), "words": "Samme adresse."})
    done = await allowing.store.write(
        keep_out, RULES, case_id=hidden.id, by=inside.person.id, person_id=out.id, words="Kender dem."
    )
    assert not hasattr(done, "reason")

    found = await _searches(browser, f"{SEARCH}?case={hidden.code}")
    page = await browser.get(f"{HOME}/case/{seen.code}")

    for answer in (found, page):
        assert str(seen.code) in answer.text
        assert str(hidden.code) not in answer.text
        assert "Samme adresse." not in answer.text
    assert "/link" not in found.text


async def test_the_data_protection_officer_reads_who_searched_and_why_and_not_for_whom(
    allowing: Console,
) -> None:
    await told_of(allowing.store, name=NAME)
    browser = await allowing.come_in(name="Testperson Et")
    dpo = await allowing.come_in(Role.DPO)
    empty = await dpo.get(SEARCHES)
    await _searches(browser, SEARCH)
    await browser.send(SEARCH, SEARCH, {"phone": "12345678", "purpose": "<b>Ringer</b> tilbage."})

    page = await dpo.get(SEARCHES)

    assert "Ingen søgte efter en person i den uge." in empty.words
    assert "Testperson Et · søgte på et navn · der kom noget frem" in page.words
    assert "Testperson Et · søgte på et telefonnummer · der kom intet frem" in page.words
    assert PURPOSE in page.words
    assert "&lt;b&gt;Ringer" in page.text
    assert (NAME in page.text, "12345678" in page.text) == (False, False)
    assert SEARCHES in (await dpo.get(f"{HOME}/readings")).text
    odd = ("before=1", "before=x", "week=2026-W01", "week=2000-W01", "week=x")
    assert [(await dpo.get(f"{SEARCHES}?{each}")).status for each in odd] == [200] * 5
    assert f'href="{SEARCHES}?week=2026-W18"' in page.text
    assert [(await each.get(path)).status for each, path in ((browser, SEARCHES), (dpo, SEARCH))] == [404] * 2


async def _searches(browser: Browser, page: str) -> Answer:
    return await browser.send(page, SEARCH, {"name": NAME, "purpose": PURPOSE})
