"""When something breaks on our side: what was said is kept, people are told, and Telegram is asked to repeat."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from handlers.telegram import take
from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_person, notices
from tests.support.stores import SettableClock
from tests.support.telegram_house import TelegramHouse
from tests.support.telegram_talks import STORY, go_to_story
from triage.faults import StoreDownError
from triage.people.person import Role

CPR = "010203-1234"


class BrokenTurn:
    """A handler with a fault in it, whose message quotes what the person wrote."""

    def __init__(self, *_: object) -> None:
        pass

    def run(self) -> None:
        raise ValueError(STORY)


async def test_a_handler_that_breaks_parks_the_update_and_tells_staff_and_the_reporter(
    house: TelegramHouse, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    head = await store.write(a_person, roles=(Role.HEAD,))
    person = await go_to_story(house)
    await house.settled()

    with monkeypatch.context() as broken:
        broken.setattr(take, "Turn", BrokenTurn)
        said = await person.say(f"{STORY} {CPR}")
        told_so = await person.wait_reply(containing="Det blev ikke gemt. Send det igen om lidt.")
        assert "Er nogen i fare, så ring 112." in told_so.text
    house.api.repeat(said)
    await house.settled()

    parked = await store.read(lambda tx: tx.parked.waiting(limit=5))
    assert len(parked) == 1
    text = str(parked[0])
    assert CPR not in text
    told = await store.read(notices)
    assert {(row.notice, row.person_id) for row in told} == {("notice.update_parked", head.id)}
    assert STORY not in str(told)
    assert house.api.records.webhook_attempts == {"ok": house.api.records.webhook_attempts["ok"]}
    await person.say(STORY)
    await person.wait_reply(containing="Hvornår blev du bekymret")


async def test_what_is_said_in_a_shape_that_nobody_knows_is_parked_not_dropped(
    house: TelegramHouse, store: Store
) -> None:
    person = await go_to_story(house)
    body = {"message_id": "nine", "date": 1, "chat": person.chat.body, "from": person.user, "text": STORY}

    house.api.push_update({"message": body})

    await person.wait_for(lambda message: "Det blev ikke gemt" in message.text)
    assert len(await store.read(lambda tx: tx.parked.waiting(limit=5))) == 1


async def test_parking_that_fails_leaves_the_update_with_telegram(
    house: TelegramHouse, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await go_to_story(house)
    await house.settled()

    async def fail(*_: object, **__: object) -> None:
        raise OSError("no room")

    with monkeypatch.context() as broken:
        broken.setattr(take, "Turn", BrokenTurn)
        broken.setattr(house.telegram.taker, "park", fail)
        await person.say(STORY)
        while not house.api.records.webhook_attempts["503"]:
            await _a_moment()

    await person.wait_reply(containing="Hvornår blev du bekymret")
    assert await store.read(lambda tx: tx.parked.waiting(limit=5)) == []


async def test_while_the_store_is_away_telegram_keeps_the_message_and_it_is_taken_later(
    house: TelegramHouse, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await go_to_story(house)
    await house.settled()

    async def away(*_: object, **__: object) -> Any:
        raise StoreDownError("away")

    with monkeypatch.context() as broken:
        broken.setattr(store, "write_repeatable", away)
        await person.say(STORY)
        while not house.api.records.webhook_attempts["503"]:
            await _a_moment()
        assert house.api.pending() == 1

    await person.wait_reply(containing="Hvornår blev du bekymret")
    assert await store.read(_parked) == []


def _parked(tx: Transaction) -> list[object]:
    return list(tx.parked.waiting(limit=5))


@pytest.mark.parametrize("fault", ["server_error", "bad_gateway", "too_many", "truncated", "lost_answer"])
async def test_a_message_that_telegram_did_not_take_goes_out_later(
    house: TelegramHouse, clock: SettableClock, fault: str
) -> None:
    struck = house.api.fault(fault, method="sendMessage", count=1)
    person = house.api.person(4711)

    await person.start()
    await house.settled()
    clock.advance(timedelta(seconds=5))

    await person.wait_reply(containing="Vælg sprog")
    await person.press("dansk")
    await person.wait_reply(containing="i fare lige nu")
    assert struck.struck == 1


async def _a_moment() -> None:
    await asyncio.sleep(0.01)
