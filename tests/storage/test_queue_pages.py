"""A page far down the queue costs what the first one costs: it is asked for by place, not by number."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import Connection, event

from storage.store import Store
from storage.transaction import Transaction
from tests.support.many_cases import PAGE, fill_queue, place_before_page
from triage.cases.case import QueuePlace
from triage.ids import CaseCode

CASES = 10_000
LAST = CASES // PAGE
"""Page 200."""
ACUTE_END = CASES // 100 // PAGE
"""The last page that is all acute; the next one begins behind an acute case and goes on with others."""


def cost(tx: Transaction, after: QueuePlace | None) -> int:
    """What the database does for a page: steps of SQLite's machine, or blocks that PostgreSQL looks into."""
    connection = tx._work.connection
    asked: list[tuple[str, Any]] = []

    def listen(_conn: Connection, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        asked.append((statement, parameters))

    event.listen(connection, "before_cursor_execute", listen)
    try:
        assert len(tx.cases.queue(reader=None, limit=PAGE, after=after)) == PAGE
    finally:
        event.remove(connection, "before_cursor_execute", listen)
    count = blocks if connection.dialect.name == "postgresql" else steps
    return sum(count(connection, *each) for each in asked)


def blocks(connection: Connection, statement: str, parameters: Any) -> int:
    explain = "EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) "
    plan = connection.exec_driver_sql(explain + statement, parameters).scalar_one()
    top = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return int(top["Shared Hit Blocks"]) + int(top["Shared Read Blocks"])


def steps(connection: Connection, statement: str, parameters: Any) -> int:
    raw = connection.connection.driver_connection
    assert raw is not None
    counted = 0

    def one() -> int:
        nonlocal counted
        counted += 1
        return 0

    raw.set_progress_handler(one, 1)
    try:
        connection.exec_driver_sql(statement, parameters).all()
    finally:
        raw.set_progress_handler(None, 0)
    return counted


@pytest.fixture
async def long_queue(store: Store) -> Store:
    await store.write(fill_queue, CASES)
    return store


async def test_page_200_costs_at_most_twice_page_1(long_queue: Store) -> None:
    def costs(tx: Transaction) -> dict[int, int]:
        pages = (ACUTE_END + 1, LAST // 2, LAST)
        return {1: cost(tx, None)} | {page: cost(tx, place_before_page(tx, page)) for page in pages}

    counted = await long_queue.write(costs)

    assert counted[1] > PAGE // 10
    assert {page: each for page, each in counted.items() if each > 2 * counted[1]} == {}


async def test_the_pages_give_every_case_once_in_the_order_of_the_queue(long_queue: Store) -> None:
    def walk(tx: Transaction) -> tuple[list[CaseCode], list[CaseCode]]:
        places = [None, *(place_before_page(tx, page) for page in range(2, ACUTE_END + 3))]
        walked = [
            case.code for after in places for case in tx.cases.queue(reader=None, limit=PAGE, after=after)
        ]
        return walked, [case.code for case in tx.cases.queue(reader=None, limit=len(walked))]

    walked, whole = await long_queue.write(walk)

    assert walked == whole
    # Among them is the page on which the acute ones end.
    acute = [int(code.removeprefix("K-")) % 100 == 0 for code in walked]
    assert [pair for pair in pairwise(acute) if pair[0] != pair[1]] == [(True, False)]
