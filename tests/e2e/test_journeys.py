"""The two journeys are as `docs/JOURNEYS.md` says: each screen, each count, each hour."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Browser

from storage.store import Store
from tests.e2e.journeys import PAGE, PICTURES, the_break, the_night
from tests.e2e.journeys_page import written
from tests.support.stores import SettableClock

A_PICTURE = 60_000
"""The most that a picture of the page may weigh, in bytes."""


@pytest.fixture
def engine() -> str:
    """What people see does not depend on the engine."""
    return "sqlite"


@pytest.mark.browser
async def test_the_page_says_what_is_walked(chromium: Browser, store: Store, clock: SettableClock) -> None:
    night = await the_night(store, clock, chromium)
    teacher = await the_break(store, clock, chromium)
    assert written(night, teacher) == PAGE.read_text(encoding="utf-8")


def test_each_picture_that_the_page_names_is_there_and_small() -> None:
    named = set(re.findall(r'src="([^"]+)"', PAGE.read_text(encoding="utf-8")))
    assert named == {f"pictures/journeys/{path.name}" for path in Path(PICTURES).glob("*.png")}
    assert [name for name in named if Path("docs", name).stat().st_size > A_PICTURE] == []
