"""What holds for every test: a closed network, one browser, one PostgreSQL.

`make test` spreads a whole run over several processes, each with a server and a browser of its own. The process that
was called runs no test then, and adds up what the others say at their end.
"""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from typing import Any

import pytest
from hypothesis import settings
from playwright.async_api import Browser

from tests.support import network
from tests.support.browser import open_chromium
from tests.support.postgres import PostgresServer
from tests.support.tally import TALLY, Tally

pytest_plugins = ["tests.support.selection", "tests.support.stores"]

network.guard()
# How long an example takes depends on who else uses the machine, and is no test.
settings.register_profile("tovholder", deadline=None)
settings.load_profile("tovholder")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TALLY.passed:
        terminalreporter.write_line(str(TALLY))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many processes again as cores, for tests wait as much as they work; not more, for each has a server."""
    return min(8, (os.cpu_count() or 1) * 3 // 2)


def pytest_collection_finish() -> None:
    """Look for garbage less often, and never among what was collected: it lives as long as the run."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 100)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Say to the process that was called what became of the messages of this one's tests."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["tally"] = asdict(TALLY)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add what one process counted: each counted its own messages."""
    said: dict[str, Any] = getattr(node, "workeroutput", {})
    if "tally" in said:
        TALLY.add(Tally(**said["tally"]))


@pytest.fixture(autouse=True)
def no_network() -> Iterator[None]:
    """Fail the test that tried to reach another machine, also when the error was caught on the way."""
    yield
    tried = network.blocked.copy()
    network.blocked.clear()
    assert tried == []


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """One server for each process of the run, started when the first test asks for it."""
    server = PostgresServer().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for the whole run."""
    async with open_chromium() as browser:
        yield browser
