"""Which tests are run and in what order: by chance, long ones first, and without a browser one sentence instead.

A plugin of pytest. The process that was called runs no test when a run is spread over several: it hands the seed down,
and hears at their end what they left out.
"""

from __future__ import annotations

import os
import random
from pathlib import Path
from typing import Any

import pytest

from tests.support.chromium import find_chromium, missing

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


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Hand the seed down: every process must collect the same tests in the same order."""
    node.workerinput["seed"] = node.config.stash[SEED]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Say to the process that was called what it prints at the end."""
    output: dict[str, Any] | None = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["deselected"] = session.config.stash.get(DESELECTED, 0)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Hear what one process left out; all left out the same."""
    said: dict[str, Any] = getattr(node, "workeroutput", {})
    if "refused" in said:
        raise pytest.UsageError(said["refused"])
    if said:
        node.config.stash[DESELECTED] = said["deselected"]
