"""Words of a person on their way into a case: cleaned, measured, and never empty where they are needed."""

from __future__ import annotations

from dataclasses import dataclass, field

from triage.cases.case import Case
from triage.refusals import Reason, Refused
from triage.rules import Rules

LONGEST = 8000
"""Characters in one note, reason or message."""


@dataclass(frozen=True, slots=True)
class Cleaned:
    """Words that may be stored, and how many identity numbers were taken out of them."""

    words: str = field(repr=False)
    removed: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Words that may have been left out, and how many identity numbers were taken out of them."""

    words: str | None = field(repr=False)
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Done:
    """The case as it now stands; `removed` identity numbers were taken out of the words, which the writer is told."""

    case: Case
    removed: int = 0


def cleaned(rules: Rules, words: str, *, empty: Reason) -> Cleaned | Refused:
    """The words without identity numbers; refused as `empty` when nothing is left, or when they are too long."""
    if len(words) > LONGEST:
        return Refused(Reason.TOO_LONG)
    text, removed = rules.clean(words)
    if not text.strip():
        return Refused(empty)
    return Cleaned(text, removed)


def remark(rules: Rules, words: str, *, needed: bool = False) -> Remark | Refused:
    """Words that go with an act, cleaned; none is fine unless they are `needed`."""
    if not words.strip() and not needed:
        return Remark(None)
    said = cleaned(rules, words, empty=Reason.REASON_NEEDED)
    return said if isinstance(said, Refused) else Remark(said.words, said.removed)
