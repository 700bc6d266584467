"""Many clocks ring at once on four processes that are killed at random: each step is recorded and told exactly once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import Connection, func, select, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.profile import load_profile
from storage.house_tables import audit_entries
from storage.keyring import Keyring
from storage.migrate import upgrade
from storage.store import open_store
from storage.tables import case_events, clocks, fired, outbox
from storage.transaction import Transaction
from tests.kill.fleet import Fleet
from tests.kill.harness import hire
from tests.kill.servers import database
from tests.support.builders import a_submission
from tests.support.patience import PATIENCE
from tests.support.postgres import PostgresServer
from tests.support.stores import SharedClock
from triage.audit import Act
from triage.cases.case import Case, EventKind
from triage.clocks.moving import note_counted
from triage.rules import Rules

pytestmark = [pytest.mark.long]

_COPY_CASES = """
INSERT INTO cases ({columns})
SELECT {values} FROM cases, generate_series(1, :many) AS number WHERE cases.id = :template
"""


@dataclass(frozen=True, kw_only=True)
class Size:
    """How many clocks, and how often one of the four processes is killed."""

    clocks: int
    kill_every: float


@dataclass(kw_only=True)
class Seen:
    """What stands in the store at the end."""

    fired: int = 0
    doubled: int = 0
    missed: int = 0
    notices: int = 0
    events: int = 0
    entries: int = 0


async def ring(size: Size, server: PostgresServer, folder: Path) -> tuple[Seen, int, float]:
    """Let so many clocks come to their first step at one moment; what was recorded, the kills, and the seconds."""
    url = await database(server)
    profile = load_profile("koebenhavn")
    rules = profile.rules()
    keyring = Keyring.create(folder / "keyring.json")
    clock = SharedClock(folder / "clock")
    clock.set_offset(_to_tuesday_evening(rules))
    await upgrade(url)
    store = open_store(url, clock=clock, keyring=keyring)
    await store.open()
    await store.write(hire)
    await store.write(note_counted, rules)
    template = await store.write(a_submission)
    # What the product never does, a million rows in one statement, is not held to the product's time limits.
    patient = create_async_engine(url)
    async with patient.begin() as connection:
        await connection.run_sync(_many, template, size.clocks, await store.read(lambda tx: tx.now))
    settings = {
        "data_dir": str(folder / "data"),
        "database_url": url,
        "keyring": {"file": str(folder / "keyring.json")},
        "profile": "koebenhavn",
        "tick_seconds": 0.05,
    }
    fleet = Fleet(settings, replicas=4, folder=folder, clock=folder / "clock", lease=3.0)
    async with fleet:
        began = time.monotonic()
        # Every clock's step of four hours has come, and none of twelve.
        clock.set_offset(clock.offset + timedelta(hours=5))
        killing = asyncio.create_task(_kill(fleet, size.kill_every))
        async with asyncio.timeout(PATIENCE + size.clocks / 20):
            while not killing.done() and await store.read(_still_due):
                await asyncio.sleep(0.5)
        seconds = time.monotonic() - began
        killing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await killing
        await fleet.wait_alive()
    await store.close()
    async with patient.connect() as connection:
        seen = await connection.run_sync(_seen, size.clocks)
    await patient.dispose()
    return seen, fleet.kills, seconds


def _to_tuesday_evening(rules: Rules) -> timedelta:
    """To an evening with a working day before and behind it: what a calm clock says waits for the morning."""
    evening = rules.calendar.local(datetime.now(UTC)).replace(hour=19, minute=0)
    while evening.weekday() != 1 or not _works_around(rules, evening):
        evening += timedelta(days=1)
    return evening - datetime.now(UTC)


def _works_around(rules: Rules, at: datetime) -> bool:
    days = (at.date(), at.date() + timedelta(days=1))
    return all(rules.calendar.is_working_day(day) for day in days)


def _many(connection: Connection, template: Case, many: int, now: datetime) -> None:
    """So many cases like this one, each with a clock on an addition; its own clock is taken away."""
    connection.execute(clocks.delete())
    names = [row[0] for row in connection.execute(text(_COLUMNS_OF), {"of": "cases"})]
    fresh = {"id": "gen_random_uuid()", "code": "'K-' || lpad(number::text, 9, '0')"}
    statement = _COPY_CASES.format(
        columns=", ".join(f'"{name}"' for name in names),
        values=", ".join(fresh.get(name, f'cases."{name}"') for name in names),
    )
    connection.execute(text(statement), {"many": many, "template": template.id})
    connection.execute(
        text(_ADD_CLOCKS),
        {"start": _micro(now), "due": _micro(now + timedelta(hours=24)), "template": template.id}
        | {"fire": _micro(now + timedelta(hours=4))},
    )
    connection.execute(text("ANALYZE"))


_COLUMNS_OF = (
    "SELECT column_name FROM information_schema.columns WHERE table_name = :of ORDER BY ordinal_position"
)
_ADD_CLOCKS = """
INSERT INTO clocks (id, policy_id, policy_version, case_id, started_at, anchor_at, due_at, wakes, claimed, next_fire_at)
SELECT gen_random_uuid(), 'addition24', 1, cases.id, :start, :start, :due, false, false, :fire
FROM cases WHERE cases.id <> :template
"""


def _micro(at: datetime) -> int:
    return int(at.timestamp() * 1_000_000)


def _still_due(tx: Transaction) -> bool:
    waiting = select(clocks.c.id).where(clocks.c.stopped_at.is_(None), clocks.c.next_fire_at <= tx.now)
    return tx._work.connection.execute(waiting.limit(1)).first() is not None


def _seen(connection: Connection, many: int) -> Seen:
    first = select(func.count()).where(fired.c.milestone == "unseen")
    recorded: int = connection.execute(first).scalar_one()
    notices = select(func.count()).where(outbox.c.person_id.is_not(None), outbox.c.topic.like("clock:%"))
    twice = (
        select(func.count())
        .select_from(audit_entries)
        .where(audit_entries.c.act == Act.CASE_ESCALATED)
        .group_by(audit_entries.c.object_id, audit_entries.c.facts)
        .having(func.count() > 1)
    )
    return Seen(
        fired=recorded,
        doubled=len(connection.execute(twice).all()),
        missed=many - recorded,
        notices=connection.execute(notices).scalar_one(),
        events=connection.execute(
            select(func.count()).where(case_events.c.kind == EventKind.ESCALATED)
        ).scalar_one(),
        entries=connection.execute(
            select(func.count()).where(audit_entries.c.act == Act.CASE_ESCALATED)
        ).scalar_one(),
    )


async def _kill(fleet: Fleet, every: float) -> None:
    random = Random(4)  # noqa: S311  repeatable on purpose
    while True:
        await asyncio.sleep(random.uniform(0.5, 1.5) * every)
        replica = random.choice(fleet.replicas)
        if replica.alive.is_set():
            await fleet.kill(replica)


def _as_it_must_be(size: Size, seen: Seen) -> None:
    assert (seen.missed, seen.doubled) == (0, 0)
    assert seen.fired == size.clocks
    assert seen.events == seen.entries == size.clocks
    # Nobody holds the cases: each step is told to the officer on duty in the coordinator's place, once.
    assert seen.notices == size.clocks


async def test_ten_thousand_clocks_ring_once_each_on_four_processes_that_are_killed(
    own_server: PostgresServer, tmp_path: Path
) -> None:
    size = Size(clocks=10_000, kill_every=1.0)
    seen, kills, seconds = await ring(size, own_server, tmp_path)
    print(f"{size.clocks} clocks, {kills} kills, {seconds:.1f} s: {seen}")
    _as_it_must_be(size, seen)
    assert kills >= 3


@pytest.mark.proof
async def test_a_million_clocks_ring_once_each_on_four_processes_that_are_killed(tmp_path: Path) -> None:
    size = Size(clocks=int(os.environ.get("TOVHOLDER_PROOF_CLOCKS", "1000000")), kill_every=5.0)
    server = PostgresServer(durable=True).start()
    try:
        seen, kills, seconds = await ring(size, server, tmp_path)
    finally:
        server.stop()
    print(f"{size.clocks} clocks, {kills} kills, {seconds:.1f} s: {seen}")
    _as_it_must_be(size, seen)
    assert kills >= 3
