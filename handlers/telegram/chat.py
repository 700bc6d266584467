"""What stands in the chat just now: a channel's own small notes, kept with the conversation in clear.

They hold ids of messages, rows and cases, and a keyed hash: never what was answered.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
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
    deleted from the chat once the answer is stored. `live` is the message whose ticks are changed in place, `last`
    the keyed hash of the press that was taken last, `earlier` the cases of reports before the latest, `about` the case
    that words typed in `Mode.ADDING` are meant for.
    """

    mode: Mode = Mode.REPORT
    shown: tuple[str, ...] = ()
    typed: tuple[int, ...] = ()
    live: int | None = None
    last: str = ""
    earlier: tuple[str, ...] = ()
    about: str = ""

    def emptied(self) -> Chat:
        """The notes of a chat in which no question stands; earlier cases stay within reach."""
        return replace(EMPTY, earlier=self.earlier)


EMPTY = Chat()


def dumps(chat: Chat) -> str | None:
    """The notes as they are kept; None for none."""
    if chat == EMPTY:
        return None
    notes = [chat.mode, chat.shown, chat.typed, chat.live, chat.last, chat.earlier, chat.about]
    return json.dumps(notes, separators=(",", ":"))


def loads(kept: str | None) -> Chat:
    """The notes that `dumps` wrote."""
    if kept is None:
        return EMPTY
    mode, shown, typed, live, last, earlier, *more = json.loads(kept)
    return Chat(
        mode=Mode(mode),
        shown=tuple(shown),
        typed=tuple(typed),
        live=live,
        last=last,
        earlier=tuple(earlier),
        about=more[0] if more else "",
    )
