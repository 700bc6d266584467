"""Where private answers are written, and what becomes of them in the chat."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from bot.profile import Profile
from storage.keyring import Keyring
from storage.store import Store
from storage.tables import links, outbox, received_messages
from storage.transaction import Transaction
from tests.support.profiles import shipped
from tests.support.stores import SettableClock
from tests.support.telegram_house import TelegramHouse, telegram_house
from tests.support.telegram_talks import (
    STORY,
    TO_KIND,
    go_to_choice,
    go_to_review,
    go_to_story,
    press_through,
    send_report,
)
from triage.profile import SensitiveMode

MARKER = "Mærkesætning om en nabo"


def with_mode(mode: SensitiveMode) -> Profile:
    profile = shipped()
    hotlines = tuple(
        hotline.model_copy(
            update={"telegram": hotline.telegram.model_copy(update={"sensitive": {"relative": mode}})}
        )
        for hotline in profile.organisation.hotline
    )
    return replace(profile, organisation=profile.organisation.model_copy(update={"hotline": hotlines}))


def stored(tx: Transaction) -> str:
    """Every row that could hold a link or a word, as it lies in the store."""
    rows = [*tx._work.all(select(outbox)), *tx._work.all(select(links))]
    return "\n".join(str(tuple(row)) for row in rows)


async def test_the_choice_names_both_ways_where_there_is_a_page(house: TelegramHouse) -> None:
    person = await go_to_choice(house)

    assert person.last.labels == ["Sikker side (bedst)", "Skriv her", "Hjælp nu"]
    assert "ikke hos Telegram" in person.last.text


async def test_without_a_public_https_address_no_page_is_spoken_of(
    store: Store, keyring: Keyring, tmp_path: Path
) -> None:
    async with telegram_house(store, keyring, tmp_path, public_https=False) as house:
        person = house.api.person(4711)
        await person.start()
        await person.wait_reply(containing="Vælg sprog")
        await person.press("dansk")
        hello = await person.wait_reply(containing="i fare lige nu")
        assert "sikker" not in hello.text
        await press_through(person, ("i fare lige nu", "Nej"))
        await press_through(
            person,
            ("drejer", "Jeg er bekymret for en, jeg kender"),
            ("Før du", "Fortsæt"),
            ("hvem du er", "Jeg er anonym"),
            ("Hvordan kender", "Ven"),
            ("under 18", "Spring over"),
            ("Hvor gammel", "Ved ikke"),
            ("Hvor bor", "Ved ikke"),
        )
        choice = await person.wait_reply(containing="De næste svar er private")
        assert choice.labels == ["Skriv her", "Hjælp nu"]
        assert "Her kan du kun skrive dem i chatten" in choice.text
        await person.press("Skriv her")
        await person.wait_reply(containing="Fortæl med dine egne ord")


async def test_without_a_page_to_hand_over_to_the_bot_says_so_at_once_and_offers_another_way(
    store: Store, keyring: Keyring, tmp_path: Path
) -> None:
    async with telegram_house(store, keyring, tmp_path, public_https=False) as house:
        person = house.api.person(4711)
        await person.start()
        await press_through(person, *TO_KIND, ("drejer", "Jeg er bekymret for en, jeg møder i mit arbejde"))
        await press_through(person, ("Før du fortæller", "Fortsæt"))
        told = await person.wait_reply(containing="Skriv på vores hjemmeside, eller ring 41 74 90 90")
        assert told.labels == ["Vælg noget andet", "Hjælp nu"]

        said = await person.say(MARKER)
        again = await person.wait_reply(containing="er ikke gemt. Jeg sletter det her i chatten.")
        assert "Vælg først" not in again.text
        await person.wait_until(lambda: said.deleted)
        await person.press("Vælg noget andet", message=again)
        await person.wait_reply(containing="Hvad drejer det sig om")
        await person.press("Jeg vil have et råd uden at nævne nogen")
        await person.wait_reply(containing="Hvem spørger?")


async def test_what_is_handed_over_is_never_written_in_the_chat(
    store: Store, keyring: Keyring, tmp_path: Path
) -> None:
    async with telegram_house(store, keyring, tmp_path, profile=with_mode(SensitiveMode.HANDOVER)) as house:
        person = await go_to_choice(house)
        assert person.last.labels == ["Sikker side (bedst)", "Hjælp nu"]
        page = person.last.buttons[0]["callback_data"]

        await person.forge_press(page.partition(".w")[0] + ".wchat")
        await person.wait_reply(containing="De næste svar er private")
        said = await person.say(MARKER)
        await person.wait_reply(containing="er ikke gemt")

        await person.wait_until(lambda: said.deleted)
        assert not any("Fortæl med dine egne ord" in message.text for message in person.history)


async def test_a_link_is_kept_only_as_a_hash_lives_half_an_hour_and_each_is_a_new_one(
    house: TelegramHouse, store: Store, clock: SettableClock
) -> None:
    person = await go_to_choice(house)
    await person.press("Sikker side (bedst)")
    await person.wait_reply(containing="Linket virker én gang")
    first = person.link("Åbn den sikre side")
    await person.press("Giv mig et nyt link")
    await person.wait_reply(containing="Linket virker én gang")
    second = person.link("Åbn den sikre side")
    await house.settled()

    tokens = [re.fullmatch(r"https://chat\.example\.org/s/([0-9a-f]{32})", link) for link in (first, second)]
    assert all(tokens)
    assert first != second
    rows = await store.read(stored)
    assert not any(found is None or found[1] in rows for found in tokens)
    kept = await store.read(lambda tx: tx._work.all(select(links)))
    assert {row.expires_at for row in kept} == {clock.at + timedelta(minutes=30)}
    assert {row.used_at for row in kept} == {None}


async def test_words_typed_while_the_page_was_chosen_are_deleted_and_not_stored(
    house: TelegramHouse,
) -> None:
    person = await go_to_choice(house)
    await person.press("Sikker side (bedst)")
    await person.wait_reply(containing="Linket virker én gang")

    said = await person.say(MARKER)
    reply = await person.wait_reply(containing="er ikke gemt")

    await person.wait_until(lambda: said.deleted)
    assert "Skriv her" in reply.labels
    await person.press("Skriv her", message=reply)
    await person.wait_reply(containing="Fortæl med dine egne ord")


async def test_question_answer_and_every_refused_try_go_once_the_answer_is_stored(
    house: TelegramHouse,
) -> None:
    person = await go_to_story(house)
    first = person.last
    too_long = await person.say("Å" * 3001)
    again = await person.wait_reply(containing="Det er for langt")
    assert not too_long.deleted, "what was not stored is not taken from the person"
    voice = await person.send_kind("voice")
    await person.wait_reply(containing="Jeg kan kun læse tekst")
    await person.start()
    await person.wait_reply(containing="Fortsæt?")
    await person.press("Ja, fortsæt")
    await person.wait_reply(containing="Fortæl med dine egne ord")
    said = await person.say(STORY)
    await person.wait_reply(containing="Hvornår blev du bekymret")
    await house.settled()

    assert all(message.deleted for message in (first, too_long, again, voice, said))
    assert not any("Fortæl med dine egne ord" in message.text for message in person.messages)


async def test_beginning_again_takes_the_open_private_question_with_it(house: TelegramHouse) -> None:
    person = await go_to_story(house)
    story = person.last
    long = await person.say("Å" * 3001)
    await person.wait_reply(containing="Det er for langt")
    await person.start()

    await press_through(
        person,
        ("Fortsæt?", "Nej, begynd forfra"),
        ("Vil du slette alt", "Slet det hele"),
        ("Det er slettet", "Begynd forfra"),
    )

    hello = await person.wait_reply(containing="i fare lige nu")
    assert "Prøve – skriv ikke om rigtige mennesker" in hello.text
    await person.wait_until(lambda: story.deleted and long.deleted)


async def test_another_language_keeps_the_answers_and_asks_again_in_its_words(house: TelegramHouse) -> None:
    person = await go_to_story(house)
    danish = person.last
    await person.press("Hjælp nu")
    await person.wait_reply(containing="Jeg stiller et spørgsmål ad gangen")

    await person.press("English")

    reply = await person.wait_reply(containing="In your own words")
    assert "You may write in your own language" in reply.text
    await person.wait_until(lambda: danish.deleted)
    await person.say(STORY)
    await person.wait_reply(containing="When did you begin to worry")


async def test_a_contact_is_asked_part_by_part_and_each_part_is_deleted(house: TelegramHouse) -> None:
    person = await go_to_review(house)
    await person.press("Vil du skrive, hvem personen er, eller hvor vi kan få fat i dig?")
    name = await person.wait_reply(containing="Uden navn kan vi give dig råd")
    said = await person.say("Testperson A")
    second = await person.wait_reply(containing="Cirka adresse eller sted")
    assert "Uden navn" not in second.text
    where = await person.say("Testvej 1")
    await person.wait_reply(containing="Hvad hedder du")
    await house.settled()
    assert name.deleted
    assert said.deleted
    assert where.deleted
    await person.press("Tilbage til dine svar")
    review = await person.wait_reply(containing="Læs dine svar igennem")
    assert "Testperson A" not in review.text
    assert STORY not in review.text
    assert "→ skrevet" in review.text


async def test_a_card_that_a_private_answer_raised_does_not_stay(house: TelegramHouse) -> None:
    person = await go_to_story(house)
    await person.say(STORY)
    await press_through(person, ("Hvornår blev du", "Spring over"), ("blevet værre", "Spring over"))
    signs = await person.wait_reply(containing="der passer")
    await person.press("Kan få fat i våben")
    await person.wait_until(lambda: "Færdig" in signs.labels)
    await person.press("Færdig", message=signs)
    card = await person.wait_reply(containing="ring 112")

    await person.press("Skriv videre")

    await person.wait_reply(containing="Hvad går godt")
    await person.wait_until(lambda: signs.deleted and card.deleted)


async def test_what_is_too_old_to_delete_stays_and_the_talk_goes_on(house: TelegramHouse) -> None:
    person = await go_to_story(house)
    story = person.last
    house.api.shift_clock(timedelta(hours=49))

    said = await person.say(STORY)

    await person.wait_reply(containing="Hvornår blev du bekymret")
    await person.wait_until(lambda: said.deleted)
    assert not story.deleted


async def test_emptying_the_chat_asks_first_and_then_takes_everything(
    house: TelegramHouse, store: Store
) -> None:
    person = await send_report(house)
    await house.settled()
    await person.say("/slet")
    await person.wait_reply(containing="Vil du slette det, der står her i chatten?")
    await house.settled()

    await person.press("Ja, slet")

    done = await person.wait_reply(containing="Jeg har slettet det, jeg kunne")
    await person.wait_until(lambda: person.messages == [done])
    assert "har vi stadig" in done.text
    assert len(await store.read(lambda tx: tx.cases.queue(reader=None, limit=5))) == 1


async def test_emptying_the_chat_leaves_what_is_about_to_be_too_old(
    house: TelegramHouse, clock: SettableClock
) -> None:
    person = house.api.person(4711)
    await person.start()
    await press_through(person, *TO_KIND)
    await person.wait_reply(containing="drejer")
    await house.settled()
    old = list(person.history)
    clock.advance(timedelta(hours=23))
    house.api.shift_clock(timedelta(hours=23))
    await person.press("Jeg er bekymret for en, jeg kender")
    await press_through(person, ("Før du", "Fortsæt"))
    await person.wait_reply(containing="hvem du er")
    await house.settled()
    clock.advance(timedelta(hours=23, minutes=59))
    house.api.shift_clock(timedelta(hours=25, minutes=1))
    await person.say("/slet")
    await person.wait_reply(containing="Vil du slette")
    await house.settled()
    clock.advance(timedelta(hours=1, minutes=2))

    await person.press("Ja, slet")

    await person.wait_reply(containing="Dem sletter du selv")
    await house.settled()
    assert [message for message in person.messages if message in old] == old
    assert len(person.messages) == len(old) + 1


async def test_what_the_person_typed_privately_is_known_as_such(house: TelegramHouse, store: Store) -> None:
    person = await go_to_story(house)
    said = await person.say(STORY)
    await house.settled()

    rows = await store.read(lambda tx: list(tx._work.all(select(received_messages))))
    assert {row.message for row in rows if row.sensitive} == {said.message_id}


@pytest.mark.parametrize("command", ["/slet", "/delete", "/hide"])
async def test_emptying_the_chat_destroys_what_was_not_sent_and_says_how_to_delete_the_rest(
    house: TelegramHouse, store: Store, command: str
) -> None:
    person = await go_to_story(house)
    await house.settled()
    await person.say(command)
    asked = await person.wait_reply(containing="Det, du ikke har sendt, bliver også slettet.")
    assert await store.read(drafts) == 1

    await person.press("Ja, slet", message=asked)

    done = await person.wait_reply(containing="Telegram kan stadig have en kopi.")
    assert "Hold fingeren på en besked, og vælg Slet." in done.text
    assert await store.read(drafts) == 0


def drafts(tx: Transaction) -> int:
    return len(tx._work.all(text("SELECT id FROM conversations WHERE draft IS NOT NULL")))
