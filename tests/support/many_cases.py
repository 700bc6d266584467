"""A queue of any length: cases that wait, one in a hundred of them acute."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert

from storage.tables import cases
from storage.transaction import Transaction
from tests.support.stores import MONDAY_MORNING
from triage.cases.case import Case, CaseState, QueuePlace

PAGE = 50
_AT_ONCE = 20_000
_PROMISE = timedelta(hours=48)


def fill_queue(tx: Transaction, count: int) -> None:
    """Insert so many cases that wait, and let the database count them."""
    connection = tx._work.connection
    for first in range(0, count, _AT_ONCE):
        connection.execute(
            insert(cases), [_row(number) for number in range(first, min(first + _AT_ONCE, count))]
        )
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("ANALYZE cases")


def place_before_page(tx: Transaction, page: int) -> QueuePlace:
    """The place behind which page `page` begins; pages count from 1."""
    before: Case = tx.cases.queue(reader=None, limit=(page - 1) * PAGE)[-1]
    return QueuePlace(
        acute=before.acute,
        due_at=before.received_at + _PROMISE,
        received_at=before.received_at,
        id=before.id,
    )


def _row(number: int) -> Mapping[str, Any]:
    received_at = MONDAY_MORNING + timedelta(seconds=number)
    return {
        "id": UUID(int=number + 1),
        "code": f"K-{number}",
        "hotline": "local",
        "kind": "relative",
        "received_at": received_at,
        "state": CaseState.RECEIVED.value,
        "waits": True,
        "due_at": received_at + _PROMISE,
        "acute": number % 100 == 0,
        "revision": 0,
    }
