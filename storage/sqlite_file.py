"""A SQLite file and how it is opened; shared by the store, migrations and backups."""

from __future__ import annotations

import contextlib
import fcntl
import os
import sqlite3
import stat
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

from storage.errors import AlreadyOpenError
from storage.private_file import PRIVATE

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
        # Whoever turns the library's own log on sees statements, and not what they were filled with.
        hide_parameters=True,
    )

    def prepare(driver: sqlite3.Connection, _record: object) -> None:
        driver.isolation_level = None
        if not read_only:
            # It is written into the file itself, so whoever only looks leaves it as it is.
            driver.execute("PRAGMA journal_mode = WAL")
        driver.execute("PRAGMA synchronous = FULL")
        driver.execute("PRAGMA foreign_keys = ON")
        driver.execute("PRAGMA secure_delete = ON")
        if read_only:
            driver.execute("PRAGMA query_only = ON")

    event.listen(engine, "connect", prepare)
    if not read_only:
        event.listen(engine, "do_connect", lambda *_: _make_private(database_path(url)))
    return engine


def _make_private(path: Path) -> None:
    """Make the file, empty, for its owner alone if there is none; SQLite gives the log beside it the same mode."""
    # A file that is there is not opened: to close it again would take away the locks that this process holds on it.
    # Where none can be made, SQLite's own try says why.
    with contextlib.suppress(OSError):
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, PRIVATE))


def open_to_others(url: str) -> Sequence[Path]:
    """Those files of a SQLite address that others than their owner may read or write; on PostgreSQL none are ours."""
    if not url.startswith("sqlite:"):
        return ()
    path = database_path(url)
    files = (path.with_name(path.name + ending) for ending in ("", "-wal", "-shm"))
    return tuple(file for file in files if file.is_file() and stat.S_IMODE(file.stat().st_mode) & ~PRIVATE)


class ProcessLock:
    """A lock beside the database file, held as long as the process lives."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(database.name + ".lock")
        self._handle: int | None = None

    def take(self) -> None:
        """Take the lock; `AlreadyOpenError` while another process has it."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, PRIVATE)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise AlreadyOpenError(
                "Another process has this database open. SQLite serves one process; stop the other one, "
                "or use PostgreSQL."
            ) from error
        self._handle = handle

    def release(self) -> None:
        """Give the lock back, if it is held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None
