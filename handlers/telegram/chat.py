"""What stands in the chat just now: a channel's own small notes, kept with the conversation."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum


class Mode(StrEnum):
    """What typed words mean."""

    REPORT = "report"
    """An answer, or after sending nothing in particular."""

    ADDING = "adding"
    """A message to staff, after the report was sent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chat:
    """The messages of the question now asked, if it is sensitive, and what typed words mean.

    `shown` are the outbox rows that carried our messages, `typed` the ids of the person's own: all of them are
    deleted from the chat once the answer is stored.
    """

    mode: Mode = Mode.REPORT
    shown: tuple[str, ...] = ()
    typed: tuple[int, ...] = ()


EMPTY = Chat()


def dumps(chat: Chat) -> str | None:
    """The notes as they are kept; None for none."""
    if chat == EMPTY:
        return None
    return json.dumps([chat.mode, chat.shown, chat.typed], separators=(",", ":"))


def loads(kept: str | None) -> Chat:
    """The notes that `dumps` wrote."""
    if kept is None:
        return EMPTY
    mode, shown, typed = json.loads(kept)
    return Chat(mode=Mode(mode), shown=tuple(shown), typed=tuple(typed))
