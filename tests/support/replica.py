"""`python -m tests.support.replica`: real product processes for tests, started as fast as a machine forks.

The nursery imports the product and reads the profile once, then waits for orders, one JSON object a line on standard
input: `{"start": name, "settings": {…}, "clock": path, "lease": seconds, "plant": fault}`. Each order forks a process
that wires the product from its settings, with the test's shared clock, and serves until it is killed; it prints
`{"ready": name, "pid": …, "public": …}`. Nothing of the product runs in the nursery: no loop, no store, no thread.
A planted fault replaces one part (tests/support/planted.py); the product knows of none.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict

from bot import logs, runtime, wiring
from bot.profile import Profile, load_profile
from bot.settings import Settings
from storage.keyring import Keyring
from storage.store import LEASE, DatabaseClock, open_store
from storage.work import Timekeeper
from tests.support import planted
from tests.support.postgres_keeper import end_with_parent
from tests.support.stores import SharedClock


class Order(TypedDict, total=False):
    """What a replica is started with. `settings` are the product's own, as keyword arguments."""

    start: str
    settings: dict[str, Any]
    clock: str
    lease: float
    plant: str
    log: str
    cores: list[int]


def main() -> None:
    """Fork one product process for each order, until standard input ends."""
    # A replica that was killed is nobody's zombie.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    profiles: dict[str, Profile] = {}
    _say({"nursery": os.getpid()})
    for line in sys.stdin:
        order: Order = json.loads(line)
        name = order["settings"]["profile"]
        if name not in profiles:
            profiles[name] = load_profile(name)
            # What a profile makes ready once is ready in each process that is forked.
            wiring.make_entrances(profiles[name])
        if os.fork() == 0:
            _become(order, profiles[name])


def _become(order: Order, profile: Profile) -> None:
    # The nursery ends when its standard input does: a test run that was killed leaves no replica behind.
    end_with_parent(signal.SIGKILL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    if "cores" in order:
        os.sched_setaffinity(0, order["cores"])
    with Path(order["log"]).open("ab") as log:
        os.dup2(log.fileno(), 2)
    logs.set_up()
    code = 1
    try:
        asyncio.run(_serve(order, profile))
        code = 0
    except BaseException:  # noqa: BLE001  the last word of a process that ends here
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


async def _serve(order: Order, profile: Profile) -> None:
    settings = Settings(**order["settings"])
    keyring = Keyring.load(settings.keyring.file)
    lease = timedelta(seconds=order["lease"]) if "lease" in order else LEASE
    clock: Timekeeper = DatabaseClock()
    now: Callable[[], datetime] = wiring.machine_time
    if "clock" in order:
        clock = shared = SharedClock(Path(order["clock"]))

        def now() -> datetime:
            return wiring.machine_time() + shared.offset

    store = open_store(settings.store_url, clock=clock, keyring=keyring, lease=lease)
    planted.plant(order.get("plant", ""), store)
    parts = wiring.wire(
        settings, keyring=keyring, profile=profile, timekeeper=clock, now=now, lease=lease, store=store
    )

    async def started(process: runtime.Process) -> None:
        _say({"ready": order["start"], "pid": os.getpid(), "public": process.public})

    await runtime.run(parts, started=started)


def _say(line: dict[str, object]) -> None:
    # One write for a whole line: several processes share this pipe.
    os.write(1, json.dumps(line).encode() + b"\n")


if __name__ == "__main__":
    main()
