"""The store on PostgreSQL, which any number of equal processes share. They coordinate by its row locks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeAlias, TypeVar

import asyncpg
from sqlalchemy.dialects.postgresql import asyncpg as dialects
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.util import await_only, greenlet_spawn

from storage.checks import check_keyring, check_tables
from storage.connection import Arguments, Connection
from storage.rows import Claimed
from storage.store import Job, Store, T
from storage.transaction import Transaction
from storage.work import House, Work
from triage.faults import FateUnknownError, StoreBusyError, StoreDownError

CONNECT_SECONDS = 3.0
POOL_SECONDS = 5.0
COMMAND_SECONDS = 20.0
"""A statement that takes longer is taken as lost: its server may be gone without having said so."""
RECYCLE_SECONDS = 1800.0
TRIES = 5

SERVER_SETTINGS = {
    "application_name": "tovholder",
    "timezone": "UTC",
    "statement_timeout": "10000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "30000",
}

_CONNECT = {
    "timeout": CONNECT_SECONDS,
    "command_timeout": COMMAND_SECONDS,
    "server_settings": SERVER_SETTINGS,
}
_REFUSALS = (asyncpg.PostgresError, asyncpg.InterfaceError)

Driver: TypeAlias = asyncpg.Connection
R = TypeVar("R")

_RACED = frozenset({"40001", "40P01"})
"""Serialization failure and deadlock: the transaction was rolled back and may run again."""
_WAITED = frozenset({"55P03", "57014"})
"""Waited too long for a lock, or ran too long."""


class _Lost(Exception):  # noqa: N818 - a private signal, not an error that anybody sees
    """The connection broke. `committing` says whether the commit was under way."""

    def __init__(self, *, committing: bool) -> None:
        super().__init__()
        self.committing = committing


@dataclass(frozen=True, slots=True)
class _Done(Generic[T]):
    """What a committed use case returned, and the rows that it leased to us."""

    result: T
    leased: list[Claimed]


class PostgresConnection(Connection):
    """A connection of asyncpg, used from within a greenlet: a use case is no coroutine, yet the loop goes on."""

    dialect = dialects.dialect()  # type: ignore[no-untyped-call]

    def __init__(self, driver: Driver, *, born: float) -> None:
        self.driver = driver
        self.born = born
        self.at_rest = True
        """Whether every transaction that was begun here is known to have ended."""

    def begin(self, *, read_only: bool = False) -> None:
        """Begin a transaction; one that only reads sees one picture of the data."""
        self.at_rest = False
        await_only(
            self.driver.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if read_only else "BEGIN")
        )

    def commit(self) -> None:
        """Commit; when this returns, it is on disk."""
        await_only(self.driver.execute("COMMIT"))
        self.at_rest = True

    def rollback(self) -> None:
        """Roll back; a connection that cannot is closed."""
        try:
            await_only(self.driver.execute("ROLLBACK"))
            self.at_rest = True
        except (*_REFUSALS, OSError):
            self.driver.terminate()

    def _fetch(self, sql: str, arguments: Arguments) -> Iterable[Iterable[Any]]:
        return await_only(self.driver.fetch(sql, *arguments))

    def _change(self, sql: str, arguments: Arguments) -> int:
        # The server answers with the command and, last, the number of rows, as in "UPDATE 1" or "INSERT 0 1".
        return int(await_only(self.driver.execute(sql, *arguments)).rpartition(" ")[2])

    def _change_many(self, sql: str, arguments: Sequence[Arguments]) -> None:
        await_only(self.driver.executemany(sql, arguments))


class PostgresStore(Store):
    """A store in a PostgreSQL database, over a pool of connections."""

    def __init__(self, url: str, house: House, *, pool_size: int) -> None:
        super().__init__(house)
        self._url = url
        self._turns = asyncio.Semaphore(pool_size)
        self._idle: list[PostgresConnection] = []
        self._is_open = False

    async def open(self) -> None:
        await self._check_tables()
        self._is_open = True
        try:
            await self._write(_check, repeatable=False)
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        self._is_open = False
        while self._idle:
            await self._idle.pop().driver.close(timeout=CONNECT_SECONDS)

    async def _write(self, job: Job[T], *, repeatable: bool) -> T:
        unknown = False
        for attempt in range(TRIES):
            try:
                done: _Done[T] = await self._on_connection(self._commit, job)
            except _Lost as lost:
                unknown = unknown or lost.committing
                if unknown and not repeatable:
                    raise FateUnknownError("The connection broke during the commit.") from lost
            except StoreDownError as error:
                if unknown:
                    raise FateUnknownError(
                        "The connection broke during the commit and stays down."
                    ) from error
                raise
            except asyncpg.PostgresError as error:
                if _state(error) not in _RACED:
                    raise _said(error) from error
                await asyncio.sleep(0.005 * 2**attempt)
            else:
                self._tell(done.leased)
                return done.result
        if unknown:
            raise FateUnknownError(
                "The connection broke during the commit, and again when it was tried again."
            )
        raise StoreBusyError("The transaction met others again and again.")

    async def _read(self, job: Job[T]) -> T:
        for _ in range(TRIES):
            try:
                return await self._on_connection(self._query, job)
            except _Lost:
                continue
            except asyncpg.PostgresError as error:
                raise _said(error) from error
        raise StoreDownError("The connection to the database breaks again and again.")

    async def _on_connection(self, run: Callable[[PostgresConnection, Job[T]], R], job: Job[T]) -> R:
        if not self._is_open:
            raise StoreDownError("The store is closed.")
        try:
            async with asyncio.timeout(POOL_SECONDS):
                await self._turns.acquire()
        except TimeoutError as error:
            raise StoreBusyError("Every connection to the database is taken.") from error
        try:
            connection = await self._connection()
            try:
                return await greenlet_spawn(run, connection, job)
            finally:
                self._give_back(connection)
        finally:
            self._turns.release()

    async def _connection(self) -> PostgresConnection:
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if now - connection.born < RECYCLE_SECONDS and not connection.driver.is_closed():
                return connection
            connection.driver.terminate()
        return PostgresConnection(await _connected(self._url), born=now)

    def _give_back(self, connection: PostgresConnection) -> None:
        # A caller that was cancelled leaves a statement under way, perhaps the very BEGIN: then the driver itself does
        # not know yet that a transaction is open, and the next one would find itself within it.
        if connection.at_rest and self._is_open:
            self._idle.append(connection)
        else:
            connection.driver.terminate()

    def _commit(self, connection: PostgresConnection, job: Job[T]) -> _Done[T]:
        work = Work(connection, self._house)
        committing = False
        try:
            connection.begin()
            result = job(Transaction(work))
            committing = True
            connection.commit()
        except Exception as error:
            self._end(connection, error, committing=committing)
            raise
        return _Done(result, work.leased)

    def _query(self, connection: PostgresConnection, job: Job[T]) -> T:
        try:
            connection.begin(read_only=True)
            result = job(Transaction(Work(connection, self._house)))
            connection.commit()
        except Exception as error:
            self._end(connection, error, committing=False)
            raise
        return result

    def _end(self, connection: PostgresConnection, error: Exception, *, committing: bool) -> None:
        """Roll back what raised; `_Lost` if it was the connection that broke."""
        if not _is_lost(connection.driver, error):
            connection.rollback()
            return
        # The others have lain idle longer: whatever cut this one off has most likely cut them off, too.
        for each in (connection, *self._idle):
            each.driver.terminate()
        self._idle.clear()
        raise _Lost(committing=committing) from error

    async def _check_tables(self) -> None:
        engine = create_async_engine(
            self._url, poolclass=NullPool, hide_parameters=True, connect_args=_CONNECT
        )
        try:
            async with engine.connect() as connection:
                await connection.run_sync(check_tables)
        except (*_REFUSALS, OSError, DBAPIError) as error:
            raise StoreDownError("The database does not answer.") from error
        finally:
            await engine.dispose()


def _check(tx: Transaction) -> None:
    check_keyring(tx._work)  # noqa: SLF001 - a transaction of our own


async def _connected(url: str) -> Driver:
    """A connection that gives up on a silent server instead of waiting for it."""
    _, given = dialects.dialect().create_connect_args(make_url(url))  # type: ignore[no-untyped-call]
    try:
        return await asyncpg.connect(**{**given, **_CONNECT})
    except (*_REFUSALS, OSError) as error:
        raise StoreDownError("The database does not answer.") from error


def _is_lost(driver: Driver, error: Exception) -> bool:
    # 57P01 to 57P03: the server is being stopped, crashed or is only starting.
    stopping = _state(error).startswith("57P")
    return driver.is_closed() or stopping or isinstance(error, ConnectionError | TimeoutError)


def _state(error: Exception) -> str:
    state: str | None = getattr(error, "sqlstate", None)
    return state or ""


def _said(error: Exception) -> Exception:
    """What the server's refusal means to the caller; a fault in our own statement stays what it is."""
    state = _state(error)
    if state in _WAITED:
        return StoreBusyError("The transaction waited too long.")
    # 53: no space, no memory, no connections. 58: the server's own machine. 25006 would be our fault: a read wrote.
    if state[:2] in {"53", "58"}:
        return StoreDownError("The database cannot store anything now.")
    return error
