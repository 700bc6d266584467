"""A circuit breaker: after several failures in a row a channel is left alone for a while, then tried with care."""

from __future__ import annotations

FAILURES = 5
FIRST_REST = 1.0
LONGEST_REST = 60.0


class Breaker:
    """Counts failures of one channel in a row; times are the event loop's seconds."""

    def __init__(self) -> None:
        self._failures = 0
        self._rest = FIRST_REST
        self._closed_until = 0.0

    @property
    def open(self) -> bool:
        """Whether the channel failed so often that it is being left alone or tried with care."""
        return self._failures >= FAILURES

    def lets_through(self, now: float) -> bool:
        """Whether the channel may be tried now."""
        return not self.open or now >= self._closed_until

    def note(self, now: float, *, failed: bool) -> None:
        """Count an attempt; one success closes the breaker again."""
        if not failed:
            self._failures, self._rest = 0, FIRST_REST
            return
        self._failures += 1
        if self.open:
            self._closed_until = now + self._rest
            self._rest = min(LONGEST_REST, self._rest * 2)
