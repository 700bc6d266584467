"""The store on PostgreSQL, which any number of equal processes share. They coordinate by its row locks."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Generic

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from storage.checks import check_keyring, check_tables
from storage.rows import Claimed
from storage.store import Job, Store, T
from storage.transaction import Transaction
from storage.work import House, Work
from triage.access.reader import reader
from triage.faults import FateUnknownError, StoreBusyError, StoreDownError

CONNECT_SECONDS = 3.0
POOL_SECONDS = 5.0
COMMAND_SECONDS = 20.0
"""A statement that takes longer is taken as lost: its server may be gone without having said so."""
TRIES = 5

SERVER_SETTINGS = {
    "application_name": "tovholder",
    "timezone": "UTC",
    "statement_timeout": "10000",
    "lock_timeout": "5000",
    "idle_in_transaction_session_timeout": "30000",
}

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


class PostgresStore(Store):
    """A store in a PostgreSQL database, over a pool of connections."""

    def __init__(self, url: str, house: House, *, pool_size: int) -> None:
        super().__init__(house)
        self._url = url
        self._pool_size = pool_size
        self._turns = asyncio.Semaphore(pool_size)
        self._engine: AsyncEngine | None = None
        self._reading: AsyncEngine | None = None

    async def open(self) -> None:
        self._engine = make_engine(self._url, pool_size=self._pool_size)
        # The same pool, with transactions that see one picture of the data and change nothing.
        self._reading = self._engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        try:
            connection = await _connected(self._engine)
            try:
                await connection.run_sync(self._check)
                await connection.commit()
            finally:
                await connection.close()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        engine, self._engine, self._reading = self._engine, None, None
        if engine is not None:
            await engine.dispose()

    async def _write(self, job: Job[T], *, repeatable: bool) -> T:
        unknown = False
        for attempt in range(TRIES):
            try:
                done: _Done[T] = await self._on_connection(self._engine, self._commit, job)
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
            except DBAPIError as error:
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
                result: T = await self._on_connection(self._reading, self._query, job)
            except _Lost:
                continue
            except DBAPIError as error:
                raise _said(error) from error
            return result
        raise StoreDownError("The connection to the database breaks again and again.")

    async def _on_connection(self, engine: AsyncEngine | None, run: Any, job: Job[T]) -> Any:  # noqa: ANN401 - as `run` has it
        if engine is None:
            raise StoreDownError("The store is closed.")
        # The pool itself hands a connection to whoever asks at the right moment; this keeps the order of asking.
        try:
            async with asyncio.timeout(POOL_SECONDS):
                await self._turns.acquire()
        except TimeoutError as error:
            raise StoreBusyError("Every connection to the database is taken.") from error
        try:
            connection = await _connected(engine)
            try:
                return await connection.run_sync(run, job)
            finally:
                await connection.close()
        finally:
            self._turns.release()

    def _commit(self, connection: Connection, job: Job[T]) -> _Done[T]:
        work = Work(connection, self._house)
        committing = False
        try:
            _read_for(work)
            result = job(Transaction(work))
            committing = True
            connection.commit()
        except DBAPIError as error:
            if _is_lost(error):
                _drop(connection, error)
                raise _Lost(committing=committing) from error
            raise
        except TimeoutError as error:
            _drop(connection, error)
            raise _Lost(committing=committing) from error
        return _Done(result, work.leased)

    def _query(self, connection: Connection, job: Job[T]) -> T:
        try:
            work = Work(connection, self._house)
            _read_for(work)
            return job(Transaction(work))
        except DBAPIError as error:
            if _is_lost(error):
                _drop(connection, error)
                raise _Lost(committing=False) from error
            raise
        except TimeoutError as error:
            _drop(connection, error)
            raise _Lost(committing=False) from error

    def _check(self, connection: Connection) -> None:
        check_tables(connection)
        check_keyring(connection, self._house)


def make_engine(url: str, *, pool_size: int) -> AsyncEngine:
    """An engine that gives up on a silent server instead of waiting for it."""
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=POOL_SECONDS,
        pool_recycle=1800,
        pool_use_lifo=True,
        # Whoever turns the library's own log on sees statements, and not what they were filled with.
        hide_parameters=True,
        connect_args={
            "timeout": CONNECT_SECONDS,
            "command_timeout": COMMAND_SECONDS,
            "server_settings": SERVER_SETTINGS,
        },
    )


async def _connected(engine: AsyncEngine) -> AsyncConnection:
    try:
        return await engine.connect()
    except PoolTimeoutError as error:
        raise StoreBusyError("Every connection to the database is taken.") from error
    except (OSError, TimeoutError, DBAPIError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise StoreDownError("The database does not answer.") from error


def _read_for(work: Work) -> None:
    """Let row security hide what is hidden from whom this transaction reads for, until it ends."""
    person = reader()
    if person is not None:
        work.read_for(person)


def _drop(connection: Connection, error: BaseException) -> None:
    """See that a broken connection does not go back to the pool."""
    if not connection.invalidated:
        connection.invalidate(error)


def _state(error: DBAPIError) -> str | None:
    state: str | None = getattr(error.orig, "sqlstate", None)
    return state


def _is_lost(error: DBAPIError) -> bool:
    # 57P01 to 57P03: the server is being stopped, crashed or is only starting.
    return error.connection_invalidated or (_state(error) or "").startswith("57P")


def _said(error: DBAPIError) -> Exception:
    """What the server's refusal means to the caller; a fault in our own statement stays what it is."""
    state = _state(error) or ""
    if state in _WAITED:
        return StoreBusyError("The transaction waited too long.")
    # 53: no space, no memory, no connections. 58: the server's own machine. 25006 would be our fault: a read wrote.
    if state[:2] in {"53", "58"}:
        return StoreDownError("The database cannot store anything now.")
    return error
