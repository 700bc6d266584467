"""A lent database is as its template was, whatever the test before did to it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from itertools import count

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from storage import postgres
from tests.support.clean_databases import NOTE_CHANGES, CleanDatabases
from tests.support.postgres import PostgresServer

_numbers = count(1)
ROWS = "INSERT INTO reports DEFAULT VALUES; INSERT INTO words (report) SELECT max(number) FROM reports"


async def ask(address: str, *questions: str) -> object:
    connection = await asyncpg.connect(address.replace("+asyncpg", ""))
    try:
        return [await connection.fetchval(each) for each in questions][-1]
    finally:
        await connection.close()


@pytest.fixture
async def databases(postgres_server: PostgresServer) -> AsyncIterator[CleanDatabases]:
    """Copies of a template with two tables, of which one refers to the other."""
    name = f"tooling_clean_{next(_numbers)}"
    address = await postgres_server.create_database(name)
    await ask(
        address,
        "CREATE TABLE alembic_version (version_num text)",
        "CREATE TABLE reports (number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
        "CREATE TABLE words (report bigint REFERENCES reports)",
        "INSERT INTO alembic_version VALUES ('0001')",
    )
    await postgres_server.execute(NOTE_CHANGES, name)
    opened = CleanDatabases(postgres_server, name)
    yield opened
    await opened.drop_all()
    await postgres_server.drop_database(name)


async def test_rows_are_gone_numbers_begin_anew_and_no_connection_is_left(databases: CleanDatabases) -> None:
    name = await databases.lend()
    await ask(databases.address(name), *ROWS.split("; "))
    left_open = await asyncpg.connect(databases.address(name).replace("+asyncpg", ""))
    await left_open.execute("BEGIN; LOCK TABLE reports")

    await databases.take_back(name)
    again = await databases.lend()

    assert again == name
    assert left_open.is_closed() or await is_cut(left_open)
    assert await ask(databases.address(again), "SELECT count(*) FROM words") == 0
    assert await ask(databases.address(again), "SELECT version_num FROM alembic_version") == "0001"
    assert await ask(databases.address(again), "INSERT INTO reports DEFAULT VALUES RETURNING number") == 1
    await databases.take_back(again)


@pytest.mark.parametrize(
    "change",
    [
        "CREATE TABLE more (n int)",
        "ALTER TABLE reports ADD COLUMN late text",
        "ALTER TABLE reports ENABLE ROW LEVEL SECURITY",
        "DROP TABLE words",
        "GRANT SELECT ON reports TO PUBLIC",
        "INSERT INTO reports DEFAULT VALUES; ANALYZE reports",
    ],
)
async def test_what_has_changed_more_than_rows_is_never_lent_again(
    databases: CleanDatabases, change: str
) -> None:
    name = await databases.lend()
    await ask(databases.address(name), *change.split("; "))

    await databases.take_back(name)
    again = await databases.lend()

    assert again != name
    await databases.take_back(again)


async def test_a_change_that_was_rolled_back_is_none(databases: CleanDatabases) -> None:
    name = await databases.lend()
    await ask(databases.address(name), "BEGIN", "DROP TABLE words", "ROLLBACK")

    await databases.take_back(name)

    assert await databases.lend() == name
    await databases.take_back(name)


async def test_a_setting_of_the_database_is_a_change(
    databases: CleanDatabases, postgres_server: PostgresServer
) -> None:
    name = await databases.lend()
    await postgres_server.execute(f"ALTER DATABASE \"{name}\" SET statement_timeout = '1s'")

    await databases.take_back(name)
    again = await databases.lend()

    assert again != name
    await databases.take_back(again)


async def test_a_large_table_is_emptied_too(databases: CleanDatabases) -> None:
    name = await databases.lend()
    await ask(
        databases.address(name),
        "INSERT INTO reports SELECT FROM generate_series(1, 9000)",
        ROWS.split("; ")[1],
    )

    await databases.take_back(name)

    assert await databases.lend() == name
    assert await ask(databases.address(name), "SELECT count(*) FROM reports") == 0
    assert await ask(databases.address(name), "SELECT pg_relation_size('reports')") == 0
    assert await ask(databases.address(name), "INSERT INTO reports DEFAULT VALUES RETURNING number") == 1
    await databases.take_back(name)


async def opened(databases: CleanDatabases, name: str) -> AsyncEngine:
    """As a store comes by its engine."""
    with databases.pools.lent():
        return postgres.make_engine(databases.address(name), pool_size=2)


async def backend(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return int((await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one())


async def test_the_next_store_at_an_address_finds_the_pool_of_the_last(databases: CleanDatabases) -> None:
    name = await databases.lend()
    first = await opened(databases, name)
    before = await backend(first)
    await first.dispose()

    await databases.take_back(name)
    assert await databases.lend() == name
    after = await backend(await opened(databases, name))

    assert after == before
    await databases.take_back(name)


async def test_a_pool_with_a_connection_that_is_not_at_rest_is_not_kept(databases: CleanDatabases) -> None:
    name = await databases.lend()
    busy = await (await opened(databases, name)).connect()
    await busy.execute(text("INSERT INTO reports DEFAULT VALUES"))

    await databases.take_back(name)

    assert databases.pools.backends(databases.address(name)) == frozenset()
    assert await databases.lend() == name
    assert await ask(databases.address(name), "SELECT count(*) FROM reports") == 0
    await busy.invalidate()
    await busy.close()
    await databases.take_back(name)


async def is_cut(connection: asyncpg.Connection[asyncpg.Record]) -> bool:
    try:
        await connection.fetchval("SELECT 1")
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError):
        return True
    return False
