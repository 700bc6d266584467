"""What no tool of `make check` can see: what the core may import, empty package files, files that stay readable."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
CORE = ("triage", "handlers/dialog")
FOLDERS = ("bot", "handlers", "triage", "storage", "admin", "tests")
LONGEST = 400


def sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""


def test_the_core_imports_the_standard_library_pydantic_and_itself() -> None:
    allowed = set(sys.stdlib_module_names) | {"pydantic", "triage"}

    strangers = {
        f"{file.relative_to(ROOT)}: {name}"
        for file in sources(*CORE)
        for name in imported(file)
        if name.partition(".")[0] not in allowed and not name.startswith("handlers.dialog")
    }

    assert strangers == set()


def test_package_files_are_empty() -> None:
    full = [
        file.relative_to(ROOT)
        for file in sources(*FOLDERS)
        if file.name == "__init__.py" and file.stat().st_size
    ]

    assert full == []


def test_every_file_can_be_read_in_one_go() -> None:
    long = {
        str(file.relative_to(ROOT)): lines
        for file in sources(*FOLDERS)
        if (lines := file.read_text().count("\n")) > LONGEST
    }

    assert long == {}


def test_no_browser_test_waits_inside_the_page() -> None:
    """There the page's own policy refuses it, unless what is waited for is there at the first look."""
    waits = [
        file.relative_to(ROOT)
        for file in sources("tests")
        if any(
            isinstance(node, ast.Attribute) and node.attr == "wait_for_function"
            for node in ast.walk(ast.parse(file.read_text()))
        )
    ]

    assert waits == []
