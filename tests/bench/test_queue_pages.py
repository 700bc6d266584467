from __future__ import annotations

import statistics
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from storage.keyring import Keyring
from storage.migrate import upgrade
from storage.store import DatabaseClock, Store, open_store
from storage.transaction import Transaction
from tests.support.many_cases import PAGE, fill_queue, place_before_page
from tests.support.postgres import PostgresServer
from triage.cases.case import Case, QueuePlace

pytestmark = pytest.mark.bench

CASES = 1_000_000
PAGES = (200, 15_000)
ROUNDS = 200


async def test_a_page_far_down_the_queue_against_the_first(tmp_path: Path) -> None:
    server = PostgresServer(durable=True).start()
    try:
        urls = {
            "SQLite": f"sqlite:///{tmp_path / 'tovholder.db'}",
            "PostgreSQL": await server.create_database("tovholder_queue"),
        }
        keyring = Keyring.create(tmp_path / "keyring.json")
        for name, url in urls.items():
            await upgrade(url)
            store = open_store(url, clock=DatabaseClock(), keyring=keyring)
            await store.open()
            try:
                await _measure(name, store)
            finally:
                await store.close()
    finally:
        server.stop()


def _page(tx: Transaction, after: QueuePlace | None) -> Sequence[Case]:
    return tx.cases.queue(reader=None, limit=PAGE, after=after)


async def _measure(name: str, store: Store) -> None:
    await store.write(fill_queue, CASES)
    places: dict[int, QueuePlace | None] = {1: None}
    for page in PAGES:
        places[page] = await store.read(place_before_page, page)
    took: dict[int, list[float]] = {page: [] for page in places}
    # In turns, so that what else the machine does falls on all pages alike.
    for _ in range(ROUNDS):
        for page, after in places.items():
            began = time.perf_counter()
            found = await store.read(_page, after)
            took[page].append(time.perf_counter() - began)
            assert len(found) == PAGE
    first = statistics.median(took[1])
    print(f"\n{name}, {CASES:,} cases: page 1 takes {first * 1000:.2f} ms")
    for page in PAGES:
        print(f"P9 page {page:,} / page 1: {statistics.median(took[page]) / first:.2f} (target <= 2)")
