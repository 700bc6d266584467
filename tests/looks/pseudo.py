"""A language that nobody speaks, made from the Danish catalogue: longer, accented, in brackets, and from the right.

A text that no catalogue has stands out, for it has no brackets; one that is cut has lost its last one. Each sentence
has brackets of its own, because a question's first sentence is its heading and the others stand below.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.i18n import PLURAL_FORMS, Text, Texts
from bot.profile import Profile, load_profile

OPEN, SHUT = "⟦", "⟧"
LONGER = 1.4
"""How much longer than the Danish one a text is: what the shortest words become in the longest languages."""

_HELD = re.compile(r"(\{\w+\}|\*\*)")
_END = re.compile(r"(?<=[.!?]) +(?=[^\W\d_a-zæøå{])")
_FOR_BABEL = "time.pattern."
"""The texts that are no words but patterns of dates."""

_ACCENTED = str.maketrans("aeiouyAEIOUYcnsz", "àéîõûýÀÉÎÕÛÝçñšž")
_FROM_THE_RIGHT = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzæøåABCDEFGHIJKLMNOPQRSTUVWXYZÆØÅé",
    "ابتدهوزحطيكلمنسعفصقرشتثخذضظغابتدهوزحطيكلمنسعفصقرشتثخذضظغايوا"[:59].ljust(59, "ا"),
)


def pseudo(text: str, *, from_the_right: bool = False) -> str:
    """The text in the made language; placeholders, line breaks and marks stay."""
    table = _FROM_THE_RIGHT if from_the_right else _ACCENTED
    return "\n".join(
        " ".join(_sentence(each, table) for each in _END.split(line) if each) for line in text.split("\n")
    )


def _sentence(sentence: str, table: dict[int, int]) -> str:
    body = sentence.rstrip(".?!:")
    if not body.strip():
        return sentence
    parts = _HELD.split(body)
    said = "".join(part if _HELD.fullmatch(part) else part.translate(table) for part in parts)
    words = " ".join(part for part in parts if not _HELD.fullmatch(part)).translate(table).split()
    # A number said twice would be another number.
    words = [word for word in words if not any(letter.isdigit() for letter in word)]
    more, number = "", 0
    while words and len(said) + len(more) < LONGER * len(body):
        more += f" {words[number % len(words)]}"
        number += 1
    return f"{OPEN}{said}{more}{SHUT}{sentence[len(body) :]}"


def pseudo_texts(texts: Texts, lang: str, *, from_the_right: bool) -> Texts:
    """A whole catalogue in the made language, with as many plural forms as the language's code asks for."""
    forms = int(PLURAL_FORMS[lang].partition("nplurals=")[2].partition(";")[0])
    return MappingProxyType(
        {
            key: text
            if key.startswith(_FOR_BABEL)
            else replace(text, forms=_forms(text, forms, from_the_right=from_the_right))
            for key, text in texts.items()
        }
    )


def _forms(text: Text, number: int, *, from_the_right: bool) -> tuple[str, ...]:
    made = tuple(pseudo(form, from_the_right=from_the_right) for form in text.forms)
    return made if len(made) == 1 else (made[0], *made[1:], *(made[-1:] * number))[:number]


def pseudo_profile(lang: str, other: str) -> Profile:
    """The shipped organisation, whose two languages are both made; `lang` is its own, and may be one from the right."""
    shipped = load_profile("koebenhavn")
    words = shipped.base_texts
    sides: Mapping[str, bool] = {each: words.direction(each) == "rtl" for each in (lang, other)}
    made = {
        each: pseudo_texts(words.texts["da"], each, from_the_right=right) for each, right in sides.items()
    }
    constants = dict.fromkeys(sides, words.constants["da"])
    organisation = shipped.organisation
    names = {each: pseudo("Skriv til os", from_the_right=right) for each, right in sides.items()}
    return replace(
        shipped,
        base_texts=replace(words, texts=made, complete=(lang, other), constants=constants),
        organisation=organisation.model_copy(
            update={
                "organisation": organisation.organisation.model_copy(update={"languages": (lang, other)}),
                "names": organisation.names.model_copy(update={"page": names}),
            }
        ),
    )
