"""How hard a text is to read: LIX, as schools in the Nordic countries count it."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONG_WORD = 6
"""A word with more letters than this is long, as LIX counts."""

VERY_LONG_WORD = 13
"""A word with so many letters is hard in itself, however short its sentence."""

_WORD = re.compile(r"[^\W\d_]+(?:[-'\u2019][^\W\d_]+)*")
_SENTENCE_END = re.compile(r"[.!?:]+(?=\s|$)|\n+")
_PLACEHOLDER = re.compile(r"\{\w+\}")


_QUESTION = re.compile(r"[^.!?:\n]*\?")


def words_of(text: str) -> list[str]:
    """The words of a text; placeholders and numbers do not count."""
    return _WORD.findall(_PLACEHOLDER.sub(" ", text))


def lix(texts: Iterable[str]) -> float:
    """Words per sentence plus the percentage of long words, over all texts; 0 where there is no word.

    The end of a text ends a sentence, so an option or a button counts as one.
    """
    words = long = sentences = 0
    for text in texts:
        found = words_of(text)
        if not found:
            continue
        words += len(found)
        long += sum(len(word) > LONG_WORD for word in found)
        sentences += sum(bool(words_of(part)) for part in _SENTENCE_END.split(text))
    return words / sentences + 100 * long / words if words else 0.0


def long_words(text: str) -> list[str]:
    """The words of a text that are hard in themselves, in small letters; in a word with hyphens each part counts."""
    parts = [part for word in words_of(text) for part in word.casefold().split("-")]
    return [part for part in parts if sum(map(str.isalpha, part)) >= VERY_LONG_WORD]


def questions_in(text: str) -> list[str]:
    """The sentences of a text that end with a question mark."""
    return [found.strip() for found in _QUESTION.findall(text)]
