"""A circuit breaker: after several failures in a row a channel is left alone for a while, then tried with care."""

from __future__ import annotations

FAILURES = 5
FIRST_REST = 1.0
LONGEST_REST = 60.0
PROBE_SECONDS = 60.0
"""A probe that said nothing for so long is taken as lost, and another may go."""


class Breaker:
    """Counts failures of one channel in a row; times are the event loop's seconds.

    Open, it lets nothing through until its rest is over; then one letter at a time, as a probe, until one arrives.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._rest = FIRST_REST
        self._opened_at = 0.0
        self._rests_until = 0.0
        self._probe_since: float | None = None

    @property
    def open(self) -> bool:
        """Whether the channel failed so often that it is being left alone or tried with care."""
        return self._failures >= FAILURES

    def lets_through(self, now: float) -> bool:
        """Whether the channel may be tried now."""
        if not self.open:
            return True
        probing = self._probe_since is not None and now - self._probe_since < PROBE_SECONDS
        return now >= self._rests_until and not probing

    def begin(self, now: float) -> None:
        """Count an attempt as begun: while the breaker is open it is the probe."""
        if self.open:
            self._probe_since = now

    def note(self, now: float, *, failed: bool, began: float) -> None:
        """Count an attempt that began then; one success closes the breaker again."""
        if not failed:
            self._failures, self._rest, self._probe_since = 0, FIRST_REST, None
            return
        if self.open and began < self._opened_at:
            # Under way when the channel was left alone: many letters that fail together are one failure.
            return
        self._failures += 1
        if self.open:
            self._opened_at = now
            self._rests_until = now + self._rest
            self._rest = min(LONGEST_REST, self._rest * 2)
            self._probe_since = None
