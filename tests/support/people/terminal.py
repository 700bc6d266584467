"""A person at a terminal: types lines, reads what is printed."""

from __future__ import annotations

import asyncio
import re

from handlers.dialog.flow import Contact
from handlers.dialog.words import first_sentence
from handlers.terminal.chat import run_chat
from handlers.terminal.parts import TerminalParts
from tests.support.patience import PATIENCE
from tests.support.transcripts import (
    BACK,
    GO_ON,
    KEEP,
    OLD_BUTTON,
    RESTART,
    SKIP,
    SUBMIT,
    UNKNOWN,
    VOICE,
    Act,
    Choose,
    Decide,
    EditQuestion,
    GivePart,
    Leave,
    Offer,
    Plain,
    Press,
    Say,
    Tap,
    Tick,
)

_COMMANDS = {BACK.name: "back", KEEP.name: "keep", UNKNOWN.name: "dont_know", SUBMIT.name: "send"}


class TerminalPerson:
    """Plays a transcript in the terminal, by the numbers that are printed where there are some."""

    def __init__(self, parts: TerminalParts, *, width: int = 80) -> None:
        self.lacking = False
        self._parts = parts
        self._typed: asyncio.Queue[str | None] = asyncio.Queue()
        self._asked = asyncio.Event()
        self._printed: list[str] = []
        self._width = width
        self._language = parts.intake.languages[0]
        self._talk: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Start the program."""
        self._talk = asyncio.create_task(
            run_chat(self._parts, read_line=self._read, write=self._printed.append, width=lambda: self._width)
        )
        await self._settled()

    async def close(self) -> None:
        """End the program by Ctrl-D."""
        if self._talk is not None:
            self._typed.put_nowait(None)
            await self._talk

    def sees(self) -> str:
        """What was printed since the last line was typed."""
        return "".join(self._printed)

    async def type(self, line: str) -> None:
        """Type a line and wait until another one is asked for, or the program ends."""
        self._printed.clear()
        self._asked.clear()
        self._typed.put_nowait(line)
        await self._settled()

    async def do(self, act: Act) -> None:  # noqa: C901 - one case per act, and none may be missing
        """Act as somebody at the keyboard would."""
        self.lacking = False
        match act:
            case Choose(code=code):
                await self._choose(code)
            case Tap(code=code):
                await self.type(self._number_of(code))
            case Tick(codes=codes):
                await self.type(" ".join(self._number_of(code) for code in codes))
            case Press(code=code):
                await self.type(self._number_of(code))
            case Say(text=text):
                await self.type_text(text)
            case GivePart(text=text):
                await (self.type_text(text) if text else self.type("-"))
            case EditQuestion(question=question):
                word = self._command("edit")
                await self.type(f"{word} {self._number_of(question)}")
            case Offer():
                await self.type("+")
            case Leave():
                await self.type(self._command("review"))
            case Decide(finding="all"):
                await self.type(self._command("stand_all"))
            case Decide(how=how, finding=finding):
                await self.type(f"{self._command(how)} {self._number_of_finding(finding)}")
            case Plain():
                await self._plain(act)

    async def type_text(self, text: str) -> None:
        """Type words, several lines of them if they are."""
        *before, last = text.split("\n")
        self._printed.clear()
        self._asked.clear()
        for line in before:
            self._typed.put_nowait(line + "\\")
        self._typed.put_nowait(last)
        await self._settled()

    async def _plain(self, act: Plain) -> None:
        if act in {RESTART, OLD_BUTTON, VOICE}:
            self.lacking = True  # there is no draft to come back to, no old button and no microphone
            return
        if act == GO_ON:
            await self.type("1")
        elif act == SKIP:
            await self._skip()
        elif act == UNKNOWN and (number := self._find("unknown")) is not None:
            await self.type(number)
        else:
            await self.type(self._command(_COMMANDS[act.name]))

    async def _skip(self) -> None:
        # A contact question is passed by part after part, or whole where its first part is needed.
        for _ in range(self._parts_asked()):
            await self.type("-")

    def _parts_asked(self) -> int:
        printed = " ".join(self.sees().split())
        for flow in self._parts.intake.flows.all():
            for section, question in flow.questions():
                if not isinstance(question, Contact):
                    continue
                ask = self._parts.words.text(f"flow.{section.owner}.{question.id}.ask", self._language)
                if f"{ask} " in printed:
                    return 1 if question.parts[0].required else len(question.parts)
        return 1

    async def _choose(self, code: str) -> None:
        if self._parts.words.text("chat.language.ask", code) not in self.sees():
            await self.type(self._command("language"))
        name = self._parts.words.name_of(code)
        await self.type(_number_before(self.sees(), f"{name[:1].upper()}{name[1:]}"))
        self._language = code

    def _command(self, name: str) -> str:
        return self._parts.words.text(f"terminal.command.{name}", self._language).split("|")[0].strip()

    def _number_of(self, code: str) -> str:
        found = self._find(code)
        assert found is not None, f"no option {code} is printed:\n{self.sees()}"
        return found

    def _number_of_finding(self, finding: str) -> str:
        """The number in front of the place: the so-manyth that names the question."""
        question, _, ordinal = finding.partition(".")
        asks = [first_sentence(label).removesuffix(".") for label in self._labels(question)]
        flat = " ".join(self.sees().split())
        places = re.findall(r"\[(\d)\] (.*?)(?=\[\d\]|$)", flat)
        numbers = [str(number) for number, place in places if any(ask in place for ask in asks)]
        return numbers[int(ordinal)]

    def _find(self, code: str) -> str | None:
        for label in self._labels(code):
            try:
                return _number_before(self.sees(), label)
            except LookupError:
                continue
        return None

    def _labels(self, code: str) -> list[str]:
        """Every text that may stand for this code on a numbered line."""
        flows = self._parts.intake.flows.all()
        keys = [f"dialog.{'dont_know' if code == 'unknown' else code}"]
        for flow in flows:
            for section, question in flow.questions():
                keys += [f"flow.{section.owner}.{question.id}.option.{code}"]
                if question.id == code and not question.values:
                    keys.append(f"flow.{section.owner}.{question.id}.ask")
            keys += [f"card.{card.owner}.{card.id}.button.{code}" for card in flow.cards]
        words = self._parts.words
        found = [words.text(key, self._language) for key in keys if words.has(key, self._language)]
        place = self._parts.intake.places.find(code)
        return [*dict.fromkeys(found), *([place.name] if place else [])]

    async def _read(self, prompt: str) -> str | None:
        del prompt
        self._asked.set()
        line = await self._typed.get()
        self._asked.clear()
        return line

    async def _settled(self) -> None:
        """Wait until the program asks for a line that nobody has typed yet, or has ended."""
        assert self._talk is not None
        while not (self._talk.done() or (self._asked.is_set() and self._typed.empty())):
            asked = asyncio.create_task(self._asked.wait())
            done, _ = await asyncio.wait(
                {asked, self._talk}, return_when=asyncio.FIRST_COMPLETED, timeout=PATIENCE
            )
            asked.cancel()
            assert done, "the terminal says nothing"
            await asyncio.sleep(0)
        if self._talk.done():
            await self._talk


def _number_before(printed: str, label: str) -> str:
    """The number in front of these words, however the lines were wrapped."""
    flat = " ".join(printed.split())
    wanted = re.escape(" ".join(label.split()))
    found = re.findall(rf"(?<!\S)(\d{{1,2}}) (?:✓ )?{wanted}(?=$|:| \d{{1,2}} | \[)", flat)
    if not found:
        raise LookupError(label)
    return str(found[-1])
