"""A terminal on a store of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from bot.leaving import ender
from bot.wiring import make_intake
from handlers.terminal.parts import TerminalParts
from storage.store import Store
from tests.support.people.terminal import TerminalPerson
from tests.support.profiles import shipped


@pytest.fixture
def parts(store: Store) -> TerminalParts:
    """The shipped organisation on this store."""
    profile = shipped()
    words = profile.translator()
    intake = make_intake(profile, words, profile.rules())
    return TerminalParts(
        store=store,
        intake=intake,
        words=words,
        trial=profile.trial,
        end_dialogue=ender(profile.rules()),
    )


@pytest.fixture
async def person(parts: TerminalParts) -> AsyncIterator[TerminalPerson]:
    """Somebody who has started the program."""
    somebody = TerminalPerson(parts)
    await somebody.open()
    yield somebody
    await somebody.close()
