"""Whether every value that a flow declares is known wherever its text is shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from handlers.dialog.conditions import All, AnyOf, Condition, Is
from handlers.dialog.flow import ABROAD, UNKNOWN, Card, Closed, Flow, PlaceQuestion, Question, Section
from handlers.dialog.places import Places
from handlers.dialog.values import NAME


def wrong_values(flow: Flow, places: Places) -> Iterator[tuple[str, str]]:
    """Where a declared value may be missing, and why."""
    for place, question, values in _declared(flow):
        for name, source in values.items():
            what = _wrong(source, flow, question, places)
            if what:
                yield place, f"declares the value {name} = {source}, {what}"


def _declared(flow: Flow) -> Iterator[tuple[str, Question, Mapping[str, str]]]:
    """Everything with values, and the question that must be on the path when its text is shown."""
    for _, question in flow.questions():
        yield question.id, question, question.values
    for _, question in flow.questions():
        for first in question.card.values() if isinstance(question, Closed) else ():
            for card in _cards_from(flow, first):
                yield f"card {card.id}", question, card.values


def _cards_from(flow: Flow, first: str) -> list[Card]:
    found: dict[str, Card] = {}
    waiting = [first]
    while waiting:
        card = flow.find_card(waiting.pop())
        if card is not None and card.id not in found:
            found[card.id] = card
            waiting += card.next.values()
    return list(found.values())


def _wrong(source: str, flow: Flow, question: Question, places: Places) -> str | None:
    asked, _, detail = source.partition(".")
    ids = [each.id for _, each in flow.questions()]
    pair = flow.find_question(asked)
    if pair is None or not isinstance(pair[1], PlaceQuestion) or ids.index(asked) >= ids.index(question.id):
        return f"but no place is asked for earlier as {asked}"
    if detail != NAME and (lacking := [each.name for each in places.entries if detail not in each.details]):
        return f"which {lacking[0]} does not have"
    section = next(each for each, other in flow.questions() if other.id == question.id)
    if not any(_names_a_place(each, asked) for each in _conditions(section, question)):
        return f"but may be shown although {asked} names no place"
    return None


def _conditions(section: Section, question: Question) -> Iterator[Condition]:
    yield from (each for each in (section.ask_when, question.ask_when) if each is not None)


def _names_a_place(condition: Condition, asked: str) -> bool:
    """Whether the condition can only hold when the answer to `asked` is a place."""
    match condition:
        case Is(question=question, is_in=is_in):
            return question == asked and bool(is_in) and not {UNKNOWN, ABROAD} & set(is_in)
        case All(all=inner):
            return any(_names_a_place(each, asked) for each in inner)
        case AnyOf(any=inner):
            return all(_names_a_place(each, asked) for each in inner)
