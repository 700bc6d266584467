"""A reporter leaves the chat for good: contact ends, the chat is emptied, and nothing leads back."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import text

from bot.workers import Sweeper
from storage.store import Store
from storage.transaction import Transaction
from tests.support.stores import SettableClock
from tests.support.telegram_house import TelegramHouse
from tests.support.telegram_talks import send_report
from tests.telegram.test_after_sending import answer, newest_case
from triage.audit import Act, Actor
from triage.cases.case import CaseState, EventKind


def ways_back(tx: Transaction) -> list[tuple[object, object]]:
    """Address and hash of every conversation, as they lie in the store."""
    rows = tx._work.all(text("SELECT address, peer_hash FROM conversations"))
    return [(row.address, row.peer_hash) for row in rows]


async def test_contact_ends_in_the_chat_and_the_case_stays(
    house: TelegramHouse, store: Store, clock: SettableClock
) -> None:
    person = await send_report(house)
    case = await newest_case(store)
    await person.start()
    await person.wait_reply(containing="Din besked er sendt")
    await person.press("Afslut kontakten")
    asked = await person.wait_reply(containing="Vil du afslutte kontakten?")
    assert "sagen går videre" in asked.text
    await house.settled()
    before = list(person.messages)

    await person.press("Ja", message=asked)

    await person.wait_reply(containing="Kontakten er afsluttet")
    await person.wait_until(lambda: all(message.deleted for message in before))
    events = await store.read(lambda tx: tx.cases.timeline(case.id))
    assert (events[-1].kind, events[-1].by) == (EventKind.CONTACT_ENDED, None)
    entries = await store.read(lambda tx: tx.audit.of_object(case.id))
    assert [entry.actor for entry in entries if entry.act is Act.CONTACT_ENDED] == [Actor.REPORTER]
    assert (await store.read(lambda tx: tx.cases.get(case.id))).state is CaseState.RECEIVED
    clock.advance(timedelta(minutes=11))
    await Sweeper(store).round()
    assert await store.read(ways_back) == [(None, None)]
    await person.start()
    await person.wait_reply(containing="Vælg sprog")


async def test_no_keeps_everything_as_it_was(house: TelegramHouse, store: Store) -> None:
    person = await send_report(house)
    await person.start()
    await person.wait_reply(containing="Din besked er sendt")
    await person.press("Afslut kontakten")
    asked = await person.wait_reply(containing="Vil du afslutte kontakten?")

    await person.press("Nej", message=asked)

    await person.wait_for(lambda message: "Ingen har læst den endnu" in message.text)
    await answer(house, store, (await newest_case(store)).id)
    await person.wait_for(lambda message: message.text == "Der er et svar til dig.")
