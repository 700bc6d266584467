"""A SQLite file and how it is opened; shared by the store, migrations and backups."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

_BUSY_SECONDS = 5.0


def database_path(url: str) -> Path:
    """The file of a SQLite address."""
    database = make_url(url).database
    if not database or database == ":memory:":
        raise ValueError("A SQLite address names a file: sqlite:///folder/file.db")
    return Path(database)


def make_engine(url: str, *, read_only: bool = False) -> Engine:
    """An engine whose connections leave transactions to us, wait for the disk and overwrite what is deleted."""
    engine = create_engine(
        make_url(url).set(drivername="sqlite+pysqlite"),
        poolclass=NullPool,
        connect_args={"isolation_level": None, "check_same_thread": False, "timeout": _BUSY_SECONDS},
    )

    def prepare(driver: sqlite3.Connection, _record: object) -> None:
        driver.isolation_level = None
        driver.execute("PRAGMA journal_mode = WAL")
        driver.execute("PRAGMA synchronous = FULL")
        driver.execute("PRAGMA foreign_keys = ON")
        driver.execute("PRAGMA secure_delete = ON")
        if read_only:
            driver.execute("PRAGMA query_only = ON")

    event.listen(engine, "connect", prepare)
    return engine
