"""What a person can do in a conversation.

`revision` is that of the draft for which a button or page was drawn: another one makes the input stale and changes
nothing. Typed words in a chat carry none.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from handlers.dialog.answers import Raw


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer to the question that is asked: typed words, a code, codes, or a contact form.

    A page names the `question` that it showed; when another one is asked by now, the input is stale.
    """

    raw: Raw = field(repr=False)
    revision: int | None = None
    question: str | None = None


@dataclass(frozen=True, slots=True)
class Toggle:
    """Ticks or unticks one option of a multi question, without answering it yet."""

    code: str
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """Answers a multi question by what is ticked."""

    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Back:
    """Opens the question before this one; within a contact question the part before."""

    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Skip:
    """Passes by the whole question."""

    revision: int | None = None


@dataclass(frozen=True, slots=True)
class SkipPart:
    """Passes by the part of a contact question that is asked now."""

    revision: int | None = None


@dataclass(frozen=True, slots=True)
class DontKnow:
    """Says that the answer is not known."""

    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """Opens an earlier question again, with its answer."""

    question: str
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Keep:
    """Closes a question that was opened again, its answer as it was."""

    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Acknowledge:
    """Goes on from a notice, or presses a button of a card."""

    code: str = "go_on"
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class TakeOffer:
    """Asks for a section that is only offered."""

    section: str
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class LeaveOffer:
    """Thinks better of a section that was taken; its answers are not sent."""

    section: str
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class KeepFinding:
    """Lets telling words stand. `finding` is the code of one that the review of just this revision showed."""

    finding: str
    revision: int


@dataclass(frozen=True, slots=True)
class BlurFinding:
    """Puts a marker in place of telling words."""

    finding: str
    revision: int


@dataclass(frozen=True, slots=True)
class RemoveFinding:
    """Takes telling words out of an answer."""

    finding: str
    revision: int


@dataclass(frozen=True, slots=True)
class KeepAllFindings:
    """Lets all telling words stand, also those that were not shown yet."""

    revision: int


@dataclass(frozen=True, slots=True)
class Language:
    """Chooses or changes the language."""

    code: str
    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Submit:
    """Sends the report as the review shows it."""

    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Resume:
    """Asks where we are; changes nothing."""

    revision: int | None = None


@dataclass(frozen=True, slots=True)
class Unsupported:
    """Something that is not text: a voice message, a file, a place on the map."""

    kind: str
    revision: int | None = None


Input: TypeAlias = (
    Answer
    | Toggle
    | Done
    | Back
    | Skip
    | SkipPart
    | DontKnow
    | Edit
    | Keep
    | Acknowledge
    | TakeOffer
    | LeaveOffer
    | KeepFinding
    | BlurFinding
    | RemoveFinding
    | KeepAllFindings
    | Language
    | Submit
    | Resume
    | Unsupported
)

Decision: TypeAlias = KeepFinding | BlurFinding | RemoveFinding | KeepAllFindings
"""What a person can do about words that look telling."""
