"""Two pages for anybody, without a code: whether we are open, and what whoever was written about may ask."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from bot.plain_language import lix
from handlers.dialog.guides import rights_keys
from storage.store import Store
from tests.support.builders import a_person
from tests.support.profiles import shipped
from tests.support.stores import SettableClock
from tests.web.house import listening, webchat_parts, webchat_with_design
from tests.web.visiting import Visitor, plainly, visiting
from triage.profile import OrganisationProfile, Rights

PAGES = ("/tider", "/om-dig")
LIX_LIMIT = 35
A_PAGE = 40_000
MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
TELEPHONE_TO_22 = "Der er åbent nu, til mandag kl. 22."
TUESDAY_AT_8 = "Ingen læser med lige nu. Vi læser det tidligst tirsdag kl. 8."
EMPTY = Rights()
FILLED = Rights(
    write_to="testadresse@example.org",
    dpo_mail="dpo@example.org",
    authority_number="00 00 00 00",
    authority_address="Prøvevej 1",
    authority_site="https://example.org/",
)
LINKS = ("mailto:testadresse@example.org", "mailto:dpo@example.org", "tel:00000000", "https://example.org/")


def words_of(visitor: Visitor) -> str:
    return visitor.words.replace("\N{NO-BREAK SPACE}", " ")


@pytest.mark.parametrize(
    ("at", "on_duty", "expected"),
    [
        pytest.param(
            MONDAY.replace(hour=7),
            True,
            (TELEPHONE_TO_22, "Vi er på arbejde nu og læser det, så snart vi kan."),
            id="in the day",
        ),
        pytest.param(
            MONDAY.replace(hour=15),
            True,
            (TELEPHONE_TO_22, TUESDAY_AT_8),
            id="in the evening the telephone is answered and nobody reads",
        ),
        pytest.param(
            MONDAY.replace(hour=21),
            True,
            ("Der er lukket nu. Vi åbner igen tirsdag kl. 8.", TUESDAY_AT_8),
            id="at night",
        ),
        pytest.param(
            MONDAY.replace(hour=7),
            False,
            (TELEPHONE_TO_22, "Der er ingen på vagt hos os, så vi kan ikke sige, hvornår vi læser det."),
            id="with nobody on duty",
        ),
        pytest.param(
            datetime(2026, 12, 25, 9, 0, tzinfo=UTC),
            True,
            (
                "Der er åbent nu, til fredag kl. 22.",
                "Ingen læser med lige nu. Vi læser det tidligst mandag kl. 8.",
            ),
            id="on a holiday",
        ),
    ],
)
async def test_telephone_and_reading_are_told_apart_as_they_stand_now(
    store: Store, clock: SettableClock, *, at: datetime, on_duty: bool, expected: tuple[str, str]
) -> None:
    clock.at = at
    await store.write(a_person, on_duty=on_duty)
    async with listening(webchat_with_design(webchat_parts(store))) as site, visiting(site) as visitor:
        await visitor.get("/tider", here=False)

    assert "Vi tager telefonen kl. 8–22 alle dage." in visitor.words
    assert tuple(said for said in expected if said in words_of(visitor)) == expected


async def test_the_next_closed_days_are_holidays_and_own_days_that_fall_on_a_working_day(
    store: Store, clock: SettableClock
) -> None:
    clock.at = datetime(2026, 12, 20, 12, 0, tzinfo=UTC)
    async with listening(webchat_with_design(webchat_parts(store))) as site, visiting(site) as visitor:
        await visitor.get("/tider", here=False)

    days = ("torsdag d. 24. december", "fredag d. 25. december", "torsdag d. 31. december")
    assert [visitor.html.count(f"<li>{day}</li>") for day in days] == [1, 1, 1]
    assert "26. december" not in visitor.words


@pytest.mark.parametrize(
    ("alike", "headings"),
    [
        (True, ["VINK's hotline · Den nationale hotline"]),
        (False, ["VINK's hotline", "Den nationale hotline"]),
    ],
)
async def test_each_hotline_is_told_with_its_own_name_and_those_alike_once(
    store: Store, *, alike: bool, headings: list[str]
) -> None:
    parts = webchat_parts(store)
    national = replace(parts, intake=replace(parts.intake, hotline="national"))
    if not alike:
        national = replace(national, telephone=None)
    both = replace(parts, hotlines={"local": parts, "national": national})
    async with listening(webchat_with_design(both)) as site, visiting(site) as visitor:
        await visitor.get("/tider", here=False)

    assert [each for each in headings if f"{each} Ring til os" in visitor.words] == headings
    assert visitor.words.count("Vi tager telefonen kl. 8–22 alle dage.") == len(headings)


@pytest.mark.parametrize("path", PAGES)
async def test_both_are_light_one_tap_away_and_say_nothing_of_their_reader(site: str, path: str) -> None:
    async with visiting(site) as visitor:
        await visitor.get()
        start, foot = visitor.html.index('class="help"'), visitor.html.index("<footer")
        # Not beside the urgent help: there a link would lead away from words that are not saved yet.
        assert f'href="{path}"' not in visitor.html[start:foot]
        assert f'href="{path}"' in visitor.html[foot:]
        await visitor.begin()
        await visitor.tell(plainly, until="story")
        await visitor.get(path)
        assert visitor.status == 200
        assert len(visitor.html.encode()) < A_PAGE
        assert "Testperson" not in visitor.html
        assert 'href="/ud"' in visitor.html
        danish = visitor.words
        await visitor.press("language", "en")
        assert visitor.url == f"{site}{path}"
        assert visitor.words != danish
        await visitor.get("/")
        assert visitor.question == "story"


@pytest.mark.parametrize("path", PAGES)
async def test_after_the_quick_exit_it_is_the_first_page(site: str, path: str) -> None:
    async with visiting(site) as visitor:
        await visitor.get(path)
        async with visitor.session.get(f"{site}/ud", allow_redirects=False):
            pass
        await visitor.get(path)
        assert visitor.url == f"{site}/"


def with_rights(rights: Rights | None) -> OrganisationProfile:
    return shipped().organisation.model_copy(update={"rights": rights})


@pytest.mark.parametrize(("rights", "shown"), [(EMPTY, False), (FILLED, True)])
async def test_whom_to_ask_is_the_organisations_data_and_else_the_hotlines_number(
    store: Store, *, rights: Rights, shown: bool
) -> None:
    parts = webchat_parts(store, profile=replace(shipped(), organisation=with_rights(rights)))
    async with listening(webchat_with_design(parts)) as site, visiting(site) as visitor:
        await visitor.get("/om-dig", here=False)

    assert "Ring til os på 41 74 90 90, kl. 8–22 alle dage." in visitor.words
    assert [f'href="{each}"' in visitor.html for each in LINKS] == [shown] * len(LINKS)
    assert ("Prøvevej 1" in visitor.words) == shown
    assert ("den hos os, der passer på dine data" in visitor.words) == shown
    assert "Du kan altid klage til Datatilsynet." in visitor.words


async def test_a_house_without_such_data_has_no_such_page_and_no_link_to_it(store: Store) -> None:
    parts = webchat_parts(store, profile=replace(shipped(), organisation=with_rights(None)))
    async with listening(webchat_with_design(parts)) as site, visiting(site) as visitor:
        await visitor.get()
        assert "/om-dig" not in visitor.html
        await visitor.get("/om-dig")
        assert visitor.status == 404


@pytest.mark.parametrize("lang", ["da", "en"])
def test_each_part_is_easy_to_read(lang: str) -> None:
    texts = shipped().base_texts.texts[lang]
    keys = [*rights_keys(), *(key for key in texts if key.startswith("page.open."))]
    sentences = [key for key in keys if texts[key].forms[0].endswith((".", "?"))]
    hard = {key: figure for key in sentences if (figure := lix(texts[key].forms)) >= LIX_LIMIT}
    # Headings of three or four words, in which every long one weighs a third.
    assert {key for key in hard if not key.endswith(".title")} == set()
    assert lix([form for key in keys for form in texts[key].forms]) < LIX_LIMIT
