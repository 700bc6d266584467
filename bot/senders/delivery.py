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
    down, so its circuit breaker counts this. `ours`: the fault is in this program, so patience is short.
    """

    error: str
    after: float | None = None
    whole_peer: bool = False
    channel: bool = False
    ours: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Never:
    """Cannot be delivered. `unreachable`: this peer cannot be reached at all any more (blocked, gone)."""

    error: str
    unreachable: bool = False


Delivery: TypeAlias = Sent | Later | Never


class Carrier(Protocol):
    """A channel's way out."""

    async def carry(self, letter: Claimed) -> Delivery:
        """Hand the letter over; whatever goes wrong with the other side comes back as a value.

        It is cancelled when it takes too long, and must then leave nothing open.
        """


MAX_WAIT = 300.0
"""No wait of our own choosing between two tries is longer than this, in seconds."""

LONGEST_ASKED = 24 * 3600.0
"""No wait that the other side asks for is kept longer than this, in seconds."""

TRIES = 1000
"""A letter that the other side does not take is given up after so many tries: about three days."""

TRIES_OF_OURS = 40
"""One that our own fault keeps from going is given up after about two hours, and somebody is asked to look."""


def wait_before(attempts: int, jitter: float) -> float:
    """Seconds before the next try: 2, 4, 8, … up to `MAX_WAIT`, spread by a jitter between 0 and 1."""
    return min(MAX_WAIT, 2.0 ** min(attempts, 12)) * (0.5 + jitter / 2)


def is_last(delivery: Later, attempts: int) -> bool:
    """Whether a letter that was tried so often is given up now."""
    return attempts >= (TRIES_OF_OURS if delivery.ours else TRIES)


def wait_after(delivery: Later, attempts: int, jitter: float) -> float:
    """Seconds to wait: what the other side asked for, or our own growing wait."""
    if delivery.after is None:
        return wait_before(attempts, jitter)
    return min(max(delivery.after, 0.0), LONGEST_ASKED)
