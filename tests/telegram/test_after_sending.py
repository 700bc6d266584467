"""In the chat after sending: answers, more words, a new report, and an end that the person makes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from bot.workers import Sweeper
from storage.keyring import Keyring
from storage.store import Store
from tests.support.botapi.person import Person
from tests.support.builders import a_person
from tests.support.patience import PATIENCE
from tests.support.stores import SettableClock
from tests.support.telegram_house import TelegramHouse, telegram_house
from tests.support.telegram_talks import (
    AFTER_STORY,
    STORY,
    go_to_review,
    go_to_story,
    press_through,
    send_report,
)
from triage.cases.case import Case, EventKind
from triage.cases.dialogue import write_to_reporter
from triage.cases.handle import end_contact
from triage.cases.records import Direction, Message
from triage.cases.words import Done
from triage.ids import CaseId, PersonId
from triage.people.duty import make_link_code
from triage.people.person import Role
from triage.refusals import Refused

WORDS = "Ring til os i morgen. Hilsen Testperson B"


async def newest_case(store: Store) -> Case:
    found = await store.read(lambda tx: tx.cases.queue(reader=None, limit=9))
    return found[-1]


async def answer(house: TelegramHouse, store: Store, case_id: CaseId, words: str = WORDS) -> PersonId:
    officer = await store.write(a_person, on_duty=True, roles=(Role.DUTY_OFFICER, Role.COORDINATOR))
    done = await store.write(
        write_to_reporter, house.parts.rules, case_id=case_id, by=officer.id, words=words
    )
    assert isinstance(done, Done)
    return officer.id


async def send_anonymously(house: TelegramHouse) -> Person:
    person = await go_to_review(house)
    await person.press("Send")
    await person.wait_reply(containing="Din besked er sendt den")
    return person


async def messages_of(store: Store, case_id: CaseId) -> list[Message]:
    return list(await store.read(lambda tx: tx.messages.of_case(case_id)))


async def send_another(person: Person) -> None:
    """Another report in the same chat."""
    await person.say("/start")
    await person.wait_reply(containing="Din besked er sendt")
    await person.press("Ny besked")
    await press_through(
        person,
        ("i fare lige nu", "Nej"),
        ("drejer", "Jeg er bekymret for en, jeg kender"),
        ("Før du", "Fortsæt"),
        ("hvem du er", "Jeg er anonym"),
        ("Hvordan kender", "Mit barn"),
        ("Hvor gammel", "Ved ikke"),
        ("Hvor bor", "Ved ikke"),
        ("private", "Skriv her"),
    )
    await person.wait_reply(containing="Fortæl med dine egne ord")
    await person.say("En anden sag")
    await press_through(person, *((question, "Spring over") for question in AFTER_STORY))
    await person.wait_reply(containing="Læs dine svar igennem")
    await person.press("Send")
    await person.wait_reply(containing="Din besked er sendt den")


async def test_an_answer_is_announced_without_a_word_of_it_and_read_in_the_chat(
    house: TelegramHouse, store: Store
) -> None:
    person = await send_report(house)
    await answer(house, store, (await newest_case(store)).id)

    notice = await person.wait_for(lambda message: message.text == "Der er et svar til dig.")
    await person.press(0, message=notice)
    menu = await person.wait_reply(containing="Vi har skrevet til dig")
    await person.press("Vis svaret her", message=menu)
    shown = await person.wait_for(lambda message: WORDS in message.text)

    assert shown.protect_content
    await person.wait_for(lambda message: message is not menu and "Vi har skrevet til dig" in message.text)
    await house.settled()
    await person.say("/slet")
    await person.wait_reply(containing="Vil du slette")
    await person.press("Ja, slet")
    await person.wait_until(lambda: shown.deleted)


@pytest.mark.parametrize(
    ("go_and_send", "promised"),
    [
        (send_report, "Vi skriver til dig i denne chat, når der er et svar."),
        (send_anonymously, "Vi skriver ikke til dig, når der er et svar. Tryk på /start her i chatten"),
    ],
)
async def test_where_the_chat_is_the_only_way_back_it_promises_only_what_was_chosen(
    store: Store,
    keyring: Keyring,
    tmp_path: Path,
    go_and_send: Callable[[TelegramHouse], Awaitable[Person]],
    promised: str,
) -> None:
    async with telegram_house(store, keyring, tmp_path, public_https=False) as house:
        person = await go_and_send(house)
        assert promised in (await person.wait_reply(containing="Din besked er sendt den")).text


async def test_whoever_stays_anonymous_is_not_written_to_and_finds_the_answer(
    house: TelegramHouse, store: Store
) -> None:
    person = await send_anonymously(house)
    await answer(house, store, (await newest_case(store)).id)

    await person.say("/start")
    menu = await person.wait_reply(containing="Vi har skrevet til dig")
    await person.press("Vis svaret her", message=menu)
    await person.wait_for(lambda message: WORDS in message.text)

    await house.settled()
    assert [each.text for each in person.history if each.text == "Der er et svar til dig."] == []


async def test_an_answer_to_an_earlier_report_is_still_within_reach(
    house: TelegramHouse, store: Store
) -> None:
    person = await send_report(house)
    first = await newest_case(store)
    await send_another(person)
    await answer(house, store, first.id)

    notice = await person.wait_for(lambda message: message.text == "Der er et svar til dig.")
    await person.press(0, message=notice)
    menu = await person.wait_reply(containing="Din besked er sendt")
    await person.press("Vis svaret her", message=menu)

    await person.wait_for(lambda message: WORDS in message.text)
    assert len(await store.read(lambda tx: tx.cases.queue(reader=None, limit=9))) == 2


async def test_when_contact_about_one_report_ends_the_other_goes_on_and_the_person_is_told(
    house: TelegramHouse, store: Store
) -> None:
    person = await send_report(house)
    first = await newest_case(store)
    await send_another(person)
    [second] = [
        case
        for case in await store.read(lambda tx: tx.cases.queue(reader=None, limit=9))
        if case.id != first.id
    ]
    # The person is about to add something to the second one.
    await person.press("Skriv mere")
    await person.wait_reply(containing="Skriv til os")
    officer = await store.write(a_person, on_duty=True)

    ended = await store.write(end_contact, house.parts.rules, case_id=second.id, by=officer.id)
    await person.say("Til den anden sag")
    told = await person.wait_reply(containing="blev ikke sendt")
    await answer(house, store, first.id)
    notice = await person.wait_for(lambda message: message.text == "Der er et svar til dig.")
    await person.press(0, message=notice)
    menu = await person.wait_reply(containing="Vi har skrevet til dig")
    await person.press("Vis svaret her", message=menu)
    await person.wait_for(lambda message: WORDS in message.text)

    assert not isinstance(ended, Refused)
    assert "Vi skriver ikke mere til dig om en af dine andre beskeder." in told.text
    assert [message.words for message in await messages_of(store, first.id)] == [WORDS]
    assert await messages_of(store, second.id) == []


async def test_when_contact_about_the_only_report_ends_the_chat_is_forgotten(
    house: TelegramHouse, store: Store
) -> None:
    person = await send_report(house)
    case = await newest_case(store)
    officer = await store.write(a_person, on_duty=True)

    await store.write(end_contact, house.parts.rules, case_id=case.id, by=officer.id)
    await person.say("/start")

    await person.wait_reply(containing="Vælg sprog")
    assert await store.read(lambda tx: tx.reporters.conversation_of(case.id)) is None


async def test_writing_more_reaches_staff_without_an_identity_number_and_leaves_the_chat(
    house: TelegramHouse, store: Store
) -> None:
    person = await send_report(house)
    await person.press("Skriv mere")
    await person.wait_reply(containing="Skriv til os")
    said = await person.say("Det er blevet værre, 010203-1234")

    reply = await person.wait_reply(containing="Det er sendt")

    assert "CPR" in reply.text
    await person.wait_until(lambda: said.deleted)
    [message] = await messages_of(store, (await newest_case(store)).id)
    assert message.direction is Direction.FROM_REPORTER
    assert message.words == "Det er blevet værre, [CPR-nummer slettet]"


async def test_words_typed_out_of_turn_are_not_sent_and_the_person_is_told(
    house: TelegramHouse, store: Store
) -> None:
    person = await send_report(house)

    await person.say("Har I læst det?")

    reply = await person.wait_reply(containing="er ikke sendt til os")
    assert "Skriv mere" in reply.labels
    assert await messages_of(store, (await newest_case(store)).id) == []


async def test_the_code_is_fetched_on_the_page_and_never_stands_in_the_chat(house: TelegramHouse) -> None:
    person = await send_report(house)

    await person.press("Hent din kode")

    await person.wait_reply(containing="Her er den sikre side")
    assert person.link("Åbn den sikre side").startswith("https://chat.example.org/s/")


@pytest.mark.parametrize("heard", ["at once", "by writing"])
async def test_a_person_who_blocks_the_bot_keeps_the_case_and_staff_see_it(
    house: TelegramHouse, store: Store, heard: str
) -> None:
    person = await send_report(house)
    case = await newest_case(store)
    await house.settled()
    if heard == "at once":
        await person.block()
    else:
        person.chat.blocked = True
        await answer(house, store, case.id)
    await _until_event(store, case.id, EventKind.REPORTER_UNREACHABLE)

    assert len(await store.read(lambda tx: tx.cases.queue(reader=None, limit=9))) == 1
    person.chat.blocked = False
    await person.start()
    await person.wait_reply(containing="Vælg sprog")


async def _until_event(store: Store, case_id: CaseId, kind: EventKind) -> None:
    async with asyncio.timeout(PATIENCE):
        while kind not in {event.kind for event in await store.read(lambda tx: tx.cases.timeline(case_id))}:
            await asyncio.sleep(0.02)


async def test_a_draft_whose_day_is_over_is_said_to_be_gone(
    house: TelegramHouse, clock: SettableClock
) -> None:
    person = await go_to_story(house)
    clock.advance(timedelta(hours=24, minutes=1))

    await person.say(STORY)

    reply = await person.wait_reply(containing="Der gik mere end 24 timer")
    assert "i fare lige nu" in reply.text


async def test_an_old_button_of_a_talk_that_was_swept_away_begins_again(
    house: TelegramHouse, store: Store, clock: SettableClock
) -> None:
    person = await go_to_story(house)
    clock.advance(timedelta(hours=25))
    assert await store.write(lambda tx: tx.conversations.expire(limit=10)) >= 1

    await person.press("Ved ikke")

    await person.wait_reply(containing="er her ikke mere")


async def test_a_private_question_leaves_the_chat_with_the_draft_it_belonged_to(
    house: TelegramHouse, store: Store, clock: SettableClock
) -> None:
    person = await go_to_story(house)
    question = person.last
    typed = await person.say("x" * 3100)
    await person.wait_reply(containing="for langt")
    await house.settled()
    clock.advance(timedelta(hours=24, minutes=1))

    await Sweeper(store).round()

    await person.wait_until(lambda: question.deleted and typed.deleted)
    clock.advance(timedelta(hours=1))
    await Sweeper(store).round()
    assert not await store.write(lambda tx: tx.conversations.just_expired("telegram", limit=10))


@pytest.mark.parametrize("first", ["hej", "/help", "picture"])
async def test_whoever_wrote_but_never_began_is_forgotten_after_a_day(
    house: TelegramHouse, store: Store, clock: SettableClock, first: str
) -> None:
    person = house.api.person(4711)
    await (person.send_kind("photo") if first == "picture" else person.say(first))
    await person.wait_reply(containing="")
    await house.settled()
    clock.advance(timedelta(hours=25))

    assert await store.write(lambda tx: tx.conversations.expire(limit=10)) == 1


async def test_coming_back_shows_nothing_before_the_person_says_so(house: TelegramHouse) -> None:
    person = await go_to_story(house)

    await person.start()

    asked = await person.wait_reply(containing="Fortsæt?")
    assert asked.text == "Fortsæt?"
    assert asked.labels == ["Ja, fortsæt", "Nej, begynd forfra", "Hjælp nu"]


async def test_a_draft_is_deleted_when_asked_twice(house: TelegramHouse, store: Store) -> None:
    person = await go_to_story(house)
    await person.say(STORY)
    await press_through(person, *((question, "Spring over") for question in AFTER_STORY))
    await person.wait_reply(containing="Læs dine svar igennem")
    await person.press("Slet det hele")
    await person.wait_reply(containing="Vil du slette alt")
    await person.press("Slet det hele")

    reply = await person.wait_reply(containing="Det er slettet")

    await person.press("Begynd forfra", message=reply)
    await person.wait_reply(containing="i fare lige nu")
    assert await store.read(lambda tx: tx.cases.queue(reader=None, limit=9)) == []


async def test_an_edited_message_changes_nothing_and_says_what_would(house: TelegramHouse) -> None:
    person = await send_report(house)
    said = await person.say("hallo")
    await person.wait_reply(containing="er ikke sendt")

    await person.edit(said, "hej igen")

    await person.wait_reply(containing="Det ændrer ikke det, vi har fået")


async def test_staff_link_their_chat_with_a_code_and_a_second_person_cannot_have_it(
    house: TelegramHouse, store: Store
) -> None:
    first, second = await store.write(a_person), await store.write(a_person)
    chat = house.api.person(8001)
    await _type_code(store, chat, first.id)
    await chat.wait_reply(containing="Du får nu beskeder her")
    await _type_code(store, chat, second.id)
    await house.settled()

    linked = await store.read(lambda tx: (tx.people.get(first.id), tx.people.get(second.id)))
    assert [person.telegram_chat for person in linked] == [8001, None]


async def _type_code(store: Store, chat: Person, person_id: PersonId) -> None:
    code = await store.write(make_link_code, by=person_id)
    assert isinstance(code, str)
    await chat.say(code.lower())


async def test_what_happens_after_sending_is_told_before_it(house: TelegramHouse) -> None:
    person = await go_to_review(house)
    await person.press("Hvad sker der, når jeg sender?")

    told = await person.wait_reply(containing="De er fundet på")

    assert "skal vi give det videre" in told.text


async def test_what_to_do_meanwhile_is_near_for_as_long_as_the_case_is_open(house: TelegramHouse) -> None:
    person = await send_report(house)
    await person.start()
    await person.wait_reply(containing="Ingen har læst den endnu")
    await person.press("Mens du venter")

    await person.wait_reply(containing="Du behøver ikke løse det hele i aften")
