"""Faults on purpose: what a call meets instead of, or after, being performed.

Scripted by count, or random from a seed.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from random import Random


class FaultKind(enum.StrEnum):
    """What goes wrong."""

    TOO_MANY = "too_many"
    """429 with `retry_after`; not performed. With `hold` the chat (or the bot) is refused until the time is over."""
    SERVER_ERROR = "server_error"
    """500 with an HTML body; not performed."""
    BAD_GATEWAY = "bad_gateway"
    """502 with an HTML body; not performed."""
    NO_ANSWER = "no_answer"
    """Not performed; the connection stays open and silent."""
    LOST_ANSWER = "lost_answer"
    """Performed, then the connection is closed without an answer."""
    TRUNCATED = "truncated"
    """Performed, but the JSON of the answer is cut in half."""
    LATENCY = "latency"
    """Performed after `seconds`; other faults can still hit the same call."""


@dataclass(kw_only=True)
class Fault:
    """One rule. Without method or chat it meets every call; `count` is how often it still strikes (None: always)."""

    kind: FaultKind
    method: str | None = None
    chat_id: int | None = None
    probability: float = 1.0
    count: int | None = None
    skip: int = 0
    retry_after: int = 1
    hold: bool = False
    seconds: float = 0.0
    struck: int = 0

    def concerns(self, method: str, chat_id: int | None) -> bool:
        """Whether the rule is about this call and not used up."""
        return (
            (self.count is None or self.struck < self.count)
            and self.method in {None, method}
            and (self.chat_id is None or self.chat_id == chat_id)
        )


@dataclass(kw_only=True)
class FaultPlan:
    """All rules, in the order they were added; the first that strikes decides (latencies add up before it)."""

    random: Random
    rules: list[Fault] = field(default_factory=list)
    held_until: dict[int | None, float] = field(default_factory=dict)

    def add(self, fault: Fault) -> Fault:
        """Add a rule and give it back, so that a test can read `struck`."""
        self.rules.append(fault)
        return fault

    def clear(self) -> None:
        """Forget every rule and every hold."""
        self.rules.clear()
        self.held_until.clear()

    def held(self, chat_id: int | None, *, at: float) -> int | None:
        """The whole seconds that this chat still has to wait after a 429 with `hold`; `at` in seconds."""
        left = max((self.held_until.get(key, 0.0) - at for key in {None, chat_id}), default=0.0)
        return int(left) + (left > int(left)) if left > 0 else None

    def draw(self, method: str, chat_id: int | None, *, at: float) -> tuple[float, Fault | None]:
        """The seconds to wait before the call, and the fault that strikes it."""
        wait = 0.0
        for rule in self.rules:
            if not rule.concerns(method, chat_id):
                continue
            if rule.skip:
                rule.skip -= 1
                continue
            if rule.probability < 1.0 and self.random.random() >= rule.probability:
                continue
            rule.struck += 1
            if rule.kind is FaultKind.LATENCY:
                wait += rule.seconds
                continue
            if rule.kind is FaultKind.TOO_MANY and rule.hold:
                self.held_until[rule.chat_id] = at + rule.retry_after
            return wait, rule
        return wait, None
