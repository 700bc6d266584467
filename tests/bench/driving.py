"""People who fill in the form as fast as the bot answers, and what can be counted from outside."""

from __future__ import annotations

import asyncio
import os
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tests.bench import form
from tests.bench.form import Shown
from tests.support.botapi.person import Person
from tests.support.botapi.server import FakeBotApi

_TICKS = os.sysconf("SC_CLK_TCK")
ANSWER_SECONDS = 60.0
_MARK = 16
"""So many signs of the review and of the receipt are the same for everybody."""
_users = count(10_000)


def cpu_seconds(pid: int) -> float:
    """What a process has used of the processor, all its threads, in user and kernel."""
    fields = Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


@dataclass
class Counted:
    """What was seen between two moments. Times are seconds."""

    seconds: float = 0.0
    cpu: float = 0.0
    steps: int = 0
    finished: int = 0
    waits: list[float] = field(default_factory=list)

    @property
    def conversations_per_second(self) -> float:
        """Steps per second in conversations, so that those under way at either end count for what was done."""
        return self.steps / self.seconds / form.STEPS

    @property
    def cpu_per_step(self) -> float:
        return self.cpu / self.steps

    def quantile(self, share: float) -> float:
        """The wait from update to reply that this share of the steps did not exceed."""
        ordered = sorted(self.waits)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)]


class Crowd:
    """People on one fake Bot API. `script` is what the bot shows at each step; its texts tell the steps apart."""

    def __init__(self, api: FakeBotApi, script: Sequence[Shown]) -> None:
        """Ready to start."""
        self._api = api
        self._script = script
        self.replies = 0
        self.receipts = 0
        self._waits: deque[tuple[float, float]] = deque()

    async def fill_in(self) -> None:
        """One person's whole conversation."""
        person = self._api.person(next(_users), started=True)
        for number in range(form.STEPS):
            asked = time.perf_counter()
            await self._answer(person, number)
            await self._reply(person, number)
            self._waits.append((time.perf_counter(), time.perf_counter() - asked))
            self.replies += 1
        self.receipts += 1
        # The press may still be answered: the chat stays, without its messages.
        person.chat.history.clear()

    async def measure(self, *, in_flight: int, seconds: float, pid: int, warm_up: float = 1.0) -> Counted:
        """Keep so many conversations in flight; count between the end of the warm-up and the end of the time.

        Conversations under way at the end are finished, uncounted.
        """
        closing = False

        async def keep_on() -> None:
            while not closing:
                await self.fill_in()

        people = [asyncio.create_task(keep_on()) for _ in range(in_flight)]
        await asyncio.sleep(warm_up)
        self._waits.clear()
        finished, cpu, begun = self.receipts, cpu_seconds(pid), time.perf_counter()
        await asyncio.sleep(seconds)
        ended = time.perf_counter()
        found = Counted(
            seconds=ended - begun,
            cpu=cpu_seconds(pid) - cpu,
            steps=len(self._waits),
            finished=self.receipts - finished,
            waits=[wait for _, wait in self._waits],
        )
        closing = True
        await asyncio.gather(*people)
        return found

    async def _answer(self, person: Person, number: int) -> None:
        if number == 0:
            await person.start()
            return
        shown = self._script[number - 1]
        if shown.press is None:
            await person.say(form.typed(number, person.chat_id))
        else:
            await person.press(shown.press, message=person.last)

    async def _reply(self, person: Person, number: int) -> None:
        wanted = self._script[number].mark
        chat = person.chat

        def answered() -> bool:
            for message in reversed(chat.history.values()):
                if message.changed <= chat.input_version:
                    return False
                if message.from_bot and wanted in message.text:
                    return True
            return False

        await chat.until(answered, seconds=ANSWER_SECONDS, what=f"step {number}: {wanted!r}")


async def see_script(api: FakeBotApi) -> list[Shown]:
    """Fill in the form once and note what the bot shows at each step, so that REF can show the same."""
    person = api.person(next(_users), started=True)
    seen: list[Shown] = []
    for number in range(form.STEPS):
        if number == 0:
            await person.start()
        elif seen[-1].press is None:
            await person.say(form.typed(number, person.chat_id))
        else:
            await person.press(seen[-1].press, message=person.last)
        wanted = form.ask(number + 1) if number < form.QUESTIONS else ""
        message = await person.wait_reply(wanted, timeout=10)
        asked = number + 1
        press: int | None = 0
        if number < form.QUESTIONS and not form.is_choice(asked):
            press = None
        if number == form.STEPS - 1:
            press = None
        rows = tuple(tuple(button["text"] for button in row) for row in message.inline)
        seen.append(Shown(wanted or message.text[:_MARK], message.text, rows, press))
    return seen
