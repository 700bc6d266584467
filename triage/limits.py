"""How many tries somebody has before they must wait."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from triage.ports import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A burst of tries at once, after which one comes back every `refill`."""

    burst: int
    refill: timedelta

    def allows(self, tx: Transaction, key: str) -> bool:
        """Take one try of this key's; False when none is left."""
        return tx.throttle.take(key, burst=self.burst, refill=self.refill)

    def is_spent(self, tx: Transaction, key: str) -> bool:
        """Whether none of this key's tries is left; takes none."""
        return tx.throttle.is_spent(key, burst=self.burst, refill=self.refill)
