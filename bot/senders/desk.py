"""The outbox as the post sees it: each method one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from bot.senders.delivery import Later
from storage.rows import Claimed
from storage.store import Store
from storage.transaction import Transaction
from triage.cases.unreachable import reporter_unreachable
from triage.ids import OutboxId
from triage.notices.outbox import Lane, Via
from triage.people.upkeep import telegram_failed
from triage.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """A letter that arrived, as the other side calls it; `after_failure` when its channel had just failed others."""

    letter: Claimed
    remote_id: str | None
    after_failure: bool


class OutboxDesk:
    """Claims rows for this process and notes what became of them."""

    def __init__(self, store: Store, rules: Rules, *, holder: str) -> None:
        self._store = store
        self._rules = rules
        self._holder = holder

    async def claim(self, lane: Lane, via: Via, *, limit: int, lease: timedelta) -> Sequence[Claimed]:
        """Rows that may go now, leased to this process."""
        if await self._store.read(_nothing_due, lane, via):
            return ()
        return await self._store.write(_claim, lane, via, holder=self._holder, limit=limit, lease=lease)

    async def mark_sent(self, sent: Sequence[Arrived]) -> None:
        """Note letters that arrived."""
        await self._store.write_repeatable(_mark_sent, sent)

    async def retry(self, row: Claimed, delivery: Later, *, after: timedelta) -> None:
        """Let a row and those along with it go again later; with `whole_peer` nothing goes to its peer before."""
        await self._store.write_repeatable(_retry, row, delivery, after=after)

    async def release(self, rows: Sequence[Claimed]) -> None:
        """Give back rows that were not tried."""
        await self._store.write_repeatable(_release, rows)

    async def bury(self, row: Claimed, *, error: str, unreachable: bool) -> None:
        """Give a row up, and those along with it.

        That a reporter cannot be reached any more is noted on their cases, and that a chat of staff is shut with them.
        """
        await self._store.write_repeatable(_bury, self._rules, row, error=error, unreachable=unreachable)

    async def remote_ids(self, rows: Sequence[OutboxId]) -> Mapping[OutboxId, str]:
        """What the other side calls these rows, as far as they were sent."""
        return await self._store.read(_remote_ids, rows)


def _nothing_due(tx: Transaction, lane: Lane, via: Via) -> bool:
    return tx.outbox.oldest_waiting(lane, via) is None


def _claim(
    tx: Transaction, lane: Lane, via: Via, *, holder: str, limit: int, lease: timedelta
) -> Sequence[Claimed]:
    return tx.outbox.claim(lane, via, holder=holder, limit=limit, lease=lease)


def _mark_sent(tx: Transaction, sent: Sequence[Arrived]) -> None:
    tx.outbox.mark_sent([(row.id, each.remote_id) for each in sent for row in each.letter.rows])
    # Replies of the conversation are many and wait for nobody to confirm them.
    told = [row.id for each in sent for row in each.letter.rows if row.person_id is not None]
    healed = {each.letter.via for each in sent if each.after_failure or each.letter.person_id is not None}
    if told or healed:
        tx.notices.confirm(told, healed)


def _retry(tx: Transaction, row: Claimed, delivery: Later, *, after: timedelta) -> None:
    for each in row.rows:
        tx.outbox.retry(each.id, not_before=tx.now + after, error=delivery.error)
    if delivery.channel:
        tx.notices.channel_failed(row.via, error=delivery.error)
    if delivery.whole_peer:
        tx.outbox.back_off_peer(row.via, row.peer, until=tx.now + after)


def _release(tx: Transaction, rows: Sequence[Claimed]) -> None:
    tx.outbox.release([each.id for row in rows for each in row.rows])


def _bury(tx: Transaction, rules: Rules, row: Claimed, *, error: str, unreachable: bool) -> None:
    for each in row.rows:
        tx.outbox.bury(each.id, error=error)
    if unreachable and row.conversation_id is not None:
        reporter_unreachable(tx, rules, conversation_id=row.conversation_id)
    if unreachable and row.person_id is not None and row.via is Via.TELEGRAM:
        telegram_failed(tx, person_id=row.person_id, chat=row.payload.get("to"))


def _remote_ids(tx: Transaction, rows: Sequence[OutboxId]) -> Mapping[OutboxId, str]:
    found = {row: tx.outbox.remote_id_of(row) for row in rows}
    return {row: remote for row, remote in found.items() if remote is not None}
