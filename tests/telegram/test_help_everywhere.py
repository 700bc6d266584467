"""Help for danger now on Telegram: the button, or the number itself, under every message."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.keyring import Keyring
from storage.store import Store
from tests.support.botapi.person import Person
from tests.support.telegram_house import telegram_house
from tests.support.telegram_talks import go_to_review, press_through, send_report
from tests.telegram.test_after_sending import answer, newest_case
from triage.cases.records import Alarm


@pytest.fixture
def engine() -> str:
    """What is drawn is the same on both engines."""
    return "sqlite"


def without_help(person: Person) -> list[str]:
    """Messages that lead to no help."""
    return [
        message.text
        for message in person.history
        if message.from_bot
        and "Er nogen i fare, så ring 112" not in message.text
        and not any("Hjælp nu" in str(key["text"]) for row in message.inline for key in row)
    ]


async def test_in_danger_the_cards_lead_on_and_to_an_end_and_help_is_always_near(
    store: Store, keyring: Keyring, tmp_path: Path
) -> None:
    async with telegram_house(store, keyring, tmp_path) as house:
        person = house.api.person(4711)
        await person.start()
        await press_through(
            person,
            ("Vælg sprog", "dansk"),
            ("i fare lige nu", "Ja"),
            ("Ring 112 nu", "Jeg kan ikke ringe"),
            ("Gå et sikkert sted hen", "Skriv videre"),
        )
        await person.wait_reply(containing="Må vi skrive til dig her")
        other = house.api.person(4712)
        await other.start()
        await press_through(
            other,
            ("Vælg sprog", "dansk"),
            ("i fare lige nu", "Ja"),
            ("Ring 112 nu", "Jeg kan ikke ringe"),
            ("Gå et sikkert sted hen", "Slet det hele"),
            ("Vil du slette alt", "Slet det hele"),
        )
        await other.wait_reply(containing="slettet")
        assert without_help(person) + without_help(other) == []
        waiting = await store.read(lambda tx: tx.alarms.waiting(reader=None, limit=5))
        assert [type(alarm) for alarm in waiting] == [Alarm, Alarm]


async def test_to_the_review_and_after_sending_help_is_always_near(
    store: Store, keyring: Keyring, tmp_path: Path
) -> None:
    async with telegram_house(store, keyring, tmp_path) as house:
        person = await go_to_review(house)
        await person.press("Slet det hele")
        await press_through(
            person,
            ("Vil du slette alt", "Behold det"),
            ("Læs dine svar igennem", "Ret"),
            ("Hvilket svar", "Tilbage til dine svar"),
            ("Læs dine svar igennem", "Hvad sker der, når jeg sender?"),
            ("De er fundet på", "Fortsæt"),
        )
        await person.wait_reply(containing="Læs dine svar igennem")
        await person.press("Send")
        await person.wait_reply(containing="Din besked er sendt den")
        assert without_help(person) == []


async def test_behind_every_button_of_the_menu_help_is_near_and_the_menu_is_not_lost(
    store: Store, keyring: Keyring, tmp_path: Path
) -> None:
    async with telegram_house(store, keyring, tmp_path) as house:
        person = await send_report(house)
        await answer(house, store, (await newest_case(store)).id)
        await press_through(
            person,
            ("Din besked er sendt den", "Mens du venter"),
            ("Du behøver ikke løse det hele i aften", "Tilbage"),
            ("Vi har skrevet til dig", "Skriv mere"),
        )
        await person.wait_reply(containing="Skriv til os")
        await person.say(" ")
        await press_through(
            person,
            ("Skriv noget først", "Tilbage"),
            ("Vi har skrevet til dig", "Vis svaret her"),
            ("Hilsen Testperson B", "Hjælp nu"),
        )
        await house.settled()
        await person.press("Gå helt over på siden")
        await person.wait_reply(containing="Åbn siden, og skriv koden ned")
        await person.press("Afslut kontakten")
        await press_through(
            person, ("Vil du afslutte kontakten?", "Ja"), ("Kontakten er afsluttet", "Hjælp nu")
        )
        await house.settled()
        assert without_help(person) == []
