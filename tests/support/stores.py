"""Stores for tests: each test gets a migrated, empty database of its own, on SQLite and on PostgreSQL in turn."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Connection

from storage.keyring import Keyring
from storage.migrate import upgrade
from storage.store import DatabaseClock, Store, open_store
from tests.support.clean_databases import NOTE_CHANGES, CleanDatabases
from tests.support.postgres import PostgresServer

ENGINES = ("sqlite", "postgresql")
MONDAY_MORNING = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
"""Monday 4 May 2026 at 9 in Copenhagen."""


class SettableClock:
    """A clock that stands still until a test moves it."""

    def __init__(self, at: datetime = MONDAY_MORNING) -> None:
        self.at = at

    def now(self, connection: Connection) -> datetime:  # noqa: ARG002 - it asks no database
        return self.at

    def advance(self, by: timedelta) -> datetime:
        """Move on; the new time."""
        self.at += by
        return self.at


class SharedClock:
    """The database's time plus an offset that several processes read from one small file, in seconds."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = DatabaseClock()

    def now(self, connection: Connection) -> datetime:
        return self._database.now(connection) + self.offset

    @property
    def offset(self) -> timedelta:
        """How far the clock is ahead."""
        try:
            return timedelta(seconds=float(self._path.read_text(encoding="ascii")))
        except FileNotFoundError:
            return timedelta()

    def set_offset(self, offset: timedelta) -> None:
        """Move the clock of every process that reads this file."""
        fresh = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        fresh.write_text(str(offset.total_seconds()), encoding="ascii")
        fresh.replace(self._path)


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """Where a migrated, empty database comes from: a file to copy, or a server that lends one."""

    file: Path = Path()
    databases: CleanDatabases | None = None


@pytest.fixture(scope="session")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    """One keyring for the whole run: making one is no part of what most tests show."""
    return Keyring.create(tmp_path_factory.mktemp("keyring") / "keyring.json")


@pytest.fixture
def clock() -> SettableClock:
    """The clock of the test's store."""
    return SettableClock()


@pytest.fixture(scope="session")
async def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    await upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
async def postgres_databases(postgres_server: PostgresServer) -> AsyncIterator[CleanDatabases]:
    """Migrated PostgreSQL databases, one for each test."""
    name = "tovholder_template"
    await upgrade(await postgres_server.create_database(name))
    await postgres_server.execute(NOTE_CHANGES, name)
    databases = CleanDatabases(postgres_server, name)
    yield databases
    await databases.drop_all()


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> str:
    """The engine that the test runs on: `sqlite` or `postgresql`."""
    name: str = request.param
    return name


@pytest.fixture
def template(engine: str, request: pytest.FixtureRequest) -> Template:
    """What the test's database is copied from; the other engine's is not even made."""
    if engine == "sqlite":
        return Template(file=request.getfixturevalue("sqlite_template"))
    return Template(databases=request.getfixturevalue("postgres_databases"))


@pytest.fixture
async def database_url(template: Template, tmp_path: Path) -> AsyncIterator[str]:
    """The address of a migrated, empty database of this test's own."""
    if template.databases is None:
        path = tmp_path / "store.db"
        shutil.copy(template.file, path)
        yield f"sqlite:///{path}"
        return
    name = await template.databases.lend()
    yield template.databases.address(name)
    await template.databases.take_back(name)


@pytest.fixture
async def store(
    database_url: str, template: Template, clock: SettableClock, keyring: Keyring
) -> AsyncIterator[Store]:
    """An open store on the engine of the test."""
    opened = open_store(database_url, clock=clock, keyring=keyring)
    with template.databases.pools.lent() if template.databases is not None else nullcontext():
        await opened.open()
    yield opened
    await opened.close()
