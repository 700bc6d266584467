"""The writer of SQLite, broken on purpose: nothing that was acknowledged is missing afterwards."""

from __future__ import annotations

import asyncio
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.errors import AlreadyOpenError
from storage.keyring import Keyring
from storage.sqlite import QUEUE_LIMIT, SqliteStore
from storage.store import open_store
from storage.transaction import Transaction
from tests.storage.builders import a_conversation
from tests.support.stores import SettableClock
from triage.faults import StoreBusyError, StoreDownError


@pytest.fixture
def engine() -> str:
    """These are about SQLite alone."""
    return "sqlite"


@pytest.fixture
async def store(database_url: str, clock: SettableClock, keyring: Keyring) -> AsyncIterator[SqliteStore]:
    opened = open_store(database_url, clock=clock, keyring=keyring)
    assert isinstance(opened, SqliteStore)
    await opened.open()
    yield opened
    await opened.close()


def path_of(database_url: str) -> Path:
    return Path(database_url.removeprefix("sqlite:///"))


def stored(database_url: str) -> set[str]:
    with sqlite3.connect(path_of(database_url)) as connection:
        keys = {row[0] for row in connection.execute("SELECT key FROM inputs")}
    connection.close()
    return keys


def remember(tx: Transaction, key: str) -> bool:
    return tx.remember("probe", key)


def execute(tx: Transaction, statement: str) -> None:
    tx._work.connection.exec_driver_sql(statement)


async def test_a_disk_that_fills_up_in_the_middle_of_a_batch_loses_nothing_acknowledged(
    store: SqliteStore, database_url: str
) -> None:
    def take(tx: Transaction, key: str) -> None:
        tx.remember("probe", key)
        a_conversation(tx, peer=key.encode().ljust(32), worry="x" * 40_000)

    def leave_little(tx: Transaction) -> None:
        pages = tx._work.connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        execute(tx, f"PRAGMA max_page_count = {pages + 400}")

    await store.write(leave_little)

    results = await asyncio.gather(
        *(store.write(take, f"key-{n}") for n in range(200)), return_exceptions=True
    )

    acknowledged = {f"key-{n}" for n, result in enumerate(results) if result is None}
    assert {type(result) for result in results if result is not None} <= {StoreDownError}
    assert len(acknowledged) < 200
    assert stored(database_url) == acknowledged
    await store.write(lambda tx: execute(tx, "PRAGMA max_page_count = 1000000"))
    assert await store.write(remember, "later") is True


async def test_a_transaction_that_the_database_rolled_back_fails_the_whole_batch(
    store: SqliteStore, database_url: str
) -> None:
    def lose_it(tx: Transaction, key: str) -> None:
        tx.remember("probe", key)
        execute(tx, "ROLLBACK")

    results = await asyncio.gather(
        store.write(remember, "a"),
        store.write(lose_it, "b"),
        store.write(remember, "c"),
        return_exceptions=True,
    )

    assert isinstance(results[0], StoreDownError)
    assert isinstance(results[1], StoreDownError)
    acknowledged = {key for key, result in zip("abc", results, strict=True) if result is True}
    assert stored(database_url) == acknowledged
    assert await store.write(remember, "d") is True


async def test_a_commit_that_fails_fails_all_that_waited_and_keeps_nothing(
    store: SqliteStore, database_url: str
) -> None:
    def break_the_commit(tx: Transaction, key: str) -> None:
        tx.remember("probe", key)
        execute(tx, "PRAGMA defer_foreign_keys = ON")
        execute(tx, "INSERT INTO fired (clock_id, milestone, occurrence, at) VALUES (x'00', 'late', 0, 0)")

    results = await asyncio.gather(
        store.write(remember, "a"),
        store.write(break_the_commit, "b"),
        store.write(remember, "c"),
        return_exceptions=True,
    )

    assert [type(result) for result in results] == [StoreDownError] * 3
    assert stored(database_url) == set()
    assert await store.write(remember, "d") is True


async def test_a_full_queue_is_said_at_once(store: SqliteStore) -> None:
    jobs = [asyncio.ensure_future(store.write(remember, str(number))) for number in range(QUEUE_LIMIT)]
    await asyncio.sleep(0)

    with pytest.raises(StoreBusyError):
        await store.write(remember, "one too many")

    assert await asyncio.gather(*jobs) == [True] * QUEUE_LIMIT
    assert await store.write(remember, "one more") is True


async def test_many_jobs_share_a_commit(store: SqliteStore, database_url: str) -> None:
    commits = 0
    settle = store._settle

    def counted(batch: list[object]) -> None:
        nonlocal commits
        commits += 1
        settle(batch)  # type: ignore[arg-type]

    store._settle = counted  # type: ignore[assignment, method-assign]
    await asyncio.gather(*(store.write(remember, str(number)) for number in range(100)))

    assert len(stored(database_url)) == 100
    assert commits < 50


async def test_a_cancelled_caller_breaks_nothing(store: SqliteStore) -> None:
    waiting = asyncio.ensure_future(store.write(remember, "a"))
    await asyncio.sleep(0)
    waiting.cancel()

    assert await store.write(remember, "b") is True


async def test_a_second_process_is_refused_with_a_sentence(
    store: SqliteStore, database_url: str, clock: SettableClock, keyring: Keyring
) -> None:
    program = (
        "import asyncio, sys\n"
        "from storage.store import DatabaseClock, open_store\n"
        "store = open_store(sys.argv[1], clock=DatabaseClock(), keyring=None)\n"
        "asyncio.run(store.open())\n"
    )
    second = subprocess.run(
        [sys.executable, "-c", program, database_url], capture_output=True, text=True, check=False, timeout=60
    )

    assert second.returncode != 0
    assert "Another process has this database open. SQLite serves one process" in second.stderr
    with pytest.raises(AlreadyOpenError):
        await open_store(database_url, clock=clock, keyring=keyring).open()
    await store.close()
    again = open_store(database_url, clock=clock, keyring=keyring)
    await again.open()
    await again.close()


async def test_close_finishes_what_was_accepted(store: SqliteStore, database_url: str) -> None:
    jobs = [asyncio.ensure_future(store.write(remember, str(number))) for number in range(50)]
    await asyncio.sleep(0)

    await store.close()

    assert await asyncio.gather(*jobs) == [True] * 50
    assert len(stored(database_url)) == 50


async def test_each_connection_waits_for_the_disk(store: SqliteStore) -> None:
    def pragmas(tx: Transaction) -> list[object]:
        return [
            tx._work.connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        ]

    assert await store.write(pragmas) == ["wal", 2, 1, 1]


async def test_a_process_killed_in_the_middle_keeps_what_it_acknowledged(database_url: str) -> None:
    program = (
        "import asyncio, os, sys\n"
        "from storage.store import DatabaseClock, open_store\n"
        "async def one(store, number):\n"
        "    await store.write(lambda tx: tx.remember('probe', str(number)))\n"
        "    os.write(1, f'{number}\\n'.encode())\n"
        "    if number == 300: os.kill(os.getpid(), 9)\n"
        "async def main():\n"
        "    store = open_store(sys.argv[1], clock=DatabaseClock(), keyring=None)\n"
        "    await store.open()\n"
        "    for start in range(0, 2000, 20):\n"
        "        await asyncio.gather(*(one(store, start + n) for n in range(20)))\n"
        "asyncio.run(main())\n"
    )
    killed = await asyncio.to_thread(
        subprocess.run,
        [sys.executable, "-c", program, database_url],
        capture_output=True,
        text=True,
        timeout=60,
    )

    acknowledged = set(killed.stdout.split())
    assert killed.returncode == -9
    assert len(acknowledged) >= 300
    assert acknowledged <= stored(database_url)
