"""Simulated persons. Each keeps a record of what they answered and what they were told: that is the oracle."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field
from random import Random

from handlers.dialog.flow import Closed, Contact, Multi, Notice, PlaceQuestion, Question
from tests.kill.phone import Reader, Seen, Sight
from tests.kill.pulse import Pulse
from tests.support.botapi.chats import VisibleMessage
from tests.support.botapi.person import Person
from tests.support.botapi.refusals import Json
from tests.support.botapi.server import FakeBotApi

REPEATED_UPDATES = 0.05
REPEATED_PRESSES = 0.05
PATIENCE_SECONDS = 150.0
"""Once nothing has moved for anybody for so long, who still waits is stuck.

A message that met several kills and a fault backs off long.
"""
_LOOKS_AGAIN = 2.0
MARKED = "story"
"""The question that everybody answers in words: those words tell whose report it is."""
TOLD = "relative"
"""What everybody tells of, because that is what asks it."""


@dataclass
class Record:
    """What one person knows: the only source of what should be stored."""

    number: int
    chat_id: int = 0
    answers: dict[str, object] = field(default_factory=dict)
    private: set[int] = field(default_factory=set)
    """The own messages with a private answer."""
    pressed_send: bool = False
    told_received: bool = False
    told_not_stored: int = 0
    steps: int = 0
    slowest: float = 0.0
    why_stuck: str = ""


@dataclass(kw_only=True)
class Habits:
    """How often people and networks repeat themselves, and how often somebody is in danger."""

    repeated_updates: float = REPEATED_UPDATES
    repeated_presses: float = REPEATED_PRESSES
    danger: float = 0.04
    patience: float = PATIENCE_SECONDS


class Reporter:
    """One person who reports a worry. Everything they type carries their own number and the question's name."""

    def __init__(
        self,
        api: FakeBotApi,
        reader: Reader,
        record: Record,
        *,
        random: Random,
        habits: Habits,
        pulse: Pulse,
    ) -> None:
        """A person with a phone."""
        self._pulse = pulse
        self._api = api
        self._reader = reader
        self._record = record
        self._random = random
        self._habits = habits
        self._done: set[tuple[str, ...]] = set()
        self._later: set[asyncio.Task[None]] = set()

    async def report(self) -> Record:
        """Report until the bot says that it is sent, or until nothing comes any more."""
        record = self._record
        person = self._api.person(record.chat_id)
        self._repeat_sometimes((await person.start()).update)
        while not record.told_received:
            asked = time.monotonic()
            found = await self._something_new(person)
            if found is None:
                break
            record.steps += 1
            record.slowest = max(record.slowest, time.monotonic() - asked)
            message, seen = found
            self._done.add(seen.key)
            await self._act(person, message, seen)
        await asyncio.gather(*self._later)
        return record

    async def _something_new(self, person: Person) -> tuple[VisibleMessage, Seen] | None:
        """What there is to answer, or None once the person is stuck."""
        while True:
            try:
                found: tuple[VisibleMessage, Seen] = await person.chat.until(
                    lambda: self._newest(person), seconds=_LOOKS_AGAIN, what="something new"
                )
            except AssertionError as error:
                if self._pulse.quiet >= self._habits.patience:
                    self._record.why_stuck = str(error)
                    return None
            else:
                return found

    def _newest(self, person: Person) -> tuple[VisibleMessage, Seen] | None:
        for message in reversed(person.chat.history.values()):
            if not message.from_bot or message.deleted:
                continue
            seen = self._reader.read(message)
            if seen.sight is not Sight.OTHER and seen.key not in self._done:
                return message, seen
        return None

    async def _act(self, person: Person, message: VisibleMessage, seen: Seen) -> None:
        reader, record = self._reader, self._record
        match seen.sight:
            case Sight.LANGUAGE:
                await self._press(person, message, reader.language_label())
            case Sight.WHERE:
                await self._press(person, message, reader.write_here)
            case Sight.CARD:
                await self._press(person, message, self._random.choice(reader.card_buttons(seen.labels)))
            case Sight.REVIEW:
                record.pressed_send = True
                await self._press(person, message, reader.send)
            case Sight.RECEIPT:
                record.told_received = True
            case Sight.NOT_STORED:
                record.told_not_stored += 1
            case Sight.QUESTION:
                assert seen.question is not None
                await self._answer(person, message, seen, seen.question)
            case Sight.OTHER:
                raise AssertionError("what is not understood is not acted upon")

    async def _answer(self, person: Person, message: VisibleMessage, seen: Seen, question: Question) -> None:
        reader, random, answers = self._reader, self._random, self._record.answers
        options = {
            label: code
            for label, code in reader.options(seen.owner, question).items()
            if label in seen.labels
        }
        skippable = reader.skip in seen.labels
        if isinstance(question, Notice):
            answers[question.id] = "seen"
            await self._press(person, message, message.labels[0])
        elif isinstance(question, Multi):
            await self._tick(person, message, seen, question, options)
        elif isinstance(question, Contact):
            given = answers.setdefault(question.id, {})
            assert isinstance(given, dict)
            if skippable and random.random() < 0.2:
                await self._press(person, message, reader.skip)
            else:
                part = next(each for each in question.parts if each.id == seen.part)
                given[part.id] = self._words(f"{question.id}-{part.id}", looks=part.looks)
                await self._type(person, given[part.id], private=question.sensitive)
        elif skippable and random.random() < 0.15:
            await self._press(person, message, reader.skip)
        elif options and (isinstance(question, Closed) or random.random() < 0.3) and question.id != MARKED:
            label = self._choose(question, options)
            answers[question.id] = options[label]
            await self._press(person, message, label)
        elif isinstance(question, PlaceQuestion):
            answers[question.id] = "0101"
            await self._type(person, "København", private=question.sensitive)
        else:
            words = self._words(question.id)
            answers[question.id] = words
            await self._type(person, words, private=question.sensitive)

    async def _tick(
        self, person: Person, message: VisibleMessage, seen: Seen, question: Multi, options: dict[str, str]
    ) -> None:
        reader, answers = self._reader, self._record.answers
        if reader.done in seen.labels:
            await self._press(person, message, reader.done)
            return
        calm = {label: code for label, code in options.items() if code not in question.acute}
        label = self._random.choice(sorted(calm))
        answers[question.id] = (calm[label],)
        await self._press(person, message, label)

    def _choose(self, question: Question, options: dict[str, str]) -> str:
        random = self._random
        if TOLD in options.values():
            return next(label for label, code in options.items() if code == TOLD)
        acute = getattr(question, "acute", {})
        if not acute:
            return random.choice(sorted(options))
        wild = random.random() < self._habits.danger
        return random.choice(sorted(label for label, code in options.items() if (code in acute) is wild))

    def _words(self, name: str, *, looks: str = "text") -> str:
        number = self._record.number
        match looks:
            case "phone":
                return f"{20_000_000 + number}"
            case "email":
                return f"testperson{number}@example.org"
            case _:
                return f"Mærke {number} {name}: sådan er det."

    async def _type(self, person: Person, words: str, *, private: bool) -> None:
        message = await person.say(words)
        if private:
            self._record.private.add(message.message_id)
        self._repeat_sometimes(message.update)

    async def _press(self, person: Person, message: VisibleMessage, label: str) -> None:
        press = await person.press(label, message=message)
        self._repeat_sometimes(press.update)
        if self._random.random() < self._habits.repeated_presses:
            # As a client does that was closed before it heard: the same press, under a new update id.
            await person.forge_press(press.data, message=message)

    def _repeat_sometimes(self, update: Json | None) -> None:
        if update is not None and self._random.random() < self._habits.repeated_updates:
            self._later.add(asyncio.create_task(self._repeat(update, after=self._random.random() * 2)))

    async def _repeat(self, update: Json, *, after: float) -> None:
        await asyncio.sleep(after)
        self._api.repeat(update)
