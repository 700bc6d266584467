"""`tovholder clocks simulate` and `tovholder clocks move`, as an operator runs them, on both engines."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from bot.profile import SHIPPED
from bot.settings import KeyringSettings, Settings
from bot.wiring import load_keyring
from storage.store import open_store
from tests.support.builders import a_case, a_person, some_rules
from tests.support.command import tovholder
from tests.support.stores import SettableClock
from triage.cases.case import Case
from triage.cases.handle import claim
from triage.clocks.keep import tick

QUICKER = """
[[clock]]
id = "triage48"
version = 2
limit = "36h"
limit_is_promise = true
own_texts = true

[[clock.milestone]]
id = "unclaimed"
at = "2h"
only_if = "unclaimed"
notify = ["duty_officer"]

[[clock.milestone]]
id = "breached"
at = "36h"
notify = ["head"]
"""


@pytest.fixture
def settings(tmp_path: Path, engine: str, database_url: str) -> dict[str, str]:
    """The settings of a house on the engine of the test."""
    (tmp_path / "data").mkdir()
    if engine == "sqlite":
        Path(database_url.removeprefix("sqlite:///")).rename(tmp_path / "data" / "tovholder.db")
        return {}
    return {"DATABASE_URL": database_url}


async def two_cases(folder: Path, settings: dict[str, str]) -> tuple[Case, Case]:
    """One taken after an hour, one never; both run for 40 hours."""
    given = Settings(
        data_dir=folder / "data",
        database_url=settings.get("DATABASE_URL", ""),
        keyring=KeyringSettings(file=folder / "keys" / "keyring.json"),
    )
    clock = SettableClock()
    keyring, _ = load_keyring(given, create=True)
    store = open_store(given.store_url, clock=clock, keyring=keyring)
    await store.open()
    officer = await store.write(a_person, on_duty=True)
    taken, left = await store.write(a_case), await store.write(a_case)
    clock.advance(timedelta(hours=1))
    await store.write(lambda tx: claim(tx, some_rules(), case_id=taken.id, by=officer.id))
    clock.advance(timedelta(hours=39))
    await store.write(tick, some_rules())
    await store.close()
    return taken, left


def changed_profile(folder: Path) -> Path:
    """The shipped profile with a second version of its main clock."""
    shutil.copytree(SHIPPED / "koebenhavn", folder / "profile")
    clocks = folder / "profile" / "clocks.toml"
    clocks.write_text(clocks.read_text("utf-8") + QUICKER, "utf-8")
    return folder / "profile"


async def test_past_cases_run_again_on_paper_under_changed_clocks(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    await two_cases(tmp_path, settings)
    (tmp_path / "changed.toml").write_text(QUICKER, "utf-8")
    shutil.copy(SHIPPED / "koebenhavn" / "clocks.toml", tmp_path / "same.toml")

    same = await tovholder(tmp_path, "clocks", "simulate", "same.toml", "--since", "2026-05-01", **settings)
    ended = await tovholder(
        tmp_path, "clocks", "simulate", "changed.toml", "--since", "2026-05-01", **settings
    )

    assert (ended.status, ended.err) == (0, "")
    lines = [" ".join(line.split()) for line in ended.out.splitlines()]
    assert lines[0].startswith("2 clocks since 2026-05-01 were run again on paper.")
    assert "triage48, version 2: 2 clocks" in lines
    # By the time of the machine, long after: nobody decided, so both rules are missed by both.
    assert "deadlines missed 2 → 2" in lines
    # Of the one that was taken nobody would have heard that it was not; the other rules have more warnings.
    assert any(line.startswith("notices: Duty officer") for line in lines)
    assert "notices at night 0 → 0" in lines
    assert same.out.splitlines()[1:] == ["Unchanged in the file, and so not run again: triage48."]


async def test_a_move_is_shown_first_and_done_when_it_is_said(
    tmp_path: Path, settings: dict[str, str]
) -> None:
    taken, left = await two_cases(tmp_path, settings)
    given = {**settings, "PROFILE": str(changed_profile(tmp_path))}

    shown = await tovholder(tmp_path, "clocks", "move", "triage48", **given)
    done = await tovholder(tmp_path, "clocks", "move", "triage48", "--yes", **given)
    again = await tovholder(tmp_path, "clocks", "move", "triage48", "--yes", **given)

    assert [each.status for each in (shown, done, again)] == [0, 0, 0]
    for ended in (shown, done):
        assert all(case.code in ended.out for case in (taken, left))
    assert "At once it tells: The deadline falls while closed" in shown.out
    assert "2 of 2 clocks would follow triage48 version 2. Nothing was changed." in shown.out
    assert "2 of 2 clocks now follow triage48 version 2." in done.out
    assert "0 of 2 clocks now follow triage48 version 2." in again.out


async def test_what_cannot_be_read_is_said_in_a_sentence(tmp_path: Path, settings: dict[str, str]) -> None:
    await two_cases(tmp_path, settings)
    (tmp_path / "broken.toml").write_text(QUICKER.replace('"36h"', '"soon"'), "utf-8")

    unknown = await tovholder(tmp_path, "clocks", "move", "no_such", **settings)
    broken = await tovholder(tmp_path, "clocks", "simulate", "broken.toml", **settings)
    no_date = await tovholder(tmp_path, "clocks", "simulate", "broken.toml", "--since", "May", **settings)

    assert [each.status for each in (unknown, broken, no_date)] == [1, 1, 1]
    assert unknown.err.startswith("There is no clock no_such, only: access_request, ack_human,")
    assert "'soon' is not a span" in broken.err
    assert all("Traceback" not in each.err for each in (unknown, broken, no_date))
