"""Looking into a database beside the store."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage.sqlite_file import make_engine

T = TypeVar("T")


async def look(url: str, query: Callable[[Connection], T]) -> T:
    """What a query finds over a connection of its own."""
    if url.startswith("sqlite:"):
        with make_engine(url).connect() as connection:
            return query(connection)
    engine = create_async_engine(url, poolclass=NullPool)
    async with engine.connect() as connection_:
        found = await connection_.run_sync(query)
    await engine.dispose()
    return found
