"""The web's fixtures."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from storage.store import Store
from tests.web.house import listening, webchat_parts, webchat_with_design


@pytest.fixture
def engine() -> str:
    """Pages are the same on both engines; the transcripts run on both."""
    return "sqlite"


@pytest.fixture
async def site(store: Store) -> AsyncIterator[str]:
    """The web chat with its design page; its address."""
    async with listening(webchat_with_design(webchat_parts(store))) as address:
        yield address
