"""After a crash the one process on a SQLite store takes up at once what the dead one was sending."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from storage.keyring import Keyring
from storage.migrate import upgrade
from storage.store import open_store
from storage.transaction import Transaction
from tests.support.stores import SettableClock
from triage.ids import OutboxId
from triage.notices.outbox import Lane, Outgoing, Via


def _add(tx: Transaction) -> None:
    row = Outgoing(
        id=OutboxId(tx.new_id()),
        lane=Lane.ESCALATION,
        via=Via.MAIL,
        peer="somebody",
        payload={"notice": "notice.case_received", "params": {}},
        not_before=tx.now,
    )
    tx.outbox.add(row, leased=False)


def _claim(tx: Transaction) -> int:
    lease = timedelta(hours=1)
    return len(tx.outbox.claim(Lane.ESCALATION, Via.MAIL, holder="me", limit=5, lease=lease))


async def test_leases_of_a_dead_process_are_free_when_the_next_one_opens(
    tmp_path: Path, keyring: Keyring
) -> None:
    url = f"sqlite:///{tmp_path / 'store.db'}"
    await upgrade(url)
    clock = SettableClock()
    first = open_store(url, clock=clock, keyring=keyring)
    await first.open()
    await first.write(_add)
    assert await first.write(_claim) == 1
    assert await first.write(_claim) == 0
    await first.close()
    second = open_store(url, clock=clock, keyring=keyring)
    await second.open()
    try:
        assert await second.write(_claim) == 1
    finally:
        await second.close()
