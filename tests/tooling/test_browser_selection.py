"""Where no browser is, its tests are deselected in one plain line; on a build server that is an error.

Both hold also when the run is spread over several processes.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TWO_TESTS = """
import pytest

@pytest.mark.browser
def test_walk() -> None:
    pass

def test_plain() -> None:
    pass
"""


def run_pytest(folder: Path, *, workers: int, **environment: str) -> subprocess.CompletedProcess[str]:
    file = folder / "test_two.py"
    file.write_text(TWO_TESTS)
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-c",
        str(ROOT / "pyproject.toml"),
        "-p",
        "tests.support.selection",
    ]
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"CI", "TOVHOLDER_TEST_CHROMIUM"} and not name.startswith("PYTEST_")
    }
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-n", str(workers), str(file)],
        cwd=ROOT,
        env=kept | environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("workers", [0, 1])
def test_without_a_browser_its_tests_are_deselected_with_one_line(tmp_path: Path, workers: int) -> None:
    ended = run_pytest(tmp_path, workers=workers, TOVHOLDER_TEST_CHROMIUM="no-such-browser")

    lines = [line for line in ended.stdout.splitlines() if "browser" in line]
    assert lines == [
        "1 browser tests deselected: TOVHOLDER_TEST_CHROMIUM names no-such-browser, which is no program"
    ]
    assert re.search(r"1 passed(, 1 deselected)? in", ended.stdout)
    assert ended.returncode == pytest.ExitCode.OK


@pytest.mark.parametrize(("workers", "value"), [(0, "1"), (1, "true")])
def test_on_a_build_server_a_missing_browser_is_an_error(tmp_path: Path, workers: int, value: str) -> None:
    ended = run_pytest(tmp_path, workers=workers, TOVHOLDER_TEST_CHROMIUM="no-such-browser", CI=value)

    assert "CI is set and 1 tests need a browser" in ended.stderr
    assert ended.returncode == pytest.ExitCode.USAGE_ERROR


def test_with_a_browser_all_tests_run(tmp_path: Path) -> None:
    ended = run_pytest(tmp_path, workers=0, TOVHOLDER_TEST_CHROMIUM=sys.executable, CI="1")

    assert "2 passed" in ended.stdout
    assert ended.returncode == pytest.ExitCode.OK
