"""The kill test: people report, replicas are killed, time moves on; then what people were told is compared."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import sqlite3
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import Connection

from bot.profile import load_profile
from storage.keyring import Keyring
from storage.migrate import upgrade
from storage.sqlite_file import make_engine
from storage.store import Store, open_store
from storage.transaction import Transaction
from tests.kill import compare
from tests.kill.compare import Verdict
from tests.kill.fleet import Fleet
from tests.kill.people import TOLD, Habits, Record, Reporter
from tests.kill.phone import Reader
from tests.kill.pulse import Pulse
from tests.support.botapi.server import FakeBotApi, Retry
from tests.support.profiles import always_staffed
from tests.support.stores import SharedClock
from triage.ids import PersonId
from triage.people.person import Person, PersonState, Role

FIRST_CHAT = 50_001
_LET_STAND_UP = 0.7
"""How often the next kill waits until every replica listens; else several may be down at once."""
STAFF = (Role.DUTY_OFFICER, Role.HEAD, Role.CHAIR)
_NAMES = {Role.DUTY_OFFICER: "Testvagt", Role.HEAD: "Testleder", Role.CHAIR: "Testformand"}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is done. `move_by` is test time; everything else is real seconds.

    All moves together stay below 72 hours: after that the product forgets what it sent, and nothing could be
    compared. The late ones, after the last conversation, are more than 48 hours.
    """

    conversations: int
    kills: int
    replicas: int = 2
    in_flight: int = 40
    lease: float = 3.0
    kill_every: float = 1.6
    move_by: timedelta = timedelta(hours=4)
    move_every: float = 10.0
    early_moves: int = 4
    late_moves: int = 13
    late_move_every: float = 1.5
    catch_up_seconds: float = 30.0
    faults: bool = True
    habits: Habits = field(default_factory=Habits)
    plant: str = ""
    seed: int = 1
    quiet_seconds: float = 60.0

    def planting(self, fault: str) -> Plan:
        """The same with a planted fault."""
        return replace(self, plant=fault)

    @staticmethod
    def from_environment(environment: Mapping[str, str], *, engine: str) -> Plan:
        """The full size, or what `TOVHOLDER_PROOF_CONVERSATIONS`, `_KILLS` and `_REPLICAS` say."""
        conversations = int(environment.get("TOVHOLDER_PROOF_CONVERSATIONS", "10000"))
        kills = int(environment.get("TOVHOLDER_PROOF_KILLS", "500"))
        if engine == "sqlite":
            conversations, kills = conversations // 5, kills // 5 * 2
        replicas = 1 if engine == "sqlite" else int(environment.get("TOVHOLDER_PROOF_REPLICAS", "2"))
        return Plan(
            conversations=conversations,
            kills=kills,
            replicas=replicas,
            in_flight=200,
            kill_every=2.5,
            early_moves=5,
            move_every=60.0,
            late_move_every=3.0,
            quiet_seconds=180.0,
        )


class KillTest:
    """One run. `url` is the store; on SQLite there is one replica, and the store is looked at when it is down."""

    def __init__(self, plan: Plan, *, folder: Path, url: str) -> None:
        """Nothing is started yet."""
        self._plan = plan
        self._folder = folder
        self._url = url
        self._random = Random(plan.seed)  # noqa: S311  repeatable on purpose
        self._clock = SharedClock(folder / "clock")
        self._records = [
            Record(number, chat_id=FIRST_CHAT + number) for number in range(1, plan.conversations + 1)
        ]
        self._moved = timedelta()
        self._has_moved = asyncio.Event()
        self._talked = False
        self._over = False
        self._integrity: list[str] = []

    async def run(self) -> Verdict:
        """Run it, and compare what people were told with what is stored."""
        plan, folder = self._plan, self._folder
        begun = time.monotonic()
        profile_folder = always_staffed(folder / "profile")
        profile = load_profile(str(profile_folder))
        keyring = Keyring.create(folder / "keyring.json")
        await upgrade(self._url)
        async with self._open(keyring) as store:
            await store.write(hire)
        reader = Reader(profile=profile, language="da", kind=TOLD)
        retry = Retry(first=0.02, longest=0.25, answer_within=10.0)
        async with FakeBotApi(seed=plan.seed, retry=retry) as api:
            settings = {
                "data_dir": str(folder / "data"),
                "database_url": "" if self._is_file else self._url,
                "profile": str(profile_folder),
                "public_url": "http://127.0.0.1:9",
                "telegram": {
                    "token": api.token,
                    "api_url": f"http://127.0.0.1:{api.port}",
                    "mode": "webhook",
                    "webhook_secret": "kill-test-secret",
                },
                "keyring": {"file": str(folder / "keyring.json")},
                "tick_seconds": 0.3,
            }
            fleet = Fleet(
                settings,
                replicas=plan.replicas,
                folder=folder,
                clock=folder / "clock",
                lease=plan.lease,
                plant=plan.plant,
                look=self._check_file if self._is_file else None,
            )
            async with fleet:
                api.spread_webhook([replica.webhook for replica in fleet.replicas])
                if plan.faults:
                    api.fault("too_many", probability=0.03, retry_after=1)
                    api.fault("server_error", probability=0.02)
                    api.fault("lost_answer", probability=0.02)
                pulse = Pulse(api, fleet, folder / "data" / "mails")
                beating = asyncio.create_task(pulse.beat())
                await self._act(api, reader, fleet, pulse, keyring)
                talked = time.monotonic() - begun
                api.faults.clear()
                await fleet.wait_alive()
                settled = await self._settle(api, fleet, keyring, pulse)
                beating.cancel()
            verdict = Verdict(plan=plan, records=self._records)
            verdict.note(api, fleet, reader, seconds=talked, settled=settled)
        async with self._open(keyring) as store:
            await store.read(compare.compare, verdict, folder / "data" / "mails")
        verdict.seconds = time.monotonic() - begun
        verdict.figures["integrity_checks"] = len(self._integrity)
        verdict.faults += [f"the file was damaged: {said}" for said in self._integrity if said != "ok"]
        return verdict

    @property
    def _is_file(self) -> bool:
        return self._url.startswith("sqlite")

    def _check_file(self) -> None:
        """Ask a copy of what the killed process left, its log included; the original is the next process's."""
        file = self._folder / "data" / "tovholder.db"
        copy = self._folder / "copy.db"
        for ending in ("", "-wal"):
            if (left := file.with_name(file.name + ending)).exists():
                shutil.copyfile(left, copy.with_name(copy.name + ending))
            else:
                copy.with_name(copy.name + ending).unlink(missing_ok=True)
        copy.with_name("copy.db-shm").unlink(missing_ok=True)
        with contextlib.closing(sqlite3.connect(copy)) as connection:
            self._integrity.append(str(connection.execute("PRAGMA integrity_check").fetchone()[0]))

    def _open(self, keyring: Keyring) -> _Opened:
        return _Opened(open_store(self._url, clock=self._clock, keyring=keyring))

    async def _act(
        self, api: FakeBotApi, reader: Reader, fleet: Fleet, pulse: Pulse, keyring: Keyring
    ) -> None:
        background = [
            asyncio.create_task(self._kill_on(fleet, pulse)),
            asyncio.create_task(self._move_on(api)),
        ]
        gate = asyncio.Semaphore(self._plan.in_flight)

        async def report(record: Record) -> None:
            async with gate:
                random = Random(f"{self._plan.seed}-{record.number}")  # noqa: S311  repeatable on purpose
                reporter = Reporter(api, reader, record, random=random, habits=self._plan.habits, pulse=pulse)
                await reporter.report()

        await asyncio.gather(*(report(record) for record in self._records))
        self._talked = True
        background[1].cancel()
        late = self._plan.late_moves
        while (late > 0 or fleet.kills < self._plan.kills) and not background[0].done():
            await asyncio.sleep(self._plan.late_move_every)
            # Moved while nobody is there, the milestones would all come due together, and nobody's silence would last.
            await fleet.wait_alive()
            await self._catch_up(keyring)
            if late > 0:
                self._move(api)
                late -= 1
        self._over = True
        results = await asyncio.gather(*background, return_exceptions=True)
        broken = [one for one in results if isinstance(one, Exception)]
        if broken:
            raise broken[0]

    async def _kill_on(self, fleet: Fleet, pulse: Pulse) -> None:
        """Kill one after the other at random moments, and each time that the clock has moved.

        While people talk, each of them has got on a little between two kills: a machine so busy that a replica is
        killed before it does anything would show nothing, and never end.
        """
        random, every = self._random, self._plan.kill_every
        goal = 0
        while not self._over:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(random.uniform(0.4, 1.6) * every):
                    await self._has_moved.wait()
            if self._has_moved.is_set():
                # Now the clocks of many cases ring at once.
                self._has_moved.clear()
                await asyncio.sleep(random.uniform(0.0, 0.6))
            elif not self._talked:
                await pulse.until_moved(goal)
            goal = pulse.moved + self._plan.in_flight
            replica = random.choice(fleet.replicas)
            if replica.alive.is_set():
                await fleet.kill(replica)
            if random.random() < _LET_STAND_UP:
                await fleet.wait_alive()

    async def _move_on(self, api: FakeBotApi) -> None:
        for _ in range(self._plan.early_moves):
            await asyncio.sleep(self._plan.move_every)
            self._move(api)

    async def _catch_up(self, keyring: Keyring) -> None:
        """Wait until what has come due is recorded, while the killing goes on; but not for ever."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._plan.catch_up_seconds):
                while await self._count(compare.due, keyring):
                    await asyncio.sleep(0.1)

    def _move(self, api: FakeBotApi) -> None:
        self._moved += self._plan.move_by
        self._clock.set_offset(self._moved)
        api.shift_clock(self._plan.move_by)
        self._has_moved.set()

    async def _settle(self, api: FakeBotApi, fleet: Fleet, keyring: Keyring, pulse: Pulse) -> float:
        """Let what waits go out, without any hand; the seconds that it took, or infinity."""
        begun = time.monotonic()
        while not await self._is_settled(api, keyring):
            if pulse.quiet > self._plan.quiet_seconds:
                return float("inf")
            await asyncio.sleep(0.5)
        for replica in fleet.replicas:
            await fleet.stop(replica)
        return time.monotonic() - begun

    async def _is_settled(self, api: FakeBotApi, keyring: Keyring) -> bool:
        return not api.pending() and await self._count(compare.waiting, keyring) == 0

    async def _count(self, count: Callable[[Connection, datetime], int], keyring: Keyring) -> int:
        if self._is_file:
            return await asyncio.to_thread(self._count_in_file, count)
        async with self._open(keyring) as store:
            return await store.read(lambda tx: count(tx._work.connection, tx.now))

    def _count_in_file(self, count: Callable[[Connection, datetime], int]) -> int:
        # One process has the store; beside it the file can only be read.
        engine = make_engine(self._url, read_only=True)
        try:
            with engine.connect() as connection:
                return count(connection, datetime.now(UTC) + self._moved)
        finally:
            engine.dispose()


class _Opened:
    """A store, open for a moment."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def __aenter__(self) -> Store:
        await self._store.open()
        return self._store

    async def __aexit__(self, *_: object) -> None:
        await self._store.close()


def hire(tx: Transaction) -> None:
    """One officer on duty, one head, one chair, each with a mailbox."""
    for role in STAFF:
        person = Person(
            id=PersonId(tx.new_id()),
            name=_NAMES[role],
            email=f"{role}@example.org",
            roles=frozenset({role}),
            language="da",
            state=PersonState.ACTIVE,
            created_at=datetime.now(UTC),
        )
        tx.people.add(person)
        if role is Role.DUTY_OFFICER:
            tx.people.set_on_duty(person.id)
