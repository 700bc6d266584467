"""Whether a question can be reached at all: by trying every answer that makes a difference."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from itertools import chain, combinations

from handlers.dialog.conditions import All, AnyOf, Condition, Is
from handlers.dialog.flow import ABROAD, UNKNOWN, Choice, Flow, Multi, PlaceQuestion, Question, Section
from handlers.dialog.path import codes, holds
from handlers.dialog.places import Places

_TRIES = 200_000
_SUBSETS_UP_TO = 8


class TooManyPathsError(Exception):
    """The conditions of this flow are too entangled to try every combination of answers."""


def conditions_of(flow: Flow, section: Section, question: Question) -> list[Condition]:
    """What must hold for the question to be asked; an offered section can always be taken."""
    offer = next((each.ask_when for each in flow.sections if each.id == section.asked_with), None)
    return [condition for condition in (offer, section.ask_when, question.ask_when) if condition]


def leaves(condition: Condition) -> Iterator[Is]:
    """Every comparison within a condition."""
    match condition:
        case Is():
            yield condition
        case All(all=inner) | AnyOf(any=inner):
            for each in inner:
                yield from leaves(each)


def reachable(flow: Flow, target: str, *, places: Places) -> bool:
    """Whether some answers lead to the question of this id. Raises TooManyPathsError."""
    search = _Search(flow=flow, target=target, places=places)
    return search.run()


@dataclass
class _Search:
    flow: Flow
    target: str
    places: Places
    tries: int = 0
    chosen: dict[str, AbstractSet[str]] = field(default_factory=dict)

    def run(self) -> bool:
        order = [(section, question) for section, question in self.flow.questions()]
        at = next(place for place, (_, question) in enumerate(order) if question.id == self.target)
        wanted = conditions_of(self.flow, *order[at])
        mentioned = self._mentioned(order[:at], wanted)
        return self._from([pair for pair in order[:at] if pair[1].id in mentioned], wanted, mentioned)

    def _mentioned(
        self, earlier: list[tuple[Section, Question]], wanted: list[Condition]
    ) -> Mapping[str, AbstractSet[str]]:
        """The questions that decide, directly or by deciding others, with the codes that matter of each."""
        conditions = list(wanted)
        names = {leaf.question for condition in conditions for leaf in leaves(condition)}
        for section, question in reversed(earlier):
            if question.id in names:
                conditions += conditions_of(self.flow, section, question)
                names = {leaf.question for condition in conditions for leaf in leaves(condition)}
        mentioned: dict[str, set[str]] = {name: set() for name in names}
        for condition in conditions:
            for leaf in leaves(condition):
                mentioned[leaf.question] |= {*leaf.is_in, *leaf.not_in}
        return mentioned

    def _from(
        self,
        rest: list[tuple[Section, Question]],
        wanted: list[Condition],
        mentioned: Mapping[str, AbstractSet[str]],
    ) -> bool:
        self.tries += 1
        if self.tries > _TRIES:
            raise TooManyPathsError(self.target)
        if not rest:
            return all(holds(condition, self.chosen) for condition in wanted)
        (section, question), *after = rest
        if not all(
            holds(condition, self.chosen) for condition in conditions_of(self.flow, section, question)
        ):
            return self._from(after, wanted, mentioned)
        for option in _options(question, mentioned[question.id], self.places):
            self.chosen[question.id] = option
            if self._from(after, wanted, mentioned):
                return True
            del self.chosen[question.id]
        # Left without an answer it is only where it may be skipped, or where its section is but offered.
        optional = not question.required or question.optional_when
        may_lack = optional or section.offered_when or section.asked_with
        return bool(may_lack) and self._from(after, wanted, mentioned)


def _options(question: Question, mentioned: AbstractSet[str], places: Places) -> list[frozenset[str]]:
    """The answers that differ for conditions which look only at the mentioned codes."""
    if isinstance(question, Choice):
        return _differing([frozenset({code}) for code in question.codes], mentioned)
    if isinstance(question, Multi):
        return _differing(_subsets(question, mentioned), mentioned)
    if isinstance(question, PlaceQuestion):
        values = [place.code for place in places.entries]
        values += [UNKNOWN] if question.dont_know else []
        values += [ABROAD] if question.abroad else []
        return _differing([frozenset(codes(question, value, places=places)) for value in values], mentioned)
    return [frozenset()]


def _subsets(question: Multi, mentioned: AbstractSet[str]) -> list[frozenset[str]]:
    together = sorted(set(question.codes) & mentioned - question.alone)
    other = [code for code in question.codes if code not in mentioned]
    sizes = range(1, len(together) + 1) if len(together) <= _SUBSETS_UP_TO else (1, len(together))
    several = chain.from_iterable(combinations(together, size) for size in sizes)
    alone = [(code,) for code in question.codes if code in question.alone]
    return [frozenset(each) for each in (*several, *alone, *((code,) for code in other[:1]))]


def _differing(options: list[frozenset[str]], mentioned: AbstractSet[str]) -> list[frozenset[str]]:
    return list({option & mentioned: option for option in options}.values())
