"""A post over a real store whose carriers a test writes: what is carried, how it fares, what stands in the outbox."""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count

from sqlalchemy import select

from bot.senders.delivery import Carrier, Delivery, Sent
from bot.senders.desk import OutboxDesk
from bot.senders.post import LEASE, Post
from storage.rows import Claimed
from storage.store import Store
from storage.tables import outbox
from storage.transaction import Transaction
from tests.support.builders import some_rules
from tests.support.patience import PATIENCE
from triage.ids import OutboxId
from triage.notices.outbox import Lane, Outgoing, Via

Fares = Callable[[Claimed], Awaitable[Delivery]]
_numbers = count(1)


@dataclass
class Round:
    """A carrier that keeps what it carried. `fares` decides how the next letters fare; without it all arrive."""

    carried: list[str] = field(default_factory=list)
    fares: Fares | None = None

    async def carry(self, letter: Claimed) -> Delivery:
        """Carry it as the test says."""
        self.carried.append(str(letter.payload["say"]))
        return Sent(str(next(_numbers))) if self.fares is None else await self.fares(letter)

    async def wait_for(self, number: int, *, seconds: float = PATIENCE) -> list[str]:
        """What was carried, once there are so many."""
        async with asyncio.timeout(seconds):
            while len(self.carried) < number:
                await asyncio.sleep(0.01)
        return self.carried


def write_row(
    tx: Transaction,
    say: str,
    *,
    peer: str = "a",
    via: Via = Via.TELEGRAM,
    lane: Lane = Lane.CONVERSATION,
    leased: bool = False,
) -> OutboxId:
    """A row that no conversation owns."""
    row = OutboxId(tx.new_id())
    tx.outbox.add(
        Outgoing(id=row, lane=lane, via=via, peer=peer, payload={"say": say}, not_before=tx.now),
        leased=leased,
    )
    return row


def states(tx: Transaction) -> dict[str, int]:
    """How many rows are in each state."""
    found: dict[str, int] = defaultdict(int)
    for row in tx._work.all(select(outbox.c.state)):
        found[row.state] += 1
    return dict(found)


async def settled(store: Store, **wanted: int) -> None:
    """Wait until the outbox holds just so many rows of each state."""
    async with asyncio.timeout(PATIENCE):
        while await store.read(states) != wanted:
            await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def run_post(
    store: Store, carriers: Mapping[Via, Carrier], *, lease: timedelta = LEASE, parallel: int = 64
) -> AsyncIterator[Post]:
    """The post with all its lanes running until the block ends."""
    desk = OutboxDesk(store, some_rules(), holder=store.holder)
    post = Post(desk, carriers, jitter=lambda: 0.0, lease=lease, parallel=parallel)
    store.on_leased(post.hand_over)
    lanes = [asyncio.create_task(post.run_lane(lane, via)) for lane in Lane for via in carriers]
    try:
        yield post
    finally:
        for lane in lanes:
            lane.cancel()
        await asyncio.gather(*lanes, return_exceptions=True)
        await post.drain(seconds=2)
