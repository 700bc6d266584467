"""The fixtures of whole houses: a PostgreSQL of their own, because they stop it, and a process with everything on."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from storage.keyring import Keyring
from tests.house.whole import House, a_house
from tests.support.postgres import PostgresServer
from tests.support.stores import (
    SettableClock,
    clock,
    database_url,
    engine,
    keyring,
    postgres_databases,
    sqlite_template,
    template,
)

__all__ = ["clock", "database_url", "engine", "keyring", "postgres_databases", "sqlite_template", "template"]


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A server that nobody else's test stands on."""
    server = PostgresServer().start()
    yield server
    server.stop()


@pytest.fixture
async def house(
    database_url: str, tmp_path: Path, clock: SettableClock, keyring: Keyring
) -> AsyncIterator[House]:
    """The whole product with web chat, console and Telegram, and nobody in it."""
    async with a_house(database_url, tmp_path / "house", clock=clock, keyring=keyring) as opened:
        yield opened
