from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from bot.profile import load_profile
from tests.profile.copies import NAME

ROOT = Path(__file__).parents[2]
FOLDERS = ("bot", "handlers", "triage", "storage", "admin")
KINDS = {".py", ".html", ".js", ".po"}

LAW_AND_NUMBERS = (
    r"(?<![\d.])112(?!\d)",
    r"(?<![\d.])114(?!\d)",
    r"(?<!\d)116 ?111(?!\d)",
    r"\bCPR\b",
    "§",
    r"(?i)radi[kc]al",
)


def _sources() -> Iterator[Path]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in KINDS and not path.is_relative_to(ROOT / "bot" / "profiles"):
                yield path


def _authorities() -> Iterator[str]:
    profile = load_profile(NAME)
    yield rf"\b{profile.organisation.organisation.unit}\b"
    for lang, name in profile.organisation.organisation.name.items():
        yield re.escape(name)
        for authority in profile.organisation.authority:
            yield rf"\b{authority.code}\b"
            yield re.escape(profile.base_texts.text(f"authority.{authority.code}", lang))


def _found(pattern: str) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in _sources()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1)
        if re.search(pattern, line)
    ]


@pytest.mark.parametrize("pattern", LAW_AND_NUMBERS)
def test_no_code_outside_profiles_names_a_law_or_an_emergency_number(pattern: str) -> None:
    assert _found(pattern) == []


@pytest.mark.parametrize("pattern", sorted(set(_authorities())))
def test_no_code_outside_profiles_names_an_authority(pattern: str) -> None:
    assert _found(pattern) == []


def test_the_search_finds_what_it_looks_for() -> None:
    folder = ROOT / "bot" / "profiles" / NAME
    text = "".join((folder / file).read_text("utf-8") for file in ("profile.toml", "locales/da/profile.po"))
    assert all(re.search(pattern, text) for pattern in LAW_AND_NUMBERS)
