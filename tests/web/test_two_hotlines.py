"""One desk behind two doors: what a reporter is told at each, and that a talk keeps the one it began at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.settings import Settings
from bot.web_side import build_public
from bot.wiring import wire
from storage.keyring import Keyring
from storage.store import Store
from storage.transaction import Transaction
from tests.web.house import listening
from tests.web.test_the_way_back import close
from tests.web.visiting import Visitor, code_of, plainly, visiting
from tests.web.visiting import enter as come_back
from triage.cases.case import Case

NATIONAL = "den nationale hotline, som VINK i Københavns Kommune passer"
PUBLIC = "http://kontakt.example.org"
LOCAL = "indgang til VINK i Københavns Kommune"


@pytest.fixture
async def site(store: Store, keyring: Keyring, tmp_path: Path) -> AsyncIterator[str]:
    parts = wire(Settings(data_dir=tmp_path, public_url=PUBLIC), keyring=keyring, store=store)

    async def healthy() -> bool:
        return True

    async with listening(build_public(parts, healthy=healthy, with_console=False)) as address:
        yield address


async def enter(visitor: Visitor, path: str) -> None:
    await visitor.get(path)
    await visitor.press("language", "da")


async def test_each_door_says_whose_it_is_and_the_address_goes_on_the_same(site: str) -> None:
    async with visiting(site) as here, visiting(site) as there:
        await enter(here, "/")
        await enter(there, "/landet")
        assert LOCAL in here.words
        assert NATIONAL not in here.words
        assert NATIONAL in there.words
        assert there.url == here.url == f"{site}/"


async def test_a_talk_keeps_the_hotline_it_began_with_whichever_door_is_looked_at_later(
    site: str, store: Store
) -> None:
    async with visiting(site) as visitor:
        await enter(visitor, "/landet")
        await visitor.get("/")
        assert NATIONAL in visitor.words
        await visitor.tell(plainly)
        await visitor.press("act", "send")
        assert f"Du bruger koden på denne side: {PUBLIC}/kode" in visitor.words
    (case,) = await store.read(cases)
    assert (case.hotline, case.municipality) == ("national", "0851")


async def test_the_front_door_opens_a_case_of_the_first_hotline_in_the_same_queue(
    site: str, store: Store
) -> None:
    for path in ("/", "/landet"):
        async with visiting(site) as visitor:
            await enter(visitor, path)
            await visitor.tell(plainly)
            await visitor.press("act", "send")
    assert sorted(case.hotline for case in await store.read(cases)) == ["local", "national"]


async def test_the_talk_may_begin_in_another_language_without_losing_the_door(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.get("/landet")
        await visitor.press("language", "en")
        assert "the national hotline, which is run by VINK" in visitor.words


@pytest.mark.parametrize("word", ["local", "national", "byen"])
async def test_no_other_word_is_a_door(site: str, word: str) -> None:
    async with visiting(site) as visitor:
        await visitor.get(f"/{word}")
        assert visitor.status == 404


async def test_a_form_that_names_no_door_of_ours_leads_to_the_first(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.get("/landet")
        form = visitor.form_with("language", "da")
        assert ("from", "/landet") in form.hidden
        form.hidden[form.hidden.index(("from", "/landet"))] = ("from", "/paradis")
        await visitor.press("language", "da")
        assert LOCAL in visitor.words


async def test_whoever_comes_back_by_a_code_writes_again_to_the_hotline_of_that_case(
    site: str, store: Store
) -> None:
    async with visiting(site) as visitor:
        await enter(visitor, "/landet")
        await visitor.tell(plainly)
        await visitor.press("act", "send")
        code = code_of(visitor)
    (first,) = await store.read(cases)
    await store.write(close, first.id)
    async with visiting(site) as visitor:
        await come_back(visitor, code)
        await visitor.press("act", "new")
        await visitor.press("language", "da")
        await visitor.tell(plainly)
        await visitor.press("act", "send")
    (second,) = await store.read(cases)
    assert (first.hotline, second.hotline) == ("national", "national")


async def test_another_language_never_leads_to_another_site(site: str) -> None:
    async with visiting(site) as visitor:
        await visitor.get("/landet")
        form = visitor.form_with("language", "en")
        await visitor.post("/sprog", [*form.hidden, ("at", "//landet"), ("language", "en")])
        assert "Location: /landet" in visitor.headers
        assert "Location: //landet" not in visitor.headers


def cases(tx: Transaction) -> list[Case]:
    return list(tx.cases.queue(reader=None, limit=10))
