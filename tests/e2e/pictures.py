"""Makes the three pictures of the README anew: `python -m tests.e2e.pictures [folder]`. All in them is made up."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from datetime import timedelta
from pathlib import Path

from playwright.async_api import Browser

from tests.e2e.house import House, a_house
from tests.e2e.looking import a_person
from tests.e2e.telling import TOLD, Choose, Say, do, send, tell
from tests.e2e.test_the_whole_way import the_duty_officer, the_first_administrator, unseen
from tests.support.browser import open_chromium
from tests.support.browsing import DESK, PHONE, View
from tests.support.stores import SettableClock
from tests.web.talking import begin, press

FOLDER = Path("docs/pictures")
_PHONE_TALL = 800
_CASE_TALL = 1000
_QUEUE_TALL = 600
_HOME = 6
"""Which step of the report says where the person lives, and with it the place in the queue."""


async def make_pictures(folder: Path) -> None:
    """Write `reporter.png`, `queue.png` and `case.png` into the folder."""
    clock = SettableClock()
    with tempfile.TemporaryDirectory() as temporary:
        async with a_house("", Path(temporary), clock) as house, open_chromium() as browser:
            await _the_reporter(browser, house, folder / "reporter.png")
            await _the_desk(browser, house, folder)


async def _the_reporter(browser: Browser, house: House, path: Path) -> None:
    async with a_person(browser, width=PHONE) as view:
        await begin(view, house.site)
        for _, step in TOLD[:5]:
            await do(view, step)
        await _take(view, path, width=PHONE, tall=_PHONE_TALL)


async def _the_desk(browser: Browser, house: House, folder: Path) -> None:
    async with a_person(browser) as first, a_person(browser) as second:
        for place, hours in (("Ishøj", 31), ("Albertslund", 16), ("Herlev", 5)):
            await _a_report(browser, house, place)
            house.clock.advance(timedelta(hours=hours))
        admin = await the_first_administrator(first, house, unseen)
        officer = await the_duty_officer(admin, second, unseen)
        await _danger(browser, house)
        await second.page.goto(f"{house.desk}")
        await press(second, "main .queue li:nth-child(3) a")
        await officer.act("claim")
        await officer.act("reply", ("words", "Tak, fordi du skrev. Må vi ringe torsdag formiddag?"))
        await house.replies_go()
        await second.page.goto(f"{second.page.url.partition('?')[0]}")
        await _take(second, folder / "case.png", width=DESK, tall=_CASE_TALL)
        await second.page.goto(house.desk)
        await _take(second, folder / "queue.png", width=DESK, tall=_QUEUE_TALL)


async def _a_report(browser: Browser, house: House, place: str) -> None:
    steps = (*TOLD[:_HOME], ("home", Say(place)), *TOLD[_HOME + 1 :])
    async with a_person(browser, script=False, width=PHONE) as view:
        await tell(view, house.site, unseen, steps=steps)
        await send(view)


async def _danger(browser: Browser, house: House) -> None:
    async with a_person(browser, script=False, width=PHONE) as view:
        await begin(view, house.site)
        await do(view, Choose("yes"))


async def _take(view: View, path: Path, *, width: int, tall: int) -> None:
    await view.page.set_viewport_size({"width": width, "height": tall})
    await view.page.mouse.move(0, 0)
    await view.page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    path.parent.mkdir(parents=True, exist_ok=True)
    await view.page.screenshot(path=path)


if __name__ == "__main__":
    asyncio.run(make_pictures(Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER))
