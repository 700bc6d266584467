"""What an earlier answer puts into a later text: details of the place that was answered, in every language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from handlers.dialog.places import Places

Values: TypeAlias = Mapping[str, Mapping[str, str]]
"""Placeholder → language → words. The language "" stands for every one."""

NAME = "name"
"""The detail that every place has."""


def values_of(declared: Mapping[str, str], answers: Mapping[str, object], places: Places) -> Values:
    """What fills the declared placeholders after these answers."""
    return {name: _detail(source, answers, places) for name, source in declared.items()}


def said(values: Values, lang: str) -> dict[str, str]:
    """The values in a language, to be handed to a text."""
    return {name: words.get(lang) or next(iter(words.values())) for name, words in values.items()}


def _detail(source: str, answers: Mapping[str, object], places: Places) -> Mapping[str, str]:
    question, _, detail = source.partition(".")
    code = str(answers.get(question, ""))
    place = places.find(code)
    if place is None:
        # The places data changed while the card stood open: its text is still shown.
        return {"": code}
    return {"": place.name} if detail == NAME else place.details.get(detail, {"": place.name})
