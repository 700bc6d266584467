"""What the terminal is made of: everything comes in as an argument, from wiring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from handlers.dialog.intake import Intake
from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.words import Words
from triage.ids import CaseId
from triage.limits import Limit

P = ParamSpec("P")
T = TypeVar("T")

CHANNEL = "terminal"
DEFAULT_CODES = Limit(burst=30, refill=timedelta(seconds=20))


class Store(Protocol):
    """Runs a plain function of a transaction, whole or not at all."""

    async def write_repeatable(
        self, use_case: Callable[Concatenate[Any, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run it and make it durable before this returns; it knows its own repeat."""

    async def read(self, query: Callable[Concatenate[Any, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run it without changing anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TerminalParts:
    """The parts; with `trial` the talk begins by saying that nobody real is to be written about.

    `end_dialogue` is what happens when reporters end contact for good; without it that is not offered.
    `code_address` is where a browser takes the receipt code, or None where no page is known.
    """

    store: Store
    intake: Intake
    words: Words
    trial: bool
    end_dialogue: Callable[[IntakeTransaction, CaseId], None] | None = None
    code_address: str | None = None
    codes: Limit = DEFAULT_CODES
    """How often codes may be tried at all terminals together."""
