"""The same thing told twice, out of turn, or many things at once: nothing is lost, nothing is taken twice."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from handlers.dialog.draft import Draft
from storage.store import Store
from storage.tables import received_messages
from storage.transaction import Transaction
from tests.support.telegram_house import TelegramHouse
from tests.support.telegram_talks import (
    STORY,
    TO_HOME,
    TO_KIND,
    go_to_home,
    go_to_review,
    go_to_story,
    press_through,
    send_report,
)
from triage.cases.case import Case


def draft_of(tx: Transaction, house: TelegramHouse, chat: int) -> Draft | None:
    peer = tx.digest("peer", f"telegram|{house.telegram.door.bot_id}|{chat}".encode())
    return tx.conversations.lock_peer("telegram", peer, address=str(chat)).draft


async def answers_of(store: Store, house: TelegramHouse, chat: int) -> dict[str, Any]:
    draft = await store.write(draft_of, house, chat)
    assert draft is not None
    return dict(draft.answers)


def cases(tx: Transaction) -> list[Case]:
    return list(tx.cases.queue(reader=None, limit=10))


async def test_an_update_told_again_changes_nothing(house: TelegramHouse, store: Store) -> None:
    person = await go_to_story(house)
    said = await person.say(STORY)
    await person.wait_reply(containing="Hvornår blev du bekymret")
    await house.settled()
    before = len(person.history)

    for _ in range(3):
        house.api.repeat(said)
    await house.settled()

    assert len(person.history) == before
    assert (await answers_of(store, house, person.chat_id))["story"] == STORY


async def test_the_same_press_under_a_new_id_is_answered_and_shows_nothing_again(
    house: TelegramHouse, store: Store
) -> None:
    person = await go_to_home(house)
    home = person.last
    press = await person.press("I udlandet", message=home)
    await person.wait_reply(containing="De næste svar er private")
    before = len(person.history)

    again = await person.forge_press(press.data, message=home)
    await person.wait_answered(again)
    await house.settled()

    assert len(person.history) == before
    assert (await answers_of(store, house, person.chat_id))["home"] == "abroad"


async def test_sending_twice_makes_one_case(house: TelegramHouse, store: Store) -> None:
    person = await go_to_review(house)
    review = person.last

    press = await person.press("Send", message=review)
    await person.forge_press(press.data, message=review)
    await person.wait_reply(containing="Din besked er sendt den")
    await house.settled()

    assert len(await store.read(cases)) == 1
    assert sum("Din besked er sendt den" in message.text for message in person.history) == 1


async def test_an_old_button_changes_nothing_and_shows_where_we_are(
    house: TelegramHouse, store: Store
) -> None:
    person = house.api.person(4711)
    await person.start()
    await press_through(person, *TO_KIND, *TO_HOME[:3])
    await person.wait_reply(containing="Hvordan kender du personen")
    old = next(message for message in person.messages if "Du behøver ikke sige" in message.text)

    await person.press("I må vide, hvem jeg er", message=old)

    reply = await person.wait_reply(containing="Det var en gammel knap")
    assert "Hvordan kender du personen" in reply.text
    assert (await answers_of(store, house, person.chat_id))["anonymity"] == "anonymous"


async def test_ticks_change_in_place_and_a_double_tap_ticks_once(house: TelegramHouse, store: Store) -> None:
    person = await go_to_story(house)
    await person.say(STORY)
    await press_through(person, ("Hvornår blev du", "Spring over"), ("blevet værre", "Spring over"))
    signs = await person.wait_reply(containing="der passer")

    press = await person.press("Har det psykisk svært", message=signs)
    await person.forge_press(press.data, message=signs)
    await person.wait_until(lambda: "✓ Har det psykisk svært" in signs.labels)
    await house.settled()
    await person.press("Har kontakt til en bande", message=signs)
    await person.wait_until(lambda: "✓ Har kontakt til en bande" in signs.labels)

    assert person.last is signs
    await person.press("Færdig", message=signs)
    await person.wait_reply(containing="Hvad går godt")
    assert (await answers_of(store, house, person.chat_id))["signs"] == ("mental_health", "gang")


async def test_fast_fingers_on_one_list_lose_no_tick_unseen(house: TelegramHouse, store: Store) -> None:
    person = await go_to_story(house)
    await person.say(STORY)
    await press_through(person, ("Hvornår blev du", "Spring over"), ("blevet værre", "Spring over"))
    signs = await person.wait_reply(containing="der passer")
    drawn = {key["text"]: key["callback_data"] for key in signs.buttons}

    await person.forge_press(drawn["Har det psykisk svært"], message=signs)
    await person.forge_press(drawn["Har kontakt til en bande"], message=signs)
    await house.settled()

    draft = await store.write(draft_of, house, person.chat_id)
    assert draft is not None
    ticked = [label for label in signs.labels if label.startswith("✓")]
    assert ticked == ["✓ Har det psykisk svært"]
    assert draft.selecting == ("mental_health",)
    assert person.last is signs


async def test_an_id_out_of_nowhere_after_a_quiet_week_is_taken(house: TelegramHouse) -> None:
    person = await go_to_home(house)

    for _ in range(3):
        house.api.jump_update_id()
        await person.start()
        await person.wait_reply(containing="Fortsæt?")


async def test_thirty_messages_at_once_are_taken_in_their_order(house: TelegramHouse, store: Store) -> None:
    person = await go_to_story(house)

    typed = [await person.say(f"Besked {number}") for number in range(30)]
    await house.settled()

    answers = await answers_of(store, house, person.chat_id)
    assert answers["story"] == "Besked 0"
    assert "strengths" not in answers
    noted = await store.read(lambda tx: tx._work.all(select(received_messages.c.message)))
    assert {message.message_id for message in typed} <= {row.message for row in noted}
    assert "Hvornår blev du bekymret" in person.last.text


async def test_people_get_a_case_each_with_their_own_words(house: TelegramHouse, store: Store) -> None:
    for number in range(3):
        await send_report(house, 9000 + number, story=f"Fortælling {number}")

    found = await store.read(
        lambda tx: [
            str(submission.body["story"])
            for case in cases(tx)
            for submission in tx.cases.submissions(case.id, identity=False)
        ]
    )
    assert sorted(found) == ["Fortælling 0", "Fortælling 1", "Fortælling 2"]
