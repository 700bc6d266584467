"""The console's fixtures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.store import Store
from tests.admin.house import Console, open_console
from tests.support.stores import SettableClock


@pytest.fixture
async def console(store: Store, clock: SettableClock, tmp_path: Path) -> AsyncIterator[Console]:
    """The console behind a listener on this machine, with nobody in it."""
    async with open_console(store, clock, mails=tmp_path / "mails") as opened:
        yield opened
