"""The locks: every package by hash, none by address, and the development lock holds the runtime's."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["requirements.lock", "requirements-dev.lock"]
REQUIREMENT = re.compile(r"(?P<name>[a-z0-9-]+)==(?P<version>[^ ]+)(?: ; [^\\]+)? \\")


def pins(lock: str) -> dict[str, str]:
    lines = (ROOT / lock).read_text().splitlines()
    return {m["name"]: m["version"] for line in lines if (m := REQUIREMENT.fullmatch(line))}


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_pins_and_hashes_and_nothing_else(lock: str) -> None:
    others = [
        line
        for line in (ROOT / lock).read_text().splitlines()
        if not REQUIREMENT.fullmatch(line) and not re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}( \\)?", line)
    ]

    assert others == []


def test_the_development_lock_holds_the_runtime_lock() -> None:
    runtime, dev = pins("requirements.lock"), pins("requirements-dev.lock")

    assert {name: dev.get(name) for name in runtime} == runtime


def test_every_dependency_is_locked_and_the_build_backend_too() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    named = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    names = {re.split(r"[\[><=~]", requirement)[0] for requirement in named}

    assert names - pins("requirements.lock").keys() == set()
