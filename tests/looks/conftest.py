"""The fixtures of the looks: one browser, one engine, and the organisation in a made language."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.support.browser import open_chromium


@pytest.fixture
def engine() -> str:
    """Looks do not depend on the engine."""
    return "sqlite"


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for the whole run."""
    async with open_chromium() as browser:
        yield browser
