"""What the web chat is made of: everything comes in as an argument, from wiring."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

from handlers.dialog.intake import Intake
from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.say import Phone
from handlers.dialog.words import Words
from handlers.web.app import Frame
from handlers.web.server import Network
from triage.clocks.calendar import Calendar
from triage.ids import CaseId, ConversationId
from triage.limits import Limit

P = ParamSpec("P")
T = TypeVar("T")

ASKS_AGAIN_AFTER = timedelta(minutes=15)
"""A browser that was quiet for so long is asked whether to go on before it shows anything."""


class Store(Protocol):
    """Runs a plain function of a transaction, whole or not at all."""

    async def write(
        self, use_case: Callable[Concatenate[Any, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run it and make it durable before this returns."""

    async def write_repeatable(
        self, use_case: Callable[Concatenate[Any, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `write`, for a use case that knows its own repeat, so that a commit of unknown fate can be settled."""

    async def read(self, query: Callable[Concatenate[Any, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run it without changing anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebchatLimits:
    """How often one address may try. Many people share an address, so these slow machines, not classes or families."""

    codes: Limit
    openings: Limit
    links: Limit


DEFAULT_WEBCHAT_LIMITS = WebchatLimits(
    # A code has 80 bits: what is limited is the load, and a class of forty who mistype twice is not kept out.
    codes=Limit(burst=150, refill=timedelta(seconds=5)),
    openings=Limit(burst=150, refill=timedelta(seconds=5)),
    links=Limit(burst=150, refill=timedelta(seconds=5)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebchatParts:
    """The parts of one hotline.

    `exit_url` is the neutral page that the quick exit shows, `numbers` the help that is always near.

    `card_numbers` are those that only an urgent text offers. `public_url` is where people find these pages, as they
    type it; empty where nobody said, and then the page's own address is told.
    """

    frame: Frame
    store: Store
    intake: Intake
    words: Words
    csrf_key: bytes = field(repr=False)
    new_token: Callable[[], str]
    """A fresh secret of at least 128 bits that an address may hold."""
    exit_url: str
    public_url: str = ""
    numbers: tuple[Phone, ...]
    card_numbers: tuple[Phone, ...] = ()
    telephone: Calendar | None = None
    """When the telephone is answered, where that is known; the intake's calendar says when somebody reads."""
    trusted: Sequence[Network] = ()
    limits: WebchatLimits = DEFAULT_WEBCHAT_LIMITS
    end_dialogue: Callable[[IntakeTransaction, CaseId], None] | None = None
    """What happens when reporters end their dialogue for good; without it that is not offered."""
    leave_chat: Callable[[IntakeTransaction, ConversationId], None] | None = None
    """Empties a chat whose reporter goes on here; without it nobody can move."""
    hotlines: Mapping[str, WebchatParts] = field(default_factory=dict)
    """The parts of every hotline by its id; these themselves are those of the first."""
    words_of_hotlines: Mapping[str, str] = field(default_factory=dict)
    """The word that leads to a further hotline, as a path of its own."""

    def at(self, hotline: str | None) -> WebchatParts:
        """The parts of this hotline; these where there is none, as before a conversation has begun."""
        return self.hotlines.get(hotline or "", self)

    def page_of(self, path: str) -> str | None:
        """The address of the further hotline that this path leads to, as we write it: never one of another site."""
        word = path.strip("/")
        return f"/{word}" if word in self.words_of_hotlines else None

    def led_to(self, path: str) -> str | None:
        """The hotline that this path leads to, where it is a further one's."""
        return self.words_of_hotlines.get(path.strip("/"))
