"""What the fake remembers of the calls that it received."""

from __future__ import annotations

import enum
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime


class Outcome(enum.StrEnum):
    """What became of a call, and what its caller could know of it."""

    PERFORMED = "performed"
    REFUSED = "refused"
    FAULTED = "faulted"
    """Not performed: 429, 500, 502 or no answer at all."""
    ANSWER_LOST = "performed but answer lost"
    ANSWER_TRUNCATED = "performed but answer truncated"


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call: `at` is the fake's clock (aware, UTC); `result` is what was, or would have been, answered."""

    number: int
    method: str
    params: dict[str, Any]
    at: datetime
    chat_id: int | None
    outcome: Outcome
    error_code: int | None = None
    description: str | None = None
    result: Any = None

    @property
    def performed(self) -> bool:
        """Whether it changed the world, whatever its caller was told."""
        return self.outcome in {Outcome.PERFORMED, Outcome.ANSWER_LOST, Outcome.ANSWER_TRUNCATED}


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A call, or an answer to a webhook, that a right product never makes."""

    method: str
    detail: str
    params: dict[str, Any]


@dataclass(kw_only=True)
class Records:
    """Calls and violations in order of arrival, and counts that are kept even without `keep_calls`."""

    keep_calls: bool
    calls: list[Call] = field(default_factory=list)
    violations: list[Violation] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    """Calls by method."""
    outcomes: Counter[str] = field(default_factory=Counter)
    """Calls by `method:outcome`."""
    webhook_attempts: Counter[str] = field(default_factory=Counter)
    """Deliveries by `ok`, the status code, or the name of what broke the connection."""

    def note(self, call: Call) -> None:
        """Keep one finished call."""
        self.outcomes[f"{call.method}:{call.outcome}"] += 1
        if self.keep_calls:
            self.calls.append(call)

    def violate(self, method: str, detail: str, params: dict[str, Any]) -> None:
        """Keep one violation."""
        self.violations.append(Violation(method=method, detail=detail, params=params))
