"""The post: takes rows out of the outbox and sees that each arrives, in order for each peer.

A row written by this process goes out at once (it was born leased to it); everything else is claimed with a
lease, one lane apart from the other, so that an escalation never stands behind a conversation. What was sent is
noted in batches. A process that dies leaves rows whose lease runs out; another one sends them, perhaps again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import assert_never

from bot.senders.breaker import Breaker
from bot.senders.delivery import Carrier, Delivery, Later, Never, Sent, wait_before
from bot.senders.desk import OutboxDesk
from storage.rows import Claimed
from triage.ids import OutboxId
from triage.notices.outbox import Lane, Via

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
"""How long a row is this process's own; after a crash it is the time until another takes it up."""

IDLE_SECONDS = 0.5
MARK_SECONDS = 0.02
CLAIMED_AT_ONCE = 50
MAX_ATTEMPTS = 40


@dataclass(slots=True)
class _Queue:
    """Letters of one peer, sent one after the other."""

    letters: deque[Claimed] = field(default_factory=deque)
    task: asyncio.Task[None] | None = None


class Post:
    """Sends what the outbox holds over the carriers at hand."""

    def __init__(
        self,
        desk: OutboxDesk,
        carriers: Mapping[Via, Carrier],
        *,
        jitter: Callable[[], float],
        parallel: int = 64,
        lease: timedelta = LEASE,
    ) -> None:
        self._desk = desk
        self._carriers = carriers
        self._jitter = jitter
        self._lease = lease
        self._slots = {(lane, via): asyncio.Semaphore(parallel) for lane in Lane for via in carriers}
        self._breakers = {via: Breaker() for via in carriers}
        self._queues: dict[tuple[Lane, Via, str], _Queue] = {}
        self._sent: list[tuple[OutboxId, str | None]] = []
        self._marking: asyncio.Task[None] | None = None
        self._in_hand: set[OutboxId] = set()

    def hand_over(self, letters: Iterable[Claimed]) -> None:
        """Send rows that were born leased to this process, now; does not wait for it."""
        for letter in letters:
            if letter.via in self._carriers:
                self._enqueue(letter)

    async def run_lane(self, lane: Lane, via: Via) -> None:
        """Claim and send rows of this lane and channel, until cancelled."""
        while True:
            taken = 0
            try:
                if self._breakers[via].lets_through(self._loop_time()):
                    taken = await self._claim(lane, via)
            except Exception:
                # The store may be away for a while; the rows wait in it, and the loop must outlive it.
                log.exception("post.claim_failed", extra={"lane": lane.value, "via": via.value})
            if taken < CLAIMED_AT_ONCE:
                await asyncio.sleep(IDLE_SECONDS)

    async def drain(self, *, seconds: float) -> None:
        """Let letters under way arrive and be noted, for at most so long."""
        running = [queue.task for queue in self._queues.values() if queue.task is not None]
        if running:
            await asyncio.wait(running, timeout=seconds)
        if self._marking is not None:
            with contextlib.suppress(asyncio.TimeoutError):
                await asyncio.wait_for(asyncio.shield(self._marking), timeout=seconds)

    async def _claim(self, lane: Lane, via: Via) -> int:
        letters = await self._desk.claim(lane, via, limit=CLAIMED_AT_ONCE, lease=self._lease)
        for letter in letters:
            self._enqueue(letter)
        return len(letters)

    def _enqueue(self, letter: Claimed) -> None:
        if letter.id in self._in_hand:
            return
        self._in_hand.add(letter.id)
        key = (letter.lane, letter.via, letter.peer)
        queue = self._queues.setdefault(key, _Queue())
        queue.letters.append(letter)
        if queue.task is None:
            queue.task = asyncio.create_task(self._work(key, queue))

    async def _work(self, key: tuple[Lane, Via, str], queue: _Queue) -> None:
        lane, via, _ = key
        try:
            while queue.letters:
                letter = queue.letters.popleft()
                async with self._slots[lane, via]:
                    delivery = await self._carry(via, letter)
                await self._settle(letter, delivery)
                if isinstance(delivery, Later):
                    await self._let_go(queue)
        finally:
            queue.task = None
            for left in queue.letters:
                self._in_hand.discard(left.id)
            if self._queues.get(key) is queue:
                del self._queues[key]

    async def _carry(self, via: Via, letter: Claimed) -> Delivery:
        try:
            delivery = await self._carriers[via].carry(letter)
        except Exception as error:
            # A fault in a carrier must not stop the lane; the row is tried again and buried after MAX_ATTEMPTS.
            log.exception("post.carrier_failed", extra={"via": via.value, "row": str(letter.id)})
            delivery = Later(error=type(error).__name__)
        self._breakers[via].note(self._loop_time(), failed=isinstance(delivery, Later) and delivery.channel)
        return delivery

    async def _settle(self, letter: Claimed, delivery: Delivery) -> None:
        match delivery:
            case Sent(remote_id=remote_id):
                self._sent.append((letter.id, remote_id))
                if self._marking is None:
                    self._marking = asyncio.create_task(self._mark())
                return
            case Later() if letter.attempts >= MAX_ATTEMPTS:
                await self._note(self._desk.bury(letter, error=delivery.error, unreachable=False))
            case Later():
                wait = (
                    delivery.after
                    if delivery.after is not None
                    else wait_before(letter.attempts, self._jitter())
                )
                await self._note(
                    self._desk.retry(
                        letter,
                        after=timedelta(seconds=wait),
                        error=delivery.error,
                        whole_peer=delivery.whole_peer,
                    )
                )
            case Never():
                log.warning("post.never", extra={"row": str(letter.id), "why": delivery.error})
                await self._note(
                    self._desk.bury(letter, error=delivery.error, unreachable=delivery.unreachable)
                )
            case _:
                assert_never(delivery)
        self._in_hand.discard(letter.id)

    async def _let_go(self, queue: _Queue) -> None:
        """What stands behind a letter that must wait goes back to the outbox, so that order holds."""
        behind = list(queue.letters)
        queue.letters.clear()
        if behind:
            await self._note(self._desk.release(behind))
        self._in_hand.difference_update(letter.id for letter in behind)

    async def _mark(self) -> None:
        """Note what was sent, many at once. While the store is away the notes wait; a repeat is recognisable."""
        try:
            await asyncio.sleep(MARK_SECONDS)
            while self._sent:
                batch, self._sent = self._sent, []
                try:
                    await self._desk.mark_sent(batch)
                except Exception:
                    self._sent = batch + self._sent
                    log.exception("post.mark_failed", extra={"rows": len(batch)})
                    await asyncio.sleep(1)
                else:
                    self._in_hand.difference_update(row for row, _ in batch)
        finally:
            self._marking = None

    async def _note(self, writing: Awaitable[None]) -> None:
        try:
            await writing
        except Exception:
            # The lease runs out and the row is taken up again: nothing is lost by failing to say so now.
            log.exception("post.note_failed")

    @staticmethod
    def _loop_time() -> float:
        return asyncio.get_running_loop().time()
