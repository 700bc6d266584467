"""The console's fixtures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from storage.store import Store
from tests.admin.house import Console, open_console
from tests.support.browser import open_chromium
from tests.support.stores import SettableClock


@pytest.fixture
async def console(store: Store, clock: SettableClock, tmp_path: Path) -> AsyncIterator[Console]:
    """The console behind a listener on this machine, with nobody in it."""
    async with open_console(store, clock, mails=tmp_path / "mails") as opened:
        yield opened


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for the whole run."""
    async with open_chromium() as browser:
        yield browser
