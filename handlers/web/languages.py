"""Which language a browser asks for, among those that there are."""

from __future__ import annotations

from collections.abc import Sequence

_LONGEST = 500
_ANY = "*"


def wished(header: str, languages: Sequence[str]) -> str | None:
    """The first of `languages` by the wishes of an `Accept-Language` header; None when it wishes for none of them.

    A wish for a variant (`da-DK`) is one for its language. Of two equal wishes the earlier one counts. Anything may
    stand in a header: what is no wish is passed over.
    """
    wishes = [_parse(part) for part in header[:_LONGEST].split(",")]
    unwanted = {tag for tag, weight in wishes if weight == 0}
    for tag, weight in sorted(wishes, key=lambda wish: -wish[1]):
        if weight == 0:
            break
        for language in languages:
            if language in unwanted:
                continue
            if tag in {_ANY, language.casefold()} or tag.startswith(f"{language.casefold()}-"):
                return language
    return None


def _parse(part: str) -> tuple[str, float]:
    """The language and its weight from 0 to 1; what is no weight counts as none."""
    tag, _, parameter = part.partition(";")
    name, _, value = parameter.partition("=")
    if not parameter.strip():
        return tag.strip().casefold(), 1.0
    try:
        weight = float(value) if name.strip() == "q" and value.strip().isascii() else 0.0
    except ValueError:
        weight = 0.0
    return tag.strip().casefold(), weight if 0 < weight <= 1 else 0.0
