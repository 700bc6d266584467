"""The house that most tests of the chat live in."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from storage.keyring import Keyring
from storage.store import Store
from tests.support.stores import SettableClock
from tests.support.telegram_house import TelegramHouse, telegram_house


@pytest.fixture
async def house(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> AsyncIterator[TelegramHouse]:
    """A bot by webhook, with a public https address, on the engine of the test."""
    async with telegram_house(store, keyring, tmp_path, now=lambda: clock.at) as opened:
        yield opened
