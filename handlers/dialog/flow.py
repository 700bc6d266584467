"""What a flow is: sections of questions, declared as data in the profile's `flows/*.toml`.

A file declares one flow or one part; parts are put into flows by `include` (see `flows.py`). An example with
every kind and every field (only `id`, `kind` and what the kind needs must be written; the rest is default)::

    id = "relative"                      # the owner of the text keys below; the file's name without .toml
    version = 1                          # raise it with every change
    # start = true                       # exactly one file: where a conversation begins
    # part = true                        # a file that is only ever included
    # next_flow = { question = "kind", by = { relative = "relative", self = "self" } }   # in the start file

    [[sections]]
    include = "opening"                  # all sections and cards of opening.toml, here
    # without = ["signs.prison"]         # but without this choice of a question there
    # ask_when, offered_when, asked_with hold for every section that comes by this include

    [[sections]]
    id = "about"
    ask_when = { question = "danger", is_in = ["no", "unsure"] }       # a whole section, optional

    [[sections.questions]]
    id = "relation"
    kind = "choice"                      # answer: a code
    choices = ["child", "friend"]
    required = true                      # default; false offers "skip"
    optional_when = { question = "work", is_in = ["club"] }   # required, but skippable when this holds
    dont_know = true                     # offers "don't know": stored as code "unknown" (not in choices)
    clear = true                         # stored in clear for routing (never with sensitive)
    sensitive = false                    # decides where it may be written, and how it is shown
    identity = false                     # says who somebody is or where to reach them: sealed under a key of its own
    ask_when = { all = [ { question = "danger", not_in = ["yes"] }, { any = [ … ] } ] }
    acute = { child = "some_trigger" }   # code -> trigger (its meaning is profile data)
    card = { child = "call_now" }        # code -> card shown right after this answer
    hint = true                          # has a text .hint
    why = true                           # has a text .why ("why do we ask?")
    values = { place = "home.name" }     # fills {place} in ask, hint, why and notes by an earlier place answer
    notes = [                            # more texts, shown with the question
      { id = "hello" },                                       # before the question's own text
      { id = "telegram", needs = ["telegram", "secure_page"], position = "after" },  # facts of the channel
      { id = "close_kin", when = { question = "relation", is_in = ["child"] } },
    ]

    [[sections.questions]]
    id = "signs"
    kind = "multi"                       # answer: a list of codes; acute and card as above
    choices = ["weapons", "prison", "none"]
    exclusive = ["none"]                 # alone or not at all ("unknown" of dont_know always is)

    [[sections.questions]]
    id = "story"
    kind = "text"                        # answer: text; max_length in characters as people count them
    max_length = 3000

    [[sections.questions]]
    id = "last_seen"
    kind = "date"                        # answer: "2026-05-03", "2026-05" or "2026"
    period = "past"                      # "any" (default), "past" (today included) or "future"

    [[sections.questions]]
    id = "people"
    kind = "number"                      # answer: a whole number
    minimum = 1
    maximum = 500

    [[sections.questions]]
    id = "home"
    kind = "place"                       # answer: a place's code, or "unknown" (dont_know), or "abroad"
    abroad = true

    [[sections.questions]]
    id = "reach"
    kind = "contact"                     # answer: part -> text; a form on a page, part by part in a chat
    sensitive = true
    parts = [ { id = "name", required = true }, { id = "email", looks = "email" }, { id = "phone", looks = "phone" } ]

    [[sections.questions]]
    id = "before_you_tell"
    kind = "notice"                      # no answer, only "go on"; stored as "seen"

    [[sections]]
    id = "more"
    offered_when = { question = "anonymity", is_in = ["anonymous"] }  # then not asked, but offered at the review

    [[sections]]
    id = "still_more"
    asked_with = "more"                  # asked where that earlier section is: one offer for both

    [[cards]]                            # shown at once after an answer; each button a code
    id = "call_now"
    buttons = ["called", "cannot_call", "go_on"]
    next = { cannot_call = "cannot_call" }        # button -> further card; the others go on
    # values as for a question, for the card's text

Conditions look back only: to earlier choice, multi and place questions. `is_in` holds when one of the codes was
chosen; `not_in` when none of them was, also when nothing was. For a place a code may be a place's code, "unknown",
"abroad", or "@group" for a group that the places data gives it (such as "@own_area").

Values name an earlier place question and a detail of the place answered: "name", or one that the places data knows.
They can only be declared where a condition makes sure that a place was answered.

Text keys, where owner is the id of the *file* that declares the thing, so that shared parts have one text::

    flow.<owner>.<question>.ask | hint | why | option.<code> | part.<part> | note.<note>
    flow.<owner>.<question>.invalid.<reason>       optional; stands before dialog.invalid.<reason>
    section.<owner>.<section>.title | offer        offer where offered_when is declared
    card.<owner>.<card>.text | button.<code>
    dialog.invalid.<reason>  dialog.skip  dialog.dont_know  dialog.abroad  dialog.go_on      shared
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Literal, Self

from pydantic import Discriminator, Field, StringConstraints, Tag, model_validator

from handlers.dialog.conditions import Condition, Id, Spec

DetailOf = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$", max_length=81)]
"""A place question and a detail of the place answered to it, such as "home.name"."""

UNKNOWN = "unknown"
"""The code that stands for "don't know" where an answer is a code."""
ABROAD = "abroad"
"""The code of a place answer outside the places of the profile."""
SEEN = "seen"
"""What is stored for a notice that was acknowledged."""


class Note(Spec):
    """A further text shown with a question, when its condition holds and the channel has all the facts."""

    id: Id
    when: Condition | None = None
    needs: tuple[Id, ...] = ()
    position: Literal["before", "after"] = "before"


class Common(Spec):
    """What every kind of question has."""

    id: Id
    required: bool = True
    optional_when: Condition | None = None
    dont_know: bool = False
    sensitive: bool = False
    identity: bool = False
    clear: bool = False
    ask_when: Condition | None = None
    hint: bool = False
    why: bool = False
    values: Mapping[Id, DetailOf] = {}
    notes: tuple[Note, ...] = ()


class Closed(Common):
    """A question answered by codes out of a list."""

    choices: tuple[Id, ...] = Field(min_length=1)
    acute: Mapping[Id, Id] = {}
    card: Mapping[Id, Id] = {}

    @property
    def codes(self) -> tuple[str, ...]:
        """Every code that an answer may hold, "unknown" last where it is offered."""
        return (*self.choices, UNKNOWN) if self.dont_know else self.choices

    def triggers(self, answer: object) -> frozenset[str]:
        """The alarms that this answer raises."""
        codes = answer if isinstance(answer, tuple | list) else (answer,)
        return frozenset(self.acute[code] for code in codes if code in self.acute)

    @model_validator(mode="after")
    def _codes_fit(self) -> Self:
        if len(set(self.codes)) != len(self.codes):
            msg = "choices are listed twice (dont_know already offers the code unknown)"
            raise ValueError(msg)
        for name, table in (("acute", self.acute), ("card", self.card)):
            if strange := sorted(set(table) - set(self.codes)):
                msg = f"{name} names no choice of this question: {', '.join(strange)}"
                raise ValueError(msg)
        return self


class Choice(Closed):
    """One of several codes."""

    kind: Literal["choice"]


class Multi(Closed):
    """Any number of codes, at least one; an exclusive one stands alone."""

    kind: Literal["multi"]
    exclusive: tuple[Id, ...] = ()

    @property
    def alone(self) -> frozenset[str]:
        """The codes that cannot stand beside others."""
        return frozenset(self.exclusive) | {UNKNOWN}

    @model_validator(mode="after")
    def _exclusive_fit(self) -> Self:
        if strange := sorted(set(self.exclusive) - set(self.choices)):
            msg = f"exclusive names no choice of this question: {', '.join(strange)}"
            raise ValueError(msg)
        return self


class Text(Common):
    """Free text of at most `max_length` characters, counted as people count them."""

    kind: Literal["text"]
    max_length: int = Field(default=1000, ge=1, le=4000)


class Date(Common):
    """A day, a month or a year."""

    kind: Literal["date"]
    period: Literal["any", "past", "future"] = "any"


class Number(Common):
    """A whole number between two limits, both included."""

    kind: Literal["number"]
    minimum: int = 0
    maximum: int = 100_000


class PlaceQuestion(Common):
    """One of the profile's places, found by searching."""

    kind: Literal["place"]
    abroad: bool = False


class Part(Spec):
    """One field of a contact question."""

    id: Id
    required: bool = False
    looks: Literal["text", "email", "phone"] = "text"
    max_length: int = Field(default=200, ge=1, le=1000)


class Contact(Common):
    """Several named short texts, given together or one after the other."""

    kind: Literal["contact"]
    parts: tuple[Part, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _parts_differ(self) -> Self:
        if len({part.id for part in self.parts}) != len(self.parts):
            msg = "parts have the same id twice"
            raise ValueError(msg)
        return self


class Notice(Common):
    """A text to be acknowledged; there is nothing to answer."""

    kind: Literal["notice"]

    @model_validator(mode="after")
    def _nothing_to_skip(self) -> Self:
        if self.dont_know or not self.required or self.optional_when:
            msg = "a notice can only be acknowledged: it takes no dont_know, required or optional_when"
            raise ValueError(msg)
        return self


Question = Annotated[
    Choice | Multi | Text | Date | Number | PlaceQuestion | Contact | Notice, Field(discriminator="kind")
]


class Section(Spec):
    """Questions that belong together, asked in order.

    Where `offered_when` holds they are not asked but offered at the review, and asked once the offer is taken.
    `asked_with` names an earlier section that may be offered; this one is asked whenever that one is.
    """

    id: Id
    owner: Id = ""
    questions: tuple[Question, ...] = Field(min_length=1)
    ask_when: Condition | None = None
    offered_when: Condition | None = None
    asked_with: Id | None = None

    @property
    def offer(self) -> Id:
        """The section whose offer brings this one."""
        return self.asked_with or self.id


class Include(Spec):
    """Stands for all sections and cards of another file, without the choices named as `question.choice`.

    What it says about when they are asked holds for each of its sections, in place of what the file says.
    """

    include: Id
    without: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+\.[a-z0-9_]+$")], ...] = ()
    ask_when: Condition | None = None
    offered_when: Condition | None = None
    asked_with: Id | None = None


class Card(Spec):
    """An urgent text with buttons, shown between two questions; `next` leads from a button to a further card."""

    id: Id
    owner: Id = ""
    buttons: tuple[Id, ...] = Field(min_length=1)
    next: Mapping[Id, Id] = {}
    values: Mapping[Id, DetailOf] = {}

    @model_validator(mode="after")
    def _next_fits(self) -> Self:
        if strange := sorted(set(self.next) - set(self.buttons)):
            msg = f"next names no button of this card: {', '.join(strange)}"
            raise ValueError(msg)
        return self


class NextFlow(Spec):
    """Which flow follows the start flow: by the code answered to one required choice question."""

    question: Id
    by: Mapping[Id, Id] = Field(min_length=1)


def _section_or_include(value: object) -> str:
    if isinstance(value, Mapping):
        return "include" if "include" in value else "section"
    return "include" if isinstance(value, Include) else "section"


class FlowFile(Spec):
    """One file of `flows/` as it is written, before its includes are resolved."""

    id: Id
    version: int = Field(ge=1)
    start: bool = False
    part: bool = False
    next_flow: NextFlow | None = None
    sections: tuple[
        Annotated[
            Annotated[Section, Tag("section")] | Annotated[Include, Tag("include")],
            Discriminator(_section_or_include),
        ],
        ...,
    ] = Field(min_length=1)
    cards: tuple[Card, ...] = ()


class Flow(Spec):
    """A whole flow, every include resolved, every section and card marked with the file that owns its texts.

    The version is the sum of the versions of all files in it, so that raising any of them raises it.
    """

    id: Id
    version: int
    sections: tuple[Section, ...]
    cards: tuple[Card, ...] = ()
    next_flow: NextFlow | None = None

    def questions(self) -> Iterator[tuple[Section, Question]]:
        """Every question with its section, in order, whether it is asked or not."""
        for section in self.sections:
            for question in section.questions:
                yield section, question

    def find_question(self, question_id: str) -> tuple[Section, Question] | None:
        """The question of this id with its section, or None."""
        return next((pair for pair in self.questions() if pair[1].id == question_id), None)

    def triggers(self, answers: Mapping[str, object]) -> frozenset[str]:
        """The alarms that these answers raise between them."""
        return frozenset[str]().union(*(each.triggers(answers.get(each.id)) for each in self._closed()))

    def possible_triggers(self) -> frozenset[str]:
        """The alarms that answers to this flow can raise."""
        return frozenset(trigger for each in self._closed() for trigger in each.acute.values())

    def _closed(self) -> Iterator[Closed]:
        return (question for _, question in self.questions() if isinstance(question, Closed))

    def find_card(self, card_id: str) -> Card | None:
        """The card of this id, or None."""
        return next((card for card in self.cards if card.id == card_id), None)
