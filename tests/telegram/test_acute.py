"""A yes to danger: alarm at once, words that are true at that hour, and nothing of it in any notice."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from storage.keyring import Keyring
from storage.store import Store
from tests.support.builders import a_person, notices
from tests.support.stores import SettableClock
from tests.support.telegram_house import TelegramHouse, telegram_house
from tests.support.telegram_talks import press_through

MONDAY_MORNING = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
MONDAY_NIGHT = datetime(2026, 5, 4, 21, 0, tzinfo=UTC)
SATURDAY_NOON = datetime(2026, 5, 9, 10, 0, tzinfo=UTC)
ASCENSION_DAY = datetime(2026, 5, 14, 10, 0, tzinfo=UTC)
TOLD = "Vi har sagt det til den, der har vagt."
NOBODY = "Der er ingen på vagt hos os, så ingen ser det lige nu."


async def asked_about_danger(house: TelegramHouse, answer: str) -> str:
    person = house.api.person(4711)
    await person.start()
    await press_through(person, ("Vælg sprog", "dansk"), ("i fare lige nu", answer))
    reply = await person.wait_reply(containing="ing")
    await house.settled()
    return reply.text


async def test_yes_raises_the_alarm_and_pages_without_a_word_before_anything_is_sent(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True, telegram=8001, language="da")
    async with telegram_house(store, keyring, tmp_path, now=lambda: clock.at) as house:
        staff = house.api.person(8001, started=True)
        person = house.api.person(4711)
        await person.start()
        await press_through(person, ("Vælg sprog", "dansk"), ("i fare lige nu", "Ja"))
        card = await person.wait_reply(containing="Ring 112 nu")
        assert card.text.index("Ring 112 nu") < card.text.index(TOLD)
        assert card.labels[:4] == ["Jeg har ringet", "Jeg kan ikke ringe", "Skriv videre", "Tilbage"]
        assert card.labels[4:] == ["Hjælp nu", "Slet det hele"]
        page = await staff.wait_for(lambda message: message.text != "")
        assert "fare" not in page.text
        alarms = await store.read(lambda tx: tx.alarms.waiting(reader=None, limit=5))
        assert [(alarm.wakes, alarm.case_id) for alarm in alarms] == [(True, None)]
        rows = await store.read(notices)
        assert {(row.person_id, row.via) for row in rows} == {(officer.id, "mail"), (officer.id, "telegram")}
        assert await store.read(lambda tx: tx.cases.queue(reader=None, limit=5)) == []

        await person.press("Jeg kan ikke ringe")
        await person.wait_reply(containing="Gå et sikkert sted hen")
        await person.press("Skriv videre")
        await person.wait_reply(containing="Må vi skrive til dig her?")


async def test_whoever_deletes_after_a_yes_is_told_that_the_alarm_stays(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> None:
    stays = "Vi kan stadig se, at nogen kan være i fare."
    async with telegram_house(store, keyring, tmp_path, now=lambda: clock.at) as house:
        person = house.api.person(4711)
        await person.start()
        await press_through(
            person, ("Vælg sprog", "dansk"), ("i fare lige nu", "Ja"), ("Ring 112 nu", "Slet det hele")
        )
        asked = await person.wait_reply(containing="Vil du slette alt")
        await person.press("Slet det hele", message=asked)
        deleted = await person.wait_reply(containing="Det er slettet")
        other = house.api.person(4712)
        await other.start()
        await press_through(other, ("Vælg sprog", "dansk"), ("i fare lige nu", "Ja"))
        await other.wait_reply(containing="Ring 112 nu")
        await other.say("/slet")
        wanted = await other.wait_reply(containing="Vil du slette det")
        await other.press("Ja, slet", message=wanted)
        emptied = await other.wait_reply(containing="Jeg har slettet det, jeg kunne")
        calm = house.api.person(4713)
        await calm.start()
        await press_through(calm, ("Vælg sprog", "dansk"), ("i fare lige nu", "Nej"))
        await calm.wait_reply(containing="Hvad drejer det sig om")
        await calm.say("/slet")
        without = await calm.wait_reply(containing="Vil du slette det")
    assert [stays in each.text for each in (asked, deleted, wanted, emptied)] == [True] * 4
    assert stays not in without.text
    assert len(await store.read(lambda tx: tx.alarms.waiting(reader=None, limit=5))) == 2


async def test_yes_said_again_and_again_is_one_alarm(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> None:
    await store.write(a_person, on_duty=True)
    async with telegram_house(store, keyring, tmp_path, now=lambda: clock.at) as house:
        person = house.api.person(4711)
        await person.start()
        await press_through(person, ("Vælg sprog", "dansk"))
        for _ in range(3):
            question = await person.wait_reply(containing="i fare lige nu")
            press = await person.press(0, message=question)
            await person.forge_press(press.data, message=question)
            await person.wait_reply(containing="Ring 112 nu")
            await person.press("Tilbage")
        await house.settled()

    assert len(await store.read(lambda tx: tx.alarms.waiting(reader=None, limit=5))) == 1
    assert len(await store.read(notices)) == 1


async def test_what_was_raised_stays_raised_when_the_draft_is_deleted(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> None:
    async with telegram_house(store, keyring, tmp_path, now=lambda: clock.at) as house:
        await asked_about_danger(house, "Ja")
        person = house.api.person(4711)
        await person.say("/slet")
        await person.wait_reply(containing="Vil du slette")
        await person.press("Ja, slet")
        await person.wait_reply(containing="Jeg har slettet")

    assert len(await store.read(lambda tx: tx.alarms.waiting(reader=None, limit=5))) == 1


@pytest.mark.parametrize(
    ("at", "answer", "on_duty", "said"),
    [
        (MONDAY_MORNING, "Ja", True, TOLD),
        (MONDAY_MORNING, "Jeg er i tvivl", True, TOLD),
        (MONDAY_NIGHT, "Ja", True, TOLD),
        (MONDAY_NIGHT, "Jeg er i tvivl", True, "Ingen hos os ser det i nat."),
        (SATURDAY_NOON, "Ja", True, TOLD),
        (SATURDAY_NOON, "Jeg er i tvivl", True, "Ingen hos os ser det før mandag kl. 8."),
        (ASCENSION_DAY, "Jeg er i tvivl", True, "Ingen hos os ser det før"),
        (MONDAY_MORNING, "Ja", False, NOBODY),
        (SATURDAY_NOON, "Jeg er i tvivl", False, NOBODY),
    ],
)
async def test_who_sees_it_is_true_at_every_hour(  # noqa: PLR0917 - the hour, the answer, the roster
    store: Store,
    keyring: Keyring,
    tmp_path: Path,
    clock: SettableClock,
    at: datetime,
    answer: str,
    on_duty: bool,  # noqa: FBT001 - a row of the table
    said: str,
) -> None:
    clock.at = at
    if on_duty:
        await store.write(a_person, on_duty=True)
    async with telegram_house(store, keyring, tmp_path, now=lambda: clock.at) as house:
        text = await asked_about_danger(house, answer)

    text = text.replace("\N{NO-BREAK SPACE}", " ")
    assert said in text
    assert sum(other in text for other in (TOLD, NOBODY, "Ingen hos os ser det")) == 1
