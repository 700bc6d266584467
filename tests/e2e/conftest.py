"""The fixtures of the walks."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.e2e.house import House, a_house
from tests.support.stores import SettableClock


@pytest.fixture
async def house(database_url: str, tmp_path: Path, clock: SettableClock) -> AsyncIterator[House]:
    """The product, running, with nobody in it."""
    async with a_house(database_url, tmp_path / "house", clock) as opened:
        yield opened
