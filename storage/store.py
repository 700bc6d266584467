"""The store: one door to either engine. The edges hand it a use case and await what it returns.

A use case is a plain function whose first argument is the transaction. `write` runs it and returns once what it did
is durable; `read` runs it where it can change nothing. Nothing of a raising use case is kept.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID, uuid4

from sqlalchemy import Connection, text

from storage.keyring import Keyring
from storage.rows import Claimed
from storage.transaction import Transaction
from storage.types import from_microseconds
from storage.work import House, Timekeeper
from triage.faults import FateUnknownError, StoreDownError

P = ParamSpec("P")
T = TypeVar("T")
Job = Callable[[Transaction], T]
Listener = Callable[[Sequence[Claimed]], None]

LEASE = timedelta(seconds=20)
"""How long a row born leased is its process's own."""

_PG_NOW = text("SELECT (extract(epoch FROM now()) * 1000000)::bigint")


class DatabaseClock:
    """The time of the database: PostgreSQL's own, one for all replicas; on SQLite the machine's."""

    def now(self, connection: Connection) -> datetime:
        """The time of this transaction, aware UTC."""
        if connection.dialect.name == "postgresql":
            return from_microseconds(connection.execute(_PG_NOW).scalar_one())
        return datetime.now(UTC)


class Store(ABC):
    """A store of either engine."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._listener: Listener | None = None
        self._refused_at: float | None = None

    @property
    def keyring(self) -> Keyring | None:
        """The keyring that this store was opened with."""
        return self._house.keyring

    @property
    def holder(self) -> str:
        """The name under which this process holds leases."""
        return self._house.holder

    def on_leased(self, listener: Listener) -> None:
        """Call `listener` on the loop, after each commit, with the rows that were born leased in it, in order."""
        self._listener = listener

    async def write(
        self, use_case: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run the use case in a transaction; when this returns, what it did is on disk.

        Raises what the use case raised, having kept nothing of it, or a `StoreUnavailableError`.
        """
        return await self._noted(lambda tx: use_case(tx, *args, **kwargs), repeatable=False)

    async def write_repeatable(
        self, use_case: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `write`, for a use case that knows its own repeat by `tx.remember`.

        When the connection breaks during the commit it is run again, which settles whether it was stored: it
        then returns what it returns for a repeat.
        """
        return await self._noted(lambda tx: use_case(tx, *args, **kwargs), repeatable=True)

    async def read(
        self, query: Callable[Concatenate[Transaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run the query over one consistent picture of the data; it can change nothing."""
        return await self._read(lambda tx: query(tx, *args, **kwargs))

    def refused_within(self, seconds: float) -> bool:
        """Whether something could not be stored in the last so many seconds: a full disk can still be read."""
        if self._refused_at is None:
            return False
        return asyncio.get_running_loop().time() - self._refused_at < seconds

    async def _noted(self, job: Job[T], *, repeatable: bool) -> T:
        try:
            return await self._write(job, repeatable=repeatable)
        except (StoreDownError, FateUnknownError):
            self._refused_at = asyncio.get_running_loop().time()
            raise

    @abstractmethod
    async def open(self) -> None:
        """Connect, and check tables and keyring; raises a `StorageError` or a `StoreUnavailableError`."""

    @abstractmethod
    async def close(self) -> None:
        """Finish what was accepted and let go of the database. Closing twice is no error."""

    @abstractmethod
    async def _write(self, job: Job[T], *, repeatable: bool) -> T: ...

    @abstractmethod
    async def _read(self, job: Job[T]) -> T: ...

    def _tell(self, leased: Sequence[Claimed]) -> None:
        if leased and self._listener is not None:
            try:
                self._listener(leased)
            except Exception:
                # The rows are stored and leased: if nobody sends them now, a sender does when the lease ends.
                logging.getLogger(__name__).exception("store.listener_failed", extra={"rows": len(leased)})


def open_store(
    url: str,
    *,
    clock: Timekeeper,
    keyring: Keyring | None,
    new_id: Callable[[], UUID] = uuid4,
    new_secret: Callable[[int], bytes] = secrets.token_bytes,
    holder: str | None = None,
    lease: timedelta = LEASE,
    pool_size: int = 8,
) -> Store:
    """The store at this address (`sqlite:///…` or `postgresql+asyncpg://…`), still closed: `open()` it.

    Without a keyring clocks and notices work and everything sealed raises `NoKeyError`. `pool_size` is the number
    of PostgreSQL connections; `holder` names this process among those that share a database.
    """
    house = House(
        timekeeper=clock,
        keyring=keyring,
        new_id=new_id,
        new_secret=new_secret,
        holder=holder or f"process-{secrets.token_hex(6)}",
        lease=lease,
    )
    if url.startswith("sqlite:"):
        from storage.sqlite import SqliteStore  # noqa: PLC0415 - each engine is loaded only where it is used

        return SqliteStore(url, house)
    from storage.postgres import PostgresStore  # noqa: PLC0415 - as above

    return PostgresStore(url, house, pool_size=pool_size)
