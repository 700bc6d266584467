"""What the engine answers: data to be drawn by a channel; no words, only ids and text keys' parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias

from handlers.dialog.answers import Invalid, Value
from handlers.dialog.findings import SHOWN_FINDINGS, Finding
from handlers.dialog.flow import Card, Note, Part, Question, Section
from handlers.dialog.values import Values


@dataclass(frozen=True, slots=True)
class Progress:
    """The question is number so-and-so of this many, as far as the answers given can tell."""

    number: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseLanguage:
    """The conversation begins by choosing one of these."""

    languages: tuple[str, ...]
    revision: int
    error: Invalid | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One question. Its texts go by `section.owner`.

    `progress` is None for a notice, and as long as an answer still decides which flow follows. `suggested` is the
    answer so far of a question opened again (`editing`). `selected` is what is ticked of a multi question. Of a
    contact question `part` is the one to ask for where parts are asked one by one, `given` those that were given.
    `in_offer` is the offered section that the question belongs to, which may still be left. `values` fill its texts.
    """

    section: Section
    question: Question
    revision: int
    skippable: bool
    can_go_back: bool
    editing: bool
    progress: Progress | None = None
    notes: tuple[Note, ...] = ()
    suggested: Value | None = field(default=None, repr=False)
    selected: tuple[str, ...] = field(default=(), repr=False)
    part: Part | None = None
    given: Mapping[str, str] = field(default_factory=dict, repr=False)
    in_offer: str | None = None
    values: Values = field(default_factory=dict)
    error: Invalid | None = None

    @property
    def skippable_now(self) -> bool:
        """Whether "skip" is offered where parts are asked one by one.

        A part that is needed is passed by only with its whole question, and so only before anything of it was given.
        """
        if self.part is None:
            return self.skippable
        return not self.part.required or (self.skippable and not self.given)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowCard:
    """An urgent text with buttons. `question` is the one whose answer raised it."""

    card: Card
    question: str
    revision: int
    values: Values = field(default_factory=dict)
    error: Invalid | None = None


class ItemState(StrEnum):
    """How a question was passed."""

    ANSWERED = "answered"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewItem:
    """One line of the review; it can be opened by `Edit`."""

    section: Section
    question: Question
    state: ItemState
    value: Value | None = field(default=None, repr=False)
    values: Values = field(default_factory=dict)

    @property
    def sensitive(self) -> bool:
        """Whether a channel that keeps what it shows must only say that something was written."""
        return self.question.sensitive


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """Everything is answered: what will be sent, and which sections are offered besides.

    `findings` are words that might tell who somebody is and that the writer has not decided about; `removed` are the
    ids of the identity numbers that were taken out of an answer before. Neither holds up sending.
    """

    items: tuple[ReviewItem, ...]
    offers: tuple[Section, ...]
    revision: int
    error: Invalid | None = None
    findings: tuple[Finding, ...] = ()
    removed: tuple[str, ...] = ()

    def item_of(self, finding: Finding) -> ReviewItem:
        """The line whose answer holds the words."""
        return next(item for item in self.items if item.question.id == finding.question)

    @property
    def shown(self) -> tuple[Finding, ...]:
        """The findings that are shown now; the others follow when these are decided."""
        return self.findings[:SHOWN_FINDINGS]

    def words_of(self, finding: Finding) -> str:
        """The words themselves; only for a channel that keeps nothing of what it shows."""
        return str(self.item_of(finding).value)[finding.start : finding.end]


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """The report: only what was asked, in the order of the flow.

    `clear` is the part of the answers that may be stored in clear, `identity` the part that says who somebody is;
    `answers` holds both, and all others. `skipped` and `unknown` are asked questions
    without an answer.
    """

    flow_id: str
    flow_version: int
    fingerprint: str
    language: str | None
    answers: Mapping[str, Value] = field(repr=False)
    clear: Mapping[str, Value]
    identity: Mapping[str, Value] = field(repr=False)
    skipped: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


Standing: TypeAlias = ChooseLanguage | Ask | ShowCard | Review
"""Where a conversation can stand and wait."""


@dataclass(frozen=True, slots=True)
class Stale:
    """The input was meant for an earlier question and changed nothing; `current` is where the conversation stands."""

    current: Standing


Reply: TypeAlias = Standing | Submitted | Stale


@dataclass(frozen=True, slots=True, kw_only=True)
class AcuteRaised:
    """An answer that was not there before says that something is acute."""

    trigger: str
    question: str
    code: str


@dataclass(frozen=True, slots=True)
class IdentityRemoved:
    """Identity numbers were taken out of what was just stored, so many of each pattern; the writer is told."""

    found: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardAnswered:
    """A button of a card was pressed."""

    card: str
    code: str


Event: TypeAlias = AcuteRaised | IdentityRemoved | CardAnswered
