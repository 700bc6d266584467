"""The post: takes rows out of the outbox and sees that each arrives, in order for each peer.

A row written by this process goes out at once (it was born leased to it); everything else is claimed with a
lease, one lane apart from the other, so that an escalation never stands behind a conversation. What was sent is
noted in batches. A process that dies leaves rows whose lease runs out; another one sends them, perhaps again.
A letter is never begun so late, and never takes so long, that its lease could run out while it is under way.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import assert_never

from bot.senders.breaker import Breaker
from bot.senders.delivery import Carrier, Delivery, Later, Never, Sent, is_last, wait_after
from bot.senders.desk import Arrived, OutboxDesk
from storage.rows import Claimed
from triage.faults import StoreUnavailableError
from triage.ids import OutboxId
from triage.notices.outbox import Lane, Via

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=20)
"""How long a row is this process's own; after a crash it is the time until another takes it up."""
LEASES: Mapping[Via, int] = {Via.TELEGRAM: 1, Via.MAIL: 2, Via.SMS: 1, Via.WEBHOOK: 1, Via.APPRISE: 2}
"""A mail server may look long at a mail before it answers, so mails are leased for so many times as long."""

IDLE_SECONDS = 0.5
AWAY_SECONDS = 5.0
MARK_SECONDS = 0.02
HELD_SECONDS = 1.0
CLAIMED_AT_ONCE = 50
_BEGIN, _CARRY = 0.4, 0.55
"""Shares of a lease: by when a letter is begun, and how long it may then take."""

Key = tuple[Lane, Via, str]


@dataclass(frozen=True, slots=True)
class _InHand:
    """A letter, the loop's second after which it is no longer begun, and that until which it is surely ours."""

    letter: Claimed
    begin_by: float
    ours_until: float


@dataclass(slots=True)
class _Queue:
    """Letters of one peer, sent one after the other."""

    letters: deque[_InHand] = field(default_factory=deque)
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
        self._queues: dict[Key, _Queue] = {}
        self._held: dict[Key, float] = {}
        self._sent: list[Arrived] = []
        # A channel counts as having failed until its first letter of this process arrives.
        self._failed: set[Via] = set(carriers)
        self._marking: asyncio.Task[None] | None = None
        self._in_hand: set[OutboxId] = set()
        self._claimed: dict[OutboxId, tuple[Lane, Via]] = {}
        self._arrived = {(lane, via): asyncio.Event() for lane in Lane for via in carriers}
        self._giving_back: set[asyncio.Task[None]] = set()
        self._away = False

    @property
    def lanes(self) -> Iterator[tuple[Lane, Via]]:
        """Each lane of each channel that letters can leave by."""
        return ((lane, via) for via in self._carriers for lane in Lane)

    def hand_over(self, letters: Iterable[Claimed]) -> None:
        """Send rows that were born leased to this process, now; does not wait for it."""
        now = self._loop_time()
        for letter in letters:
            if letter.via not in self._carriers:
                continue
            if self._held.get(_key(letter), 0.0) > now:
                # It was written while an earlier one was under way that must now wait: its turn comes after that.
                self._give_back_soon(letter)
            else:
                self._enqueue(letter, lease=self._lease, now=now)

    def resting(self) -> frozenset[Via]:
        """The channels that fail, so that they are left alone or tried with care."""
        return frozenset(via for via, breaker in self._breakers.items() if breaker.open)

    async def run_lane(self, lane: Lane, via: Via) -> None:
        """Claim and send rows of this lane and channel, until cancelled."""
        pause = IDLE_SECONDS
        arrived = self._arrived[lane, via]
        while True:
            arrived.clear()
            taken = 0
            try:
                if self._breakers[via].lets_through(self._loop_time()):
                    taken = await self._claim(lane, via)
                pause = IDLE_SECONDS
                self._note_away(away=False)
            except StoreUnavailableError:
                # The rows wait in it; whoever serves them waits with them.
                pause = min(AWAY_SECONDS, pause * 2)
                self._note_away(away=True)
            except Exception:
                log.exception("post.claim_failed", extra={"lane": lane.value, "via": via.value})
                pause = min(AWAY_SECONDS, pause * 2)
            if taken < CLAIMED_AT_ONCE:
                # A claim gives one row of each peer: once it has arrived, the peer's next one may be waiting.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await arrived.wait()

    async def drain(self, *, seconds: float) -> None:
        """Let letters in hand arrive and be noted, for at most so long; those not begun by then are given back."""
        end = self._loop_time() + seconds
        while (tasks := self._tasks()) and (left := end - self._loop_time()) > 0:
            await asyncio.wait(tasks, timeout=left, return_when=asyncio.FIRST_COMPLETED)
        waiting = [each.letter for queue in self._queues.values() for each in queue.letters]
        stuck = self._tasks()
        for task in stuck:
            task.cancel()
        await asyncio.gather(*stuck, return_exceptions=True)
        if waiting:
            await self._note(self._desk.release(waiting))
        if self._sent:
            await self._note(self._desk.mark_sent(self._sent))

    def _tasks(self) -> set[asyncio.Task[None]]:
        running = {queue.task for queue in self._queues.values() if queue.task is not None}
        return running | self._giving_back | ({self._marking} if self._marking is not None else set())

    async def _claim(self, lane: Lane, via: Via) -> int:
        # A channel that has just been down is tried with one letter, not with all that wait.
        limit = 1 if self._breakers[via].open else CLAIMED_AT_ONCE
        lease = self._lease * LEASES[via]
        began = self._loop_time()
        letters = await self._desk.claim(lane, via, limit=limit, lease=lease)
        for letter in letters:
            self._claimed |= {row.id: (lane, via) for row in letter.rows}
            self._enqueue(letter, lease=lease, now=began)
        return len(letters)

    def _enqueue(self, letter: Claimed, *, lease: timedelta, now: float) -> None:
        fresh = [row for row in letter.rows if row.id not in self._in_hand]
        if not fresh:
            return
        letter = replace(fresh[0], along=tuple(fresh[1:]))
        self._in_hand |= {row.id for row in fresh}
        queue = self._queues.setdefault(_key(letter), _Queue())
        seconds = lease.total_seconds()
        queue.letters.append(_InHand(letter, now + seconds * _BEGIN, now + seconds * (_BEGIN + _CARRY)))
        if queue.task is None:
            queue.task = asyncio.create_task(self._work(_key(letter), queue))

    async def _work(self, key: Key, queue: _Queue) -> None:
        lane, via, _ = key
        try:
            while queue.letters:
                async with self._slots[lane, via]:
                    each = queue.letters.popleft()
                    delivery = await self._try(via, each)
                if delivery is not None:
                    await self._settle(each.letter, delivery)
                if delivery is None or isinstance(delivery, Later):
                    await self._let_go(key, queue)
        finally:
            queue.task = None
            for left in queue.letters:
                self._drop(left.letter)
            if self._queues.get(key) is queue:
                del self._queues[key]

    async def _try(self, via: Via, each: _InHand) -> Delivery | None:
        """Carry a letter; None if it was not begun, because its channel rests or its lease is too old."""
        began = self._loop_time()
        breaker = self._breakers[via]
        if began > each.ours_until:
            # Another process may have it by now; where none has, the lease runs out and it is claimed anew.
            self._drop(each.letter)
            return None
        if began > each.begin_by or not breaker.lets_through(began):
            await self._give_back([each.letter])
            return None
        breaker.begin(began)
        delivery = await self._carry(via, each.letter)
        failed = isinstance(delivery, Later) and delivery.channel
        breaker.note(self._loop_time(), failed=failed, began=began)
        return delivery

    async def _carry(self, via: Via, letter: Claimed) -> Delivery:
        patience = self._lease.total_seconds() * LEASES[via] * _CARRY
        try:
            async with asyncio.timeout(patience):
                return await self._carriers[via].carry(letter)
        except TimeoutError:
            return Later(error="took_too_long", channel=True)
        except StoreUnavailableError:
            return Later(error="store_away")
        except Exception as error:
            # A fault in a carrier must not stop the lane; the row is tried again, and in the end staff see it.
            log.exception("post.carrier_failed", extra={"via": via.value, "row": str(letter.id)})
            return Later(error=type(error).__name__, ours=True)

    async def _settle(self, letter: Claimed, delivery: Delivery) -> None:
        match delivery:
            case Sent(remote_id=remote_id):
                failed = letter.via in self._failed
                self._failed.discard(letter.via)
                self._sent.append(Arrived(letter=letter, remote_id=remote_id, after_failure=failed))
                if self._marking is None:
                    self._marking = asyncio.create_task(self._mark())
                return
            case Later() if is_last(delivery, letter.attempts):
                log.error("post.given_up", extra={"row": str(letter.id), "why": delivery.error})
                await self._note(self._desk.bury(letter, error=delivery.error, unreachable=False))
            case Later():
                if delivery.channel:
                    self._failed.add(letter.via)
                after = timedelta(seconds=wait_after(delivery, letter.attempts, self._jitter()))
                await self._note(self._desk.retry(letter, delivery, after=after))
            case Never():
                log.warning("post.never", extra={"row": str(letter.id), "why": delivery.error})
                gone = delivery.unreachable
                await self._note(self._desk.bury(letter, error=delivery.error, unreachable=gone))
            case _:
                assert_never(delivery)
        self._drop(letter)

    def _drop(self, letter: Claimed) -> None:
        """Hold a letter no longer."""
        for row in letter.rows:
            self._in_hand.discard(row.id)
            self._claimed.pop(row.id, None)

    async def _let_go(self, key: Key, queue: _Queue) -> None:
        """What stands behind a letter that must wait goes back to the outbox, so that order holds."""
        now = self._loop_time()
        self._held = {held: until for held, until in self._held.items() if until > now}
        self._held[key] = now + HELD_SECONDS
        behind = [each.letter for each in queue.letters]
        queue.letters.clear()
        await self._give_back(behind)

    def _give_back_soon(self, letter: Claimed) -> None:
        task = asyncio.create_task(self._give_back([letter]))
        self._giving_back.add(task)
        task.add_done_callback(self._giving_back.discard)

    async def _give_back(self, letters: list[Claimed]) -> None:
        if letters:
            await self._note(self._desk.release(letters))
        for letter in letters:
            self._drop(letter)

    async def _mark(self) -> None:
        """Note what was sent, many at once. While the store is away the notes wait; a repeat is recognisable."""
        pause = MARK_SECONDS
        try:
            while True:
                await asyncio.sleep(pause)
                batch, self._sent = self._sent, []
                try:
                    await self._desk.mark_sent(batch)
                except BaseException as error:
                    self._sent = batch + self._sent
                    if not isinstance(error, Exception):
                        raise
                    log.warning("post.mark_failed", extra={"rows": len(batch), "why": type(error).__name__})
                    pause = min(AWAY_SECONDS, max(1.0, pause * 2))
                    continue
                for row in (row for each in batch for row in each.letter.rows):
                    self._in_hand.discard(row.id)
                    if (lane := self._claimed.pop(row.id, None)) is not None:
                        self._arrived[lane].set()
                pause = MARK_SECONDS
                if not self._sent:
                    return
        finally:
            self._marking = None

    async def _note(self, writing: Awaitable[None]) -> None:
        try:
            await writing
        except StoreUnavailableError as error:
            # The lease runs out and the row is taken up again: nothing is lost by failing to say so now.
            log.warning("post.not_noted", extra={"why": type(error).__name__})
        except Exception:
            log.exception("post.note_failed")

    def _note_away(self, *, away: bool) -> None:
        if away and not self._away:
            log.warning("post.store_away")
        if self._away and not away:
            log.info("post.store_back")
        self._away = away

    @staticmethod
    def _loop_time() -> float:
        return asyncio.get_running_loop().time()


def _key(letter: Claimed) -> Key:
    return letter.lane, letter.via, letter.peer
