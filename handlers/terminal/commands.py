"""The commands of the terminal. What is typed for them are texts: alternatives, `|` between, the first one shown."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from handlers.dialog.words import Words


class Name(StrEnum):
    """Every command; its alternatives stand under `terminal.command.<name>`."""

    BACK = "back"
    SKIP = "skip"
    DONT_KNOW = "dont_know"
    KEEP = "keep"
    REVIEW = "review"
    ADD = "add"
    EDIT = "edit"
    STAND = "stand"
    BLUR = "blur"
    REMOVE = "remove"
    STAND_ALL = "stand_all"
    SEND = "send"
    JOURNEYS = "journeys"
    WAIT = "wait"
    CODE = "code"
    LANGUAGE = "language"
    DELETE = "delete"
    HELP = "help"
    WRITE = "write"
    RENEW = "renew"
    END = "end"


@dataclass(frozen=True, slots=True)
class Command:
    """A command, with the number that stood behind it."""

    name: Name
    number: int | None = None


BEHIND_THE_CODE = frozenset({Name.WRITE, Name.RENEW, Name.END})
"""Commands that mean something only to whoever came back with a code; in the talk their words are answers."""

_IN_THE_TALK = frozenset(Name) - BEHIND_THE_CODE
_NUMBERED = frozenset({Name.EDIT, Name.ADD, Name.STAND, Name.BLUR, Name.REMOVE})


def alternatives(words: Words, lang: str, name: Name) -> tuple[str, ...]:
    """What may be typed for a command, the shown one first."""
    return tuple(each.strip() for each in words.text(f"terminal.command.{name}", lang).split("|"))


def read_command(
    line: str, *, words: Words, lang: str, names: Collection[Name] = _IN_THE_TALK
) -> Command | None:
    """The command among `names` that the whole line is, or None."""
    typed = " ".join(line.split()).casefold()
    for name in names:
        for each in alternatives(words, lang, name):
            wanted = each.casefold()
            if typed == wanted:
                return Command(name)
            if name in _NUMBERED:
                numbered = re.fullmatch(rf"{re.escape(wanted)} ?(\d{{1,3}})", typed, re.ASCII)
                if numbered:
                    return Command(name, int(numbered[1]))
    return None
