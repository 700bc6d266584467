"""A report being written: answers and a little about where the person is. The next question is not in it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from handlers.dialog.answers import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """Answers not yet sent, by question id, with all that a later input needs.

    `skipped` and `unknown` are questions passed by; a closed question's "don't know" is an answer with the code
    "unknown" instead. `selecting` is a half-made choice of several codes, `parts` a half-given contact, both for
    the question now asked. `cards` are the urgent texts still to be acknowledged, each with the question whose
    answer raised it, the first one shown. `kept` are the places in answers (question, start, end) that look telling
    and that the writer said shall stand; they go with the answer.
    `revision` grows by one with every input that changed something; a button carries the one it was drawn for.
    What a person said is hidden from `repr`.
    """

    flow_id: str
    flow_version: int
    fingerprint: str
    language: str | None = None
    answers: Mapping[str, Value] = field(default_factory=dict, repr=False)
    skipped: frozenset[str] = frozenset()
    unknown: frozenset[str] = frozenset()
    offers_taken: frozenset[str] = frozenset()
    editing: str | None = None
    selecting: tuple[str, ...] | None = field(default=None, repr=False)
    parts: Mapping[str, str] | None = field(default=None, repr=False)
    cards: tuple[tuple[str, str], ...] = ()
    kept: frozenset[tuple[str, int, int]] = frozenset()
    revision: int = 0

    @property
    def is_blank(self) -> bool:
        """Whether nothing was told: at most a language was chosen."""
        told = (self.answers, self.skipped, self.unknown, self.selecting, self.parts, self.cards)
        return not any(told)


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"))
_SETS = ("skipped", "unknown", "offers_taken", "kept")


def dumps(draft: Draft) -> str:
    """The draft as JSON, the same text for equal drafts."""
    plain: dict[str, Any] = {name: getattr(draft, name) for name in Draft.__dataclass_fields__}
    plain |= {name: sorted(plain[name]) for name in _SETS}
    return _ENCODER.encode(plain)


def loads(text: str) -> Draft:
    """The draft that `dumps` wrote."""
    plain: dict[str, Any] = json.loads(text)
    # A draft of an earlier version has no places that shall stand.
    plain["kept"] = [tuple(place) for place in plain.get("kept", ())]
    plain |= {name: frozenset(plain[name]) for name in _SETS}
    plain["answers"] = {question: value_from_json(value) for question, value in plain["answers"].items()}
    plain["cards"] = tuple((card, question) for card, question in plain["cards"])
    plain["selecting"] = None if plain["selecting"] is None else tuple(plain["selecting"])
    return Draft(**plain)


def value_from_json(value: str | int | list[str] | dict[str, str]) -> Value:
    """An answer as JSON reads it back, with its codes a tuple again."""
    return tuple(value) if isinstance(value, list) else value
