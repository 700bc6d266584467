from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError

from storage.errors import KeyringError, NoKeyError, NotMigratedError
from storage.keyring import Keyring
from storage.store import Store, open_store
from storage.transaction import Transaction
from tests.storage.builders import PEER, a_case, a_clock, a_conversation, a_row
from tests.support.stores import SettableClock
from triage.faults import StoreDownError


def remembered(tx: Transaction, key: str) -> bool:
    return not tx.remember("probe", key)


async def was_stored(store: Store, key: str) -> bool:
    """Whether this input had been remembered; remembers it."""
    return await store.write(remembered, key)


class PlannedError(Exception):
    pass


def remember_and_raise(tx: Transaction, key: str) -> None:
    tx.remember("probe", key)
    raise PlannedError


@pytest.mark.asvs("2.3.3")
async def test_a_job_that_raises_rolls_back_alone(store: Store) -> None:
    jobs = [
        store.write(remember_and_raise if number % 3 == 1 else remembered, str(number))
        for number in range(30)
    ]

    results = await asyncio.gather(*jobs, return_exceptions=True)

    assert [isinstance(result, PlannedError) for result in results] == [
        number % 3 == 1 for number in range(30)
    ]
    stored = [await was_stored(store, str(number)) for number in range(30)]
    assert stored == [number % 3 != 1 for number in range(30)]


@pytest.mark.asvs("2.3.3")
async def test_a_statement_that_fails_inside_a_job_takes_its_job_only(store: Store) -> None:
    def twice(tx: Transaction, key: str) -> None:
        tx.remember("probe", key)
        a_case(tx, code="K-SAME")
        a_case(tx, code="K-SAME")

    results = await asyncio.gather(
        store.write(remembered, "a"),
        store.write(twice, "b"),
        store.write(remembered, "c"),
        return_exceptions=True,
    )

    assert isinstance(results[1], IntegrityError)
    assert [await was_stored(store, key) for key in "abc"] == [True, False, True]


async def test_sixty_read_modify_writes_at_once_lose_nothing(store: Store) -> None:
    conversation_id = (await store.write(a_conversation)).id

    def add_one(tx: Transaction) -> None:
        found = tx.conversations.lock(conversation_id)
        assert found is not None
        tx.conversations.save(replace(found, round=found.round + 1))

    await asyncio.gather(*(store.write(add_one) for _ in range(60)))

    found = await store.read(lambda tx: tx.conversations.find(conversation_id))
    assert found is not None
    assert found.round == 61


async def test_sixty_first_contacts_at_once_make_one_conversation(store: Store) -> None:
    found = await asyncio.gather(
        *(
            store.write(lambda tx: tx.conversations.lock_peer("telegram", PEER, address="1").id)
            for _ in range(60)
        )
    )

    assert len(set(found)) == 1


async def test_one_of_sixty_equal_inputs_is_taken(store: Store) -> None:
    taken = await asyncio.gather(*(store.write(lambda tx: tx.remember("telegram", "1")) for _ in range(60)))

    assert sorted(taken) == [False] * 59 + [True]


async def test_a_milestone_is_recorded_once_by_whoever_comes_first(store: Store) -> None:
    clock = await store.write(lambda tx: a_clock(tx, a_case(tx)))

    fired = await asyncio.gather(
        *(store.write(lambda tx: tx.clocks.record([(clock.id, "late", 0)], at=tx.now)) for _ in range(20))
    )

    assert sorted(len(each) for each in fired) == [0] * 19 + [1]


async def test_a_read_can_change_nothing(store: Store) -> None:
    with pytest.raises(DBAPIError):
        await store.read(remembered, "a")

    assert await was_stored(store, "a") is False


async def test_what_needs_a_key_says_so_and_the_rest_works_without(
    store: Store, database_url: str, clock: SettableClock
) -> None:
    await store.close()
    keyless = open_store(database_url, clock=clock, keyring=None)
    await keyless.open()

    assert await keyless.write(lambda tx: tx.clocks.due(limit=5)) == []
    await keyless.write(a_row)
    with pytest.raises(NoKeyError):
        await keyless.write(a_conversation)
    await keyless.close()


async def test_a_store_refuses_another_keyring(
    store: Store, database_url: str, clock: SettableClock, tmp_path: Path
) -> None:
    await store.close()
    other = open_store(database_url, clock=clock, keyring=Keyring.create(tmp_path / "other.json"))

    with pytest.raises(KeyringError, match="does not hold"):
        await other.open()


async def test_a_database_that_was_not_migrated_is_refused(
    database_url: str, clock: SettableClock, keyring: Keyring, engine: str, tmp_path: Path
) -> None:
    if engine == "sqlite":
        database_url = f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        database_url = database_url.rsplit("/", 1)[0] + "/template1"
    empty = open_store(database_url, clock=clock, keyring=keyring)

    with pytest.raises(NotMigratedError, match="migrate"):
        await empty.open()


async def test_a_closed_store_says_that_it_is_down(store: Store) -> None:
    await store.close()

    with pytest.raises(StoreDownError):
        await store.write(remembered, "a")
    with pytest.raises(StoreDownError):
        await store.read(lambda tx: tx.now)


async def test_the_time_of_a_transaction_is_one(store: Store, clock: SettableClock) -> None:
    def use_case(tx: Transaction) -> bool:
        first = tx.now
        clock.advance(timedelta(hours=1))
        return tx.now == first

    assert await store.write(use_case) is True
