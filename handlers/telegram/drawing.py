"""Draws where a conversation stands as Telegram messages: plain text, never a parse mode, buttons beneath."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias, assert_never

from handlers.dialog.answers import Invalid, Why
from handlers.dialog.clean import display_safe
from handlers.dialog.dates import written
from handlers.dialog.findings import Finding
from handlers.dialog.flow import (
    ABROAD,
    Choice,
    Closed,
    Contact,
    Date,
    Multi,
    Notice,
    Number,
    PlaceQuestion,
    Question,
    Section,
    Text,
)
from handlers.dialog.keys import (
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
from handlers.telegram.callback import Press, Verb, pack
from handlers.telegram.lengths import split

_NUMBERS_PER_ROW = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button: `data` comes back when pressed, `url` opens a page."""

    text: str
    data: str = ""
    url: str = ""


Rows: TypeAlias = Sequence[Sequence[Button]]


@dataclass(frozen=True, slots=True)
class Drawn:
    """A message to be sent; `sensitive` ones are deleted from the chat once they are answered."""

    text: str = field(repr=False)
    rows: Rows = ()
    sensitive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Pen:
    """Draws in one language for one round of one conversation."""

    words: Words
    language: str
    nonce: str
    places: Places

    def say(self, key: str, **params: object) -> str:
        """The text of a key."""
        return self.words.text(key, self.language, **params)

    def button(
        self, key: str, verb: Verb, argument: str = "", *, revision: int = 0, **params: object
    ) -> Button:
        """A button with the text of a key."""
        return self.labelled(self.say(key, **params), verb, argument, revision=revision)

    def labelled(self, text: str, verb: Verb, argument: str = "", *, revision: int = 0) -> Button:
        """A button with this text."""
        data = pack(Press(nonce=self.nonce, revision=revision, verb=verb, argument=argument))
        return Button(text=text, data=data)

    def help(self) -> Button:
        """The way to the emergency numbers, under every message."""
        return self.button("chat.button.help_now", Verb.HELP)

    def draw(self, standing: Standing, *, before: Iterable[str] = (), after: Iterable[str] = ()) -> Drawn:
        """Where the conversation stands, with paragraphs said before it, and after the words of a card."""
        match standing:
            case ChooseLanguage():
                return self._languages(standing, before)
            case Ask():
                return self._ask(standing, [*before, *after])
            case ShowCard():
                return self._card(standing, before, after)
            case Review():
                return self._review(standing, before)
            case _:
                assert_never(standing)

    def _languages(self, reply: ChooseLanguage, before: Iterable[str]) -> Drawn:
        asked = " · ".join(self.words.text("chat.language.ask", language) for language in reply.languages)
        if reply.error is not None:
            before = [*before, *(self.words.text("chat.use_buttons", each) for each in reply.languages)]
        rows = [
            [self.labelled(self.words.name_of(language), Verb.LANGUAGE, language, revision=reply.revision)]
            for language in reply.languages
        ]
        help_now = " · ".join(
            dict.fromkeys(self.words.text("chat.button.help_now", each) for each in reply.languages)
        )
        rows.append([self.labelled(help_now, Verb.HELP)])
        return Drawn(_paragraphs([*before, asked]), rows)

    def _ask(self, ask: Ask, before: Iterable[str]) -> Drawn:
        owner, question = ask.section.owner, ask.question
        # What belongs to the whole of a question in parts is said once.
        notes = () if ask.given else ask.notes
        values = said(ask.values, self.language)
        lines = [*before]
        if ask.error is not None:
            lines.append(self.wrong(ask.error, owner=owner, question=question.id))
        lines += [
            self.say(note_key(owner, question.id, note.id), **values)
            for note in notes
            if note.position == "before"
        ]
        if ask.part is not None and ask.given:
            lines.append(self.say(part_key(owner, question.id, ask.part.id)))
        else:
            lines.append(self.say(question_key(owner, question.id, "ask"), **values))
            if ask.part is not None:
                lines.append(self.say(part_key(owner, question.id, ask.part.id)))
        lines += self._hints(ask)
        lines += [
            self.say(note_key(owner, question.id, note.id), **values)
            for note in notes
            if note.position == "after"
        ]
        if ask.progress is not None:
            number, total = ask.progress.number, ask.progress.total
            lines.append(self.say("chat.progress", number=number, total=total))
        rows = [*self._answers(ask), *self._ways(ask)]
        return Drawn(_paragraphs(lines), rows, sensitive=question.sensitive)

    def _hints(self, ask: Ask) -> list[str]:
        owner, question = ask.section.owner, ask.question
        values = said(ask.values, self.language)
        hints = [self.say(question_key(owner, question.id, "hint"), **values)] if question.hint else []
        match question:
            case Multi():
                hints.append(self.say("chat.hint.multi"))
            case Text():
                hints.append(self.say("chat.hint.text"))
            case Date():
                hints.append(self.say("chat.hint.date"))
            case Number():
                hints.append(self.say("chat.hint.number"))
            case PlaceQuestion() if not question.hint:
                hints.append(self.say("chat.hint.place"))
            case Choice() | Contact() | Notice() | PlaceQuestion():
                pass
            case _:
                assert_never(question)
        return hints

    def _answers(self, ask: Ask) -> list[list[Button]]:
        owner, question, revision = ask.section.owner, ask.question, ask.revision
        rows: list[list[Button]] = []
        if isinstance(question, Closed):
            multi = isinstance(question, Multi)
            for code in question.choices:
                label = self.say(option_key(owner, question.id, code))
                chosen = code in ask.selected or ask.suggested == code
                text = self.say("chat.selected", option=label) if chosen else label
                verb = Verb.TOGGLE if multi else Verb.ANSWER
                rows.append([self.labelled(text, verb, code, revision=revision)])
            if multi and ask.selected:
                rows.append([self.button("chat.button.done", Verb.DONE, revision=revision)])
        elif isinstance(question, PlaceQuestion):
            rows += [
                [self.labelled(place.name, Verb.ANSWER, place.code, revision=revision)]
                for place in (ask.error.candidates if ask.error is not None else ())
            ]
            if question.abroad:
                rows.append([self.button("dialog.abroad", Verb.ANSWER, ABROAD, revision=revision)])
        elif isinstance(question, Notice):
            rows.append([self.button("dialog.go_on", Verb.ACKNOWLEDGE, "go_on", revision=revision)])
        return rows

    def _ways(self, ask: Ask) -> list[list[Button]]:
        question, revision = ask.question, ask.revision
        passing: list[Button] = []
        if question.dont_know:
            passing.append(self.button("dialog.dont_know", Verb.DONT_KNOW, revision=revision))
        if ask.skippable_now:
            verb = Verb.SKIP if ask.part is None or ask.part.required else Verb.SKIP_PART
            passing.append(self.button("dialog.skip", verb, revision=revision))
        moving: list[Button] = []
        if ask.can_go_back:
            moving.append(self.button("chat.button.back", Verb.BACK, revision=revision))
        if ask.editing:
            moving.append(self.button("chat.button.keep", Verb.KEEP, revision=revision))
        if ask.in_offer is not None:
            moving.append(
                self.button("chat.button.back_to_review", Verb.LEAVE_OFFER, ask.in_offer, revision=revision)
            )
        moving.append(self.help())
        return [row for row in (passing, moving) if row]

    def _card(self, reply: ShowCard, before: Iterable[str], after: Iterable[str]) -> Drawn:
        card = reply.card
        wrong = [self.wrong(reply.error)] if reply.error is not None else []
        text = self.say(card_key(card.owner, card.id), **said(reply.values, self.language))
        rows = [
            [
                self.labelled(
                    self.say(button_key(card.owner, card.id, code)),
                    Verb.ACKNOWLEDGE,
                    code,
                    revision=reply.revision,
                )
            ]
            for code in card.buttons
        ]
        # Whoever pressed the wrong button must be able to say so, and whoever cannot go on, to end.
        revision = reply.revision
        rows.append([self.button("chat.button.back", Verb.BACK, revision=revision), self.help()])
        rows.append([self.button("chat.button.delete", Verb.DELETE, "ask", revision=revision)])
        return Drawn(_paragraphs([*before, *wrong, text, *after]), rows)

    def _review(self, review: Review, before: Iterable[str]) -> Drawn:
        lines = [*before]
        if review.error is not None:
            lines.append(self.wrong(review.error))
        lines += [self.say("review.title"), self.say("review.lead")]
        listed = [f"{number}. {self.line(item)}" for number, item in enumerate(review.items, start=1)]
        lines += ["\n".join(listed), *self._telling(review)]
        revision = review.revision
        rows = self._decisions(review)
        rows.append([self.button("chat.button.send", Verb.SUBMIT, revision=revision)])
        rows += [[self.button_of_offer(offer, revision=revision)] for offer in review.offers]
        rows.append([self.button("chat.button.what_happens", Verb.JOURNEYS, revision=revision)])
        rows.append(
            [
                self.button("chat.button.edit", Verb.PICK, revision=revision),
                self.button("chat.button.delete", Verb.DELETE, "ask", revision=revision),
            ]
        )
        rows.append([self.button("chat.button.back", Verb.BACK, revision=revision), self.help()])
        return Drawn(_paragraphs(lines), rows)

    def _telling(self, review: Review) -> list[str]:
        """What might tell who somebody is: in which answer, and what it looks like. Never the words themselves."""
        told = [self.say(removed_key(each)) for each in review.removed]
        if review.findings:
            told.append(self.say("review.findings.title", count=len(review.findings)))
            told += [self.say("review.findings.lead"), self.say("review.findings.how")]
            numbered = enumerate(review.shown, start=1)
            told.append("\n".join(f"{number}. {self._place(review, each)}" for number, each in numbered))
        if len(review.findings) > len(review.shown):
            told.append(self.say("review.findings.more"))
        return [*told, self.say("review.findings.missed")] if told else []

    def _place(self, review: Review, finding: Finding) -> str:
        question = self._asked(review.item_of(finding)).removesuffix(".")
        kind = self.say(finding_key(finding.kind, "name"))
        return self.say("review.findings.place", question=question, kind=kind)

    def _decisions(self, review: Review) -> list[list[Button]]:
        rows = []
        for number, finding in enumerate(review.shown, start=1):
            row = []
            for verb in (Verb.STAND, Verb.BLUR, Verb.REMOVE):
                label = self.say(f"review.findings.button.{verb.name.lower()}")
                label = self.say("review.findings.button_of", label=label, number=number)
                row.append(self.labelled(label, verb, finding.code, revision=review.revision))
            rows.append(row)
        if rows:
            label = self.say("review.findings.button.stand_all")
            rows.append([self.labelled(label, Verb.STAND_ALL, revision=review.revision)])
        return rows

    def button_of_offer(self, offer: Section, *, revision: int) -> Button:
        """The button that takes an offered section."""
        text = self.say(section_key(offer.owner, offer.id, "offer"))
        return self.labelled(text, Verb.TAKE_OFFER, offer.id, revision=revision)

    def picking(self, review: Review) -> Drawn:
        """Which answer to change: one number for each line of the review."""
        buttons = [
            self.labelled(str(number), Verb.EDIT, item.question.id, revision=review.revision)
            for number, item in enumerate(review.items, start=1)
        ]
        rows = [buttons[at : at + _NUMBERS_PER_ROW] for at in range(0, len(buttons), _NUMBERS_PER_ROW)]
        back = self.button("chat.button.back_to_review", Verb.RESUME, revision=review.revision)
        rows.append([back, self.help()])
        return Drawn(self.say("chat.pick.ask"), rows)

    def line(self, item: ReviewItem) -> str:
        """A line of the review: enough of the question to know it by; a private answer only reads as written."""
        return f"{self._asked(item)}\n→ {self._answer(item)}"

    def _asked(self, item: ReviewItem) -> str:
        values = said(item.values, self.language)
        asked = self.say(question_key(item.section.owner, item.question.id, "ask"), **values)
        return first_sentence(asked)

    def _answer(self, item: ReviewItem) -> str:
        match item.state:
            case ItemState.SKIPPED:
                return self.say("chat.answer.skipped")
            case ItemState.UNKNOWN:
                return self.say("chat.answer.unknown")
            case ItemState.ANSWERED if item.sensitive:
                return self.say("chat.answer.written")
            case ItemState.ANSWERED:
                return self.value(item.section.owner, item.question, item.value)
            case _:
                assert_never(item.state)

    def value(self, owner: str, question: Question, value: object) -> str:
        """An answer in words."""
        if isinstance(question, Closed):
            codes = value if isinstance(value, tuple) else (value,)
            return ", ".join(self.say(option_key(owner, question.id, str(code))) for code in codes)
        if isinstance(question, PlaceQuestion):
            place = self.places.find(str(value))
            return self.say("dialog.abroad") if place is None else place.name
        if isinstance(question, Date):
            return written(str(value))
        if isinstance(value, Mapping):
            return display_safe(", ".join(str(part) for part in value.values() if part))
        return display_safe(str(value))

    def wrong(self, error: Invalid, *, owner: str = "", question: str = "") -> str:
        """Why an input was not taken, and what to do."""
        own, shared = invalid_keys(owner, question, error.reason)
        if error.reason in {Why.NOT_AN_OPTION, Why.NOTHING_ASKED}:
            shared = "chat.use_buttons"
        key = own if self.words.has(own, self.language) else shared
        if error.reason is Why.TOO_LONG:
            return self.say(key, limit=error.limit)
        return self.say(key)


def messages(drawn: Drawn) -> list[Drawn]:
    """The message in as many as Telegram takes; the buttons stand under the last."""
    pieces = split(drawn.text)
    return [
        *(Drawn(piece, (), drawn.sensitive) for piece in pieces[:-1]),
        Drawn(pieces[-1], drawn.rows, drawn.sensitive),
    ]


def _paragraphs(lines: Iterable[str]) -> str:
    return "\n\n".join(line for line in lines if line)
