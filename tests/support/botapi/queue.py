"""The updates that the bot has not confirmed yet, with getUpdates' offset rules and one waiting poller at a time."""

from __future__ import annotations

import asyncio
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.support.botapi.refusals import Json, conflict

ALWAYS_OFF = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
"""Kinds that Telegram sends only when `allowed_updates` names them."""

_FUTURE = 10
_PAST = 100_000


@dataclass(kw_only=True, eq=False)
class Waiting:
    """One update in the queue. `forced` ones (repeats) are offered once, whatever the offset says."""

    sequence: int
    update: Json
    lane: int
    forced: bool
    offered: bool = False


@dataclass(kw_only=True)
class UpdateQueue:
    """Updates in order of arrival, and the ids that they get."""

    random: Random
    next_id: int
    allowed: frozenset[str] = frozenset()
    """Empty: every kind but `ALWAYS_OFF`."""
    waiting: OrderedDict[int, Waiting] = field(default_factory=OrderedDict)
    dropped: Counter[str] = field(default_factory=Counter)
    """Updates that `allowed_updates` kept away, by kind."""
    on_push: Callable[[Waiting], None] | None = None
    _sequence: int = 0
    _forced: int = 0
    _poller: asyncio.Future[bool] | None = None

    def new_id(self) -> int:
        """The next update id."""
        self.next_id += 1
        return self.next_id - 1

    def jump(self) -> int:
        """After a week without updates the next id is random: higher or lower. Gives the next id."""
        self.next_id = (
            self.random.choice([-1, 1]) * self.random.randrange(2_000_000, 100_000_000) + self.next_id
        )
        self.next_id = self.next_id if self.next_id > 0 else self.random.randrange(1, 1_000_000)
        return self.next_id

    def push(self, update: Json, *, forced: bool = False) -> bool:
        """Put an update into the queue; False when `allowed_updates` keeps its kind away."""
        kind = next((key for key in update if key != "update_id"), "")
        if kind not in self.allowed if self.allowed else kind in ALWAYS_OFF:
            self.dropped[kind] += 1
            return False
        self._sequence += 1
        entry = Waiting(sequence=self._sequence, update=update, lane=lane_of(update), forced=forced)
        self.waiting[entry.sequence] = entry
        self._forced += forced
        if self.on_push is not None:
            self.on_push(entry)
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(True)
        return True

    def confirm(self, entry: Waiting) -> None:
        """Forget an update that the bot has answered for."""
        if self.waiting.pop(entry.sequence, None) is not None:
            self._forced -= entry.forced

    def clear(self) -> None:
        """Forget everything (`drop_pending_updates`)."""
        self.waiting.clear()
        self._forced = 0

    async def poll(self, *, offset: int, limit: int, seconds: float, gone: Callable[[], bool]) -> list[Json]:
        """What getUpdates gives, after waiting up to `seconds` for something to give.

        Raises a 409 in the poller that waits already when a second one comes. `gone` tells that the caller has
        hung up.
        """
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(False)
        self._confirm_before(offset)
        if not self.waiting and seconds > 0:
            mine: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
            self._poller = mine
            try:
                async with asyncio.timeout(seconds):
                    if not await mine:
                        msg = "terminated by other getUpdates request; make sure that only one bot instance is running"
                        raise conflict(msg)
            except TimeoutError:
                return []
            finally:
                if self._poller is mine:
                    self._poller = None
        if gone():
            return []
        given = list(self.waiting.values())[:limit] if len(self.waiting) <= limit else self._first(limit)
        for entry in given:
            entry.offered = True
        return [entry.update for entry in given]

    def interrupt(self) -> None:
        """End the waiting poll with a 409: a webhook was set, or the fake is closing."""
        if self._poller is not None and not self._poller.done():
            self._poller.set_result(False)

    def _first(self, limit: int) -> list[Waiting]:
        found: list[Waiting] = []
        for entry in self.waiting.values():
            if len(found) == limit:
                break
            found.append(entry)
        return found

    def _confirm_before(self, offset: int) -> None:
        if offset < 0:
            for entry in list(self.waiting.values())[:offset]:
                self.confirm(entry)
            return
        # An offset far from the ids in use (they can jump after a week) confirms nothing: the server starts at the
        # head of its queue instead.
        if offset == 0 or not self.waiting or offset > self.next_id + _FUTURE:
            return
        if offset < min(entry.update["update_id"] for entry in self._first(1)) - _PAST:
            return
        if self._forced:
            for entry in list(self.waiting.values()):
                if entry.update["update_id"] < offset and (entry.offered or not entry.forced):
                    self.confirm(entry)
            return
        while self.waiting:
            entry = next(iter(self.waiting.values()))
            if entry.update["update_id"] >= offset:
                return
            self.confirm(entry)


def lane_of(update: Json) -> int:
    """The chat whose order counts for this update: 0 when it belongs to none."""
    for kind, content in update.items():
        if kind == "update_id" or not isinstance(content, dict):
            continue
        for holder in (content, content.get("message")):
            if isinstance(holder, dict) and isinstance(holder.get("chat"), dict):
                return int(holder["chat"].get("id", 0))
        if isinstance(content.get("from"), dict):
            return int(content["from"].get("id", 0))
    return 0
