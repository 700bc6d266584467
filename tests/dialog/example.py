"""A small set of flows with every kind of question, for tests of the engine."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from handlers.dialog.answers import Why
from handlers.dialog.clean import IdentityPattern
from handlers.dialog.context import Context
from handlers.dialog.draft import Draft
from handlers.dialog.findings import FindingPattern
from handlers.dialog.flows import Flows
from handlers.dialog.inputs import Acknowledge, Answer, Input, Resume
from handlers.dialog.places import Place, Places
from handlers.dialog.replies import Ask, ChooseLanguage, Reply, Review, ShowCard
from handlers.dialog.step import Stepped, begin, step

OPENING = """
id = "opening"
version = 1
start = true
next_flow = { question = "kind", by = { worry = "worry", advice = "advice" } }

[[sections]]
id = "safety"
[[sections.questions]]
id = "danger"
kind = "choice"
choices = ["yes", "unsure", "no"]
clear = true
acute = { yes = "danger_yes" }
card = { yes = "call_now" }
notes = [{ id = "hello" }, { id = "telegram", needs = ["telegram"], position = "after" }]

[[sections]]
id = "topic"
[[sections.questions]]
id = "kind"
kind = "choice"
choices = ["worry", "advice"]
[[sections.questions]]
id = "before_you_tell"
kind = "notice"

[[cards]]
id = "call_now"
buttons = ["called", "cannot_call", "go_on"]
next = { cannot_call = "cannot_call" }
[[cards]]
id = "cannot_call"
buttons = ["go_on"]
"""

WORRY = """
id = "worry"
version = 3

[[sections]]
include = "opening"

[[sections]]
id = "about"
[[sections.questions]]
id = "anonymity"
kind = "choice"
choices = ["anonymous", "known"]
[[sections.questions]]
id = "home"
kind = "place"
dont_know = true
abroad = true
clear = true
[[sections.questions]]
id = "outside"
kind = "choice"
choices = ["forward", "number"]
ask_when = { question = "home", not_in = ["@own", "unknown", "abroad"] }
[[sections.questions]]
id = "story"
kind = "text"
max_length = 40
sensitive = true
[[sections.questions]]
id = "since"
kind = "date"
required = false
dont_know = true
period = "past"
[[sections.questions]]
id = "people"
kind = "number"
required = false
minimum = 1
maximum = 500
[[sections.questions]]
id = "signs"
kind = "multi"
choices = ["weapons", "prison", "none"]
exclusive = ["none"]
required = false
dont_know = true
acute = { weapons = "weapons" }
card = { weapons = "call_now" }
[[sections.questions]]
id = "weapons_where"
kind = "text"
ask_when = { question = "signs", is_in = ["weapons"] }
optional_when = { question = "anonymity", is_in = ["anonymous"] }
notes = [{ id = "known", when = { question = "anonymity", is_in = ["known"] } }]

[[sections]]
id = "who"
offered_when = { question = "anonymity", is_in = ["anonymous"] }
[[sections.questions]]
id = "reach"
kind = "contact"
sensitive = true
identity = true
parts = [
    { id = "name", required = true },
    { id = "email", looks = "email" },
    { id = "phone", looks = "phone" },
]
"""

ADVICE = """
id = "advice"
version = 1
[[sections]]
include = "opening"
[[sections]]
id = "about"
[[sections.questions]]
id = "story"
kind = "text"
max_length = 20
sensitive = true
"""

WORDS = {
    "flow.opening.danger.option.yes": "Ja",
    "flow.opening.danger.option.unsure": "Jeg er i tvivl",
    "flow.opening.danger.option.no": "Nej",
    "flow.worry.signs.option.weapons": "Har våben, eller kan få dem",
    "flow.worry.signs.option.prison": "Er i fængsel",
    "flow.worry.signs.option.none": "Nej, ikke noget",
    "card.opening.call_now.button.called": "Jeg har ringet",
    "dialog.skip": "Spring over",
    "dialog.dont_know": "Ved ikke",
    "dialog.abroad": "I udlandet",
    "dialog.go_on": "Videre",
    "language.da": "Dansk",
    "language.en": "English",
}

PLACES = Places(
    (
        Place(code="0101", name="København", also=("Amager",), groups=frozenset({"own"})),
        Place(code="0147", name="Frederiksberg"),
        Place(code="0250", name="Frederikssund"),
        Place(code="0751", name="Aarhus"),
        Place(code="0760", name="Ringkøbing-Skjern"),
        Place(code="0492", name="Ærø"),
    ),
    ignored=("kommune",),
)

NUMBER = IdentityPattern(id="number", regex=re.compile(r"(?<!\d)\d{6}[ -]?\d{4}(?!\d)"), marker="[removed]")

FINDERS = (
    FindingPattern(kind="phone", regex=re.compile(r"(?<!\d)\d{8}(?!\d)"), marker="[phone]"),
    FindingPattern(kind="mail", regex=re.compile(r"\w{1,9}@\w{1,9}"), marker="[mail]"),
)

CONTEXT = Context(today=date(2026, 5, 3), places=PLACES, patterns=(NUMBER,), finders=FINDERS, words=WORDS.get)


def tables() -> dict[str, dict[str, Any]]:
    """The example's files as parsed TOML, fresh for each test to change."""
    return {f"{text.split(chr(34))[1]}.toml": tomllib.loads(text) for text in (OPENING, WORRY, ADVICE)}


def the_flows() -> Flows:
    """The example's flows."""
    return Flows.load(tables())


FLOWS = the_flows()


def walk(given: Iterable[Input], *, draft: Draft | None = None, context: Context = CONTEXT) -> Stepped:
    """Give several inputs, one after the other."""
    stepped = step(FLOWS, draft or begin(FLOWS, context=context), Resume(), context=context)
    for each in given:
        stepped = step(FLOWS, stepped.draft, each, context=context)
    return stepped


def at_worry(**changed: str) -> Draft:
    """A draft that has just come to the first question of the worry flow."""
    answers = {"danger": "no", "kind": "worry"} | changed
    inputs: list[Input] = [Answer(raw=raw) for raw in answers.values()]
    return walk([*inputs, Acknowledge()]).draft


def with_language(draft: Draft, code: str) -> Draft:
    """The draft in a language."""
    return replace(draft, language=code)


TO_REVIEW: tuple[Input, ...] = tuple(
    Answer(raw=raw)
    for raw in ("no", "worry", "seen", "anonymous", "0101", "He is angry", "2025", "3", "prison")
)
"""The shortest honest way through the worry flow."""


def asked(reply: Reply) -> str:
    """The question that the reply asks."""
    assert isinstance(reply, Ask), reply
    return reply.question.id


def error(reply: Reply) -> Why | None:
    """Why the input was not taken."""
    assert isinstance(reply, Ask | ShowCard | Review | ChooseLanguage), reply
    return reply.error.reason if reply.error else None


def said(*raw: str) -> list[Input]:
    """These answers, one after the other."""
    return [Answer(raw=each) for each in raw]
