"""What holds for every test: a closed network, an order by chance, a browser or a sentence, one PostgreSQL."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import network
from tests.support.browser import find_chromium, missing
from tests.support.postgres import PostgresServer

pytest_plugins = ["tests.support.stores"]

network.guard()

SEED = os.environ.get("TOVHOLDER_TEST_SEED") or str(random.SystemRandom().randrange(10**6))
DESELECTED = pytest.StashKey[int]()


def pytest_report_header() -> str:
    return f"order of tests: TOVHOLDER_TEST_SEED={SEED}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle the files and the tests of each file; leave out what needs a browser where there is none."""
    chance = random.Random(SEED)  # noqa: S311  an order, no secret
    rank: dict[Path, float] = {}
    items.sort(key=lambda item: (rank.setdefault(item.path, chance.random()), chance.random()))
    walks = [item for item in items if item.get_closest_marker("browser")]
    if not walks or find_chromium() is not None:
        return
    if os.environ.get("CI", "") not in {"", "0", "false"}:
        message = f"CI is set and {len(walks)} tests need a browser, but {missing()}."
        raise pytest.UsageError(message)
    items[:] = [item for item in items if item not in walks]
    config.hook.pytest_deselected(items=walks)
    config.stash[DESELECTED] = len(walks)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    deselected = config.stash.get(DESELECTED, 0)
    if deselected:
        terminalreporter.write_line(f"{deselected} browser tests deselected: {missing()}")


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    """Fail the test that tried to reach another machine, also when the error was caught on the way."""
    yield
    tried = network.blocked.copy()
    network.blocked.clear()
    assert tried == []


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for the whole run, started when the first test asks for it."""
    server = PostgresServer().start()
    yield server
    server.stop()
