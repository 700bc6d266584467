"""Long polling: nothing is confirmed before it is stored, and one process asks at a time."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from telegram.error import Conflict

from bot.settings import TelegramMode
from handlers.telegram.polling import Poller
from storage.keyring import Keyring
from storage.store import Store, open_store
from tests.support.botapi import updates
from tests.support.patience import PATIENCE
from tests.support.stores import SettableClock
from tests.support.telegram_house import telegram_house
from tests.support.telegram_talks import STORY, go_to_story
from triage.faults import StoreDownError


async def test_the_offset_moves_only_past_what_is_stored(
    store: Store, keyring: Keyring, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with telegram_house(store, keyring, tmp_path, mode=TelegramMode.POLLING) as house:
        person = await go_to_story(house)
        await house.settled()
        tried = asyncio.Event()

        async def away(*_: object, **__: object) -> Any:
            tried.set()
            raise StoreDownError("away")

        with monkeypatch.context() as broken:
            broken.setattr(store, "write_repeatable", away)
            await person.say(STORY)
            await asyncio.wait_for(tried.wait(), PATIENCE)
            assert house.api.pending() == 1

        await person.wait_reply(containing="Hvornår blev du bekymret")


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_two_processes_take_turns_and_the_second_takes_over_when_the_first_goes(
    store: Store, database_url: str, clock: SettableClock, keyring: Keyring, tmp_path: Path
) -> None:
    other = open_store(database_url, clock=clock, keyring=keyring)
    await other.open()
    async with telegram_house(store, keyring, tmp_path, mode=TelegramMode.POLLING) as second:
        async with telegram_house(other, keyring, tmp_path, mode=TelegramMode.POLLING, api=second.api):
            person = await go_to_story(second)
        await other.close()
        await person.say(STORY)
        await person.wait_reply(containing="Hvornår blev du bekymret")
        assert not [call for call in second.api.records.calls if call.error_code == 409]


async def test_a_poller_that_died_is_replaced_when_its_lease_is_over(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> None:
    await store.write(
        lambda tx: tx.leases.try_take("telegram.poller", "a process that died", timedelta(seconds=15))
    )
    async with telegram_house(store, keyring, tmp_path, mode=TelegramMode.POLLING) as house:
        person = house.api.person(4711)
        await person.start()
        with pytest.raises(AssertionError, match="waited"):
            await person.wait_reply(containing="Vælg sprog", timeout=0.7)
        assert house.api.records.counts["getUpdates"] == 0

        clock.advance(timedelta(seconds=16))

        await person.wait_reply(containing="Vælg sprog")


async def test_someone_else_with_our_token_is_noticed_and_polling_goes_on_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    conflicts, taken = [], []
    answers: list[Any] = [
        Conflict("terminated by other getUpdates request"),
        [updates.message_update(5, {"chat": {"id": 1}}), updates.message_update(6, {"chat": {"id": 2}})],
    ]
    asked: list[dict[str, object]] = []

    async def call(_method: str, params: Any, _seconds: float) -> object:
        asked.append(dict(params))
        if not answers:
            await asyncio.sleep(60)
        found = answers.pop(0)
        if isinstance(found, Exception):
            raise found
        return found

    async def receive(update: dict[str, Any]) -> bool:
        taken.append(update["update_id"])
        return bool(update["update_id"] != 6)

    async def hold(_: timedelta) -> bool:
        return True

    async def on_conflict() -> None:
        conflicts.append(1)

    poller = Poller(call, receive, hold_lease=hold, on_conflict=on_conflict, rest_after_conflict=0.01)
    with caplog.at_level(logging.ERROR):
        running = asyncio.create_task(poller.run())
        async with asyncio.timeout(PATIENCE):
            while len(asked) < 3:
                await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    assert conflicts == [1]
    assert sorted(taken) == [5, 6]
    assert asked[-1]["offset"] == 6, "the update that was not stored is asked for again"
    assert "telegram.conflict" in caplog.messages
