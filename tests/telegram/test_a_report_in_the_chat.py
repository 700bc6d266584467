"""A relative reports in the chat, from the first message to the receipt."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.settings import TelegramMode
from storage.keyring import Keyring
from storage.store import Store
from storage.transaction import Transaction
from tests.support.telegram_house import telegram_house
from triage.cases.records import Submission

MARKER = "Han taler om et sted langt væk, og jeg er bange"


@pytest.mark.parametrize("mode", list(TelegramMode))
async def test_a_report_becomes_a_case_and_the_chat_keeps_no_private_answer(
    store: Store, keyring: Keyring, tmp_path: Path, mode: TelegramMode
) -> None:
    async with telegram_house(store, keyring, tmp_path, mode=mode) as house:
        person = house.api.person(4711)
        await person.start()
        await person.wait_reply(containing="Vælg sprog")
        await person.press("dansk")
        await person.wait_reply(containing="i fare lige nu")
        await person.press("Nej")
        await person.wait_reply(containing="Hvad drejer det sig om")
        await person.press("Jeg er bekymret for en, jeg kender")
        await person.wait_reply(containing="Før du fortæller")
        await person.press("Fortsæt")
        await person.wait_reply(containing="Du behøver ikke sige, hvem du er")
        await person.press("Jeg er anonym")
        await person.wait_reply(containing="Hvordan kender du personen")
        await person.press("Mit barn")
        await person.wait_reply(containing="Hvor gammel er personen")
        await person.press("15–17")
        await person.wait_reply(containing="Hvor bor personen")
        await person.say("Kobenhavn")
        await person.wait_reply(containing="De næste svar er private")
        await person.press("Skriv her")
        await person.wait_reply(containing="Fortæl med dine egne ord")
        said = await person.say(MARKER)
        await person.wait_reply(containing="Hvornår blev du bekymret")
        for question in (
            "blevet værre",
            "der passer",
            "Hvad går godt",
            "at du søger hjælp",
            "farligt eller svært",
        ):
            await person.press("Spring over")
            await person.wait_reply(containing=question)
        for question in ("hjælpe dig mest", "tolk", "Læs dine svar igennem"):
            await person.press("Spring over")
            await person.wait_reply(containing=question)
        await person.wait_until(lambda: said.deleted)
        assert not any(MARKER in message.text for message in person.messages)
        await person.press("Send")
        await person.wait_reply(containing="Din besked er sendt den")
        submissions = await store.read(_submissions)
        assert [submission.body["story"] for submission in submissions] == [MARKER]
        assert submissions[0].clear["home"] == "0101"
        assert submissions[0].clear["relation"] == "child"


def _submissions(tx: Transaction) -> list[Submission]:
    return [
        submission
        for case in tx.cases.queue(reader=None, limit=10)
        for submission in tx.cases.submissions(case.id, identity=True)
    ]
