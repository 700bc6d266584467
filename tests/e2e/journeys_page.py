"""The page that is written of the journeys: made from what was walked, so that it cannot say anything else.

`python -m tests.e2e.journeys_page [folder]` makes `docs/JOURNEYS.md` and its pictures anew.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from storage.keyring import Keyring
from storage.migrate import upgrade
from storage.store import Store, open_store
from tests.e2e.desk_journeys import Day, the_monday, the_monday_s
from tests.e2e.friday import Weekend, the_weekend, the_weekend_s
from tests.e2e.journeys import A_TAP, READ, TYPED, Night, Screen, Walk, the_break, the_night
from tests.support.browser import open_chromium
from tests.support.profiles import shipped
from tests.support.stores import SettableClock

PAGE = Path("docs/JOURNEYS.md")
PICTURES = Path("docs/pictures/journeys")
FOUR_MINUTES = 240
_ANSWERS = "they took 1.2 s for the whole way, 0.2 s at most (26 Nov 2026, two cores, nearly quiet, SQLite)"
"""As the last making of the page said; a test measures no time."""


def written(night: Night, teacher: Walk, day: Day, weekend: Weekend) -> str:
    """The whole of `docs/JOURNEYS.md`."""
    people = (*_head(), *the_mother_s(night), *the_teacher_s(teacher), *the_monday_s(day))
    return "\n".join((*people, "", *the_weekend_s(weekend))) + "\n"


def seconds(walk: Walk, *, reading: bool) -> int:
    """How long the person needs, by the model that the page states."""
    spent = walk.taps * A_TAP + walk.typed * 60 / TYPED
    return round(spent + (walk.read * 60 / READ if reading else 0))


def _head() -> Iterator[str]:
    yield "# Journeys"
    yield ""
    yield (
        "A mother and a teacher walk through the product as it is shipped, on a phone 390 px wide, an officer at a "
        "desk 1280 px wide, and a member of the unit on a phone. This page and its pictures are made by the walk "
        "(`make pictures`), and `tests/e2e/test_journeys.py` walks it again: when a screen, a count "
        "or an hour is no longer as written here, the test fails. The last way is that of a report through the house "
        "over a week-end (`tests/e2e/test_friday.py`). People and words are made up; the texts are not "
        "signed off (the pictures carry the trial banner)."
    )
    yield ""


def the_mother_s(night: Night) -> Iterator[str]:
    """Her part of the page, line by line."""
    telling = night.telling
    yield "## A mother, Saturday at 23.40"
    yield ""
    yield (
        f"Nobody is at work until Monday. She passes {len(telling.screens)} screens, touches the phone "
        f"{telling.taps} times and types {telling.typed} words."
    )
    yield ""
    yield _pictures("mother", ("first", "story", "reach", "review", "sent"))
    yield ""
    yield from _table(telling.screens)
    yield "### Who is told what, and when, if nobody does anything"
    yield ""
    yield "| goes out | to | says |"
    yield "|---|---|---|"
    for told in night.told:
        yield f"| {_when(told.at)} | {told.to} | {told.subject} |"
    yield ""
    yield (
        "Her report is stored when she presses *Send*; it waits for a person, and its clock of 48 hours runs through "
        "the night and the Sunday. It is about somebody under 18, so that the clock of the notification "
        "about a child runs as well: its 24 hours end before anybody is at work, and so officer and head are told of "
        "that by day, on the Sunday. All else waits until somebody comes. Had she said that somebody is in danger, she "
        "would have been told to call, and who sees it."
    )
    yield ""
    yield "### She comes back"
    yield ""
    yield _pictures("mother", ("sunday", "monday"))
    yield ""
    yield "| when | what stands there |"
    yield "|---|---|"
    for when, screen in zip(("Sunday at 14.40", "Monday at 11.20"), night.back.screens, strict=True):
        yield f"| {when} | {'<br>'.join(screen.says)} |"
    yield ""


def the_teacher_s(walk: Walk) -> Iterator[str]:
    """The teacher's part of the page, line by line."""
    plain, read = seconds(walk, reading=False), seconds(walk, reading=True)
    yield "## A teacher's four minutes"
    yield ""
    yield (
        "The short way for somebody at work: where, how old, where the person lives, what was seen, who is to be "
        "called back. Counted, not estimated:"
    )
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| screens | {len(walk.screens)} |"
    yield f"| touches | {walk.taps} |"
    yield f"| words typed | {walk.typed} |"
    yield f"| words to read, options and labels with them | {walk.read} |"
    yield f"| touching and typing | {_clock(plain)} |"
    yield f"| and reading every word | {_clock(read)} |"
    yield ""
    yield (
        f"The model: {A_TAP} s a touch, {TYPED} words a minute typed on a phone, {READ} words a minute read, and "
        f"nothing for thinking. {_verdict(plain, read)} The product's own answers are not in it: {_ANSWERS}."
    )
    yield ""
    yield _pictures("teacher", ("seen", "next-step", "sent"))
    yield ""
    yield from _table(walk.screens)


def _verdict(plain: int, read: int) -> str:
    if read <= FOUR_MINUTES:
        return "Both are within four minutes."
    if plain <= FOUR_MINUTES:
        return (
            "Touching and typing fit into four minutes; somebody who reads every word, the notice about what happens "
            "to the report among them, needs more. That is the price of telling before asking, and it is not hidden."
        )
    return "It is more than four minutes."


def _table(screens: list[Screen]) -> Iterator[str]:
    yield "| | what stands there | what is done |"
    yield "|---|---|---|"
    for number, screen in enumerate(screens, start=1):
        yield f"| {number} | {'<br>'.join(screen.says)} | {screen.does} |"
    yield ""


def _pictures(name: str, shown: tuple[str, ...]) -> str:
    return " ".join(
        f'<img src="pictures/journeys/{name}-{each}.png" width="195" alt="{name}, {each}">' for each in shown
    )


def _when(at: datetime) -> str:
    return f"{at.astimezone(shipped().zone):%A %H.%M}"


def _clock(spent: int) -> str:
    return f"{spent // 60} min {spent % 60} s"


@asynccontextmanager
async def _a_store(folder: Path, clock: SettableClock) -> AsyncIterator[Store]:
    url = f"sqlite:///{folder / 'store.db'}"
    await upgrade(url)
    store = open_store(url, clock=clock, keyring=Keyring.create(folder / "keyring.json"))
    await store.open()
    try:
        yield store
    finally:
        await store.close()


async def make_page(page: Path, pictures: Path) -> None:
    """Write the page and its pictures, and say how long the product took to answer."""
    async with open_chromium() as browser:
        folders = [tempfile.TemporaryDirectory() for _ in range(4)]
        with folders[0] as one, folders[1] as other, folders[2] as third, folders[3] as fourth:
            clock = SettableClock()
            async with _a_store(Path(one), clock) as store:
                night = await the_night(store, clock, browser, pictures)
            async with _a_store(Path(other), clock) as store:
                teacher = await the_break(store, clock, browser, pictures)
            async with _a_store(Path(fourth), clock) as store:
                day = await the_monday(store, clock, browser, pictures)
            async with _a_store(Path(third), clock) as store:
                keys = Keyring.load(Path(third) / "keyring.json")
                weekend = await the_weekend(store, clock, keys, Path(third))
    page.write_text(written(night, teacher, day, weekend), encoding="utf-8")
    answers = teacher.answered
    sys.stdout.write(f"the teacher waited {sum(answers):.1f} s in all, {max(answers):.1f} s at most\n")


if __name__ == "__main__":
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path()
    asyncio.run(make_page(root / PAGE, root / PICTURES))
