"""The places that a place question may be answered with, and a search that forgives spelling.

Places are data of the profile. The search knows the letters of the Nordic and German alphabets and their plain
spellings, accents, a missing space, one wrong letter, and other names of a place (districts, islands).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

OWN_AREA, ELSEWHERE = "own_area", "elsewhere"
"""The groups of places that a flow's conditions may ask for, written `@own_area` and `@elsewhere`."""

_LETTERS = str.maketrans(
    {"æ": "ae", "ä": "ae", "ø": "oe", "ö": "oe", "å": "aa", "ü": "u", "ß": "ss", "ð": "d"}
)
_DOUBLES = (("ae", "a"), ("oe", "o"), ("aa", "a"))
_SHORTEST_GUESS = 4
_SHORTEST_PREFIX = 2
_LONG_WORD = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place: its code, its name, other names people use for it, and the groups that conditions may ask for.

    `details` are what texts may say of it beside its name: detail → language → words.
    """

    code: str
    name: str
    also: tuple[str, ...] = ()
    groups: frozenset[str] = frozenset()
    details: Mapping[str, Mapping[str, str]] = field(default_factory=dict, hash=False)


@dataclass(frozen=True, slots=True)
class Found:
    """What a search found, best first. `sure` when there is exactly one and the text names it outright."""

    places: tuple[Place, ...] = ()
    sure: bool = False


@dataclass(frozen=True)
class Places:
    """All places of a hotline. `ignored` are words that say nothing ("municipality")."""

    entries: tuple[Place, ...] = ()
    ignored: tuple[str, ...] = ()
    _by_code: dict[str, Place] = field(init=False, repr=False, compare=False)
    _names: tuple[tuple[str, Place], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Fold every name once."""
        object.__setattr__(self, "_by_code", {place.code: place for place in self.entries})
        names = ((self._fold(name), place) for place in self.entries for name in (place.name, *place.also))
        object.__setattr__(self, "_names", tuple((name, place) for name, place in names if name))

    def find(self, code: str) -> Place | None:
        """The place of this code, or None."""
        return self._by_code.get(code)

    def groups(self, code: str) -> frozenset[str]:
        """The groups of the place of this code; none for a code that is no place."""
        place = self._by_code.get(code)
        return place.groups if place else frozenset()

    def search(self, text: str, *, limit: int = 6) -> Found:
        """The places that the text may mean: by name, by whole words, by beginning, within a sentence, by one typo."""
        wanted = self._fold(text)
        if not wanted:
            return Found()
        exact = _distinct(place for name, place in self._names if name == wanted)
        # A name written in full may still begin another one's name; then it is that name that is meant.
        if exact:
            return Found(exact[:limit], sure=len(exact) == 1)
        held = [(name, place) for name, place in self._names if _holds(name, wanted)]
        if held:
            places = _distinct(place for _, place in held)
            # A word out of another name ("Strand", "Jylland") may be meant for a thousand places.
            own = any(name == self._fold(place.name) for name, place in held)
            return Found(places[:limit], sure=own and len(places) == 1)
        for guess in (self._begun(wanted), self._within(wanted), self._mistyped(wanted)):
            if guess:
                return Found(guess[:limit])
        return Found()

    def _begun(self, wanted: str) -> tuple[Place, ...]:
        if len(wanted) < _SHORTEST_PREFIX:
            return ()
        first = [place for name, place in self._names if name.startswith(wanted)]
        inside = [place for name, place in self._names if f" {wanted}" in name]
        joined = [place for name, place in self._names if name.replace(" ", "") == wanted.replace(" ", "")]
        return _distinct([*joined, *first, *inside])

    def _within(self, wanted: str) -> tuple[Place, ...]:
        return _distinct(place for name, place in self._names if _holds(wanted, name))

    def _mistyped(self, wanted: str) -> tuple[Place, ...]:
        if len(wanted) < _SHORTEST_GUESS:
            return ()
        allowed = 2 if len(wanted) >= _LONG_WORD else 1
        scored = ((_distance(wanted, name, allowed), place) for name, place in self._names)
        near = [(score, place) for score, place in scored if score <= allowed]
        return _distinct(place for _, place in sorted(near, key=lambda pair: pair[0]))

    def _fold(self, text: str) -> str:
        words = fold(text).split()
        ignored = {fold(word) for word in self.ignored}
        return " ".join([word for word in words if word not in ignored])


NO_PLACES = Places()


def fold(text: str) -> str:
    """The text as the search compares it: small plain letters, one space between words, one spelling of each vowel."""
    # Letters of their own come first, composed: taken apart, "å" would be an "a" with a ring.
    plain = unicodedata.normalize("NFC", text).casefold().translate(_LETTERS)
    plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c))
    plain = " ".join(re.sub(r"[\W_]+", " ", plain).split())
    for double, single in _DOUBLES:
        plain = plain.replace(double, single)
    return plain


def _holds(longer: str, part: str) -> bool:
    return f" {part} " in f" {longer} "


def _distinct(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple({place.code: place for place in places}.values())


def _distance(left: str, right: str, limit: int) -> int:
    """Letters to change, add, drop or swap with the next; anything above the limit is only "more"."""
    if abs(len(left) - len(right)) > limit:
        return limit + 1
    before: Sequence[int] = ()
    row = list(range(len(right) + 1))
    for i, a in enumerate(left, start=1):
        now = [i]
        for j, b in enumerate(right, start=1):
            cost = min(row[j] + 1, now[j - 1] + 1, row[j - 1] + (a != b))
            if i > 1 and j > 1 and a == right[j - 2] and left[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            now.append(cost)
        if min(now) > limit:
            return limit + 1
        before, row = row, now
    return row[-1]
