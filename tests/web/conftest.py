"""The web's fixtures."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from storage.store import Store
from tests.support.browser import open_chromium
from tests.support.stores import clock, database_url, keyring, sqlite_template, store, template
from tests.web.house import listening, webchat_parts, webchat_with_design

__all__ = ["clock", "database_url", "keyring", "sqlite_template", "store", "template"]


@pytest.fixture
def engine() -> str:
    """Pages are the same on both engines; the transcripts run on both."""
    return "sqlite"


@pytest.fixture
async def site(store: Store) -> AsyncIterator[str]:
    """The web chat with its design page; its address."""
    async with listening(webchat_with_design(webchat_parts(store))) as address:
        yield address


@pytest.fixture(scope="session")
async def chromium() -> AsyncIterator[Browser]:
    """One browser for the whole run."""
    async with open_chromium() as browser:
        yield browser
