"""The list of requirements: complete, and no mark that leads nowhere; each is shown or names who will show it."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.asvs.register import Found, Requirement, requirements, standing

TESTS = Path(__file__).parents[1]


def marks() -> Iterator[str]:
    """Every id that a mark in the suite names, as it stands in the source."""
    for file in sorted(TESTS.rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Attribute)
                and node.func.attr == "asvs"
            ):
                ids = (each.value for each in node.args if isinstance(each, ast.Constant))
                yield from (each for each in ids if isinstance(each, str))


def test_there_are_forty_and_no_id_stands_twice() -> None:
    ids = Counter(each for requirement in requirements() for each in requirement.ids)

    assert len(requirements()) == 40
    assert [each for each, times in ids.items() if times > 1] == []


def test_every_mark_names_a_requirement_and_every_requirement_has_one_or_says_what_brings_it() -> None:
    known = {each for requirement in requirements() for each in requirement.ids}
    marked = set(marks())

    assert marked - known == set()
    assert [each.says for each in requirements() if not each.later and not marked & set(each.ids)] == []


def test_a_requirement_stands_by_tests_that_all_pass_or_by_the_work_that_is_named() -> None:
    bare, named = Requirement(ids=("0.0.1",), says="x"), Requirement(ids=("0.0.2",), says="x", later="y")

    def stands(requirement: Requirement, passed: int, failed: int) -> bool:
        return Found(requirement=requirement, passed=passed, failed=failed).stands

    assert [stands(bare, *each) for each in ((1, 0), (0, 0), (2, 1))] == [True, False, False]
    assert [stands(named, *each) for each in ((1, 0), (0, 0), (2, 1))] == [True, True, False]


def test_what_came_of_every_id_of_a_requirement_counts() -> None:
    several = next(each for each in requirements() if len(each.ids) > 1)
    [found] = [
        each
        for each in standing({several.ids[0]: [True, True], several.ids[1]: [False]})
        if each.requirement is several
    ]

    assert (found.passed, found.failed, found.stands) == (2, 1, False)
