"""What the console is made with: everything that wiring hands it, and nothing that it finds by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from datetime import time as time_of_day
from pathlib import Path
from typing import Concatenate, ParamSpec, Protocol, TypeVar

from admin.passwords import Passwords
from handlers.dialog.intake import Intake
from handlers.dialog.places import Places
from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.words import Words
from handlers.web.app import Frame
from handlers.web.server import Network
from triage.cases.reading import QUEUE_LIMIT
from triage.rules import Rules

P = ParamSpec("P")
T = TypeVar("T")

TEMPLATES = Path(__file__).parent / "templates"
"""The folder that the pages' environment must hold beside the shared one."""

HOME = "/desk"
"""Where the console is mounted; every address in it begins so."""


class Store(Protocol):
    """The store, as the console uses it."""

    async def write(
        self, use_case: Callable[Concatenate[IntakeTransaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run the use case in a transaction; when this returns, what it did is durable."""

    async def write_repeatable(
        self, use_case: Callable[Concatenate[IntakeTransaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """As `write`, for a use case that knows its own repeat."""

    async def read(
        self, query: Callable[Concatenate[IntakeTransaction, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Run the query where it can change nothing."""


class ConsoleWords(Protocol):
    """Texts by key and language; times as people say them, in the organisation's zone."""

    def text(self, key: str, lang: str, /, **params: object) -> str:
        """The text of a key, its placeholders filled."""

    def has(self, key: str, lang: str) -> bool:
        """Whether the language itself has this text."""

    def languages(self) -> tuple[str, ...]:
        """The languages in which every text exists."""

    def name_of(self, lang: str) -> str:
        """A language's own name for itself."""

    def count(self, key: str, lang: str, number: int, /, **params: object) -> str:
        """The plural form that `number` takes."""

    def time(self, at: datetime, lang: str) -> str:
        """The time of day."""

    def date_time(self, at: datetime, lang: str) -> str:
        """Date with year, and time."""

    def day(self, day: date, lang: str) -> str:
        """Weekday and date."""

    def full_date(self, day: date, lang: str) -> str:
        """Day, month and year."""

    def hours(self, hours: Iterable[tuple[time_of_day, time_of_day]], lang: str) -> str:
        """Hours of a day, from and to."""

    def day_time(self, at: datetime, lang: str, *, near: datetime | None = None) -> str:
        """Weekday and time; with the date when it is not within a week of `near`."""

    def span(self, length: timedelta, lang: str) -> str:
        """A length of time in one unit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMail:
    """A mail that was written as a file. `name` is the file's, without a folder."""

    name: str
    at: datetime
    to: str
    subject: str
    body: str = field(repr=False)


class MailFolder(Protocol):
    """The folder that mails are written to while there is no mail server."""

    @property
    def place(self) -> str:
        """The folder, as the operator would type it."""

    async def read(self, *, limit: int) -> Sequence[WrittenMail]:
        """The latest mails, newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that the check of the organisation's data found. `severity` is `error`, `warning` or `info`.

    `where` and `what` are in English, as `tovholder check` writes them.
    """

    severity: str
    where: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What was found in the organisation's data on a day, errors first."""

    on: date
    findings: Sequence[Finding]


class ProfileChecks(Protocol):
    """What is known about the organisation's data beside the data itself."""

    @property
    def trial(self) -> bool:
        """Whether the texts are not signed off, or were changed after."""

    async def findings(self) -> Checked:
        """What is found in the data today, all but the runs of the clocks, which take long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """A hotline whose questions staff read out: its conversations, and its texts with its own name and number."""

    intake: Intake
    words: Words


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsoleParts:
    """The parts of the console.

    `frame` is the console's own: its shell leads to `HOME`, its pages' environment holds `TEMPLATES`. `console_url`
    is the address of one-time links, without a slash at the end; `bot_name` the bot that staff link their chat with,
    or None without Telegram; `public_url` where reporters find their pages, empty at the console's own address and
    None where that is not known; `hotlines` are all of them by id, the first one first; `mails` is None once a mail
    server carries them.
    """

    frame: Frame
    store: Store
    rules: Rules
    words: ConsoleWords
    places: Places
    hotlines: Mapping[str, Entrance]
    passwords: Passwords
    checks: ProfileChecks
    new_token: Callable[[], str]
    """A fresh secret of at least 128 bits that an address may hold."""
    csrf_key: bytes = field(repr=False)
    console_url: str
    public_url: str | None = None
    bot_name: str | None = None
    mails: MailFolder | None = None
    sms: bool = False
    """Whether the house can send an SMS."""
    trusted: Sequence[Network] = ()
    queue_limit: int = QUEUE_LIMIT
    """How many cases stand on one page of the queue; the next ones are a link away."""
    design_page: bool = False
    """Whether there is a page of all parts, for whoever builds pages."""
    live_seconds: float = 5.0
    """How often a page that stands open looks for changes."""
    live_at_once: int = 100
    """Live connections of this process; above it a page is refreshed by its reader."""
