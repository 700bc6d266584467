"""How a message fared on its way out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeAlias

from storage.rows import Claimed


@dataclass(frozen=True, slots=True)
class Sent:
    """The other side took it; `remote_id` is what it calls the message."""

    remote_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Later:
    """Not taken now. `after` are seconds to wait; None leaves the wait to growing back-off.

    `whole_peer`: nothing else may go to this peer before (Telegram's 429). `channel`: the channel itself seems
    down, so its circuit breaker counts this.
    """

    error: str
    after: float | None = None
    whole_peer: bool = False
    channel: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """Cannot be delivered. `unreachable`: this peer cannot be reached at all any more (blocked, gone)."""

    error: str
    unreachable: bool = False


Delivery: TypeAlias = Sent | Later | Never


class Carrier(Protocol):
    """A channel's way out."""

    async def carry(self, letter: Claimed) -> Delivery:
        """Hand the letter over; whatever goes wrong with the other side comes back as a value."""


MAX_WAIT = 300.0
"""No wait between two tries is longer than this, in seconds."""


def wait_before(attempts: int, jitter: float) -> float:
    """Seconds before the next try: 1, 2, 4, … up to `MAX_WAIT`, spread by a jitter between 0 and 1."""
    return min(MAX_WAIT, 2.0 ** min(attempts, 12)) * (0.5 + jitter / 2)
