"""Pools of connections that outlive a test: what the product asks for is compiled and prepared once for a database.

To connect anew and to prepare every statement again was a third of what a test on PostgreSQL took.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from storage import postgres


class KeptEngine(AsyncEngine):
    """An engine whose pool stays when a store closes it."""

    async def dispose(self, close: bool = True) -> None:  # noqa: FBT001, FBT002 - as it is declared
        """Keep everything; see `KeptPools.let_go`."""


class KeptPools:
    """One pool for each address."""

    def __init__(self) -> None:
        self._engines: dict[str, KeptEngine] = {}
        self._backends: dict[str, set[int]] = {}

    @contextmanager
    def lent(self) -> Iterator[None]:
        """Let a store that is opened meanwhile find its pool here."""
        with patch.object(postgres, "make_engine", self._engine):
            yield

    def backends(self, url: str) -> frozenset[int]:
        """The server's processes behind the connections to this address."""
        return frozenset(self._backends.get(url, ()))

    async def let_go(self, url: str) -> None:
        """End every connection to this address."""
        engine = self._engines.pop(url, None)
        self._backends.pop(url, None)
        if engine is not None:
            await AsyncEngine.dispose(engine)

    def _engine(self, url: str, *, pool_size: int) -> AsyncEngine:
        if url not in self._engines:
            made = KeptEngine(_MAKE(url, pool_size=pool_size).sync_engine)
            backends = self._backends[url] = set()
            event.listen(made.sync_engine, "connect", lambda raw, _: backends.add(_backend(raw)))
            event.listen(made.sync_engine, "close", lambda raw, _: backends.discard(_backend(raw)))
            self._engines[url] = made
        return self._engines[url]


def _backend(raw: object) -> int:
    pid: int = raw.driver_connection.get_server_pid()  # type: ignore[attr-defined]
    return pid


_MAKE = postgres.make_engine
