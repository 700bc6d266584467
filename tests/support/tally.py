"""What became of private messages in all chats of all tests, counted over every process of the run."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Tally:
    """Private messages that were answered for, and what became of them."""

    passed: int = 0
    deleted: int = 0
    left: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Count what another process counted."""
        self.passed += other.passed
        self.deleted += other.deleted
        self.left += other.left

    def __str__(self) -> str:
        """One line for the end of a test run."""
        share = 100 * self.deleted / self.passed if self.passed else 100
        return (
            f"Telegram: {self.deleted} of {self.passed} private messages deleted from the chats ({share:.1f} %), "
            f"{len(self.left)} could not be"
        )


TALLY = Tally()
