"""Cleaning what a person typed, before anything looks at it or stores it.

Every string on its way in goes through `clean_text`: it never raises, whatever the bytes, and identity numbers are
gone before storage. `display_safe` is for the way out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

BIDI_CONTROLS = frozenset(map(chr, [*range(0x202A, 0x202F), *range(0x2066, 0x206A)]))
"""Characters that reorder the text around them, and so can make a sentence read as another."""

_INVISIBLE = frozenset(map(chr, [0xAD, 0x200B, *range(0x2060, 0x2065), *range(0x206A, 0x2070), 0xFEFF]))
_JOINERS = frozenset("\u200c\u200d\u200e\u200f")  # Persian, emoji and mixed directions need them
_REGIONAL = range(0x1F1E6, 0x1F200)
_SKIN_TONES = range(0x1F3FB, 0x1F400)
_TAGS = range(0xE0020, 0xE0080)
_MARKS_SHOWN = 8
_CODE_POINTS_EACH = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityPattern:
    """What an identity number looks like in the profile's country, and what is written in its place."""

    id: str
    regex: re.Pattern[str]
    marker: str


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A text that can be stored, and how often each identity pattern was removed from it."""

    text: str = field(repr=False)
    removed: Mapping[str, int] = field(default_factory=dict)

    @property
    def removed_count(self) -> int:
        """How many identity numbers were removed."""
        return sum(self.removed.values())


def clean_text(raw: str, patterns: Sequence[IdentityPattern] = ()) -> Cleaned:
    """The text normalised (NFC, LF), without characters that only deceive or break, and without identity numbers.

    Line breaks and tabs stay; the ends are trimmed.
    """
    text = "".join(filter(_kept, raw.replace("\r\n", "\n").replace("\r", "\n").replace("\u2028", "\n")))
    text = unicodedata.normalize("NFC", text)
    removed: dict[str, int] = {}
    for pattern in patterns:
        text, count = _remove(text, pattern)
        if count:
            removed[pattern.id] = count
    return Cleaned(text.strip(), removed)


def length(text: str) -> int:
    """How many characters a person would count: marks, joined emoji, skin tones and flags count as one."""
    count, joined, flag = 0, False, False
    for char in text:
        point = ord(char)
        if char == "\u200d":
            joined = True
            continue
        attached = joined or char in _JOINERS or unicodedata.category(char) in {"Mn", "Me"}
        attached = attached or point in _SKIN_TONES or point in _TAGS
        regional = point in _REGIONAL
        if not attached and not (regional and flag):
            count += 1
        flag = regional and not flag
        joined = False
    return count


def too_long(text: str, limit: int) -> bool:
    """Whether the text has more characters than the limit, or hides very many in few."""
    return length(text) > limit or len(text) > limit * _CODE_POINTS_EACH


def display_safe(text: str) -> str:
    """The text for showing: no control or reordering characters, and no towers of combining marks."""
    shown: list[str] = []
    marks = 0
    for char in text:
        if not _kept(char):
            continue
        marks = marks + 1 if unicodedata.category(char) in {"Mn", "Me"} else 0
        if marks <= _MARKS_SHOWN:
            shown.append(char)
    return "".join(shown)


def _kept(char: str) -> bool:
    if char in "\n\t":
        return True
    if char in BIDI_CONTROLS or char in _INVISIBLE:
        return False
    return unicodedata.category(char) not in {"Cc", "Cs", "Zl", "Zp"}


def shadow_of(text: str) -> tuple[str, list[int]]:
    """The text in plain digits, dashes and spaces, without invisible marks; and where each of its signs stands.

    Patterns are matched on it, so that a number written in other digits, with another dash or with a direction mark
    inside is found as well.
    """
    places = [place for place, char in enumerate(text) if char not in _JOINERS]
    return "".join(_plain(text[place]) for place in places), places


def _remove(text: str, pattern: IdentityPattern) -> tuple[str, int]:
    shadow, places = shadow_of(text)
    kept: list[str] = []
    end, count = 0, 0
    for match in pattern.regex.finditer(shadow):
        if match.start() == match.end():
            continue
        start = places[match.start()]
        kept += [text[end:start], pattern.marker]
        end = places[match.end() - 1] + 1
        count += 1
    return "".join([*kept, text[end:]]), count


def _plain(char: str) -> str:
    category = unicodedata.category(char)
    if category == "Nd":
        return str(unicodedata.digit(char))
    return {"Pd": "-", "Zs": " "}.get(category, "-" if char == "\u2212" else char)
