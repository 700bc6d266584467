"""Checks of flows: what must hold before a flow meets a person. Run at start, by the check command and in tests."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from handlers.dialog import keys
from handlers.dialog.answers import Why
from handlers.dialog.conditions import Condition
from handlers.dialog.flow import (
    ABROAD,
    UNKNOWN,
    Card,
    Choice,
    Closed,
    Contact,
    Date,
    Flow,
    Multi,
    Notice,
    Number,
    PlaceQuestion,
    Question,
    Section,
    Text,
)
from handlers.dialog.flows import Flows
from handlers.dialog.places import Places
from handlers.dialog.reach import TooManyPathsError, leaves, reachable
from handlers.dialog.value_checks import wrong_values

_PAYLOAD_BYTES = 64
_HIGH_REVISION = 999_999


class Severity(StrEnum):
    """Whether a flow can be used with this finding."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """Something wrong with a flow: how bad, where (flow.question), and what."""

    severity: Severity
    where: str
    what: str


def check_flows(
    flows: Flows,
    *,
    places: Places,
    has_text: Callable[[str], bool],
    payload: Callable[[int, str], str],
) -> list[Finding]:
    """All findings about a set of flows, none twice.

    `has_text` says whether a key has a text (ask it once per language). `payload` is how the channel with the
    tightest limit writes a revision and a code into a button, which may take at most 64 bytes.
    """
    found = [finding for flow in flows.all() for finding in _check(flow, flows, places, has_text, payload)]
    missing = sorted(key for key in shared_text_keys(flows) if not has_text(key))
    found += [Finding(Severity.ERROR, key, "has no text") for key in missing]
    return list(dict.fromkeys(found))


def shared_text_keys(flows: Flows) -> set[str]:
    """The keys that these flows need beside their own: button words, and a text for each way to be refused."""
    questions = [question for flow in flows.all() for _, question in flow.questions()]
    wanted = {keys.SKIP, keys.GO_ON} | {f"dialog.invalid.{why}" for why in Why}
    if any(question.dont_know for question in questions):
        wanted.add(keys.DONT_KNOW)
    if any(isinstance(question, PlaceQuestion) and question.abroad for question in questions):
        wanted.add(keys.ABROAD)
    return wanted


def _check(
    flow: Flow,
    flows: Flows,
    places: Places,
    has_text: Callable[[str], bool],
    payload: Callable[[int, str], str],
) -> Iterator[Finding]:
    yield from _ids(flow)
    if any(finding.severity is Severity.ERROR for finding in _conditions(flow, places)):
        yield from _conditions(flow, places)
    else:
        yield from _reach(flow, places)
    yield from _privacy(flow)
    yield from _cards(flow)
    for where, what in wrong_values(flow, places):
        yield Finding(Severity.ERROR, f"{flow.id}.{where}", what)
    yield from _sendable(flow, places, leads_on=flow is flows.start and flow.next_flow is not None)
    for code in sorted(_button_codes(flow)):
        size = len(payload(_HIGH_REVISION, code).encode())
        if size > _PAYLOAD_BYTES:
            yield Finding(
                Severity.ERROR, f"{flow.id}.{code}", f"takes {size} of {_PAYLOAD_BYTES} bytes in a button"
            )
    for key in sorted(keys.required_text_keys(flow)):
        if not has_text(key):
            yield Finding(Severity.ERROR, key, "has no text")


def _ids(flow: Flow) -> Iterator[Finding]:
    names = Counter(question.id for _, question in flow.questions())
    names.update(f"section {section.id}" for section in flow.sections)
    names.update(f"card {card.id}" for card in flow.cards)
    for name, times in names.items():
        if times > 1:
            yield Finding(Severity.ERROR, f"{flow.id}.{name}", f"stands {times} times")


def _conditions(flow: Flow, places: Places) -> Iterator[Finding]:
    earlier: dict[str, Question] = {}
    for section in flow.sections:
        for condition in (section.ask_when, section.offered_when):
            yield from _looks_back(f"{flow.id}.{section.id}", condition, earlier, places)
        for question in section.questions:
            where = f"{flow.id}.{question.id}"
            notes = [note.when for note in question.notes]
            for condition in (question.ask_when, question.optional_when, *notes):
                yield from _looks_back(where, condition, earlier, places)
            earlier[question.id] = question


def _looks_back(
    where: str, condition: Condition | None, earlier: dict[str, Question], places: Places
) -> Iterator[Finding]:
    for leaf in leaves(condition) if condition else ():
        question = earlier.get(leaf.question)
        if question is None:
            yield Finding(
                Severity.ERROR, where, f"has a condition on {leaf.question}, which is not asked earlier"
            )
            continue
        known = _condition_codes(question, places)
        for code in (*leaf.is_in, *leaf.not_in):
            if code not in known:
                yield Finding(
                    Severity.ERROR, where, f"has a condition on {leaf.question} = {code}, never its answer"
                )


def _condition_codes(question: Question, places: Places) -> set[str]:
    match question:
        case Choice() | Multi():
            return set(question.codes)
        case PlaceQuestion():
            known = {place.code for place in places.entries}
            known |= {f"@{group}" for place in places.entries for group in place.groups}
            known |= {UNKNOWN} if question.dont_know else set()
            return known | ({ABROAD} if question.abroad else set())
        case Text() | Date() | Number() | Contact() | Notice():
            return set()
        case _:
            assert_never(question)


def _reach(flow: Flow, places: Places) -> Iterator[Finding]:
    for _, question in flow.questions():
        where = f"{flow.id}.{question.id}"
        try:
            if not reachable(flow, question.id, places=places):
                yield Finding(Severity.ERROR, where, "is never asked, whatever the answers")
        except TooManyPathsError:
            yield Finding(
                Severity.WARNING, where, "has conditions too entangled to say whether it is ever asked"
            )


def _privacy(flow: Flow) -> Iterator[Finding]:
    for _, question in flow.questions():
        where = f"{flow.id}.{question.id}"
        if question.clear and (question.sensitive or question.identity):
            yield Finding(Severity.ERROR, where, "is sensitive or identity, so it cannot be stored in clear")
        if question.clear and isinstance(question, Text | Contact):
            yield Finding(
                Severity.ERROR, where, "takes a person's own words, so it cannot be stored in clear"
            )
        if isinstance(question, Contact) and not question.sensitive:
            yield Finding(Severity.ERROR, where, "asks who somebody is, so it must be sensitive")


def _cards(flow: Flow) -> Iterator[Finding]:
    by_id = {card.id: card for card in flow.cards}
    used: set[str] = set()
    for _, question in flow.questions():
        if not isinstance(question, Closed):
            continue
        used |= set(question.card.values())
        for code in sorted(set(question.acute) - set(question.card)):
            yield Finding(
                Severity.WARNING, f"{flow.id}.{question.id}", f"raises an alarm at {code} but shows no card"
            )
    for card in flow.cards:
        used |= set(card.next.values())
    for name in sorted(used - set(by_id)):
        yield Finding(Severity.ERROR, f"{flow.id}.card {name}", "is used but not declared")
    for card in flow.cards:
        if card.id not in used:
            yield Finding(Severity.WARNING, f"{flow.id}.card {card.id}", "is never shown")
        if not _has_way_out(card, by_id):
            yield Finding(
                Severity.ERROR, f"{flow.id}.card {card.id}", "has no button that leads out of the cards"
            )


def _has_way_out(card: Card, by_id: dict[str, Card]) -> bool:
    seen: set[str] = set()
    waiting = [card]
    while waiting:
        here = waiting.pop()
        if set(here.buttons) - set(here.next):
            return True
        seen.add(here.id)
        waiting += [by_id[name] for name in here.next.values() if name in by_id and name not in seen]
    return False


def _sendable(flow: Flow, places: Places, *, leads_on: bool) -> Iterator[Finding]:
    """Every question can be answered, so each path ends at the review; and the review holds something."""
    for _, question in flow.questions():
        if (
            isinstance(question, PlaceQuestion)
            and not places.entries
            and not question.dont_know
            and question.required
        ):
            yield Finding(
                Severity.ERROR, f"{flow.id}.{question.id}", "cannot be answered: there are no places"
            )
    always = [question for section, question in flow.questions() if _always(section, question)]
    if not always and not leads_on:
        yield Finding(
            Severity.ERROR, flow.id, "can be sent without a single answer: no question is always required"
        )


def _always(section: Section, question: Question) -> bool:
    on_section = section.ask_when or section.offered_when or section.asked_with
    conditional = on_section or question.ask_when or question.optional_when
    return question.required and not conditional and not isinstance(question, Notice)


def _button_codes(flow: Flow) -> set[str]:
    """Everything that a button may have to carry: options, buttons of cards, questions to edit, sections to take."""
    found = {code for card in flow.cards for code in card.buttons}
    found |= {section.id for section in flow.sections}
    for _, question in flow.questions():
        found.add(question.id)
        if isinstance(question, Closed):
            found |= set(question.codes)
    return found
