"""PostgreSQL stopped, started, and cut off at the worst moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from storage.keyring import Keyring
from storage.migrate import upgrade
from storage.postgres import PostgresStore
from storage.store import DatabaseClock, open_store
from storage.transaction import Transaction
from tests.storage.builders import a_case, a_conversation
from tests.support.postgres import PostgresServer
from tests.support.stores import SettableClock
from triage.faults import FateUnknownError, StoreBusyError, StoreDownError


@pytest.fixture
def engine() -> str:
    """These are about PostgreSQL alone."""
    return "postgresql"


@pytest.fixture
async def store(database_url: str, clock: SettableClock, keyring: Keyring) -> AsyncIterator[PostgresStore]:
    opened = open_store(database_url, clock=clock, keyring=keyring)
    assert isinstance(opened, PostgresStore)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that a test may stop."""
    server = PostgresServer().start()
    yield server
    server.stop()


def remember(tx: Transaction, key: str) -> bool:
    return tx.remember("probe", key)


def break_commit(monkeypatch: pytest.MonkeyPatch, *, before: bool, times: int = 1) -> None:
    """Cut the connection at the next commits: before the server saw them, or after it answered."""
    real = Connection.commit
    left = times

    def commit(connection: Connection) -> None:
        nonlocal left
        if left == 0:
            real(connection)
            return
        left -= 1
        if not before:
            real(connection)
        raise DBAPIError("COMMIT", None, ConnectionResetError(), connection_invalidated=True)

    monkeypatch.setattr(Connection, "commit", commit)


@pytest.mark.parametrize("before", [True, False])
async def test_a_commit_of_unknown_fate_is_settled_by_running_again(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    break_commit(monkeypatch, before=before)

    first_time = await store.write_repeatable(remember, "a")

    assert first_time is before
    assert await store.write(remember, "a") is False


@pytest.mark.parametrize("before", [True, False])
async def test_a_commit_of_unknown_fate_is_said_where_running_again_would_double(
    store: PostgresStore, monkeypatch: pytest.MonkeyPatch, *, before: bool
) -> None:
    break_commit(monkeypatch, before=before)

    with pytest.raises(FateUnknownError):
        await store.write(remember, "a")

    assert await store.write(remember, "a") is before


async def test_a_connection_cut_before_the_commit_is_no_matter(store: PostgresStore) -> None:
    cut = 0

    def use_case(tx: Transaction) -> bool:
        nonlocal cut
        taken = tx.remember("probe", "a")
        if cut == 0:
            cut += 1
            tx._work.connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())")
        return taken

    assert await store.write(use_case) is True
    assert await store.write(remember, "a") is False


async def test_a_deadlock_is_run_again(store: PostgresStore) -> None:
    ids = [(await store.write(a_conversation, peer=peer)).id for peer in (b"a" * 32, b"b" * 32)]

    def both(tx: Transaction, first: int, second: int) -> None:
        tx.conversations.lock(ids[first])
        tx._work.connection.exec_driver_sql("SELECT pg_sleep(0.05)")
        tx.conversations.lock(ids[second])

    await asyncio.gather(store.write(both, 0, 1), store.write(both, 1, 0))


async def test_waiting_too_long_for_a_lock_is_said(store: PostgresStore) -> None:
    case_id = (await store.write(a_case)).id
    entered = asyncio.Event()
    loop = asyncio.get_running_loop()

    def hold(tx: Transaction) -> None:
        tx.cases.lock(case_id)
        loop.call_soon(entered.set)
        tx._work.connection.exec_driver_sql("SELECT pg_sleep(0.4)")

    def want(tx: Transaction) -> None:
        tx._work.connection.exec_driver_sql("SET LOCAL lock_timeout = '50ms'")
        tx.cases.lock(case_id)

    holding = asyncio.ensure_future(store.write(hold))
    await entered.wait()
    with pytest.raises(StoreBusyError):
        await store.write(want)
    await holding


async def test_the_time_is_the_databases(database_url: str, keyring: Keyring) -> None:
    on_its_time = open_store(database_url, clock=DatabaseClock(), keyring=keyring)
    await on_its_time.open()

    now = await on_its_time.write(lambda tx: tx.now)

    assert now.tzinfo is UTC
    assert abs(now - datetime.now(UTC)) < timedelta(seconds=5)
    await on_its_time.close()


async def test_a_server_that_stops_is_said_and_one_that_comes_back_is_used(
    own_server: PostgresServer, clock: SettableClock, keyring: Keyring
) -> None:
    url = await own_server.create_database("tovholder")
    await upgrade(url)
    store = open_store(url, clock=clock, keyring=keyring)
    await store.open()
    assert await store.write(remember, "a") is True

    await asyncio.to_thread(own_server.stop_immediately)
    began = asyncio.get_running_loop().time()
    with pytest.raises(StoreDownError):
        await store.write(remember, "b")
    with pytest.raises(StoreDownError):
        await store.read(lambda tx: tx.cases.queue(reader=None, limit=1))
    assert asyncio.get_running_loop().time() - began < 8

    await asyncio.to_thread(own_server.start_again)
    assert await store.write(remember, "b") is True
    assert await store.write(remember, "a") is False
    await store.close()
