"""One interleaved run: REF and the product on both engines take turns on one core, each against a fake of its own."""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from storage import tables
from storage.keyring import Keyring
from storage.migrate import upgrade
from storage.store import DatabaseClock, open_store
from storage.transaction import Transaction
from tests.bench import form
from tests.bench.driving import Counted, Crowd, see_script
from tests.bench.form import Shown
from tests.kill.fleet import Fleet
from tests.support.botapi.server import FakeBotApi
from tests.support.postgres import PostgresServer
from tests.support.profiles import one_flow
from triage.notices.outbox import OutboxState

_ROOT = Path(__file__).parents[2]
REFERENCE, SQLITE, POSTGRESQL = "REF", "SQLite", "PostgreSQL"
SLOW_API = 0.04


@dataclass(kw_only=True)
class Lengths:
    """Rounds, and the seconds of each part of a round."""

    rounds: int = 3
    busy: float = 8.0
    slow: float = 12.0
    alone: float = 3.0


@dataclass(kw_only=True)
class Variant:
    """One bot, its own fake and its own people. `kept` is what its store holds at the end."""

    name: str
    api: FakeBotApi
    crowd: Crowd
    pid: int
    script: list[Shown]
    busy: list[Counted] = field(default_factory=list)
    slow: list[Counted] = field(default_factory=list)
    alone: list[Counted] = field(default_factory=list)
    kept: Mapping[str, int] = field(default_factory=dict)

    def typical(self, part: str, value: Callable[[Counted], float]) -> float:
        """The median over the rounds."""
        counted: Sequence[Counted] = getattr(self, part)
        return statistics.median(value(each) for each in counted)


async def measure(folder: Path, lengths: Lengths) -> list[Variant]:
    """Run every variant in every round, and count what the stores hold at the end."""
    core = max(os.sched_getaffinity(0))
    profile = one_flow(folder / "profile", form.FLOW_ID, form.flow(), form.texts())
    server = PostgresServer(durable=True).start()
    try:
        urls = {
            SQLITE: f"sqlite:///{folder / SQLITE / 'data' / 'tovholder.db'}",
            POSTGRESQL: await server.create_database("tovholder_bench"),
        }
        async with AsyncExitStack() as stack:
            products = []
            for name, url in urls.items():
                (folder / name).mkdir()
                products.append(
                    await stack.enter_async_context(_product(name, url, profile, folder / name, core))
                )
            reference = await stack.enter_async_context(_reference(folder, products[0].script, core))
            variants = [reference, *products]
            for _ in range(lengths.rounds):
                for variant in variants:
                    await _round(variant, lengths)
            # What was sent last is marked as sent in a moment.
            await asyncio.sleep(2)
        for variant in products:
            keyring = Keyring.load(folder / variant.name / "keyring.json")
            store = open_store(urls[variant.name], clock=DatabaseClock(), keyring=keyring)
            await store.open()
            variant.kept = await store.read(_count)
            await store.close()
    finally:
        server.stop()
    return variants


async def _round(variant: Variant, lengths: Lengths) -> None:
    crowd, pid, api = variant.crowd, variant.pid, variant.api
    variant.busy.append(await crowd.measure(in_flight=20, seconds=lengths.busy, pid=pid))
    variant.alone.append(await crowd.measure(in_flight=1, seconds=lengths.alone, pid=pid, warm_up=0.3))
    api.latency = SLOW_API
    variant.slow.append(await crowd.measure(in_flight=50, seconds=lengths.slow, pid=pid, warm_up=4.0))
    api.latency = 0.0


@asynccontextmanager
async def _product(name: str, url: str, profile: Path, folder: Path, core: int) -> AsyncIterator[Variant]:
    Keyring.create(folder / "keyring.json")
    await upgrade(url)
    async with FakeBotApi(validate="light", record=False) as api:
        settings = {
            "data_dir": str(folder / "data"),
            "database_url": "" if name == SQLITE else url,
            "profile": str(profile),
            "public_url": "http://127.0.0.1:9",
            "telegram": {
                "token": api.token,
                "api_url": f"http://127.0.0.1:{api.port}",
                "mode": "webhook",
                "webhook_secret": "bench-secret",
            },
            "keyring": {"file": str(folder / "keyring.json")},
        }
        async with Fleet(settings, replicas=1, folder=folder, cores=[core]) as fleet:
            replica = fleet.replicas[0]
            api.spread_webhook([replica.webhook])
            script = await see_script(api)
            crowd = Crowd(api, script)
            yield Variant(name=name, api=api, crowd=crowd, pid=replica.pid, script=script)
            await fleet.stop(replica)


@asynccontextmanager
async def _reference(folder: Path, script: list[Shown], core: int) -> AsyncIterator[Variant]:
    file = folder / "script.json"
    file.write_text(json.dumps([asdict(shown) for shown in script]), "utf-8")
    async with FakeBotApi(validate="light", record=False) as api:
        command = (sys.executable, "-W", "ignore", "-m", "tests.bench.reference")
        given = ("--base-url", api.base_url, "--token", api.token, "--script", str(file))
        process = await asyncio.create_subprocess_exec(
            *command, *given, cwd=_ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        json.loads(await asyncio.wait_for(process.stdout.readline(), 30))
        os.sched_setaffinity(process.pid, {core})
        yield Variant(name=REFERENCE, api=api, crowd=Crowd(api, script), pid=process.pid, script=script)
        process.terminate()
        await process.wait()


def _count(tx: Transaction) -> dict[str, int]:
    run = tx._work.connection.execute
    states = run(select(tables.outbox.c.state, func.count()).group_by(tables.outbox.c.state)).all()
    sent = {str(state): int(count) for state, count in states}
    return {
        "reports": int(run(select(func.count()).select_from(tables.submissions)).scalar_one()),
        "updates": int(run(select(func.count()).select_from(tables.inputs)).scalar_one()),
        "messages_sent": sent.get(OutboxState.SENT.value, 0),
        "messages_not_sent": sum(sent.values()) - sent.get(OutboxState.SENT.value, 0),
    }
