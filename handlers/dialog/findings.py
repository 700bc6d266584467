"""What in a person's own words might tell who somebody is: found by the profile's patterns, never by guessing names.

Only looked for at the review, and only to ask the writer. Nothing here decides, counts or keeps anything: a finding
is a place in a text of the draft, and the writer keeps, blurs or removes it. It never holds up what is sent.
"""

from __future__ import annotations

import re
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from handlers.dialog.clean import shadow_of

SHOWN_FINDINGS = 5
"""So many are shown at once; more come when these are decided."""

_CLOSING = frozenset(".,;:!?)")


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingPattern:
    """What one kind of telling words looks like, and what is written in their place when they are blurred."""

    kind: str
    regex: re.Pattern[str]
    marker: str


@dataclass(frozen=True, slots=True)
class Span:
    """Telling words from `start` to before `end` of a text."""

    kind: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Telling words in the answer to a free question, the `ordinal`th that is still to be decided there."""

    question: str
    ordinal: int
    kind: str
    start: int
    end: int

    @property
    def code(self) -> str:
        """How a button names it; together with the draft's revision that is one place only."""
        return f"{self.question}.{self.ordinal}"


def find_spans(text: str, patterns: Sequence[FindingPattern]) -> tuple[Span, ...]:
    """All telling words of a text, in its order. Where several overlap, the longest counts, then the first pattern."""
    shadow, places = shadow_of(text)
    found = [
        (rank, Span(pattern.kind, places[match.start()], places[match.end() - 1] + 1))
        for rank, pattern in enumerate(patterns)
        for match in pattern.regex.finditer(shadow)
        if match.start() < match.end()
    ]
    taken: list[Span] = []
    for _, span in sorted(found, key=lambda each: (each[1].start - each[1].end, each[0], each[1].start)):
        at = bisect(taken, span.start, key=_start)
        behind = at == 0 or taken[at - 1].end <= span.start
        if behind and (at == len(taken) or span.end <= taken[at].start):
            taken.insert(at, span)
    return tuple(taken)


def _start(span: Span) -> int:
    return span.start


def findings_in(
    answers: Iterable[tuple[str, str]],
    patterns: Sequence[FindingPattern],
    *,
    kept: Iterable[tuple[str, int, int]] = (),
) -> Iterator[Finding]:
    """What is to be decided in these answers (question, text), without what the writer said shall stand."""
    decided = set(kept)
    for question, text in answers:
        spans = [
            span for span in find_spans(text, patterns) if (question, span.start, span.end) not in decided
        ]
        for ordinal, span in enumerate(spans):
            yield Finding(question=question, ordinal=ordinal, kind=span.kind, start=span.start, end=span.end)


def blurred(text: str, start: int, end: int, marker: str) -> str:
    """The text with a marker in place of these words."""
    return f"{text[:start]}{marker}{text[end:]}"


def removed(text: str, start: int, end: int) -> str:
    """The text without these words; what stood on both sides stays apart, by one space at most."""
    before, after = text[:start].rstrip(" "), text[end:].lstrip(" ")
    if not before or not after or before[-1] in "\n(" or after[0] == "\n":
        return before + after
    spaced = len(before) < start or len(text) - end > len(after)
    if after[0] in _CLOSING and len(text) - end == len(after):
        return before + after
    return f"{before} {after}" if spaced or (before[-1].isalnum() and after[0].isalnum()) else before + after
