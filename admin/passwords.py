"""Passwords: long, not easily guessed, and kept as Argon2id only.

There is no list of breached passwords here; the rule looks at what is left of a password once the pieces that
people use most are taken out of it (`guessable.txt`, `runs.txt` in this folder).
"""

from __future__ import annotations

import asyncio
import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import ARGON2_VERSION

from triage.refusals import Reason

SHORTEST = 15
LONGEST = 256
_AT_ONCE = 2
_LEFT = 8
_SHORTEST_PIECE = 4
_RUN = 4
_DIFFERENT = 6
_READ_AS = str.maketrans("013457@$!", "oieastasi")
"""Digits and signs that people write for letters to make a word look harder."""
_FOLDER = Path(__file__).parent


class TooManyHashesError(Exception):
    """More sign-ins wait for their password to be checked than this process takes on."""


@dataclass(frozen=True)
class Passwords:
    """Hashes and checks, a few at a time, so that many sign-ins at once cannot use up the memory.

    64 MiB and three passes for each; `hasher` may be set lower by tests.
    """

    hasher: PasswordHasher = field(
        default_factory=lambda: PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)
    )
    most_waiting: int = 64
    _gate: asyncio.Semaphore = field(
        init=False, repr=False, default_factory=lambda: asyncio.Semaphore(_AT_ONCE)
    )
    _waiting: list[None] = field(init=False, repr=False, default_factory=list)
    _dummy: str = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Make the hash that is checked where there is no person, so that both take the same time."""
        object.__setattr__(self, "_dummy", _never_computed(self.hasher))

    async def hash(self, password: str) -> str:
        """The Argon2id hash of a password."""
        async with self._turn():
            return await asyncio.to_thread(self.hasher.hash, password)

    async def matches(self, password: str, kept: str | None) -> bool:
        """Whether the password is the one whose hash was kept; as slow where none was. Raises `TooManyHashesError`."""
        if len(password) > LONGEST:
            password = ""
        async with self._turn():
            right = await asyncio.to_thread(self._verify, kept or self._dummy, password)
        return right and kept is not None

    def _turn(self) -> _Turn:
        return _Turn(self._gate, self._waiting, self.most_waiting)

    def _verify(self, kept: str, password: str) -> bool:
        try:
            return self.hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False


def _never_computed(hasher: PasswordHasher) -> str:
    """A hash in this hasher's form that no password led to; checking it is as much work as checking any other.

    A process that starts again has people waiting: it computes none for nobody.
    """
    salt, digest = (
        b64encode(bytes(size)).decode().rstrip("=") for size in (hasher.salt_len, hasher.hash_len)
    )
    costs = f"m={hasher.memory_cost},t={hasher.time_cost},p={hasher.parallelism}"
    return f"$argon2id$v={ARGON2_VERSION}${costs}${salt}${digest}"


class _Turn:
    def __init__(self, gate: asyncio.Semaphore, waiting: list[None], most: int) -> None:
        self._gate, self._waiting, self._most = gate, waiting, most

    async def __aenter__(self) -> None:
        if len(self._waiting) >= self._most:
            raise TooManyHashesError
        self._waiting.append(None)
        try:
            await self._gate.acquire()
        except BaseException:
            self._waiting.pop()
            raise

    async def __aexit__(self, *_: object) -> None:
        self._waiting.pop()
        self._gate.release()


def refusal(password: str, *, about: Iterable[str] = ()) -> Reason | None:
    """Why a password is not taken: it is too short or too long, or would be among the first guesses.

    `about` are words that stand beside it, such as the person's name and address: they count for nothing.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        return Reason.SHORT_PASSWORD if len(password) < SHORTEST else Reason.TOO_LONG
    known = frozenset({*_pieces(), *_words(about)})
    plain = _folded(password)
    own = all(_has_own(reading, known) for reading in {plain, plain.translate(_READ_AS)})
    return None if own else Reason.WEAK_PASSWORD


def _has_own(text: str, known: frozenset[str]) -> bool:
    """Whether enough is left of the text without pieces that are known, runs of keys and years."""
    if len(set(text)) < _DIFFERENT or _repeats(text):
        return False
    for piece in sorted(known, key=len, reverse=True):
        text = text.replace(piece, " ")
    kept = re.sub(r"[\W_]", "", re.sub(r"(19|20)\d\d", " ", _without_runs(text)))
    return len(kept) >= _LEFT and len(set(kept)) >= _DIFFERENT - 1


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _words(about: Iterable[str]) -> set[str]:
    parts = {part for text in about for part in re.split(r"[\W_]+", _folded(text))}
    return {part for part in parts if len(part) >= _SHORTEST_PIECE}


def _repeats(text: str) -> bool:
    """Whether the text is one short piece written over and over."""
    return any(
        text == (text[:size] * (len(text) // size + 1))[: len(text)] for size in range(1, len(text) // 2 + 1)
    )


def _without_runs(text: str) -> str:
    """The text without pieces of keyboard rows, the alphabet or counting, forwards and backwards."""
    for line in _lines("runs.txt"):
        for row in (line, line[::-1]):
            for size in range(len(row), _RUN - 1, -1):
                for start in range(len(row) - size + 1):
                    text = text.replace(row[start : start + size], " ")
    return text


@cache
def _pieces() -> frozenset[str]:
    return frozenset(_lines("guessable.txt"))


@cache
def _lines(name: str) -> tuple[str, ...]:
    lines = (_FOLDER / name).read_text("utf-8").splitlines()
    return tuple(_folded(line) for line in lines if line and not line.startswith("#"))
