"""Backups: every row of one consistent moment in one sealed file, to be restored into either engine.

A backup holds no master key: without the keyring of the store its words stay shut. Whoever restores an old backup
brings back what was erased since, so backups are kept no longer than erased data may live.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Connection,
    Integer,
    LargeBinary,
    SmallInteger,
    Text,
    column,
    func,
    insert,
    literal,
    select,
    table,
)
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.sql.selectable import TableClause
from sqlalchemy.types import TypeEngine

from storage.backup_file import BackupKey, BackupWriter, read_lines
from storage.checks import check_tables
from storage.errors import BackupError, KeyringError
from storage.house_tables import keyring_checks
from storage.keyring import Keyring
from storage.migrate import head, upgrade
from storage.schema import metadata
from storage.sqlite_file import ProcessLock, database_path, make_engine
from storage.types import Id, Instant, Json, from_microseconds, to_json, to_microseconds

T = TypeVar("T")
_BATCH = 500

_TYPES: Mapping[str, TypeEngine[Any]] = {
    "id": Id(),
    "instant": Instant(),
    "json": Json(),
    "bytes": LargeBinary(),
    "flag": Boolean(),
    "number": BigInteger(),
    "text": Text(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupSummary:
    """What a backup holds: when it was made, for which revision of the tables, and how many rows of each."""

    made_at: datetime
    revision: str
    rows: Mapping[str, int]

    @property
    def total(self) -> int:
        """All rows."""
        return sum(self.rows.values())


async def write_backup(url: str, path: Path, key: BackupKey, *, now: datetime) -> BackupSummary:
    """Write every row of this moment to a new file. The store may be open and at work meanwhile."""
    return await _on_connection(url, lambda connection: _write(connection, path, key, now), read_only=True)


async def restore_backup(path: Path, url: str, key: BackupKey) -> BackupSummary:
    """Fill an empty database with a backup and bring it to this version's tables; all of it, or nothing.

    Raises `BackupError` when the backup is not whole or the database holds something.
    """
    summary = await verify_backup(path, key)
    lock = ProcessLock(database_path(url)) if url.startswith("sqlite:") else None
    if lock is not None:
        lock.take()
    try:
        await upgrade(url, summary.revision)
        await _on_connection(url, lambda connection: _restore(connection, path, key), read_only=False)
        await upgrade(url)
    finally:
        if lock is not None:
            lock.release()
    return summary


async def verify_backup(path: Path, key: BackupKey, *, keyring: Keyring | None = None) -> BackupSummary:
    """Open the whole backup, count its rows against its own count, and if given see that the keyring fits it."""
    return await asyncio.to_thread(_verify, path, key, keyring)


def _write(connection: Connection, path: Path, key: BackupKey, now: datetime) -> BackupSummary:
    check_tables(connection)
    writer = BackupWriter(path, key)
    counts: dict[str, int] = {}
    try:
        writer.write(to_json({"revision": head(), "made_at": to_microseconds(now)}))
        for each in metadata.sorted_tables:
            columns = [(found.name, _kind(found)) for found in each.columns]
            writer.write(to_json({"table": each.name, "columns": columns}))
            counts[each.name] = 0
            statement = select(each).order_by(*each.primary_key.columns)
            for row in connection.execution_options(yield_per=_BATCH).execute(statement):
                writer.write(to_json([_plain(value) for value in row]))
                counts[each.name] += 1
        writer.write(to_json({"end": counts}))
        writer.finish()
    except BaseException:
        writer.abandon()
        raise
    return BackupSummary(made_at=now, revision=head(), rows=counts)


def _verify(path: Path, key: BackupKey, keyring: Keyring | None) -> BackupSummary:
    reading = _Reading(path, key)
    for target, rows in reading.batches():
        if target.name == keyring_checks.name and keyring is not None:
            _check_keyring(rows, keyring)
    return BackupSummary(made_at=reading.made_at, revision=reading.revision, rows=reading.counts)


def _check_keyring(rows: list[dict[str, Any]], keyring: Keyring) -> None:
    ours = keyring.checks()
    for row in rows:
        if ours.get(row["key_id"]) != row["value"]:
            raise KeyringError(
                "The master key is not the one that this backup was made with. Put back the key file of that "
                "house (KEYRING__FILE) and try again."
            )


def _restore(connection: Connection, path: Path, key: BackupKey) -> None:
    for each in metadata.sorted_tables:
        if connection.execute(select(literal(1)).select_from(each).limit(1)).first() is not None:
            raise BackupError(f"The database is not empty: there are rows in {each.name}.")
    for target, rows in _Reading(path, key).batches():
        connection.execute(insert(target), rows)
    if connection.dialect.name == "postgresql":
        for each in metadata.sorted_tables:
            if "seq" in each.columns:
                # Rows came with their numbers; the next number must follow them.
                last = select(func.max(each.c.seq)).scalar_subquery()
                number = func.pg_get_serial_sequence(each.name, "seq")
                connection.execute(select(func.setval(number, func.coalesce(last, 1), last.is_not(None))))


class _Reading:
    """The rows of a backup, table by table. Counts them on the way and compares with the backup's own count."""

    def __init__(self, path: Path, key: BackupKey) -> None:
        self._lines = read_lines(path, key)
        first = self._next()
        self.revision = str(first["revision"])
        self.made_at = from_microseconds(first["made_at"])
        self.counts: dict[str, int] = {}

    def batches(self) -> Iterator[tuple[TableClause, list[dict[str, Any]]]]:
        """Each table's rows, some hundred at a time, in the order in which they can be inserted."""
        target, kinds = table(""), list[tuple[str, str]]()
        rows: list[dict[str, Any]] = []
        for line in self._lines:
            found = json.loads(line)
            if isinstance(found, list):
                rows.append(
                    {name: _value(kind, plain) for (name, kind), plain in zip(kinds, found, strict=True)}
                )
            if rows and (len(rows) == _BATCH or isinstance(found, dict)):
                self.counts[target.name] += len(rows)
                yield target, rows
                rows = []
            if isinstance(found, dict) and "end" in found:
                self._end(found["end"])
                return
            if isinstance(found, dict):
                kinds = [(name, kind) for name, kind in found["columns"]]
                target = table(found["table"], *(column(name, _TYPES[kind]) for name, kind in kinds))
                self.counts[target.name] = 0
        raise BackupError("The backup has no end.")

    def _end(self, counts: Mapping[str, int]) -> None:
        if counts != self.counts or next(self._lines, None) is not None:
            raise BackupError("The backup does not hold what it says it holds.")

    def _next(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(next(self._lines))
        return found


async def _on_connection(url: str, do: Callable[[Connection], T], *, read_only: bool) -> T:
    if url.startswith("sqlite:"):
        return await asyncio.to_thread(_on_sqlite, url, do, read_only=read_only)
    isolation = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": read_only}
    engine = create_async_engine(url, poolclass=NullPool, execution_options=isolation)
    try:
        async with engine.begin() as connection:
            return await connection.run_sync(do)
    finally:
        await engine.dispose()


def _on_sqlite(url: str, do: Callable[[Connection], T], *, read_only: bool) -> T:
    engine = make_engine(url, read_only=read_only)
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("BEGIN" if read_only else "BEGIN IMMEDIATE")
            result = do(connection)
            connection.exec_driver_sql("COMMIT")
            return result
    finally:
        engine.dispose()


def _kind(found: Column[Any]) -> str:
    match found.type:
        case Id():
            return "id"
        case Instant():
            return "instant"
        case Json():
            return "json"
        case LargeBinary():
            return "bytes"
        case Boolean():
            return "flag"
        case Integer() | BigInteger() | SmallInteger():
            return "number"
        case _:
            return "text"


def _plain(value: object) -> object:
    match value:
        case UUID():
            return value.hex
        case datetime():
            return to_microseconds(value)
        case bytes() | memoryview():
            return base64.b64encode(value).decode("ascii")
        case _:
            return value


def _value(kind: str, plain: Any) -> Any:  # noqa: ANN401 - whatever the column holds
    if plain is None:
        return None
    match kind:
        case "id":
            return UUID(hex=plain)
        case "instant":
            return from_microseconds(plain)
        case "bytes":
            return base64.b64decode(plain)
        case _:
            return plain
