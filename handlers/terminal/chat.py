"""The talk in a terminal: print where it stands, read a line, keep it, print what it led to."""

from __future__ import annotations

import textwrap
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import TypeVar

from handlers.dialog.answers import Invalid
from handlers.dialog.guides import JOURNEYS, JOURNEYS_TITLE, WAIT_TITLE, wait_keys
from handlers.dialog.inputs import Input
from handlers.dialog.replies import ChooseLanguage, Standing
from handlers.terminal.commands import Command, Name, read_command
from handlers.terminal.parts import TerminalParts
from handlers.terminal.reading import LITERAL, read_answer, read_move, takes_long_text
from handlers.terminal.sheet import Pen, Sheet
from handlers.terminal.take import Left, Over, Turn, leave, open_chat, take_input
from handlers.terminal.way_back import WayBack
from triage.cases.receipts import ReceiptCode
from triage.faults import StoreUnavailableError
from triage.ids import ConversationId

_T = TypeVar("_T")

ReadLine = Callable[[str], Awaitable[str | None]]
"""Shows the prompt and gives the next line without its end, or None when the person leaves (Ctrl-D, Ctrl-C)."""

PROMPT = "> "
_WIDEST, _NARROWEST = 76, 24


def usual_width() -> int:
    """The width of a terminal that nobody asked."""
    return 80


async def run_chat(
    parts: TerminalParts,
    *,
    read_line: ReadLine,
    write: Callable[[str], None],
    width: Callable[[], int] = usual_width,
) -> None:
    """One talk, from the first question until it is sent, deleted or left.

    Whoever leaves before sending leaves nothing behind: the draft is destroyed, and that is said. While the store
    cannot keep an input, the person is told so, and the same input is tried again on Enter.
    """
    await _Chat(parts, read_line, write, width).run()


class _Chat:
    """The talk's own little state: what is shown just now."""

    def __init__(
        self,
        parts: TerminalParts,
        read_line: ReadLine,
        write: Callable[[str], None],
        width: Callable[[], int],
    ) -> None:
        self._parts = parts
        self._read_line = read_line
        self._write = write
        self._width = width
        self._language = parts.intake.languages[0]
        self._inputs = 0
        self._next: str | None = None
        self._left = False

    async def run(self) -> None:
        self.print([self._say("terminal.welcome")])
        if self._parts.trial:
            self.print([self._say("trial.banner")])
        opened = await self.kept(lambda: self._parts.store.write_repeatable(open_chat, self._parts))
        while opened is None and not self._left:
            self._next = None
            opened = await self.kept(lambda: self._parts.store.write_repeatable(open_chat, self._parts))
        if opened is None:
            return
        over = await self._talk(opened)
        if over is not None:
            await self._close(over)

    async def _talk(self, turn: Turn) -> Over | None:
        """Go on until the report is sent; None when there is nothing more to say."""
        now: Standing = turn.standing
        said: list[str] = list(turn.said)
        while True:
            self._language = turn.language
            pen = self._pen()
            sheet = pen.draw(now)
            self._show(sheet, before=said)
            said = []
            line = await self._line(now)
            if line is None:
                await self._leave(turn.conversation_id)
                return None
            command = None if line.startswith(LITERAL) else self._command(line)
            if command is not None and command.name in _ASIDES:
                now = _without_error(now)
                if command.name is Name.DELETE and await self._confirm_delete():
                    await self._leave(turn.conversation_id)
                    return None
                if command.name is Name.CODE:
                    await WayBack(self._parts, self, self._language).run()
                now, said = self._aside(turn, now, command)
                continue
            given = (
                read_move(turn.standing, command)
                if command is not None
                else read_answer(now, sheet.options, line.removeprefix(LITERAL))
            )
            if given is None or isinstance(given, Invalid):
                said = [pen.wrong(given)] if given is not None else []
                now = turn.standing
                continue
            outcome = await self._give(turn.conversation_id, given)
            if isinstance(outcome, Over):
                return outcome
            if outcome is not None:
                turn, said = outcome, list(outcome.said)
                now = turn.standing

    async def _give(self, conversation_id: ConversationId, given: Input) -> Turn | Over | None:
        self._inputs += 1
        input_id = str(self._inputs)
        return await self.kept(
            lambda: self._parts.store.write_repeatable(
                take_input, self._parts, conversation_id, given, input_id=input_id
            )
        )

    async def kept(self, write: Callable[[], Awaitable[_T]]) -> _T | None:
        """What the use case returned once it is stored; None when the person would rather do something else."""
        while True:
            try:
                return await write()
            except StoreUnavailableError:
                self.print([self._say("terminal.not_saved"), self._say("acute.help.text")])
            line = await self.read()
            if line is None:
                return None
            if line.strip():
                self._next = line
                return None

    def _aside(self, turn: Turn, now: Standing, command: Command) -> tuple[Standing, list[str]]:
        """What is shown after a command that is no input to the flow."""
        pen = self._pen()
        match command.name:
            case Name.LANGUAGE:
                languages = self._parts.intake.languages
                return ChooseLanguage(languages=languages, revision=turn.standing.revision), []
            case Name.HELP:
                keys = ("acute.help.title", "acute.help.text", "terminal.help")
                return now, [pen.say(key) for key in keys]
            case Name.JOURNEYS:
                return now, [pen.say(key) for key in (JOURNEYS_TITLE, *JOURNEYS)]
            case Name.WAIT:
                found = wait_keys(self._parts.intake.flows, self._parts.words, self._language)
                whose = [(pen.say(key),) if key and len(found) > 1 else () for key, _ in found]
                told = [(*each, pen.say(key)) for each, (_, key) in zip(whose, found, strict=True)]
                return now, [pen.say(WAIT_TITLE), *(said for each in told for said in each)]
            case _:
                return now, []

    async def _confirm_delete(self) -> bool:
        said = [self._say("chat.draft.delete_ask"), self._say("terminal.delete_how")]
        self.print(said)
        line = await self.read()
        return line is None or self._command(line) == Command(Name.DELETE)

    async def _leave(self, conversation_id: ConversationId) -> None:
        try:
            left = await self._parts.store.write_repeatable(leave, conversation_id)
        except StoreUnavailableError:
            self.print([self._say("terminal.left_not_deleted"), self._say("terminal.window")])
            return
        self.print(self._farewell(left))

    def _farewell(self, left: Left) -> list[str]:
        alarm = ["chat.draft.alarm_stays"] if left.alarm_stands else []
        return [self._say(key) for key in ("terminal.left", *alarm, "terminal.window")]

    async def _close(self, over: Over) -> None:
        """Show the receipt, let the code be tried out if the person likes, and say what happens."""
        self._language = over.language
        self.print(over.before_code)
        if over.code is not None:
            self.print([self._say("receipt.here_is"), f"    {over.code.written}", self._say("receipt.how")])
            if self._parts.code_address is not None:
                self.print([self._say("receipt.where", address=self._parts.code_address)])
        self.print(over.after_code)
        if over.code is not None:
            await self._try_code(over.code)
        self.print([self._say("terminal.window")])

    async def _try_code(self, code: ReceiptCode) -> None:
        self.print([self._say("receipt.confirm.ask"), self._say("terminal.confirm_how")])
        while line := await self.read():
            if not line.strip():
                return
            if code.is_meant_by(line):
                self.print([self._say("receipt.confirm.right")])
                return
            self.print([self._say("receipt.confirm.wrong")])

    # Reading

    async def read(self) -> str | None:
        """The next line, or None when the person leaves."""
        if self._next is not None:
            waiting, self._next = self._next, None
            return waiting
        line = None if self._left else await self._read_line(PROMPT)
        self._left = line is None
        return line

    async def _line(self, now: Standing) -> str | None:
        """The next line; where a longer text is asked for, with all the lines that belong to it."""
        line = await self.read()
        return line if line is None or not takes_long_text(now) else await self._rest_of(line)

    async def read_long(self) -> str | None:
        """The next text with all the lines that belong to it."""
        line = await self.read()
        return None if line is None else await self._rest_of(line)

    async def _rest_of(self, line: str) -> str | None:
        lines = [line]
        while lines[-1].endswith(LITERAL) and lines[-1] != LITERAL:
            more = await self.read()
            if more is None:
                return None
            lines[-1:] = [lines[-1].removesuffix(LITERAL), more]
        return "\n".join(lines)

    def _command(self, line: str) -> Command | None:
        return read_command(line, words=self._parts.words, lang=self._language)

    # Printing

    def _say(self, key: str, **params: object) -> str:
        return self._parts.words.text(key, self._language, **params)

    def _pen(self) -> Pen:
        return Pen(words=self._parts.words, language=self._language, places=self._parts.intake.places)

    def _show(self, sheet: Sheet, *, before: Iterable[str]) -> None:
        self.print([*before, *sheet.paragraphs])
        for number, option in enumerate(sheet.options, start=1):
            label = self._parts.words.text("chat.selected", self._language, option=option.label)
            self._write(self._wrapped(label if option.chosen else option.label, first=f"{number:3}  "))
        if sheet.ways:
            # A command and what it does stay on one line.
            ways = "   ".join(way.replace(" ", "\u00a0") for way in sheet.ways)
            self._write("\n" + self._wrapped(ways).replace("\u00a0", " ") + "\n")

    def print(self, paragraphs: Iterable[str]) -> None:
        """Print paragraphs within the width of the window."""
        for paragraph in paragraphs:
            lines = [self._wrapped(line) if line.strip() else "" for line in paragraph.split("\n")]
            self._write("\n" + "\n".join(lines) + "\n")

    def _wrapped(self, text: str, *, first: str = "") -> str:
        width = max(_NARROWEST, min(self._width() - 1, _WIDEST))
        rest = " " * len(first)
        indent = text[: len(text) - len(text.lstrip(" "))] if not first else ""
        return textwrap.fill(
            text.strip(" "),
            width,
            initial_indent=first or indent,
            subsequent_indent=rest or indent,
            break_on_hyphens=False,
        ) + ("\n" if first else "")


def _without_error(now: Standing) -> Standing:
    """What an aside is followed by: the question once more, not what was wrong before; places to choose from stay."""
    return now if now.error is None or now.error.candidates else replace(now, error=None)


_ASIDES = frozenset({Name.LANGUAGE, Name.HELP, Name.JOURNEYS, Name.WAIT, Name.CODE, Name.DELETE})
