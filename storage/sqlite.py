"""The store on SQLite: one file, one process, one thread that writes.

Waiting use cases share a transaction, each in its savepoint, and are committed together: durable, yet one wait for
the disk for many. BEGIN IMMEDIATE and COMMIT are sent as statements, because the driver's `commit()` says nothing
when no transaction is open; and after each job the driver is asked whether the transaction still stands, because a
full disk rolls all of it back behind our back.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import Any

from sqlalchemy import Connection, update
from sqlalchemy.exc import DBAPIError, OperationalError

from storage.checks import check_keyring, check_tables
from storage.rows import Claimed
from storage.sqlite_file import ProcessLock, database_path, make_engine
from storage.store import Job, Store, T
from storage.tables import outbox
from storage.transaction import Transaction
from storage.work import House, Work
from triage.faults import StoreBusyError, StoreDownError
from triage.notices.outbox import OutboxState

QUEUE_LIMIT = 2000
"""More jobs than this at once are refused: whoever waits behind so many has given up before it is their turn."""

BATCH_LIMIT = 200
READERS = 3
_FREE_LEASES = (
    update(outbox)
    .where(outbox.c.state == OutboxState.PENDING.value, outbox.c.lease_by.is_not(None))
    .values(lease_by=None, lease_until=None)
)


@dataclass(slots=True)
class _Queued:
    """A use case on its way through the writer."""

    job: Job[Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None
    leased: list[Claimed] | None = None


class SqliteStore(Store):
    """A store in one file. A second process on the same file is refused."""

    def __init__(self, url: str, house: House) -> None:
        super().__init__(house)
        self._url = url
        self._lock = ProcessLock(database_path(url))
        self._queue: SimpleQueue[_Queued | None] = SimpleQueue()
        self._waiting = 0
        self._writer: _Writer | None = None
        self._thread: threading.Thread | None = None
        self._readers: _Readers | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def open(self) -> None:
        self._lock.take()
        try:
            await asyncio.to_thread(self._check)
        except BaseException:
            self._lock.release()
            raise
        self._loop = asyncio.get_running_loop()
        self._writer = _Writer(self._url, self._house, self._queue, self._settle_later)
        self._thread = threading.Thread(target=self._writer.run, name="tovholder-writer", daemon=True)
        self._thread.start()
        self._readers = _Readers(self._url, self._house)

    async def close(self) -> None:
        if self._thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(self._thread.join)
            self._thread = None
            # What the writer settled last is handed over by the loop in its next round.
            await asyncio.sleep(0)
        if self._readers is not None:
            await asyncio.to_thread(self._readers.close)
            self._readers = None
        self._lock.release()

    async def _write(self, job: Job[T], *, repeatable: bool) -> T:  # noqa: ARG002 - here a commit's fate is always known
        if self._thread is None or self._loop is None:
            raise StoreDownError("The store is closed.")
        if self._waiting >= QUEUE_LIMIT:
            raise StoreBusyError("More waits for the store than it takes on.")
        queued = _Queued(job, self._loop.create_future())
        self._waiting += 1
        self._queue.put(queued)
        result: T = await queued.future
        return result

    async def _read(self, job: Job[T]) -> T:
        if self._readers is None:
            raise StoreDownError("The store is closed.")
        return await asyncio.wrap_future(self._readers.submit(job))

    def _check(self) -> None:
        engine = make_engine(self._url)
        try:
            with engine.connect() as connection:
                check_tables(connection)
                connection.exec_driver_sql("BEGIN IMMEDIATE")
                check_keyring(connection, self._house)
                # Nobody else can be sending: what a dead process had leased goes out again without waiting.
                connection.execute(_FREE_LEASES)
                connection.exec_driver_sql("COMMIT")
        except OperationalError as error:
            raise StoreDownError("The database file cannot be used.") from error
        finally:
            engine.dispose()

    def _settle_later(self, batch: list[_Queued]) -> None:
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._settle, batch)

    def _settle(self, batch: list[_Queued]) -> None:
        self._waiting -= len(batch)
        for queued in batch:
            if queued.error is None and queued.leased:
                self._tell(queued.leased)
            if queued.future.done():
                continue
            if queued.error is None:
                queued.future.set_result(queued.result)
            else:
                queued.future.set_exception(queued.error)


class _Writer:
    """The writing thread: takes what waits, runs it, commits it, hands it back."""

    def __init__(
        self,
        url: str,
        house: House,
        queue: SimpleQueue[_Queued | None],
        settle: Callable[[list[_Queued]], None],
    ) -> None:
        self._url = url
        self._house = house
        self._queue = queue
        self._settle = settle
        self._stopping = False

    def run(self) -> None:
        engine = make_engine(self._url)
        try:
            with engine.connect() as connection:
                while not self._stopping:
                    self._round(connection)
        finally:
            engine.dispose()

    def _round(self, connection: Connection) -> None:
        first = self._queue.get()
        if first is None:
            self._stopping = True
            return
        batch: list[_Queued] = []
        try:
            self._commit(connection, first, batch)
        except Exception as error:  # noqa: BLE001 - whatever it was, nothing of this batch was stored, and all are told
            _abandon(_driver(connection))
            for queued in batch:
                queued.error = StoreDownError("The database did not take what waited.")
                queued.error.__cause__ = error
        self._settle(batch)

    def _commit(self, connection: Connection, first: _Queued, batch: list[_Queued]) -> None:
        driver = _driver(connection)
        queued: _Queued | None = first
        batch.append(first)
        driver.execute("BEGIN IMMEDIATE")
        while queued is not None:
            self._run(connection, driver, queued)
            queued = self._next(batch)
        driver.execute("COMMIT")

    def _next(self, batch: list[_Queued]) -> _Queued | None:
        if len(batch) >= BATCH_LIMIT:
            return None
        try:
            queued = self._queue.get_nowait()
        except Empty:
            return None
        if queued is None:
            self._stopping = True
            return None
        batch.append(queued)
        return queued

    def _run(self, connection: Connection, driver: sqlite3.Connection, queued: _Queued) -> None:
        driver.execute("SAVEPOINT job")
        work = Work(connection, self._house)
        try:
            queued.result = queued.job(Transaction(work))
            queued.leased = work.leased
        except Exception as error:  # noqa: BLE001 - it is the caller's, who gets it; the others of the batch go on
            queued.error = _said(error)
            if driver.in_transaction:
                driver.execute("ROLLBACK TO job")
        if not driver.in_transaction:
            raise StoreDownError("The database rolled back what was not committed yet.") from queued.error
        driver.execute("RELEASE job")


class _Readers:
    """A few threads that read, each over a connection that can change nothing and waits for no writer."""

    def __init__(self, url: str, house: House) -> None:
        self._engine = make_engine(url, read_only=True)
        self._house = house
        self._own = threading.local()
        self._connections: list[Connection] = []
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="tovholder-reader")

    def submit(self, job: Job[T]) -> Any:  # noqa: ANN401 - a concurrent future of T
        return self._threads.submit(self._run, job)

    def close(self) -> None:
        self._threads.shutdown(wait=True)
        for connection in self._connections:
            connection.close()
        self._engine.dispose()

    def _run(self, job: Job[T]) -> T:
        connection = self._connection()
        driver = _driver(connection)
        driver.execute("BEGIN")
        try:
            return job(Transaction(Work(connection, self._house)))
        except OperationalError as error:
            raise _said(error) from error
        finally:
            _abandon(driver)

    def _connection(self) -> Connection:
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = self._engine.connect()
            self._connections.append(connection)
        return connection


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    if not isinstance(driver, sqlite3.Connection):
        raise TypeError("The connection is not SQLite's.")
    return driver


def _abandon(driver: sqlite3.Connection) -> None:
    if driver.in_transaction:
        driver.execute("ROLLBACK")


def _said(error: Exception) -> Exception:
    """What the driver's refusal means to the caller; a fault in our own statement stays what it is."""
    if not isinstance(error, DBAPIError) or not isinstance(error.orig, sqlite3.OperationalError):
        return error
    if error.orig.sqlite_errorcode & 0xFF in {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_READONLY}:
        return error
    down = StoreDownError("The database cannot store anything now.")
    down.__cause__ = error
    return down
