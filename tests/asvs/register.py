"""The forty requirements, and what a run says of each. A plugin of pytest: `make asvs` loads it."""

from __future__ import annotations

import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

_PROPERTY = "asvs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One line of the list: ids of ASVS 5.0, in our words. `later` is the work that brings it, or the rest of it."""

    ids: tuple[str, ...]
    says: str
    later: str = ""


@cache
def requirements() -> Sequence[Requirement]:
    """All of them, in their order."""
    written = tomllib.loads((Path(__file__).parent / "requirements.toml").read_text("utf-8"))
    return [
        Requirement(ids=tuple(each["ids"]), says=each["says"], later=each.get("later", ""))
        for each in written["requirement"]
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """How one requirement stands after a run."""

    requirement: Requirement
    passed: int
    failed: int

    @property
    def stands(self) -> bool:
        """Whether tests that pass show it, or work to come is named."""
        return not self.failed and bool(self.passed or self.requirement.later)

    @property
    def line(self) -> str:
        """The line for people."""
        named, says, later = ", ".join(self.requirement.ids), self.requirement.says, self.requirement.later
        if self.failed:
            how = f"RED: {self.failed} tests fail"
        elif not self.passed:
            how = f"later: {later}" if later else "NOTHING shows it"
        else:
            tests = "1 test" if self.passed == 1 else f"{self.passed} tests"
            how = tests + (f"; later: {later}" if later else "")
        return f"{named}: {says} – {how}"


def standing(outcomes: Mapping[str, Iterable[bool]]) -> Sequence[Found]:
    """How each requirement stands, by what came of the tests that carry each id."""
    return [
        Found(
            requirement=each,
            passed=sum(came for one in each.ids for came in outcomes.get(one, ())),
            failed=sum(not came for one in each.ids for came in outcomes.get(one, ())),
        )
        for each in requirements()
    ]


def ids_of(item: pytest.Item) -> Iterable[str]:
    """The ids that a test carries."""
    return (each for mark in item.iter_markers("asvs") for each in mark.args)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let each report bring the ids along, from whichever process it comes."""
    for item in items:
        item.user_properties += [(_PROPERTY, each) for each in ids_of(item)]


class _Run:
    """What came of the marked tests."""

    def __init__(self) -> None:
        self.outcomes: defaultdict[str, list[bool]] = defaultdict(list)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed or (report.when == "call" and report.passed):
            for name, value in report.user_properties:
                if name == _PROPERTY:
                    self.outcomes[str(value)].append(report.passed)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if not hasattr(session.config, "workerinput") and not all(
            each.stands for each in standing(self.outcomes)
        ):
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        found = standing(self.outcomes)
        for number, each in enumerate(found, start=1):
            terminalreporter.write_line(f"{number:2} {each.line}")
        later = sum(bool(each.requirement.later) for each in found)
        shown = sum(bool(each.passed) and each.stands for each in found)
        bare = sum(not each.stands for each in found)
        terminalreporter.write_line(
            f"ASVS 5.0: {shown} of {len(found)} shown by tests; {later} lines name later work; {bare} have neither."
        )


def pytest_configure(config: pytest.Config) -> None:
    """Watch the run."""
    config.pluginmanager.register(_Run(), "asvs-run")
