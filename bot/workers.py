"""The loops of a process: clocks, the duty, the post, polling, and the sweeping of what has served its time.

Each outlives its own faults: whatever a round raises is logged, and the next round comes.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta

from handlers.telegram.deleting import tidy
from storage.store import Store
from storage.transaction import Transaction
from triage.cases.records import Channel
from triage.cases.replying import let_go
from triage.clocks.climb import climb
from triage.clocks.keep import tick
from triage.clocks.moving import is_counted, note_counted, recount
from triage.faults import StoreUnavailableError
from triage.ids import ClockId, ClockPolicyId
from triage.notices.routing import route_on
from triage.people.handing_over import go_round
from triage.rules import Rules

log = logging.getLogger(__name__)

SWEEP_SECONDS = 60.0
RECOUNT_SECONDS = 300.0
"""A process of the version before may have counted by its own calendar meanwhile."""
INPUTS_LIVE = timedelta(days=8)
"""Telegram repeats an update for a day; a week without updates makes its ids jump. Ids are kept longer than both."""
SENT_LIVE = timedelta(hours=72)
"""Sent rows hold the ids by which messages are deleted from a chat, which a bot can do for 48 hours."""
ROSTER_LIVES = timedelta(days=400)
"""When staff worked and when they were away is kept for a year and a month, and then forgotten."""
NOTICES_LIVE = timedelta(days=30)
"""So long the desk shows what became of a notice."""
PRESENCES_LIVE = timedelta(days=1)
"""Who was at a case is of use for a minute. What is kept for good is who read it, in the audit."""
ROUTE_SECONDS = 20.0
_AT_ONCE = 200


async def forever(name: str, round_: Callable[[], Awaitable[bool]], *, seconds: float) -> None:
    """Run rounds until cancelled; a round that returns True is followed by the next at once."""
    while True:
        again = False
        try:
            again = await round_()
        except StoreUnavailableError as error:
            log.warning("worker.store_away", extra={"worker": name, "why": type(error).__name__})
        except Exception:
            log.exception("worker.failed", extra={"worker": name})
        if not again:
            await asyncio.sleep(seconds)


class ClockWork:
    """Looks at the clocks; knows when it last managed to, for the health page."""

    def __init__(
        self,
        store: Store,
        rules: Rules,
        loop_time: Callable[[], float],
        *,
        note: Callable[[Mapping[ClockPolicyId, int]], None] = lambda _: None,
    ) -> None:
        self._store = store
        self._rules = rules
        self._loop_time = loop_time
        self._note = note
        self.last_round: float | None = None

    async def round(self) -> bool:
        """One round of the clockwork."""
        ticked = await self._store.write(tick, self._rules, limit=_AT_ONCE)
        self.last_round = self._loop_time()
        self._note(ticked.fired)
        if ticked.unreadable:
            log.error("clocks.unknown_policy", extra={"clocks": len(ticked.unreadable)})
        return ticked.more


class Ladders:
    """Tells the next rung where nobody answered."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules

    async def round(self) -> bool:
        """One round of climbing."""
        return (await self._store.write(climb, self._rules, limit=_AT_ONCE)).more


class Replies:
    """Lets replies go out that nobody took back."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules

    async def round(self) -> bool:
        """Each by itself, so that one which fails holds up no other; True when there were as many as are looked at."""
        due = await self._store.read(lambda tx: tx.messages.held_until_now(limit=_AT_ONCE))
        failed = 0
        for case_id, reply_id in due:
            try:
                await self._store.write(let_go, self._rules, case_id=case_id, reply_id=reply_id)
            except StoreUnavailableError:
                raise
            except Exception:
                failed += 1
                log.exception("replies.not_let_go", extra={"reply": str(reply_id)})
        return len(due) == _AT_ONCE and not failed


class DutyRound:
    """Asks for the handovers of shifts that have begun, and lets climb what nobody accepted."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules

    async def round(self) -> bool:
        """One round over the roster."""
        return (await self._store.write(go_round, self._rules, limit=_AT_ONCE)).more


class Router:
    """Takes notices that no channel takes by another way."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules

    async def round(self) -> bool:
        """One look; True when there were as many as are taken at once."""
        return await self._store.write(route_on, self._rules, limit=_AT_ONCE) >= _AT_ONCE


class Recounter:
    """Counts the running clocks anew when the process comes with another calendar than the last: a new holiday, say."""

    def __init__(self, store: Store, rules: Rules) -> None:
        self._store = store
        self._rules = rules
        self._after: ClockId | None = None
        self._changed = 0

    async def round(self) -> bool:
        """Count the next few; True while more are left."""
        if self._after is None and await self._store.read(is_counted, self._rules):
            return False
        done = await self._store.write(recount, self._rules, after=self._after, limit=_AT_ONCE)
        self._after = done.last
        self._changed += done.changed
        if done.seen == _AT_ONCE:
            return True
        await self._store.write(note_counted, self._rules)
        log.info("clocks.recounted", extra={"moved": self._changed})
        self._after, self._changed = None, 0
        return False


class Sweeper:
    """Destroys drafts, links and browsers whose time is up, and forgets old rows."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def round(self) -> bool:
        """One sweep."""
        return await self._store.write(_sweep) >= _AT_ONCE


def _sweep(tx: Transaction) -> int:
    chats = tx.conversations.just_expired(Channel.TELEGRAM, limit=_AT_ONCE)
    expired = tx.conversations.expire(limit=_AT_ONCE)
    tidy(tx, chats)
    swept = tx.housekeeping.sweep(
        inputs_before=tx.now - INPUTS_LIVE,
        sent_before=tx.now - SENT_LIVE,
        roster_before=tx.now - ROSTER_LIVES,
        notices_before=tx.now - NOTICES_LIVE,
        presences_before=tx.now - PRESENCES_LIVE,
        limit=_AT_ONCE,
    )
    return max(expired, swept)
