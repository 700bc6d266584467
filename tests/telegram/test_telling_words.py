"""Telling words at the review in the chat: which answer and what kind, never the words; the writer decides."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from bot.logs import JsonLines
from handlers.telegram.callback import LONGEST, Press, Verb, pack, unpack
from storage.keyring import Keyring
from storage.store import Store
from storage.transaction import Transaction
from tests.support.telegram_house import TelegramHouse, telegram_house
from tests.support.telegram_talks import go_to_review
from tests.telegram.test_canary import every_byte, every_row

STORY = "Min søn i 8.b er vred. Ring 31 41 59 26, eller skriv til kanariefugl@example.org"
TOLD = ("8.b", "31 41 59 26", "31415926", "kanariefugl")


def story_of(tx: Transaction) -> str:
    [case] = tx.cases.queue(reader=None, limit=5)
    [submission] = tx.cases.submissions(case.id, identity=True)
    return str(submission.body["story"])


async def test_the_words_themselves_are_never_in_the_chat_the_log_or_in_clear(
    store: Store, keyring: Keyring, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with telegram_house(store, keyring, tmp_path) as house:
        person = await go_to_review(house, story=STORY)
        review = person.last
        assert (
            "1. I »Fortæl med dine egne ord« står noget, der ligner en oplysning om dig selv\n"
            "2. I »Fortæl med dine egne ord« står noget, der ligner et telefonnummer\n"
            "3. I »Fortæl med dine egne ord« står noget, der ligner en mailadresse\n\n"
            "Vi fandt ikke det hele. Læs selv igennem."
        ) in review.text
        assert review.labels[:10] == [
            *(f"{label} {number}" for number in (1, 2, 3) for label in ("Behold", "Slør", "Fjern")),
            "Lad alt stå",
        ]
        await person.press("Slør 2")
        await person.wait_reply(containing="før du sender (2)")
        await person.press("Fjern 2")
        await person.wait_reply(containing="før du sender (1)")
        during = await store.read(every_row)
        await person.press("Lad alt stå")
        decided = await person.wait_reply(containing="Læs dine svar igennem")
        assert "Vi fandt ikke" not in decided.text
        await person.press("Send")
        await person.wait_reply(containing="Din besked er sendt den")
        await house.settled()
        from_the_bot = "\n".join(message.text for message in person.history if message.from_bot)
    assert await store.read(story_of) == "Min søn i 8.b er vred. Ring [telefonnummer], eller skriv til"
    places = {
        "chat": from_the_bot,
        "rows while deciding": during,
        "rows after": await store.read(every_row),
        "files": every_byte(tmp_path),
        "log": "\n".join(JsonLines().format(record) for record in caplog.records)
        + "\n".join(caplog.messages),
    }
    for where, text in places.items():
        assert [word for word in TOLD if word in text] == [], where


async def test_an_old_or_forged_decision_changes_nothing(house: TelegramHouse, store: Store) -> None:
    person = await go_to_review(house, story=STORY)
    review = person.last
    await person.press("Fjern 1", message=review)
    await person.wait_reply(containing="før du sender (2)")
    await person.press("Fjern 2", message=review)
    await person.wait_reply(containing="gammel knap")
    here = unpack(person.last.buttons[0]["callback_data"])
    assert here is not None
    for verb in (Verb.STAND, Verb.BLUR, Verb.REMOVE):
        for code in ("story.7", "danger.0", "story", "\udc00"):
            forged = f"1{here.nonce}.{review.buttons[0]['callback_data'].split('.')[1]}.{verb}{code}"
            await person.forge_press(forged, message=person.last)
            await house.settled()
    await person.press("Send")
    await person.wait_reply(containing="Din besked er sendt den")
    assert await store.read(story_of) == STORY.removeprefix("Min søn i 8.b ")


def test_the_longest_question_with_many_findings_fits_a_button() -> None:
    longest = Press(nonce="x" * 8, revision=999_999, verb=Verb.REMOVE, argument=f"{'q' * 40}.999")
    assert len(pack(longest).encode()) <= LONGEST
    assert unpack(pack(longest)) == longest
