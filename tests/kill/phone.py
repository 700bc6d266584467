"""What a person reads on the phone: which question a message asks, and what its buttons mean.

Read from the words alone, as a person does; the data behind a button is never looked at.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from bot.i18n import Translator
from bot.profile import Profile
from handlers.dialog.flow import UNKNOWN, Closed, Contact, Flow, PlaceQuestion, Question
from handlers.dialog.keys import ABROAD as ABROAD_KEY
from handlers.dialog.keys import DONT_KNOW, button_key, card_key, option_key, part_key, question_key

if TYPE_CHECKING:
    from tests.support.botapi.chats import VisibleMessage


class Sight(StrEnum):
    """What a message is about."""

    LANGUAGE = "language"
    QUESTION = "question"
    CARD = "card"
    WHERE = "where"
    """Where to write the private answers."""
    REVIEW = "review"
    RECEIPT = "receipt"
    NOT_STORED = "not stored"
    OTHER = "other"


@dataclass(frozen=True, kw_only=True)
class Seen:
    """One message, understood. `key` is the same for a repeat of it, and for the same question shown again."""

    sight: Sight
    question: Question | None = None
    owner: str = ""
    part: str = ""
    labels: tuple[str, ...] = ()

    @property
    def key(self) -> tuple[str, ...]:
        name = "" if self.question is None else self.question.id
        return (self.sight.value, name, self.part, *self.labels)


@dataclass(kw_only=True)
class Reader:
    """Reads messages of a profile's bot in one language, in the conversation of one kind of reporter."""

    profile: Profile
    language: str
    kind: str
    words: Translator = field(init=False)
    _read: dict[tuple[str, tuple[str, ...]], Seen] = field(init=False, default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        """Collect the sentences to look for, the longest first: one may be part of another."""
        self.words = self.profile.translator()
        asked: dict[str, tuple[str, Question, str]] = {}
        cards: set[str] = set()
        for flow in (self.profile.flows.start, self.profile.flows.by_id[self.kind]):
            asked |= self._questions(flow)
            cards |= {self.say(card_key(card.owner, card.id)) for card in flow.cards if not card.values}
        self._asked = sorted(asked.items(), key=lambda pair: -len(pair[0]))
        self._cards = sorted(cards, key=len, reverse=True)
        self._receipt = self.say("receipt.sent", at="\n").partition("\n")[0]
        self._not_stored = self.say("chat.not_saved_send_again")
        self._language = self.words.name_of(self.language)
        self.help = self.say("chat.button.help_now")
        self.back = self.say("chat.button.back")
        self.skip = self.say("dialog.skip")
        self.unsure = self.say(DONT_KNOW)
        self.done = self.say("chat.button.done")
        self.send = self.say("chat.button.send")
        self.write_here = self.say("chat.button.write_here")

    def say(self, key: str, **params: object) -> str:
        """A text in this language."""
        return self.words.text(key, self.language, **params)

    def read(self, message: VisibleMessage) -> Seen:
        """What the message is about. People look at the same words again and again; they mean the same."""
        looks = message.text, tuple(message.labels)
        if looks not in self._read:
            self._read[looks] = self._understand(*looks)
        return self._read[looks]

    def _understand(self, text: str, labels: tuple[str, ...]) -> Seen:
        if self._not_stored in text:
            return Seen(sight=Sight.NOT_STORED, labels=labels)
        if self._receipt in text:
            return Seen(sight=Sight.RECEIPT)
        if self._language in labels:
            return Seen(sight=Sight.LANGUAGE)
        if self.write_here in labels:
            return Seen(sight=Sight.WHERE)
        if self.send in labels:
            return Seen(sight=Sight.REVIEW)
        paragraphs = set(text.split("\n\n"))
        card = next((card for card in self._cards if card in text), None)
        if labels and card is not None:
            # Its words belong to the key: two cards may have the same buttons.
            return Seen(sight=Sight.CARD, part=card, labels=labels)
        for sentence, (owner, question, part) in self._asked:
            # The name of a part is one word and stands alone; a question may be several paragraphs.
            if sentence in (paragraphs if part else text):
                return Seen(sight=Sight.QUESTION, question=question, owner=owner, part=part, labels=labels)
        return Seen(sight=Sight.OTHER, labels=labels)

    def language_label(self) -> str:
        """The button that chooses this language."""
        return self._language

    def options(self, owner: str, question: Question) -> Mapping[str, str]:
        """Label → code of what can be answered by a button."""
        if isinstance(question, Closed):
            found = {self.say(option_key(owner, question.id, code)): code for code in question.choices}
        elif isinstance(question, PlaceQuestion) and question.abroad:
            found = {self.say(ABROAD_KEY): "abroad"}
        else:
            found = {}
        if question.dont_know:
            found[self.unsure] = UNKNOWN
        return found

    def card_buttons(self, labels: tuple[str, ...]) -> tuple[str, ...]:
        """The buttons of a card."""
        known = {
            self.say(button_key(card.owner, card.id, code))
            for flow in self.profile.flows.all()
            for card in flow.cards
            for code in card.buttons
        }
        return tuple(label for label in labels if label in known)

    def _questions(self, flow: Flow) -> dict[str, tuple[str, Question, str]]:
        return dict(self._sentences(flow))

    def _sentences(self, flow: Flow) -> Iterator[tuple[str, tuple[str, Question, str]]]:
        for section, question in flow.questions():
            if isinstance(question, Contact):
                for part in question.parts:
                    yield (
                        self.say(part_key(section.owner, question.id, part.id)),
                        (section.owner, question, part.id),
                    )
            elif not question.values:
                # The people of this phone live in the unit's own area, so no text about elsewhere is shown to them.
                yield (
                    self.say(question_key(section.owner, question.id, "ask")),
                    (section.owner, question, ""),
                )
