"""The marks by which a case is found again for the person it is about: keyed hashes of a name or a telephone number.

No name can be read from a mark, and only the whole of one finds it. Two spellings of a name have two marks, two people
of one name have the same: what was found was offered, and whether it is the same person somebody decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Annotated, Self, TypeAlias

from pydantic import Field, StringConstraints, model_validator

from triage.parts import Part

Digest: TypeAlias = Callable[[str, bytes], bytes]
"""The transaction's keyed hash: what it is for, and of what."""

FieldOf = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)?$", max_length=81)]
"""A question, or a part of one that asks for several: `question.part`."""

_LETTERS_OF_THEIR_OWN = frozenset("æøå")
_WORD = re.compile(r"[^\W_]+")
_IN_BRACKETS = re.compile(r"\[[^\]]*\]")
"""What stands for something that was taken out, such as an identity number."""
_FOLDED = str.maketrans(
    {"ł": "l", "đ": "d", "ð": "d", "ħ": "h", "\N{LATIN SMALL LETTER DOTLESS I}": "i", "œ": "oe", "þ": "th"}
)
"""Letters that are written with a stroke or joined, and have no accent that could be taken off."""
_NUMBER = re.compile(r"[+(]*\d(?:[\s().-]*\d)*")
"""Digits, and what people put before and between those of one number."""
_TRUNK = re.compile(r"\(0\)")
"""The zero that is dialled only inside a country, as it is written behind a calling code."""
_FEWEST_DIGITS = 6
_MOST_DIGITS = 15


class PersonSearch(Part):
    """Whether staff may search for the person a worry is about, and which answers say who that is.

    `names` and `phones` name those answers; only what is given there gets a mark, and only while it is `allowed`.
    `calling_code` is put before a telephone number that came without one, `number_length` its digits without it.
    """

    allowed: bool = False
    names: tuple[FieldOf, ...] = ()
    phones: tuple[FieldOf, ...] = ()
    calling_code: str = Field(default="", pattern=r"^[0-9]{0,3}$")
    number_length: int = Field(default=0, ge=0, le=_MOST_DIGITS)

    @model_validator(mode="after")
    def _something_to_find_by(self) -> Self:
        if self.allowed and not (self.names or self.phones):
            raise ValueError("it is allowed, but names and phones name no answer that says who the person is")
        return self


class MarkKind(StrEnum):
    """What a mark was made of."""

    NAME = "name"
    FIRST_AND_LAST = "first_and_last"
    """The first and the last word of a name of three or more."""
    PHONE = "phone"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What stands in the store in place of a name or a number."""

    kind: MarkKind
    digest: bytes = field(repr=False)


class Offered(StrEnum):
    """Why a case was offered; shown as the text `console.person.offered.<code>`."""

    SAME_NAME = "same_name"
    SAME_FIRST_AND_LAST = "same_first_and_last"
    SAME_PHONE = "same_phone"


def plain_name(typed: str) -> str:
    """A name as names are compared: small letters without accents (æ, ø and å stay), words only."""
    named = _IN_BRACKETS.sub(" ", _visible(typed))
    folded = unicodedata.normalize("NFC", named.casefold()).translate(_FOLDED)
    return " ".join(_WORD.findall("".join(map(_bare, folded))))


def plain_numbers(search: PersonSearch, typed: str) -> tuple[str, ...]:
    """The telephone numbers in a text, each as digits with its calling code; what is too short or too long is none."""
    text = _TRUNK.sub("", _visible(typed))
    found = (_plain_number(search, each) for each in _NUMBER.findall(text))
    return tuple(dict.fromkeys(each for each in found if each is not None))


def _plain_number(search: PersonSearch, text: str) -> str | None:
    digits = "".join(str(unicodedata.digit(sign)) for sign in text if sign.isdecimal())
    if "+" in text:
        whole = digits
    elif digits.startswith("00"):
        whole = digits[2:]
    elif _has_code(search, digits):
        whole = digits
    else:
        whole = search.calling_code + digits
    return whole if len(digits) >= _FEWEST_DIGITS and len(whole) <= _MOST_DIGITS else None


def name_marks(digest: Digest, typed: str) -> tuple[Mark, ...]:
    """The marks of a name: of the whole, and of its first and last word where there are more; none without letters."""
    words = plain_name(typed).split()
    if not any(word.isalpha() for word in words):
        return ()
    whole = Mark(kind=MarkKind.NAME, digest=_of_name(digest, words))
    if len(words) <= 2:  # noqa: PLR2004 - then both are one
        return (whole,)
    ends = Mark(kind=MarkKind.FIRST_AND_LAST, digest=_of_name(digest, [words[0], words[-1]]))
    return (whole, ends)


def phone_marks(digest: Digest, search: PersonSearch, typed: str) -> tuple[Mark, ...]:
    """The marks of the telephone numbers in a text; none for what holds no number."""
    numbers = plain_numbers(search, typed)
    return tuple(
        Mark(kind=MarkKind.PHONE, digest=digest("person-phone", number.encode())) for number in numbers
    )


def marks_of(digest: Digest, search: PersonSearch, answers: Mapping[str, object]) -> tuple[Mark, ...]:
    """The marks of what these answers say in the fields that are meant for it; none where it is not allowed."""
    if not search.allowed:
        return ()
    found: dict[Mark, None] = {}
    for text in _given(search.names, answers):
        found |= dict.fromkeys(name_marks(digest, text))
    for text in _given(search.phones, answers):
        found |= dict.fromkeys(phone_marks(digest, search, text))
    return tuple(found)


def offered_by(searched: Mark, found: Mark) -> Offered | None:
    """Why a case with this mark is offered to whoever searched by that one; None where they are not the same."""
    if searched.digest != found.digest:
        return None
    if MarkKind.PHONE in {searched.kind, found.kind}:
        return Offered.SAME_PHONE
    return Offered.SAME_NAME if searched.kind is found.kind is MarkKind.NAME else Offered.SAME_FIRST_AND_LAST


def _of_name(digest: Digest, words: list[str]) -> bytes:
    return digest("person-name", " ".join(words).encode())


def _visible(typed: str) -> str:
    """The text without signs that nobody sees, such as a soft hyphen or what a copied number brings along."""
    text = unicodedata.normalize("NFKC", typed)
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf")


def _bare(sign: str) -> str:
    if sign in _LETTERS_OF_THEIR_OWN:
        return sign
    return "".join(
        part for part in unicodedata.normalize("NFKD", sign) if not unicodedata.category(part).startswith("M")
    )


def _has_code(search: PersonSearch, digits: str) -> bool:
    code = search.calling_code
    return bool(code) and digits.startswith(code) and len(digits) == len(code) + search.number_length


def _given(fields: tuple[str, ...], answers: Mapping[str, object]) -> Iterator[str]:
    for each in fields:
        question, _, part = each.partition(".")
        answer = answers.get(question)
        if part:
            answer = answer.get(part) if isinstance(answer, Mapping) else None
        if isinstance(answer, str):
            yield answer
