"""From what a person gave to a typed, storable answer. A bad answer is a value, never an exception."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, assert_never

from handlers.dialog.clean import clean_text, too_long
from handlers.dialog.context import Context
from handlers.dialog.dates import parse_date
from handlers.dialog.flow import (
    ABROAD,
    SEEN,
    UNKNOWN,
    Choice,
    Contact,
    Date,
    Multi,
    Notice,
    Number,
    Part,
    PlaceQuestion,
    Question,
    Text,
)
from handlers.dialog.keys import ABROAD as ABROAD_KEY
from handlers.dialog.keys import DONT_KNOW as DONT_KNOW_KEY
from handlers.dialog.keys import GO_ON as GO_ON_KEY
from handlers.dialog.keys import SKIP as SKIP_KEY
from handlers.dialog.keys import option_key
from handlers.dialog.places import Place, Places

Raw: TypeAlias = str | Sequence[str] | Mapping[str, str]
"""Typed text or one code; several codes; the fields of a contact form."""

Value: TypeAlias = str | int | tuple[str, ...] | Mapping[str, str]
"""Code, text or date; number; several codes; part -> text."""

_SEARCHED = 100


class Why(StrEnum):
    """Why an input was not taken; the words stand under `dialog.invalid.<reason>`."""

    DATE_IN_FUTURE = "date_in_future"
    DATE_IN_PAST = "date_in_past"
    EMPTY = "empty"
    EXCLUSIVE = "exclusive"
    NOT_AN_EMAIL = "not_an_email"
    NOT_AN_OPTION = "not_an_option"
    NOT_A_DATE = "not_a_date"
    NOT_A_NUMBER = "not_a_number"
    NOT_A_PHONE = "not_a_phone"
    NOT_OFFERED = "not_offered"
    NOT_TEXT = "not_text"
    NOTHING_ASKED = "nothing_asked"
    NO_SUCH_PLACE = "no_such_place"
    OUT_OF_RANGE = "out_of_range"
    REQUIRED = "required"
    SEVERAL_PLACES = "several_places"
    TOO_LONG = "too_long"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Invalid:
    """The input was not taken. `part` names the field of a contact question, `limit` the limit that was passed.

    `candidates` are the places that the text may have meant, for SEVERAL_PLACES.
    """

    reason: Why
    part: str | None = None
    limit: int | None = None
    candidates: tuple[Place, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Parsed:
    """An answer as it is stored, and how often each identity pattern was taken out of it."""

    value: Value = field(repr=False)
    removed: Mapping[str, int] = field(default_factory=dict)


class Instead(StrEnum):
    """Typed words that are no answer but a button's label."""

    SKIP = "skip"
    DONT_KNOW = "dont_know"


def parse(question: Question, raw: Raw, *, owner: str, context: Context) -> Parsed | Invalid:
    """The answer that `raw` gives to the question, or why it gives none."""
    match question:
        case Contact():
            return _contact(question, raw, context)
        case Multi():
            return _multi(question, raw, owner, context)
        case _ if not isinstance(raw, str):
            return Invalid(Why.NOT_AN_OPTION)
        case Choice():
            code = _code(question, raw, owner, context)
            return Parsed(code) if code else Invalid(Why.NOT_AN_OPTION)
        case Notice():
            # Only "go on" is an answer here: someone who begins to tell must not see the words vanish into a yes.
            labels = {SEEN: context.words(GO_ON_KEY) or SEEN}
            return Parsed(SEEN) if raw == SEEN or match_label(raw, labels) else Invalid(Why.NOT_AN_OPTION)
        case _:
            return _typed(question, raw, context)


def _typed(question: Text | Date | Number | PlaceQuestion, raw: str, context: Context) -> Parsed | Invalid:
    cleaned = clean_text(raw, context.patterns)
    if not cleaned.text:
        return Invalid(Why.EMPTY)
    match question:
        case Text():
            found = _text(question, cleaned.text)
        case Date():
            found = _date(question, cleaned.text, context)
        case Number():
            found = _number(question, cleaned.text)
        case PlaceQuestion():
            found = _place(question, cleaned.text, context)
        case _:
            assert_never(question)
    return found if isinstance(found, Invalid) else Parsed(found, cleaned.removed)


def _text(question: Text, text: str) -> Value | Invalid:
    return Invalid(Why.TOO_LONG, limit=question.max_length) if too_long(text, question.max_length) else text


def parse_part(part: Part, raw: str, *, context: Context) -> Parsed | Invalid:
    """One field of a contact question; an empty one is the empty text where it is not required."""
    cleaned = clean_text(raw, context.patterns)
    text = cleaned.text
    if not text:
        return Invalid(Why.EMPTY, part=part.id) if part.required else Parsed("", cleaned.removed)
    if too_long(text, part.max_length):
        return Invalid(Why.TOO_LONG, part=part.id, limit=part.max_length)
    if part.looks == "email" and not re.search(r"[^\s@]+@[^\s@]+\.[^\s@]+", text):
        return Invalid(Why.NOT_AN_EMAIL, part=part.id)
    if part.looks == "phone" and sum(char.isdigit() for char in text) < 6:  # noqa: PLR2004 - shorter is no number
        return Invalid(Why.NOT_A_PHONE, part=part.id)
    return Parsed(text, cleaned.removed)


def typed_button(question: Question, raw: Raw, *, context: Context) -> Instead | None:
    """Whether the person typed the words of "skip" or "don't know"; a text may well begin or be so, others not."""
    if not isinstance(raw, str) or isinstance(question, Text | Contact | Notice):
        return None
    typed = fold_label(raw)
    if question.dont_know and typed in {UNKNOWN, fold_label(context.words(DONT_KNOW_KEY) or UNKNOWN)}:
        return Instead.DONT_KNOW
    if typed and typed == fold_label(context.words(SKIP_KEY) or ""):
        return Instead.SKIP
    return None


def still_fits(question: Question, value: Value, *, places: Places) -> bool:
    """Whether a stored answer is one that this question could have been given."""
    match question:
        case Choice():
            return value in question.codes
        case Multi():
            return (
                isinstance(value, tuple)
                and bool(value)
                and set(value) <= set(question.codes)
                and (len(value) == 1 or not question.alone & set(value))
            )
        case Text():
            return isinstance(value, str) and not too_long(value, question.max_length)
        case Date():
            return isinstance(value, str) and bool(re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", value))
        case Number():
            return isinstance(value, int) and question.minimum <= value <= question.maximum
        case PlaceQuestion():
            if not isinstance(value, str):
                return False
            special = (value == UNKNOWN and question.dont_know) or (value == ABROAD and question.abroad)
            return special or places.find(value) is not None
        case Contact():
            return isinstance(value, Mapping) and all(
                not too_long(value.get(part.id, ""), part.max_length)
                and (value.get(part.id) or not part.required)
                for part in question.parts
            )
        case Notice():
            return value == SEEN
        case _:
            assert_never(question)


def fold_label(text: str) -> str:
    """The text as labels are compared: small letters, words only."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(re.sub(r"[^\w\s]|_", " ", plain).split())


def match_label(raw: str, labels: Mapping[str, str]) -> str | None:
    """The code whose label the person typed: the whole label, or its first words where only one begins so."""
    typed = fold_label(raw)
    if not typed:
        return None
    folded = {code: fold_label(label) for code, label in labels.items()}
    for hits in (
        [code for code, label in folded.items() if label == typed],
        [code for code, label in folded.items() if label.startswith(f"{typed} ")],
    ):
        if len(hits) == 1:
            return hits[0]
    return None


def _code(question: Choice | Multi, raw: str, owner: str, context: Context) -> str | None:
    if raw in question.codes:
        return raw
    keys = {code: option_key(owner, question.id, code) for code in question.choices}
    if question.dont_know:
        keys[UNKNOWN] = DONT_KNOW_KEY
    words = {code: context.words(key) for code, key in keys.items()}
    return match_label(raw, {code: word for code, word in words.items() if word})


def _readings(raw: Raw) -> list[Sequence[str]]:
    """The ways to take a raw answer apart: codes as they are; typed words as one label or several."""
    if isinstance(raw, Mapping):
        return []
    if not isinstance(raw, str):
        return [raw] if raw else []
    # A label may hold a comma of its own, so a comma is the last thing to part at.
    parted = [[raw], re.split(r"[;\n]", raw), re.split(r"[,;\n]", raw)]
    readings = [[piece for piece in pieces if piece.strip()] for pieces in parted]
    return [reading for reading in readings if reading]


def _multi(question: Multi, raw: Raw, owner: str, context: Context) -> Parsed | Invalid:
    readings = _readings(raw)
    if not readings:
        return Invalid(Why.EMPTY)
    for pieces in readings:
        chosen = {_code(question, piece, owner, context) for piece in pieces}
        if None in chosen:
            continue
        if len(chosen) > 1 and chosen & question.alone:
            return Invalid(Why.EXCLUSIVE)
        return Parsed(tuple(code for code in question.codes if code in chosen))
    return Invalid(Why.NOT_AN_OPTION)


def _date(question: Date, text: str, context: Context) -> Value | Invalid:
    found = parse_date(text, today=context.today, past=question.period == "past")
    if found is None:
        return Invalid(Why.NOT_A_DATE)
    # Both are cut to the same exactness: this month is neither past nor future.
    today = context.today.isoformat()[: len(found)]
    if question.period == "past" and found > today:
        return Invalid(Why.DATE_IN_FUTURE)
    if question.period == "future" and found < today:
        return Invalid(Why.DATE_IN_PAST)
    return found


def _number(question: Number, text: str) -> Value | Invalid:
    grouped = re.sub(r"(?<=\d)[. \u00a0](?=\d{3}(?!\d))", "", text)
    numbers = re.findall(r"-?\d+", grouped)
    if len(numbers) != 1 or re.search(r"\d[.,]\d", grouped):
        return Invalid(Why.NOT_A_NUMBER)
    if len(numbers[0]) > 12:  # noqa: PLR2004 - beyond every limit, and not worth converting
        return Invalid(Why.OUT_OF_RANGE, limit=question.maximum)
    number = int(numbers[0])
    if number > question.maximum:
        return Invalid(Why.OUT_OF_RANGE, limit=question.maximum)
    if number < question.minimum:
        return Invalid(Why.OUT_OF_RANGE, limit=question.minimum)
    return number


def _place(question: PlaceQuestion, text: str, context: Context) -> Value | Invalid:
    if question.dont_know and text == UNKNOWN:
        return UNKNOWN
    abroad = fold_label(context.words(ABROAD_KEY) or ABROAD)
    if question.abroad and (text == ABROAD or fold_label(text) == abroad):
        return ABROAD
    if context.places.find(text):
        return text
    found = context.places.search(text[:_SEARCHED])
    if found.sure:
        return found.places[0].code
    if found.places:
        return Invalid(Why.SEVERAL_PLACES, candidates=found.places)
    return Invalid(Why.NO_SUCH_PLACE)


def _contact(question: Contact, raw: Raw, context: Context) -> Parsed | Invalid:
    if not isinstance(raw, Mapping):
        return Invalid(Why.NOT_AN_OPTION)
    values: dict[str, str] = {}
    removed: Counter[str] = Counter()
    for part in question.parts:
        given = parse_part(part, raw.get(part.id, ""), context=context)
        if isinstance(given, Invalid):
            return given
        if given.value:
            values[part.id] = str(given.value)
        removed.update(given.removed)
    return Parsed(values, removed) if values else Invalid(Why.EMPTY)
