"""The two journeys of people are as `docs/JOURNEYS.md` says: each screen, each count, each hour."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser

from storage.store import Store
from tests.e2e.desk_journeys import the_monday, the_monday_s
from tests.e2e.journeys import the_break, the_night
from tests.e2e.journeys_page import PAGE, PICTURES, the_mother_s, the_teacher_s
from tests.support.stores import SettableClock

A_PICTURE = 60_000
"""The most that a picture of the page may weigh, in bytes."""
A_DESK_PICTURE = 120_000
"""The same for one of the desk, which is a whole wide screen."""


@pytest.fixture
def engine() -> str:
    """What people see does not depend on the engine."""
    return "sqlite"


@pytest.mark.browser
async def test_a_mother_s_night_is_as_the_page_says(
    chromium: Browser, store: Store, clock: SettableClock
) -> None:
    walked = "\n".join(the_mother_s(await the_night(store, clock, chromium)))
    page = PAGE.read_text(encoding="utf-8")
    assert walked == page[page.index("## A mother") : page.index("\n## A teacher")]


@pytest.mark.browser
async def test_a_teacher_s_four_minutes_are_as_the_page_says(
    chromium: Browser, store: Store, clock: SettableClock
) -> None:
    walked = "\n".join(the_teacher_s(await the_break(store, clock, chromium)))
    page = PAGE.read_text(encoding="utf-8")
    assert walked == page[page.index("## A teacher") : page.index("\n## An officer")]


@pytest.mark.browser
async def test_a_monday_at_the_desk_is_as_the_page_says(
    chromium: Browser, store: Store, clock: SettableClock
) -> None:
    walked = "\n".join(the_monday_s(await the_monday(store, clock, chromium)))
    page = PAGE.read_text(encoding="utf-8")
    assert f"{walked}\n" == page[page.index("## An officer") : page.index("\n## A report on Friday")]


def test_each_picture_that_the_page_names_is_there_and_small() -> None:
    named = set(re.findall(r'src="([^"]+)"', PAGE.read_text(encoding="utf-8")))
    assert named == {f"pictures/journeys/{path.name}" for path in Path(PICTURES).glob("*.png")}
    for name in named:
        bound = A_DESK_PICTURE if Path(name).name.startswith("officer") else A_PICTURE
        assert Path("docs", name).stat().st_size <= bound, name
