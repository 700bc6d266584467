"""How a database stands, looked at from outside: nothing is made, migrated or changed, and no key is needed."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from alembic.migration import MigrationContext
from sqlalchemy import Connection, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage.errors import StorageError
from storage.house_tables import people
from storage.migrate import head
from storage.repositories.people import SqlPeople
from storage.sqlite_file import database_path, make_engine
from storage.watch_tables import house_alarms
from storage.work import House, Work
from triage.people.person import PersonState

_TROUBLES = (
    select(house_alarms.c.trouble)
    .where(house_alarms.c.ended_at.is_(None), house_alarms.c.told > 0)
    .order_by(house_alarms.c.since)
)


_PASSES_BY = text("SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user")


class UnreachableError(StorageError):
    """The database does not answer; the message says of which kind the fault was, and no address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What is known of people and troubles; nothing while the tables are of another version. `roles`: of all active."""

    revision: str | None
    at: datetime
    on_duty: bool | None = None
    roles: frozenset[str] = frozenset()
    troubles: tuple[str, ...] = ()
    """Codes of the house alarms that were told and last."""
    passes_by: bool = False
    """Whether the role that connects passes row security by: on PostgreSQL a superuser does."""

    @property
    def is_current(self) -> bool:
        """Whether the tables are those of this version."""
        return self.revision == head()


async def look_at(url: str) -> Condition:
    """The condition of the database at this address; raises `UnreachableError`."""
    if url.startswith("sqlite:"):
        if not database_path(url).is_file():
            raise UnreachableError("there is no such file")
        return await asyncio.to_thread(_look_at_file, url)
    engine = create_async_engine(url, poolclass=NullPool, hide_parameters=True)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(_look)
    except (DBAPIError, OSError) as error:
        # The library's words may hold the address with its password.
        raise UnreachableError(type(getattr(error, "orig", None) or error).__name__) from None
    finally:
        await engine.dispose()


def _look_at_file(url: str) -> Condition:
    engine = make_engine(url, read_only=True)
    try:
        with engine.connect() as connection:
            return _look(connection)
    except DBAPIError as error:
        raise UnreachableError(type(error.orig).__name__) from None
    finally:
        engine.dispose()


def _now(connection: Connection) -> datetime:
    """The database's time: PostgreSQL's own; on SQLite it is the machine's."""
    if connection.dialect.name != "postgresql":
        return datetime.now(UTC)
    at: datetime = connection.execute(select(func.now())).scalar_one()
    return at.astimezone(UTC)


class _Now:
    """The database's time, as a transaction is told it."""

    def now(self, connection: Connection) -> datetime:
        return _now(connection)


_HOUSE = House(
    timekeeper=_Now(),
    keyring=None,
    new_id=uuid4,
    new_secret=secrets.token_bytes,
    holder="",
    lease=timedelta(),
)
"""What a transaction is made with that only looks."""


def _look(connection: Connection) -> Condition:
    revision = MigrationContext.configure(connection).get_current_revision()
    condition = Condition(revision=revision, at=_now(connection))
    if not condition.is_current:
        return condition
    work = Work(connection, _HOUSE)
    active = connection.execute(select(people.c.roles).where(people.c.state == PersonState.ACTIVE.value))
    return Condition(
        revision=revision,
        at=condition.at,
        on_duty=SqlPeople(work).on_duty() is not None,
        roles=frozenset(role for roles in active.scalars() for role in roles),
        troubles=tuple(connection.execute(_TROUBLES).scalars()),
        passes_by=connection.dialect.name == "postgresql" and connection.execute(_PASSES_BY).scalar_one(),
    )
