"""What holds for every test: a closed network, an order by chance, a browser or a sentence, one PostgreSQL.

`make test` spreads a whole run over several processes, each with a server and a browser of its own. The process that
was called runs no test then: it hands the seed down, and gathers what the others say at their end.
"""

from __future__ import annotations

import os
import random
from collections.abc import AsyncIterator, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from playwright.async_api import Browser

from tests.support import network
from tests.support.browser import find_chromium, missing, open_chromium
from tests.support.postgres import PostgresServer
from tests.support.tally import TALLY, Tally

pytest_plugins = ["tests.support.stores"]

network.guard()
# How long an example takes depends on who else uses the machine, and is no test.
settings.register_profile("tovholder", deadline=None)
settings.load_profile("tovholder")

SEED = pytest.StashKey[str]()
DESELECTED = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    handed_down = getattr(config, "workerinput", {}).get("seed")
    config.stash[SEED] = (
        handed_down or os.environ.get("TOVHOLDER_TEST_SEED") or str(random.SystemRandom().randrange(10**6))
    )


def pytest_report_header(config: pytest.Config) -> str:
    return f"order of tests: TOVHOLDER_TEST_SEED={config.stash[SEED]}"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Shuffle the files and the tests of each file, long ones first; leave out what needs a browser without one."""
    chance = random.Random(config.stash[SEED])  # noqa: S311  an order, no secret
    rank: dict[Path, float] = {}
    items.sort(key=lambda item: (rank.setdefault(item.path, chance.random()), chance.random()))
    # The sort is stable. What takes long starts first, so that no process works alone at the end.
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    walks = [item for item in items if item.get_closest_marker("browser")]
    if not walks or find_chromium() is not None:
        return
    if os.environ.get("CI", "") not in {"", "0", "false"}:
        message = f"CI is set and {len(walks)} tests need a browser, but {missing()}."
        output: dict[str, Any] | None = getattr(config, "workeroutput", None)
        if output is None:
            raise pytest.UsageError(message)
        output["refused"] = message
        items.clear()
        return
    items[:] = [item for item in items if item not in walks]
    config.hook.pytest_deselected(items=walks)
    config.stash[DESELECTED] = len(walks)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    deselected = config.stash.get(DESELECTED, 0)
    if deselected:
        terminalreporter.write_line(f"{deselected} browser tests deselected: {missing()}")
    if TALLY.passed:
        terminalreporter.write_line(str(TALLY))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Half as many processes again as cores, for tests wait as much as they work; not more, for each has a server."""
    return min(8, (os.cpu_count() or 1) * 3 // 2)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the seed down: every process must collect the same tests in the same order."""
    node.workerinput["seed"] = node.config.stash[SEED]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Say to the process that was called what it prints at the end."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["deselected"] = session.config.stash.get(DESELECTED, 0)
        output["tally"] = asdict(TALLY)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Gather what one process says at its end. All left out the same tests; each counted its own messages."""
    said: dict[str, Any] = getattr(node, "workeroutput", {})
    if "refused" in said:
        raise pytest.UsageError(said["refused"])
    if said:
        node.config.stash[DESELECTED] = said["deselected"]
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
