"""Draws where a conversation stands for a terminal: paragraphs, numbered options, and the commands that fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import assert_never

from handlers.dialog.answers import Invalid, Value, Why
from handlers.dialog.clean import display_safe
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
from handlers.dialog.keys import ABROAD as ABROAD_KEY
from handlers.dialog.keys import (
    DONT_KNOW,
    GO_ON,
    button_key,
    card_key,
    finding_key,
    invalid_keys,
    note_key,
    option_key,
    part_key,
    question_key,
    removed_key,
    section_key,
)
from handlers.dialog.places import Places
from handlers.dialog.replies import Ask, ChooseLanguage, ItemState, Review, ReviewItem, ShowCard, Standing
from handlers.dialog.values import said
from handlers.dialog.words import Words, first_sentence
from handlers.terminal.commands import Name, alternatives

_LABELS: Mapping[Name, str] = {
    Name.BACK: "chat.button.back",
    Name.SKIP: "dialog.skip",
    Name.DONT_KNOW: DONT_KNOW,
    Name.KEEP: "chat.button.keep",
    Name.REVIEW: "chat.button.back_to_review",
    Name.EDIT: "chat.button.edit",
    Name.STAND: "review.findings.button.stand",
    Name.BLUR: "review.findings.button.blur",
    Name.REMOVE: "review.findings.button.remove",
    Name.STAND_ALL: "review.findings.button.stand_all",
    Name.SEND: "chat.button.send",
    Name.JOURNEYS: "chat.button.what_happens",
    Name.WAIT: "chat.button.while_you_wait",
    Name.CODE: "web.start.have_code",
    Name.LANGUAGE: "chat.button.language",
    Name.DELETE: "chat.button.delete",
    Name.HELP: "chat.button.help_now",
}


@dataclass(frozen=True, slots=True)
class Option:
    """A numbered line: the code that it stands for and its words."""

    code: str
    label: str
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Sheet:
    """What is printed: paragraphs, then the options, numbered from 1, then the commands on one line."""

    paragraphs: tuple[str, ...] = field(repr=False)
    options: tuple[Option, ...] = ()
    ways: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """Draws in one language."""

    words: Words
    language: str
    places: Places

    def say(self, key: str, **params: object) -> str:
        """The text of a key."""
        return self.words.text(key, self.language, **params)

    def draw(self, standing: Standing) -> Sheet:
        """Where the conversation stands."""
        match standing:
            case ChooseLanguage():
                return self._languages(standing)
            case Ask():
                return self._ask(standing)
            case ShowCard():
                return self._card(standing)
            case Review():
                return self._review(standing)
            case _:
                assert_never(standing)

    def way(self, name: Name, label: str | None = None, *, number: int | None = None) -> str:
        """A command as it is offered: what to type, and what it does."""
        typed = alternatives(self.words, self.language, name)[0]
        if number is not None:
            typed = f"{typed} {number}"
        return self.say("terminal.way", typed=typed, label=label or self.say(_LABELS[name]))

    def wrong(self, error: Invalid, *, owner: str = "", question: str = "") -> str:
        """Why an input was not taken, and what to do."""
        own, shared = invalid_keys(owner, question, error.reason)
        key = own if self.words.has(own, self.language) else shared
        return self.say(key, limit=error.limit) if error.reason is Why.TOO_LONG else self.say(key)

    def _languages(self, reply: ChooseLanguage) -> Sheet:
        asked = " · ".join(self.words.text("chat.language.ask", language) for language in reply.languages)
        names = [(language, self.words.name_of(language)) for language in reply.languages]
        options = [Option(language, f"{name[:1].upper()}{name[1:]}") for language, name in names]
        wrong = (self.wrong(reply.error),) if reply.error else ()
        return Sheet((*wrong, asked), tuple(options), (self.way(Name.CODE),))

    def _ask(self, ask: Ask) -> Sheet:
        owner, question = ask.section.owner, ask.question
        values = said(ask.values, self.language)
        lines: list[str] = []
        if ask.error is not None:
            lines.append(self.wrong(ask.error, owner=owner, question=question.id))
        lines += self._notes(ask, "before")
        if ask.part is None or not ask.given:
            lines.append(self.say(question_key(owner, question.id, "ask"), **values))
        if ask.part is not None:
            lines.append(self.say(part_key(owner, question.id, ask.part.id)))
        if question.hint:
            lines.append(self.say(question_key(owner, question.id, "hint"), **values))
        if question.why:
            lines.append(self.say(question_key(owner, question.id, "why"), **values))
        lines += self._notes(ask, "after")
        if ask.suggested is not None:
            chosen = self.value(owner, question, ask.suggested)
            lines.append(self.say("chat.answer.chosen", answer=chosen))
        if ask.progress is not None:
            lines.append(self.say("chat.progress", number=ask.progress.number, total=ask.progress.total))
        lines += self._hints(ask)
        return Sheet(tuple(lines), self._options(ask), tuple(self._ways(ask)))

    def _notes(self, ask: Ask, position: str) -> list[str]:
        owner, question = ask.section.owner, ask.question.id
        values = said(ask.values, self.language)
        return [
            self.say(note_key(owner, question, note.id), **values)
            for note in ask.notes
            if note.position == position
        ]

    def _hints(self, ask: Ask) -> list[str]:
        question = ask.question
        match question:
            case Choice():
                return [self.say("terminal.hint.choice")]
            case Multi():
                return [self.say("terminal.hint.multi")]
            case Text():
                return [self.say("terminal.hint.text")]
            case Date():
                return [self.say("chat.hint.date")]
            case Number():
                return [self.say("chat.hint.number")]
            case PlaceQuestion():
                return [] if question.hint else [self.say("chat.hint.place")]
            case Contact():
                return [self.say("chat.hint.contact")]
            case Notice():
                return []
            case _:
                assert_never(question)

    def _options(self, ask: Ask) -> tuple[Option, ...]:
        owner, question = ask.section.owner, ask.question
        if isinstance(question, Closed):
            chosen = ask.suggested if isinstance(ask.suggested, tuple) else (ask.suggested,)
            return tuple(
                Option(code, self._option(owner, question, code), chosen=code in chosen)
                for code in question.codes
            )
        if isinstance(question, PlaceQuestion):
            found = ask.error.candidates if ask.error is not None else ()
            options = [Option(place.code, place.name) for place in found]
            if question.abroad:
                options.append(Option(ABROAD, self.say(ABROAD_KEY)))
            if question.dont_know:
                options.append(Option(UNKNOWN, self.say(DONT_KNOW)))
            return tuple(options)
        if isinstance(question, Notice):
            return (Option("go_on", self.say(GO_ON)),)
        return ()

    def _ways(self, ask: Ask) -> list[str]:
        question = ask.question
        names: list[Name] = []
        if question.dont_know and not isinstance(question, Closed | PlaceQuestion):
            names.append(Name.DONT_KNOW)
        if ask.skippable_now:
            names.append(Name.SKIP)
        if ask.can_go_back:
            names.append(Name.BACK)
        if ask.editing:
            names.append(Name.KEEP)
        if ask.in_offer is not None:
            names.append(Name.REVIEW)
        return [self.way(name) for name in (*names, Name.HELP)]

    def _card(self, reply: ShowCard) -> Sheet:
        card = reply.card
        wrong = (self.wrong(reply.error),) if reply.error else ()
        options = [Option(code, self.say(button_key(card.owner, card.id, code))) for code in card.buttons]
        # Whoever pressed the wrong button must be able to say so, and whoever cannot go on, to end.
        ways = tuple(self.way(name) for name in (Name.BACK, Name.DELETE, Name.HELP))
        text = self.say(card_key(card.owner, card.id), **said(reply.values, self.language))
        return Sheet((*wrong, text), tuple(options), ways)

    def _review(self, review: Review) -> Sheet:
        lines = [self.wrong(review.error)] if review.error is not None else []
        lines += [self.say("review.title"), self.say("review.lead")]
        lines += self._telling(review)
        options = [Option(item.question.id, self._line(item)) for item in review.items]
        ways = [self.way(Name.SEND)]
        if review.findings:
            ways += [self.way(name, number=1) for name in (Name.STAND, Name.BLUR, Name.REMOVE)]
            ways.append(self.way(Name.STAND_ALL))
        for number, offer in enumerate(review.offers, start=1):
            label = self.say(section_key(offer.owner, offer.id, "offer"))
            ways.append(self.way(Name.ADD, label, number=number if len(review.offers) > 1 else None))
        if review.items:
            ways.append(self.way(Name.EDIT, number=1))
        ways += [self.way(name) for name in (Name.JOURNEYS, Name.WAIT, Name.LANGUAGE, Name.DELETE, Name.HELP)]
        return Sheet(tuple(lines), tuple(options), tuple(ways))

    def _telling(self, review: Review) -> list[str]:
        """What might tell who somebody is, in which answer; the numbers are those of its commands."""
        told = [self.say(removed_key(each)) for each in review.removed]
        if review.findings:
            told.append(self.say("review.findings.title", count=len(review.findings)))
            told += [self.say("review.findings.lead"), self.say("review.findings.how")]
        for number, finding in enumerate(review.shown, start=1):
            item = review.item_of(finding)
            asked = first_sentence(self._asked(item))
            kind = self.say(finding_key(finding.kind, "name"))
            place = self.say("review.findings.place", question=asked.removesuffix("."), kind=kind)
            told.append(f"[{number}] {place}: {display_safe(review.words_of(finding))}")
        if len(review.findings) > len(review.shown):
            told.append(self.say("review.findings.more"))
        return [*told, self.say("review.findings.missed")] if told else []

    def _asked(self, item: ReviewItem) -> str:
        values = said(item.values, self.language)
        return self.say(question_key(item.section.owner, item.question.id, "ask"), **values)

    def _line(self, item: ReviewItem) -> str:
        question = self._asked(item)
        match item.state:
            case ItemState.SKIPPED:
                answer = self.say("chat.answer.skipped")
            case ItemState.UNKNOWN:
                answer = self.say("chat.answer.unknown")
            case ItemState.ANSWERED:
                answer = self.value(item.section.owner, item.question, item.value or "")
            case _:
                assert_never(item.state)
        return self.say("review.line", question=question, answer=answer)

    def value(self, owner: str, question: Question, value: Value) -> str:
        """An answer in words, safe to print."""
        if isinstance(question, Closed):
            codes = value if isinstance(value, tuple) else (value,)
            return ", ".join(self._option(owner, question, str(code)) for code in codes)
        if isinstance(question, PlaceQuestion):
            if value == UNKNOWN:
                return self.say(DONT_KNOW)
            place = self.places.find(str(value))
            return self.say(ABROAD_KEY) if place is None else place.name
        if isinstance(question, Date):
            return written(str(value))
        if isinstance(value, Mapping):
            return display_safe(_listed(value.values()))
        return display_safe(str(value))

    def _option(self, owner: str, question: Closed, code: str) -> str:
        if code == UNKNOWN and question.dont_know:
            return self.say(DONT_KNOW)
        return self.say(option_key(owner, question.id, code))


def _listed(parts: Iterable[str]) -> str:
    return ", ".join(part for part in parts if part)
