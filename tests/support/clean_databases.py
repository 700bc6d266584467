"""Migrated, empty databases on one server, lent to one test at a time and wiped after it.

To make one and to drop it costs some ten times what wiping costs. What a test may have changed beyond rows (a table,
a grant, a setting, the planner's statistics) is not mended: such a database is dropped, and the next test gets
another.
"""

from __future__ import annotations

import os
from itertools import count

import asyncpg

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
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
_CHANGED = """
SELECT EXISTS (SELECT FROM noted.changes)
    OR EXISTS (SELECT FROM pg_db_role_setting WHERE setdatabase =
        (SELECT oid FROM pg_database WHERE datname = current_database()))
    OR EXISTS (SELECT FROM pg_statistic JOIN pg_class ON pg_class.oid = starelid
        WHERE relnamespace = 'public'::regnamespace)
"""
_FILLED = """
SELECT string_agg(oid::regclass::text, ', ') FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
    AND pg_relation_size(oid) > 0
"""


class CleanDatabases:
    """Copies of one template of a server, each as it was made whenever it is lent."""

    def __init__(self, server: PostgresServer, template: str) -> None:
        self._server = server
        self._template = template
        self._free: list[str] = []

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
        """End every connection to it, and keep it without its rows; or drop it, if more than rows has changed."""
        connection = await asyncpg.connect(self._server.url(name).replace("+asyncpg", ""))
        try:
            await connection.execute(_ALONE)
            changed = await connection.fetchval(_CHANGED)
            if not changed and (filled := await connection.fetchval(_FILLED)):
                await connection.execute(f"TRUNCATE {filled} RESTART IDENTITY CASCADE")
        finally:
            await connection.close()
        if changed:
            await self._server.drop_database(name)
        else:
            self._free.append(name)

    async def drop_all(self) -> None:
        """Remove those that nobody has."""
        while self._free:
            await self._server.drop_database(self._free.pop())
