"""Somebody who came from the chat by a one-time link: one conversation, gone on with here or there."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.keyring import Keyring
from storage.store import Store
from tests.support.botapi.person import Person
from tests.support.stores import SettableClock
from tests.support.telegram_house import TelegramHouse, telegram_house
from tests.support.telegram_talks import go_to_choice
from tests.web.test_coming_back import cases
from tests.web.visiting import Visitor, plainly, visiting


@pytest.fixture
async def house(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> AsyncIterator[TelegramHouse]:
    """A bot beside the pages, on the same store."""
    async with telegram_house(store, keyring, tmp_path, now=lambda: clock.at) as opened:
        yield opened


async def to_the_page(house: TelegramHouse, visitor: Visitor) -> Person:
    """Take the link that the chat offers."""
    person = await go_to_choice(house)
    await person.press("Sikker side (bedst)")
    message = await person.wait_reply(containing="Linket virker")
    path = "/s/" + person.link(0, message=message).rpartition("/")[2]
    await visitor.get(path)
    form = next(form for form in visitor.page.forms if form.action == path)
    await visitor.post(path, form.hidden)
    assert visitor.question == "story"
    return person


async def test_what_is_told_on_the_page_goes_on_in_the_chat_and_back(
    house: TelegramHouse, site: str, store: Store
) -> None:
    async with visiting(site) as visitor:
        person = await to_the_page(house, visitor)
        await visitor.tell(plainly, until="afraid")
        assert "De private svar er gemt" not in visitor.words
        await visitor.tell(plainly, until="wish")
        assert "De private svar er gemt. Gå tilbage til chatten" in visitor.words
        assert "trykker du på" in visitor.words
        await person.press("Fortsæt")
        await person.wait_reply(containing="hjælpe dig mest")
        await person.press("Spring over")
        await person.wait_reply(containing="tolk")
        await visitor.get()
        assert visitor.question == "interpreter"
        await visitor.press("answer", "no")
        assert visitor.has("act", "send")
        await person.press("Fortsæt")
        await person.wait_reply(containing="Læs dine svar igennem")
        await person.press("Send")
        await person.wait_reply(containing="Din besked er sendt den")
        assert len(await cases(store)) == 1
        await visitor.get()
        assert "gået videre i chatten" in visitor.words
        assert not any("Testperson" in each.text for each in person.history)


async def test_sent_on_the_page_the_chat_says_where_it_stands_and_its_next_report_is_its_own(
    house: TelegramHouse, site: str, store: Store
) -> None:
    async with visiting(site) as visitor:
        person = await to_the_page(house, visitor)
        await visitor.tell(plainly)
        sent_before = len(person.history)
        await visitor.press("act", "send")
        assert "Din besked er sendt den" in visitor.words
        assert len(await cases(store)) == 1
        assert len(person.history) == sent_before
        await person.press("Fortsæt")
        await person.wait_until(lambda: len(person.from_bot) > 0 and len(person.history) > sent_before)
        assert not any(button == "Send" for button in person.last.labels)
        await visitor.press("act", "new")
        assert visitor.question == "danger"
        await person.start()
        await visitor.get()
        assert visitor.question == "danger"
    assert len(await cases(store)) == 1
