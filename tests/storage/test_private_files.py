"""A SQLite house lies in files that only their owner may open."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage.keyring import Keyring
from storage.migrate import upgrade
from storage.sqlite_file import open_to_others
from storage.store import open_store
from tests.support.builders import a_person
from tests.support.stores import SettableClock


@pytest.fixture
def _generous() -> Iterator[None]:
    """A shell that lets others read what is made."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("_generous")
async def test_what_is_made_is_its_owner_s_alone_and_what_was_opened_to_others_is_named(
    tmp_path: Path,
) -> None:
    url = f"sqlite:///{tmp_path / 'house.db'}"
    await upgrade(url)
    store = open_store(url, clock=SettableClock(), keyring=Keyring.create(tmp_path / "keyring.json"))
    await store.open()
    await store.write(a_person)
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in tmp_path.glob("house.db*")}
    at_first = open_to_others(url)
    (tmp_path / "house.db").chmod(0o640)
    opened = open_to_others(url)
    await store.close()

    assert {"house.db", "house.db-wal", "house.db-shm"} <= modes.keys()
    assert set(modes.values()) == {0o600}
    assert (at_first, opened) == ((), (tmp_path / "house.db",))
