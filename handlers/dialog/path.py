"""Which questions some answers lead to. Everything else about "where we are" follows from this."""

from __future__ import annotations

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import assert_never

from handlers.dialog.answers import Value
from handlers.dialog.conditions import All, AnyOf, Condition, Is
from handlers.dialog.draft import Draft
from handlers.dialog.flow import Choice, Flow, Multi, PlaceQuestion, Question, Section
from handlers.dialog.places import Places

Chosen = Mapping[str, AbstractSet[str]]
"""The codes that conditions look at, by question; only of questions that are asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A question on the path, with its section and whether it may be skipped."""

    section: Section
    question: Question
    skippable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """The questions that a draft's answers lead to, in order, and the sections they only offer."""

    asked: tuple[Asked, ...]
    offers: tuple[Section, ...]
    chosen: Chosen

    def find(self, question: str | None) -> Asked | None:
        """The question of this id, if it is asked."""
        return next((asked for asked in self.asked if asked.question.id == question), None)

    def missing(self, draft: Draft) -> Asked | None:
        """The first asked question that the draft has nothing for, or None: then there is only to review."""
        return next((asked for asked in self.asked if not has(draft, asked)), None)


def has(draft: Draft, asked: Asked) -> bool:
    """Whether the draft has an answer, a permitted skip or a "don't know" for an asked question."""
    question = asked.question.id
    # A skip was permitted by earlier answers; when those change, it may be so no longer.
    return (
        question in draft.answers
        or question in draft.unknown
        or (question in draft.skipped and asked.skippable)
    )


def path(flow: Flow, draft: Draft, *, places: Places) -> Path:
    """The questions these answers lead to; answers of hidden questions do not count."""
    chosen: dict[str, AbstractSet[str]] = {}
    on_path: list[Asked] = []
    offers: list[Section] = []
    open_sections: set[str] = set()
    for section in flow.sections:
        if section.asked_with and section.asked_with not in open_sections:
            continue
        if section.ask_when and not holds(section.ask_when, chosen):
            continue
        offered = section.offered_when is not None and holds(section.offered_when, chosen)
        if offered and section.id not in draft.offers_taken:
            offers.append(section)
            continue
        open_sections.add(section.id)
        for question in section.questions:
            if question.ask_when and not holds(question.ask_when, chosen):
                continue
            skippable = not question.required or (
                question.optional_when is not None and holds(question.optional_when, chosen)
            )
            on_path.append(Asked(section=section, question=question, skippable=skippable))
            if question.id in draft.answers:
                chosen[question.id] = codes(question, draft.answers[question.id], places=places)
    return Path(asked=tuple(on_path), offers=tuple(offers), chosen=chosen)


def codes(question: Question, value: Value, *, places: Places) -> AbstractSet[str]:
    """What conditions see of an answer: its codes, and of a place also its groups; nothing of anything else."""
    if isinstance(question, PlaceQuestion) and isinstance(value, str):
        return {value, *(f"@{group}" for group in places.groups(value))}
    if isinstance(question, Choice) and isinstance(value, str):
        return {value}
    if isinstance(question, Multi) and isinstance(value, tuple):
        return frozenset(value)
    return frozenset()


def holds(condition: Condition, chosen: Chosen) -> bool:
    """Whether the condition holds for these codes."""
    match condition:
        case Is(question=question, is_in=is_in, not_in=not_in):
            seen = chosen.get(question, frozenset())
            return not seen.isdisjoint(is_in) if is_in else seen.isdisjoint(not_in)
        case All(all=conditions):
            return all(holds(each, chosen) for each in conditions)
        case AnyOf(any=conditions):
            return any(holds(each, chosen) for each in conditions)
        case _:
            assert_never(condition)
