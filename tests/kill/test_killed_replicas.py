from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.kill.harness import KillTest, Plan
from tests.kill.people import Habits
from tests.kill.servers import database
from tests.support.planted import Plant
from tests.support.postgres import PostgresServer

# All in one process, one after the other: two runs beside each other would only take each other's processor.
pytestmark = [pytest.mark.long]


# People answer at once in a small run.
HASTY = Plan(
    conversations=24,
    kills=12,
    in_flight=24,
    kill_every=0.7,
    early_moves=0,
    late_move_every=0.8,
    faults=False,
    quiet_seconds=10.0,
    habits=Habits(repeated_updates=0.15, patience=15.0),
)
# A planted fault leaves some of them without an answer, and the run need not wait for what never comes.
PLANTED = replace(HASTY, quiet_seconds=4.0, habits=Habits(repeated_updates=0.15, patience=5.0))
# What is wrong in the talk itself shows before time moves on.
IN_THE_TALK = frozenset({Plant.REPLY_BEFORE_COMMIT, Plant.NO_DEDUPLICATION})


async def test_no_report_is_lost_or_doubled_while_replicas_are_killed(
    own_server: PostgresServer, tmp_path: Path
) -> None:
    plan = Plan(conversations=200, kills=40, in_flight=60)
    verdict = await KillTest(plan, folder=tmp_path, url=await database(own_server)).run()
    print(verdict.line())
    assert verdict.faults == []
    assert verdict.figures["kills"] >= 40


async def test_no_report_is_lost_or_doubled_while_the_one_process_on_sqlite_is_killed(tmp_path: Path) -> None:
    plan = Plan(conversations=60, kills=12, replicas=1, early_moves=2, kill_every=2.0)
    file = tmp_path / "data" / "tovholder.db"
    verdict = await KillTest(plan, folder=tmp_path, url=f"sqlite:///{file}").run()
    print(verdict.line())
    assert verdict.faults == []
    assert verdict.figures["kills"] >= 12
    assert verdict.figures["integrity_checks"] >= 12


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        (Plant.REPLY_BEFORE_COMMIT, "conversation"),
        (Plant.NO_DEDUPLICATION, "is stored otherwise"),
        (Plant.NOTICE_OUTSIDE, "it was recorded and nobody was told"),
    ],
)
async def test_a_planted_fault_is_seen(
    fault: Plant, says: str, own_server: PostgresServer, tmp_path: Path
) -> None:
    plan = PLANTED.planting(fault)
    if fault in IN_THE_TALK:
        plan = replace(plan, late_moves=0)
    verdict = await KillTest(plan, folder=tmp_path, url=await database(own_server)).run()
    print(verdict.line())
    assert any(says in sentence for sentence in verdict.faults), verdict.faults


async def test_the_same_small_run_is_green_without_a_planted_fault(
    own_server: PostgresServer, tmp_path: Path
) -> None:
    verdict = await KillTest(HASTY, folder=tmp_path, url=await database(own_server)).run()
    print(verdict.line())
    assert verdict.faults == []


@pytest.mark.proof
@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
async def test_no_report_is_lost_or_doubled_at_full_size(engine: str, tmp_path: Path) -> None:
    plan = Plan.from_environment(os.environ, engine=engine)
    server = PostgresServer(durable=True).start()
    try:
        url = f"sqlite:///{tmp_path / 'data' / 'tovholder.db'}"
        if engine == "postgresql":
            url = await database(server)
        verdict = await KillTest(plan, folder=tmp_path, url=url).run()
    finally:
        server.stop()
    print(verdict.line())
    assert verdict.faults == []
    assert verdict.figures["kills"] >= plan.kills
