"""Bringing a database's tables to this version, or back. Alembic needs no file of its own for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage.sqlite_file import database_path, make_engine

_ONE_AT_A_TIME = text("SELECT pg_advisory_xact_lock(7486834)")
_FOLDER = Path(__file__).with_name("migrations")


@cache
def head() -> str:
    """The revision that this version's tables have."""
    revision = ScriptDirectory.from_config(_config()).get_current_head()
    if revision is None:
        raise LookupError("The migrations folder holds no revision.")
    return revision


async def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database at this address to `revision`, making a SQLite file if there is none."""
    await _with_connection(url, lambda connection: command.upgrade(_config(connection), revision))


async def downgrade(url: str, revision: str) -> None:
    """Take the database at this address back to `revision` ("base" is before the first)."""
    await _with_connection(url, lambda connection: command.downgrade(_config(connection), revision))


async def _with_connection(url: str, do: Callable[[Connection], None]) -> None:
    if url.startswith("sqlite:"):
        await asyncio.to_thread(_on_sqlite, url, do)
        return
    engine = create_async_engine(url, poolclass=NullPool)
    try:
        async with engine.begin() as connection:
            # Replicas that start together take turns: the second finds everything done.
            await connection.execute(_ONE_AT_A_TIME)
            await connection.run_sync(do)
    finally:
        await engine.dispose()


def _on_sqlite(url: str, do: Callable[[Connection], None]) -> None:
    database_path(url).parent.mkdir(parents=True, exist_ok=True)
    engine = make_engine(url)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            do(connection)
            connection.exec_driver_sql("COMMIT")
    finally:
        engine.dispose()


def _config(connection: Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
