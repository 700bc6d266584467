"""What stands in a button: which talk it was drawn in, which revision, and what it asks for.

`1<nonce>.<revision>.<verb><argument>`, at most 64 bytes. The nonce is drawn per round and kept with the
conversation, so that a button of an earlier talk, or a forged one, is recognised. It carries no right: whoever
presses is found by who they are on Telegram.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from triage.ids import ClockId

LONGEST = 64
"""Bytes that Telegram lets a button carry."""

_FORMAT = "1"
_SIGNS = "0123456789abcdefghijklmnopqrstuvwxyz"


class Verb(StrEnum):
    """What a button asks for; the argument is a code, a question, a section or a finding."""

    ANSWER = "a"
    BACK = "b"
    DELETE = "x"
    DONE = "d"
    DONT_KNOW = "k"
    EDIT = "e"
    ACKNOWLEDGE = "g"
    BLUR = "u"
    HELP = "h"
    JOURNEYS = "j"
    KEEP = "i"
    LANGUAGE = "l"
    LEAVE_OFFER = "v"
    MENU = "m"
    PICK = "q"
    RESUME = "r"
    REMOVE = "z"
    SKIP = "s"
    SKIP_PART = "p"
    STAND = "f"
    STAND_ALL = "n"
    SUBMIT = "y"
    TAKE_OFFER = "o"
    TOGGLE = "t"
    WRITING = "w"


_VERBS = frozenset(verb.value for verb in Verb)

OPEN_MENU = f"{_FORMAT}.0.{Verb.MENU}"
"""Opens the menu in whatever round: it stands under notices, which are written without looking at the talk."""
OPEN_HELP = f"{_FORMAT}.0.{Verb.HELP}"
"""The way to the emergency numbers, beside it."""
ACKNOWLEDGE = "ack:"
"""How the button under a notice to staff begins; the clock's id follows. It belongs to no talk."""
_LONGEST_REVISION = 8
_CLOCK = re.compile(r"[0-9a-f]{32}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Press:
    """A button that was pressed."""

    nonce: str
    revision: int
    verb: Verb
    argument: str = ""


def pack(press: Press) -> str:
    """The button's data; a `ValueError` if it would not fit."""
    data = f"{_FORMAT}{press.nonce}.{_digits(press.revision)}.{press.verb}{press.argument}"
    if len(data.encode()) > LONGEST:
        msg = f"button data longer than {LONGEST} bytes: {press.verb.name} {press.argument}"
        raise ValueError(msg)
    return data


def unpack(data: str) -> Press | None:
    """What a button carried, or None for anything that this house did not write."""
    head, _, rest = data.partition(".")
    revision, dot, asked = rest.partition(".")
    if not head.startswith(_FORMAT) or not dot or not asked:
        return None
    number = _number(revision)
    if number is None or asked[0] not in _VERBS:
        return None
    return Press(nonce=head[1:], revision=number, verb=Verb(asked[0]), argument=asked[1:])


def _digits(number: int) -> str:
    written = ""
    while True:
        number, index = divmod(number, 36)
        written = _SIGNS[index] + written
        if not number:
            return written


def _number(written: str) -> int | None:
    if not written or len(written) > _LONGEST_REVISION or any(sign not in _SIGNS for sign in written):
        return None
    return int(written, 36)


def pack_acknowledge(clock_id: ClockId) -> str:
    """The data of the button by which a member of staff says that they have it."""
    return f"{ACKNOWLEDGE}{clock_id.hex}"


def unpack_acknowledge(data: str) -> ClockId | None:
    """The clock of such a button; None for every other."""
    begin, _, written = data.partition(":")
    if f"{begin}:" != ACKNOWLEDGE or _CLOCK.fullmatch(written) is None:
        return None
    return ClockId(UUID(hex=written))
