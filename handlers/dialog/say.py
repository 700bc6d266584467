"""A standing as a page shows it: all texts found, all values in words. Templates only lay it out."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import assert_never

from handlers.dialog import keys
from handlers.dialog.answers import Invalid, Value, Why
from handlers.dialog.dates import written
from handlers.dialog.flow import (
    ABROAD,
    UNKNOWN,
    Choice,
    Closed,
    Contact,
    Date,
    Multi,
    Notice,
    Number,
    PlaceQuestion,
    Question,
    Text,
)
from handlers.dialog.intake import Intake
from handlers.dialog.replies import Ask, ItemState, Review, ReviewItem, ShowCard
from handlers.dialog.values import said
from handlers.dialog.words import Words, first_sentence

Options = Sequence[tuple[str, str]]
_LONG_FROM = 250
_HEADING_TO = 100
# Also the signs of Arabic and Urdu.
_QUESTION = re.compile("(.+[?\u061f])\\s+(.+)", re.DOTALL)
_SENTENCE = re.compile("(.+?[.!\u06d4])\\s+(.+)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Phone:
    """A number that pages offer to call: as it is shown, and as it is dialled."""

    id: str
    shown: str
    dialled: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form."""

    name: str
    label: str | None = None
    value: str = field(default="", repr=False)
    wrong: str | None = None
    long: bool = False
    most: int | None = None
    kind: str = "text"
    mode: str | None = None
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AskView:
    """A question with its form. `kind` is the question's; `more` is what its text says after the question itself."""

    id: str
    kind: str
    ask: str
    more: str = ""
    progress: str | None = None
    before: Sequence[str] = ()
    after: Sequence[str] = ()
    hint: str | None = None
    why: str | None = None
    options: Options = ()
    chosen: Sequence[str] = ()
    fields: Sequence[Field] = ()
    suggestions: Sequence[str] = ()
    instead: Options = ()
    """Further buttons: what they send as `act`, and their label."""
    error: str | None = None
    back: bool = False
    editing: bool = False
    leave_offer: str | None = None

    @property
    def single(self) -> str | None:
        """The one code chosen before, if one was."""
        return self.chosen[0] if len(self.chosen) == 1 else None

    @property
    def error_field(self) -> str:
        """The field that the error is about."""
        return next((each.name for each in self.fields if each.wrong), "answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A question that was passed. `shut` answers are shown only when tapped."""

    id: str
    ask: str
    answer: str = field(repr=False)
    shut: bool
    quiet: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TellingView:
    """Words that might tell who somebody is, each with where they stand, and what was taken out before."""

    removed: Sequence[str]
    places: Sequence[tuple[str, str, str]]
    """What a button sends, the words, and what they look like and where they stand."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CardView:
    """An urgent text, its buttons, and the numbers it names."""

    text: str
    buttons: Options
    numbers: Sequence[Phone]
    who_sees: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Speaker:
    """Finds the words of one hotline in one language."""

    intake: Intake
    words: Words
    lang: str
    numbers: tuple[Phone, ...] = ()

    def text(self, key: str, **params: object) -> str:
        """The text of a key."""
        return self.words.text(key, self.lang, **params)

    def optional(self, key: str) -> str | None:
        """The text of a key that need not exist."""
        return self.intake.words(key, self.lang)

    def ask(self, ask: Ask, typed: Mapping[str, str] | None = None) -> AskView:
        """The question. `typed` is what was just sent and not taken, which is shown again."""
        question, owner = ask.question, ask.section.owner
        error = self.invalid(ask.error, owner=owner, question=question.id) if ask.error else None
        candidates = ask.error.candidates if ask.error else ()
        options = [(place.code, place.name) for place in candidates] or self._options(owner, question)
        values = said(ask.values, self.lang)
        heading, more = head_and_rest(self.text(keys.question_key(owner, question.id, "ask"), **values))
        notes = [
            (note.position, self.text(keys.note_key(owner, question.id, note.id), **values))
            for note in ask.notes
        ]
        return AskView(
            id=question.id,
            kind=question.kind,
            ask=heading,
            more=more,
            progress=self._progress(ask),
            before=[text for position, text in notes if position == "before"],
            after=[text for position, text in notes if position == "after"],
            hint=self._hint(owner, question, values),
            why=self.text(keys.question_key(owner, question.id, "why"), **values) if question.why else None,
            options=options,
            chosen=_chosen(ask),
            fields=list(self._fields(ask, typed or {}, error)),
            suggestions=self._suggestions(question) if not candidates else (),
            instead=list(self._instead(ask)),
            error=error,
            back=ask.can_go_back and not ask.editing,
            editing=ask.editing,
            leave_offer=ask.in_offer,
        )

    def card(self, shown: ShowCard, *, who_sees: str | None) -> CardView:
        """The urgent text."""
        card = shown.card
        text = self.text(keys.card_key(card.owner, card.id), **said(shown.values, self.lang))
        return CardView(
            text=text,
            buttons=[(code, self.text(keys.button_key(card.owner, card.id, code))) for code in card.buttons],
            numbers=[number for number in self.numbers if number.shown in text],
            who_sees=who_sees,
        )

    def lines(self, items: Iterable[ReviewItem]) -> list[Line]:
        """Questions passed, each with its answer in words."""
        return [self._line(item) for item in items]

    def telling(self, review: Review) -> TellingView:
        """What the writer is shown of such words; on a page that is the words themselves."""
        return TellingView(
            removed=[self.text(keys.removed_key(each)) for each in review.removed],
            places=[
                (each.code, review.words_of(each), self._looks(review.item_of(each), each.kind))
                for each in review.shown
            ],
            count=len(review.findings),
        )

    def _looks(self, item: ReviewItem, kind: str) -> str:
        ask = keys.question_key(item.section.owner, item.question.id, "ask")
        asked = first_sentence(self.text(ask, **said(item.values, self.lang)))
        name = self.text(keys.finding_key(kind, "name"))
        return self.text("review.findings.looks", question=asked.removesuffix("."), kind=name)

    def offers(self, review: Review) -> Options:
        """Sections that may still be taken."""
        return [
            (section.id, self.text(keys.section_key(section.owner, section.id, "offer")))
            for section in review.offers
        ]

    def invalid(self, invalid: Invalid, *, owner: str, question: str) -> str:
        """Why an answer was not taken."""
        own, shared = keys.invalid_keys(owner, question, invalid.reason)
        key = own if self.optional(own) is not None else shared
        if invalid.reason is Why.TOO_LONG:
            return self.text(key, limit=invalid.limit)
        return self.text(key)

    def answer(self, owner: str, question: Question, value: Value) -> str:
        """An answer in words."""
        match question:
            case Choice():
                return self._code(owner, question, str(value))
            case Multi():
                codes = value if isinstance(value, tuple) else (str(value),)
                return ", ".join(self._code(owner, question, code) for code in codes)
            case PlaceQuestion():
                return self._place(str(value))
            case Contact():
                given = value if isinstance(value, Mapping) else {}
                return "\n".join(
                    self.text(
                        "chat.answer.part",
                        name=self.text(keys.part_key(owner, question.id, part.id)),
                        value=given[part.id],
                    )
                    for part in question.parts
                    if given.get(part.id)
                )
            case Date():
                return written(str(value))
            case Text() | Number() | Notice():
                return str(value)
            case _:
                assert_never(question)

    def _line(self, item: ReviewItem) -> Line:
        question, owner = item.question, item.section.owner
        match item.state:
            case ItemState.SKIPPED:
                answer = self.text("chat.answer.skipped")
            case ItemState.UNKNOWN:
                answer = self.text("chat.answer.unknown")
            case ItemState.ANSWERED:
                answer = "" if item.value is None else self.answer(owner, question, item.value)
            case _:
                assert_never(item.state)
        answered = item.state is ItemState.ANSWERED
        asked = self.text(keys.question_key(owner, question.id, "ask"), **said(item.values, self.lang))
        return Line(
            id=question.id,
            ask=head_and_rest(asked)[0],
            answer=answer,
            shut=item.sensitive and answered,
            quiet=not answered,
        )

    def _progress(self, ask: Ask) -> str | None:
        if ask.progress is None:
            return None
        return self.text("chat.progress", number=ask.progress.number, total=ask.progress.total)

    def _hint(self, owner: str, question: Question, values: Mapping[str, str]) -> str | None:
        if question.hint:
            return self.text(keys.question_key(owner, question.id, "hint"), **values)
        match question:
            case Multi():
                return self.text("chat.hint.multi")
            case Date():
                return self.text("chat.hint.date")
            case Number():
                return self.text("chat.hint.number")
            case Contact():
                return self.text("chat.hint.contact")
            case Choice() | Text() | PlaceQuestion() | Notice():
                return None
            case _:
                assert_never(question)

    def _options(self, owner: str, question: Question) -> Options:
        if not isinstance(question, Closed):
            return ()
        return [(code, self._code(owner, question, code)) for code in question.codes]

    def _instead(self, ask: Ask) -> Iterable[tuple[str, str]]:
        question = ask.question
        if isinstance(question, PlaceQuestion) and question.abroad:
            yield "abroad", self.text(keys.ABROAD)
        if question.dont_know and not isinstance(question, Closed):
            yield "unknown", self.text(keys.DONT_KNOW)
        if ask.skippable:
            yield "skip", self.text(keys.SKIP)

    def _fields(self, ask: Ask, typed: Mapping[str, str], error: str | None) -> Iterable[Field]:
        question = ask.question
        match question:
            case Text():
                long = question.max_length > _LONG_FROM
                most = question.max_length if long else None
                yield Field(
                    name="answer",
                    value=typed.get("answer", _plain(ask.suggested)),
                    wrong=error,
                    long=long,
                    most=most,
                )
            case Date() | Number():
                mode = "numeric" if isinstance(question, Number) else None
                stored = _plain(ask.suggested)
                shown = written(stored) if stored and isinstance(question, Date) else stored
                value = typed.get("answer", shown)
                yield Field(name="answer", value=value, wrong=error, mode=mode, kind="text")
            case PlaceQuestion():
                value = typed.get("answer", self._place(_plain(ask.suggested)))
                yield Field(name="answer", value=value, wrong=error)
            case Contact():
                before = ask.suggested if isinstance(ask.suggested, Mapping) else ask.given
                kinds = {"email": "email", "phone": "tel", "text": "text"}
                for part in question.parts:
                    name = f"part.{part.id}"
                    wrong = error if ask.error and ask.error.part == part.id else None
                    yield Field(
                        name=name,
                        label=self.text(keys.part_key(ask.section.owner, question.id, part.id)),
                        value=typed.get(name, before.get(part.id, "")),
                        wrong=wrong,
                        kind="text",
                        mode=kinds[part.looks] if part.looks != "text" else None,
                        required=part.required,
                    )
            case Choice() | Multi() | Notice():
                return
            case _:
                assert_never(question)

    def _suggestions(self, question: Question) -> Sequence[str]:
        if not isinstance(question, PlaceQuestion):
            return ()
        return [place.name for place in self.intake.places.entries]

    def _code(self, owner: str, question: Closed, code: str) -> str:
        if code == UNKNOWN and question.dont_know:
            return self.text(keys.DONT_KNOW)
        return self.text(keys.option_key(owner, question.id, code))

    def _place(self, code: str) -> str:
        if code == UNKNOWN:
            return self.text(keys.DONT_KNOW)
        if code == ABROAD:
            return self.text(keys.ABROAD)
        found = self.intake.places.find(code)
        return found.name if found else code


def head_and_rest(text: str) -> tuple[str, str]:
    """A question's text as a heading and what follows it: a heading of many lines is read by nobody.

    A short text is all heading. Of a long one it is everything up to the last question mark, else the first sentence.
    """
    if len(text) <= _HEADING_TO:
        return text, ""
    parts = _QUESTION.fullmatch(text) or _SENTENCE.fullmatch(text)
    return (parts[1], parts[2]) if parts else (text, "")


def _chosen(ask: Ask) -> Sequence[str]:
    if isinstance(ask.question, Multi):
        return ask.selected
    return (ask.suggested,) if isinstance(ask.suggested, str) else ()


def _plain(value: Value | None) -> str:
    return "" if value is None or isinstance(value, Mapping | tuple) else str(value)
