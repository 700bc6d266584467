"""What a step must know beside the flow and the draft; all of it is handed in, nothing is looked up."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from handlers.dialog.clean import IdentityPattern
from handlers.dialog.findings import FindingPattern
from handlers.dialog.places import NO_PLACES, Places


def no_words(_key: str) -> str | None:
    """Knows no text: then only codes are understood for closed questions."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """The hotline's data and the channel's facts at the time of one input.

    `today` is the date where the hotline is. `words` finds the text of a key in the draft's language, so that a
    person who types an option's words instead of pressing it is understood. With more than one language in
    `languages` the conversation begins by choosing one. `facts` are what notes may need ("telegram").
    `finders` find telling words at the review.
    """

    today: date
    places: Places = NO_PLACES
    patterns: tuple[IdentityPattern, ...] = ()
    finders: tuple[FindingPattern, ...] = ()
    words: Callable[[str], str | None] = no_words
    languages: tuple[str, ...] = ()
    facts: frozenset[str] = frozenset()
