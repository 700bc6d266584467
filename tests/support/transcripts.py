r"""Transcripts: one text file that every channel plays, line by line, to the same report.

A line is an act or an expectation; `#` begins a comment, an indented line goes on with the words of the line before::

    shows  what the transcript is for             (once, at the top)
    only the step      is played by the pure step alone: what it shows is none of the channels' business
    language en        chooses the language; in the middle of the talk it changes it
    tap no             presses an option, a place that was found, or "abroad"
    tick prison gang   chooses several options and is done
    say TEXT           types; \n \0 \uXXXX and \x3001 (so many letters) stand for themselves
    go on              acknowledges a notice
    card called        presses a button of a card
    part name TEXT     types one part of a contact question; without TEXT it is passed by
    stand FINDING · blur FINDING · remove FINDING · stand all      decides about telling words at the review (story.0)
    skip · unknown · back · keep · edit QUESTION · offer SECTION · leave SECTION · submit
    restart            the process is gone and comes back
    old button         presses something drawn for an earlier question, where the channel has such a thing
    voice              sends a voice message, where the channel has such a thing

    expect question X · expect card X · expect review · expect error REASON · expect removed N · expect language X
    expect alarm TRIGGER · no alarm · expect finding FINDING KIND · no finding
    answer QUESTION = VALUE      stands in the report (codes with spaces between; QUESTION.part of a contact)
    no answer QUESTION           was hidden or passed by
    sealed QUESTION              is kept with who somebody is, under a key of its own
    case acute=yes place=0101 clock=triage48 due=+48h
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeAlias


class TranscriptError(Exception):
    """A transcript cannot be read: in which line, and why."""

    def __init__(self, name: str, number: int, what: str) -> None:
        super().__init__(f"{name}:{number}: {what}")


@dataclass(frozen=True, slots=True)
class Choose:
    """Chooses or changes the language."""

    code: str


@dataclass(frozen=True, slots=True)
class Tap:
    """Presses one option."""

    code: str


@dataclass(frozen=True, slots=True)
class Tick:
    """Chooses several options and is done."""

    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Say:
    """Types words."""

    text: str


@dataclass(frozen=True, slots=True)
class Press:
    """A button of a card."""

    code: str


@dataclass(frozen=True, slots=True)
class GivePart:
    """One part of a contact question."""

    part: str
    text: str


@dataclass(frozen=True, slots=True)
class EditQuestion:
    """Opens an answer again at the review."""

    question: str


@dataclass(frozen=True, slots=True)
class Offer:
    """Takes an offered section."""

    section: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Leaves a section that was taken."""

    section: str


@dataclass(frozen=True, slots=True)
class Decide:
    """Decides about telling words at the review: stand, blur, remove, or all of them."""

    how: str
    finding: str


@dataclass(frozen=True, slots=True)
class Plain:
    """An act without anything to say about it."""

    name: str


GO_ON, SKIP, UNKNOWN, BACK, KEEP = (
    Plain("go on"),
    Plain("skip"),
    Plain("unknown"),
    Plain("back"),
    Plain("keep"),
)
SUBMIT, RESTART, OLD_BUTTON, VOICE = Plain("submit"), Plain("restart"), Plain("old button"), Plain("voice")
PLAIN = {each.name: each for each in (GO_ON, SKIP, UNKNOWN, BACK, KEEP, SUBMIT, RESTART, OLD_BUTTON, VOICE)}

Act: TypeAlias = Choose | Tap | Tick | Say | Press | GivePart | EditQuestion | Offer | Leave | Decide | Plain


@dataclass(frozen=True, slots=True)
class Expect:
    """What must be seen just then: a kind of thing and which one."""

    what: str
    which: str = ""


@dataclass(frozen=True, slots=True)
class Holds:
    """What must be true of the report in the end."""

    what: str
    name: str = ""
    value: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """A line and what it says."""

    number: int
    says: Act | Expect | Holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Transcript:
    """A whole file."""

    name: str
    shows: str
    lines: tuple[Line, ...]
    only_step: bool = False


class Person(Protocol):
    """Someone who plays a transcript on one channel."""

    lacking: bool
    """Whether the channel has nothing for the latest act: nowhere to type, no microphone."""

    async def open(self) -> None:
        """Come to the first thing that is shown."""

    async def do(self, act: Act) -> None:
        """Act as a person of this channel would, and wait for what comes of it."""

    def sees(self) -> str:
        """Everything that the latest answer of the channel shows."""


_EXPECTED = {"question", "card", "review", "error", "removed", "alarm", "language", "finding"}
_ONE_WORD: dict[str, Callable[[str], Act]] = {
    "language": Choose,
    "tap": Tap,
    "card": Press,
    "edit": EditQuestion,
    "offer": Offer,
    "leave": Leave,
}


def load(folder: Path) -> list[Transcript]:
    """Every transcript of a folder, by name."""
    return [parse(path.read_text("utf-8"), name=path.stem) for path in sorted(folder.glob("*.txt"))]


def parse(text: str, *, name: str) -> Transcript:
    """The transcript that this text is; raises TranscriptError."""
    shows, only_step = "", False
    lines: list[Line] = []
    for number, written in _lines(text):
        if written.startswith("shows "):
            shows = written.removeprefix("shows ").strip()
            continue
        if written == "only the step":
            only_step = True
            continue
        said = _read(written)
        if isinstance(said, str):
            raise TranscriptError(name, number, said)
        lines.append(Line(number, said))
    if not shows:
        raise TranscriptError(name, 1, "says nowhere what it shows")
    return Transcript(name=name, shows=shows, lines=tuple(lines), only_step=only_step)


def _lines(text: str) -> Iterator[tuple[int, str]]:
    held: tuple[int, str] | None = None
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("    ") and held is not None:
            held = (held[0], f"{held[1]} {line.strip()}")
            continue
        if held is not None:
            yield held
        held = (number, line.rstrip())
    if held is not None:
        yield held


def _read(line: str) -> Act | Expect | Holds | str:
    if line in PLAIN:
        return PLAIN[line]
    word, _, rest = line.partition(" ")
    rest = rest.strip()
    if word == "say":
        return Say(unescape(rest))
    if word in _ONE_WORD:
        return (
            _ONE_WORD[word](rest)
            if re.fullmatch(r"[a-z0-9_]+", rest)
            else f"{word} takes one code, not {rest!r}"
        )
    if word in {"stand", "blur", "remove"}:
        found = re.fullmatch(r"[a-z0-9_]+\.\d+|all", rest)
        return Decide(word, rest) if found else f"{word} takes a finding, not {rest!r}"
    if word == "tick":
        return Tick(tuple(rest.split())) if rest else "tick takes codes"
    if word == "part":
        part, _, words = rest.partition(" ")
        return GivePart(part, unescape(words.strip())) if part else "part takes a part's name"
    if word == "expect":
        what, _, which = rest.partition(" ")
        return Expect(what, which.strip()) if what in _EXPECTED else f"nothing is known to expect as {what!r}"
    if word in {"answer", "sealed", "no", "case"}:
        return _holds(word, rest)
    return f"{word!r} is no act and no expectation"


def _holds(word: str, rest: str) -> Holds | Expect | str:
    if word == "answer":
        name, equals, value = rest.partition("=")
        return (
            Holds("answer", name.strip(), unescape(value.strip()))
            if equals
            else "answer takes QUESTION = VALUE"
        )
    if word == "no":
        if rest in {"alarm", "finding"}:
            return Expect(f"no {rest}")
        kind, _, name = rest.partition(" ")
        return (
            Holds("no answer", name)
            if kind == "answer" and name
            else "no takes: answer QUESTION, alarm or finding"
        )
    return Holds(word, rest) if rest else f"{word} takes something"


def unescape(text: str) -> str:
    """The words that a transcript writes with escapes."""

    def one(match: re.Match[str]) -> str:
        sign = match[1]
        if sign == "n":
            return "\n"
        if sign == "0":
            return "\0"
        if sign.startswith("u"):
            return chr(int(sign[1:], 16))
        return ("han er vred " * (int(sign[1:]) // 12 + 1))[: int(sign[1:]) - 1] + "a"

    return re.sub(r"\\(n|0|u[0-9a-f]{4}|x\d+)", one, text)
