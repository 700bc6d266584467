"""Migrated, empty databases on one server, lent to one test at a time and wiped after it.

To make one and to drop it costs some ten times what wiping costs. What a test may have changed beyond rows (a table,
a grant, a setting, the planner's statistics) is not mended: such a database is dropped, and the next test gets
another.
"""

from __future__ import annotations

import os
from itertools import count

import asyncpg

from tests.support.kept_pools import KeptPools
from tests.support.postgres import OWNER, PostgresServer

_numbers = count(1)

# An event trigger is copied with its database, and its row goes when the change is rolled back.
NOTE_CHANGES = """
CREATE SCHEMA noted;
CREATE TABLE noted.changes (tag text);
CREATE FUNCTION noted.change() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN INSERT INTO noted.changes VALUES (tg_tag); END $$;
CREATE EVENT TRIGGER noted_change ON ddl_command_end EXECUTE FUNCTION noted.change();
"""
_ALONE = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND pid <> ALL($1::int[])
"""
_IDLE = "SELECT count(*) FROM pg_stat_activity WHERE pid = ANY($1::int[]) AND state = 'idle'"
_CHANGED = """
SELECT EXISTS (SELECT FROM noted.changes)
    OR EXISTS (SELECT FROM pg_db_role_setting WHERE setdatabase =
        (SELECT oid FROM pg_database WHERE datname = current_database()))
    OR EXISTS (SELECT FROM pg_statistic JOIN pg_class ON pg_class.oid = starelid
        WHERE relnamespace = 'public'::regnamespace)
"""
_EMPTYING = """
SELECT string_agg(format(
    CASE WHEN pg_relation_size(oid) > 131072 THEN 'TRUNCATE %s CASCADE' ELSE 'DELETE FROM %s' END, oid::regclass
), '; ') FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
    AND pg_relation_size(oid) > 0
"""
_BEGIN_ANEW = """
SELECT setval(seqrelid, seqstart, false) FROM pg_sequence
WHERE pg_sequence_last_value(seqrelid) IS NOT NULL
"""


class CleanDatabases:
    """Copies of one template of a server, each as it was made whenever it is lent. `pools` are the stores' to them."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        self.pools = KeptPools()
        self._server = server
        self._template = template
        self._free: list[str] = []
        self._wiping: dict[str, asyncpg.Connection[asyncpg.Record]] = {}

    async def lend(self) -> str:
        """The name of a database that nobody else has."""
        if self._free:
            return self._free.pop()
        name = f"tovholder_{os.getpid()}_{next(_numbers)}"
        await self._server.create_database(name, template=self._template)
        return name

    def address(self, name: str) -> str:
        """Where the product finds it, under a role that is no superuser."""
        return self._server.url(name, role=OWNER)

    async def take_back(self, name: str) -> None:
        """Keep it without its rows, with its pool where that is whole; or drop it, if more than rows has changed."""
        connection = await self._connected(name)
        kept = self.pools.backends(self.address(name))
        if kept and await connection.fetchval(_IDLE, kept) != len(kept):
            await self.pools.let_go(self.address(name))
            kept = frozenset()
        await connection.execute(_ALONE, kept)
        if await connection.fetchval(_CHANGED):
            await self._drop(name)
        else:
            await _wipe(connection)
            self._free.append(name)

    async def drop_all(self) -> None:
        """Remove those that nobody has."""
        while self._free:
            await self._drop(self._free.pop())

    async def _drop(self, name: str) -> None:
        await self.pools.let_go(self.address(name))
        await self._wiping.pop(name).close()
        await self._server.drop_database(name)

    async def _connected(self, name: str) -> asyncpg.Connection[asyncpg.Record]:
        if name not in self._wiping or self._wiping[name].is_closed():
            address = self._server.url(name).replace("+asyncpg", "")
            self._wiping[name] = await asyncpg.connect(
                address, server_settings={"session_replication_role": "replica"}
            )
        return self._wiping[name]


async def _wipe(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Take out every row. To truncate a table makes new files for it and each of its indexes: only for large ones.

    The connection sees no triggers and no references: nothing is left that they could hold.
    """
    if emptying := await connection.fetchval(_EMPTYING):
        await connection.execute(emptying)
    await connection.execute(_BEGIN_ANEW)
