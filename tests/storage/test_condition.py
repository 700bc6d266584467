"""A look at a database from outside leaves every byte of it as it was."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from storage.condition import look_at
from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_person
from triage.ids import ShiftId
from triage.people.roster import Shift


async def test_looking_changes_no_byte_of_a_file_that_was_never_opened_by_us(tmp_path: Path) -> None:
    path = tmp_path / "house.db"
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE elsewhere (id INTEGER)")
    made.close()
    before = path.read_bytes()

    found = await look_at(f"sqlite:///{path}")

    assert found.revision is None
    assert path.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["house.db"]


async def test_who_has_the_duty_by_the_roster_is_seen_from_outside(store: Store, database_url: str) -> None:
    def rostered(tx: Transaction) -> None:
        now = datetime.now(UTC)
        start, end = now - timedelta(hours=1), now + timedelta(hours=1)
        shift = Shift(id=ShiftId(tx.new_id()), person_id=a_person(tx).id, start=start, end=end)
        tx.duty.add_shift(shift)

    before = await look_at(database_url)
    await store.write(rostered)

    assert (before.on_duty, (await look_at(database_url)).on_duty) == (False, True)
