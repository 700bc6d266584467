"""A look at a database from outside leaves every byte of it as it was."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from storage.condition import look_at


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
