"""The same bot is both hotlines' door: a link with an allow-listed word leads to the further one."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from storage.keyring import Keyring
from storage.store import Store
from storage.tables import conversations
from storage.transaction import Transaction
from tests.support.telegram_house import telegram_house

NATIONAL = "den nationale hotline, som VINK"
LOCAL = "indgang til VINK i Københavns Kommune"


@pytest.mark.parametrize("word", ["", "landet", "national", "landet landet", "../landet"])
async def test_only_the_profiles_own_word_leads_to_a_further_hotline(
    store: Store, keyring: Keyring, tmp_path: Path, word: str
) -> None:
    said, hotline = (NATIONAL, "national") if word == "landet" else (LOCAL, "local")
    async with telegram_house(store, keyring, tmp_path) as house:
        person = house.api.person(4711)
        await person.start(word)
        await person.wait_reply(containing="Vælg sprog")
        await person.press("dansk")
        await person.wait_reply(containing=said)
    assert await store.read(hotlines) == [hotline]


async def test_what_was_begun_keeps_its_hotline_when_the_bot_is_opened_again(
    store: Store, keyring: Keyring, tmp_path: Path
) -> None:
    async with telegram_house(store, keyring, tmp_path) as house:
        person = house.api.person(4711)
        await person.start("landet")
        await person.wait_reply(containing="Vælg sprog")
        await person.press("dansk")
        await person.wait_reply(containing=NATIONAL)
        await person.press("Nej")
        await person.wait_reply(containing="Hvad drejer det sig om")
        await person.start()
        await person.wait_reply(containing="Fortsæt?")
        assert await store.read(hotlines) == ["national"]


def hotlines(tx: Transaction) -> list[str]:
    return [row.hotline for row in tx._work.all(select(conversations.c.hotline))]
