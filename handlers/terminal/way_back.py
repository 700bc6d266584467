"""Coming back with a receipt code: where it stands, what was written both ways, writing more, and ending contact."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, TypeVar

from handlers.dialog.clean import clean_text, display_safe
from handlers.dialog.ports import IntakeTransaction
from handlers.dialog.words import where_it_stands
from handlers.terminal.commands import Name, alternatives, read_command
from handlers.terminal.parts import CHANNEL, TerminalParts
from triage.cases.dialogue import ReporterView, read_as_reporter, write_from_reporter
from triage.cases.receipts import Opened, ReceiptCode, make_receipt, open_with_code, replace_receipt
from triage.cases.records import Direction
from triage.ids import CaseId
from triage.refusals import Reason, Refused

_T = TypeVar("_T")

_ACTS = frozenset({Name.WRITE, Name.RENEW, Name.END, Name.BACK})
_LABELS = {
    Name.WRITE: "chat.button.write_more",
    Name.RENEW: "receipt.replace.button",
    Name.END: "dialogue.end.button",
    Name.BACK: "chat.button.back",
}


class Screen(Protocol):
    """The terminal as the talk uses it."""

    async def read(self) -> str | None:
        """The next line, or None when the person leaves."""

    async def read_long(self) -> str | None:
        """The next text with all its lines."""

    def print(self, paragraphs: list[str], /) -> None:
        """Print paragraphs."""

    async def kept(self, write: Callable[[], Awaitable[_T]], /) -> _T | None:
        """What a use case returned once it is stored; None when the person would rather do something else."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Back:
    """What the reporter sees of their case."""

    now: datetime
    view: ReporterView = field(repr=False)
    can_replace: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One coming back: the case, and by what its inputs are known, so that a repeat changes nothing."""

    case_id: CaseId
    id: str


@dataclass(frozen=True, slots=True)
class Stored:
    """It is done and stored: this time, or the time before whose answer got lost."""


def open_code(tx: IntakeTransaction, parts: TerminalParts, typed: str) -> Visit | Refused:
    """The case that a code leads to. Tries are counted for all terminals of the house together."""
    source = tx.digest("address", CHANNEL.encode()).hex()
    opened = open_with_code(tx, typed=typed, source=source, limit=parts.codes)
    return Visit(case_id=opened.case_id, id=tx.new_id().hex) if isinstance(opened, Opened) else opened


def look(tx: IntakeTransaction, case_id: CaseId) -> Back:
    """Where it stands; what staff wrote counts as read."""
    view = read_as_reporter(tx, case_id=case_id)
    return Back(now=tx.now, view=view, can_replace=tx.cases.get(case_id).first_reply_at is None)


def write_more(
    tx: IntakeTransaction, parts: TerminalParts, case_id: CaseId, words: str, *, input_id: str
) -> Stored | Refused:
    """Send a message to staff, once."""
    if not tx.remember(CHANNEL, f"back|{input_id}"):
        return Stored()
    done = write_from_reporter(tx, parts.intake.rules, case_id=case_id, words=words)
    return done if isinstance(done, Refused) else Stored()


def end_contact(
    tx: IntakeTransaction, end: Callable[[IntakeTransaction, CaseId], None], case_id: CaseId
) -> Stored:
    """End contact for good; once it has ended, ending it changes nothing."""
    end(tx, case_id)
    return Stored()


def renew(tx: IntakeTransaction, case_id: CaseId, *, input_id: str) -> ReceiptCode | Refused:
    """A new code in the old one's place, once; a repeat, whose answer got lost, gives the same new code."""
    if not tx.remember(CHANNEL, f"back|{input_id}"):
        return make_receipt(tx, case_id=case_id)
    code = replace_receipt(tx, case_id=case_id)
    if not isinstance(code, Refused):
        tx.reporters.shut_pages(case_id)
    return code


class WayBack:
    """One visit with a code, until the person goes back or contact has ended."""

    def __init__(self, parts: TerminalParts, screen: Screen, language: str) -> None:
        self._parts = parts
        self._screen = screen
        self._language = language
        self._visit = ""
        self._inputs = 0

    async def run(self) -> None:
        """Ask for the code, and show what it opens."""
        self._say("receipt.enter.title", "receipt.enter.hint")
        typed = await self._screen.read()
        if typed is None or not typed.strip():
            return
        store = self._parts.store
        visit = await self._screen.kept(lambda: store.write_repeatable(open_code, self._parts, typed))
        if isinstance(visit, Refused):
            many = visit.reason is Reason.TOO_MANY_TRIES
            self._say("receipt.too_many_tries" if many else "receipt.wrong_code")
        elif visit is not None:
            self._visit = visit.id
            await self._stay(visit.case_id)

    async def _stay(self, case_id: CaseId) -> None:
        while True:
            seen = await self._screen.kept(lambda: self._parts.store.write_repeatable(look, case_id))
            if seen is None:
                return
            self._show(seen)
            line = await self._screen.read()
            command = None if line is None else self._command(line)
            match command:
                case Name.WRITE if seen.view.can_write:
                    await self._write(case_id)
                case Name.RENEW if seen.can_replace:
                    await self._renew(case_id)
                case Name.END if self._parts.end_dialogue is not None:
                    if await self._end(case_id):
                        return
                case Name.BACK:
                    return
                case _ if line is None:
                    return
                case _:
                    continue

    def _show(self, seen: Back) -> None:
        words, lang = self._parts.words, self._language
        said = [where_it_stands(seen.view.standing, words, lang, now=seen.now)]
        for message in seen.view.messages:
            whose = "staff" if message.direction is Direction.TO_REPORTER else "you"
            at = words.day_time(message.at, lang, near=seen.now)
            said += [words.text(f"dialogue.from_{whose}", lang, at=at), display_safe(message.words)]
        if seen.view.ended:
            said.append(words.text("dialogue.parted_here", lang))
        if not seen.view.can_write:
            said.append(words.text("dialogue.closed", lang))
        ways = [
            *([Name.WRITE] if seen.view.can_write else []),
            *([Name.RENEW] if seen.can_replace else []),
            *([Name.END] if self._parts.end_dialogue is not None else []),
            Name.BACK,
        ]
        said.append("   ".join(self._way(name) for name in ways))
        self._screen.print(said)

    async def _write(self, case_id: CaseId) -> None:
        self._say("dialogue.write.label", "dialogue.write.hint", "terminal.hint.text")
        typed = await self._screen.read_long()
        if typed is None or not typed.strip():
            return
        given = self._next_input()
        done = await self._screen.kept(
            lambda: self._parts.store.write_repeatable(
                write_more, self._parts, case_id, typed, input_id=given
            )
        )
        if not isinstance(done, Stored):
            # Given up while the store was away, or refused: nothing of it may be called sent.
            why = [f"refused.{done.reason}"] if isinstance(done, Refused) else []
            self._say("dialogue.not_sent", *why)
            return
        removed = clean_text(typed, self._parts.intake.patterns[self._language]).removed
        self._say(*(f"identity.{pattern}.removed" for pattern in removed), "dialogue.write.done")

    async def _renew(self, case_id: CaseId) -> None:
        if not await self._is_sure(Name.RENEW, "receipt.replace.ask"):
            return
        given = self._next_input()
        code = await self._screen.kept(
            lambda: self._parts.store.write_repeatable(renew, case_id, input_id=given)
        )
        if isinstance(code, ReceiptCode):
            self._screen.print(
                [self._text("receipt.replace.done"), f"    {code.written}", self._text("receipt.how")]
            )
        elif isinstance(code, Refused):
            self._say("receipt.replace.too_late")

    async def _end(self, case_id: CaseId) -> bool:
        end = self._parts.end_dialogue
        if end is None or not await self._is_sure(Name.END, "dialogue.end.ask", "dialogue.end.stays"):
            return False
        ended = await self._screen.kept(lambda: self._parts.store.write_repeatable(end_contact, end, case_id))
        if ended is not None:
            self._say("dialogue.end.done")
        return ended is not None

    def _next_input(self) -> str:
        self._inputs += 1
        return f"{self._visit}|{self._inputs}"

    async def _is_sure(self, name: Name, *keys: str) -> bool:
        typed = alternatives(self._parts.words, self._language, name)[0]
        how = self._parts.words.text("terminal.again_how", self._language, typed=typed)
        self._screen.print([*(self._text(key) for key in keys), how])
        line = await self._screen.read()
        return line is not None and self._command(line) is name

    def _command(self, line: str) -> Name | None:
        found = read_command(line, words=self._parts.words, lang=self._language, names=_ACTS)
        return None if found is None else found.name

    def _way(self, name: Name) -> str:
        typed = alternatives(self._parts.words, self._language, name)[0]
        label = self._text(_LABELS[name])
        return self._parts.words.text("terminal.way", self._language, typed=typed, label=label)

    def _text(self, key: str) -> str:
        return self._parts.words.text(key, self._language)

    def _say(self, *keys: str) -> None:
        self._screen.print([self._text(key) for key in keys])
