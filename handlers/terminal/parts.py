"""What the terminal is made of: everything comes in as an argument, from wiring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from handlers.dialog.intake import Intake
from handlers.dialog.words import Words

P = ParamSpec("P")
T = TypeVar("T")

CHANNEL = "terminal"


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
    """The parts; with `trial` the talk begins by saying that nobody real is to be written about."""

    store: Store
    intake: Intake
    words: Words
    trial: bool
