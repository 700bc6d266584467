"""Somebody who reported in the chat goes on at the page for good: the code leads back, and nothing else."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from bot.settings import TelegramMode
from storage.keyring import Keyring
from storage.store import Store
from storage.transaction import Transaction
from tests.support.botapi.person import Person
from tests.support.stores import ENGINES, SettableClock
from tests.support.telegram_house import TelegramHouse, telegram_house
from tests.support.telegram_talks import send_report
from tests.telegram.test_after_sending import WORDS, answer, newest_case
from tests.telegram.test_canary import every_byte, every_row
from tests.web.visiting import Visitor, code_of, enter, visiting
from triage.audit import Act
from triage.cases.case import EventKind


@pytest.fixture
def every_log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    """All that anything logs; asked for before the store opens, so that its engine hears of it, too."""
    caplog.set_level(logging.DEBUG)
    return caplog


@pytest.fixture
async def house(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> AsyncIterator[TelegramHouse]:
    """A bot beside the pages, on the same store."""
    async with telegram_house(store, keyring, tmp_path, now=lambda: clock.at) as opened:
        yield opened


async def follow(person: Person, visitor: Visitor, button: str, containing: str) -> None:
    """Press this button of the menu and use the link that comes."""
    await person.start()
    await person.wait_for(lambda message: button in message.labels)
    await person.press(button)
    message = await person.wait_for(lambda message: containing in message.text)
    path = "/s/" + person.link(0, message=message).rpartition("/")[2]
    await visitor.get(path)
    form = next(form for form in visitor.page.forms if form.action == path)
    await visitor.post(path, form.hidden)


async def to_move(person: Person, visitor: Visitor) -> None:
    await follow(person, visitor, "Gå helt over på siden", "glemmer vi denne chat")


def ways_back(tx: Transaction) -> list[tuple[object, object]]:
    rows = tx._work.all(text("SELECT address, peer_hash FROM conversations"))
    return [(row.address, row.peer_hash) for row in rows]


@pytest.mark.parametrize("engine", ENGINES)
async def test_whoever_moves_is_forgotten_by_the_chat_and_comes_back_with_the_code(  # noqa: PLR0917 - one walk
    every_log: pytest.LogCaptureFixture,
    house: TelegramHouse,
    site: str,
    store: Store,
    clock: SettableClock,
    tmp_path: Path,
) -> None:
    person = await send_report(house)
    case = await newest_case(store)
    async with visiting(site) as visitor:
        await to_move(person, visitor)
        assert "Vil du fortsætte her på siden?" in visitor.words
        code = code_of(visitor)
        await house.settled()
        before = list(person.messages)
        written = len(person.history)
        await visitor.press("act", "move")
        assert "Nu går det kun her på siden" in visitor.words
        assert visitor.url.endswith("/kode")
        await visitor.fill({"words": "Jeg er her nu."})
    await person.wait_until(lambda: all(message.deleted for message in before))
    # Nothing was said in the chat: a phone that lights up tells others.
    assert len(person.history) == written
    events = [event.kind for event in await store.read(lambda tx: tx.cases.timeline(case.id))]
    assert EventKind.CONTACT_MOVED in events
    entries = await store.read(lambda tx: tx.audit.of_object(case.id))
    assert Act.CONTACT_MOVED in {entry.act for entry in entries}
    clock.advance(timedelta(minutes=11))
    await store.write(lambda tx: tx.conversations.expire(limit=9))
    assert await store.read(ways_back) == [(None, None)]

    await answer(house, store, case.id)
    await house.settled()
    assert len(person.history) == written
    async with visiting(site) as elsewhere:
        await enter(elsewhere, code)
        assert WORDS in elsewhere.words
        assert "Jeg er her nu." in elsewhere.words
    logged = "\n".join(f"{each.getMessage()} {each.__dict__}" for each in every_log.records)
    for secret in (code, code.replace("-", "")):
        assert secret not in logged
        assert secret not in await store.read(every_row)
        assert secret not in every_byte(tmp_path)
        assert not any(secret in message.text for message in person.history)


async def test_no_changes_nothing_and_the_chat_goes_on(house: TelegramHouse, site: str, store: Store) -> None:
    person = await send_report(house)
    async with visiting(site) as visitor:
        await to_move(person, visitor)
        await visitor.press("act", "stay")
        assert "Der er ikke ændret noget. Gå tilbage til chatten." in visitor.words
        assert "eller slettet der" not in visitor.words
        await visitor.get("/flyt")
        assert "Vil du fortsætte her" not in visitor.words
    await answer(house, store, (await newest_case(store)).id)
    await person.wait_for(lambda message: message.text == "Der er et svar til dig.")


async def test_a_code_that_may_not_be_shown_again_must_be_in_the_persons_hands(
    house: TelegramHouse, site: str, store: Store
) -> None:
    person = await send_report(house)
    case = await newest_case(store)
    async with visiting(site) as visitor:
        await follow(person, visitor, "Læs det på den sikre side", "Her er den sikre side")
        code = code_of(visitor)
    await answer(house, store, case.id)
    async with visiting(site) as visitor:
        await to_move(person, visitor)
        assert code not in visitor.html
        form = visitor.form_with("act", "move")
        for typed in ("", "0000"):
            await visitor.post("/flyt", [*form.hidden, ("group.0", typed), ("act", "move")])
            assert "Koden passer ikke. Der er ikke ændret noget." in visitor.words
            assert await store.read(lambda tx: tx.reporters.conversation_of(case.id)) is not None
        await visitor.post("/flyt", [*form.hidden, ("group.0", code[-4:].lower()), ("act", "move")])
        assert "Nu går det kun her på siden" in visitor.words
    assert await store.read(lambda tx: tx.reporters.conversation_of(case.id)) is None


async def test_a_move_that_was_sent_twice_is_made_once(house: TelegramHouse, site: str, store: Store) -> None:
    person = await send_report(house)
    case = await newest_case(store)
    async with visiting(site) as visitor:
        await to_move(person, visitor)
        form = visitor.form_with("act", "move")
        for _ in range(2):
            await visitor.post("/flyt", [*form.hidden, ("act", "move")])
            assert "Nu går det kun her på siden" in visitor.words
    events = [event.kind for event in await store.read(lambda tx: tx.cases.timeline(case.id))]
    assert events.count(EventKind.CONTACT_MOVED) == 1


async def test_without_a_public_address_moving_is_not_offered(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> None:
    async with telegram_house(
        store, keyring, tmp_path, now=lambda: clock.at, mode=TelegramMode.POLLING, public_https=False
    ) as house:
        person = await send_report(house)
        await person.start()
        await person.wait_reply(containing="Ingen har læst den endnu")
        assert "Gå helt over på siden" not in person.last.labels
        assert "Afslut kontakten" in person.last.labels
