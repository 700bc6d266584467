"""The page of all parts, for whoever builds pages: sound in both lights, and there only where a setting says so."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from admin.parts import HOME, TEMPLATES
from handlers.web.pages import FOLDER
from storage.store import Store
from tests.admin.house import Console, open_console
from tests.admin.test_looks import enter
from tests.support.browsing import DESK, PHONE, Light, browse
from tests.support.stores import SettableClock
from triage.people.person import Role

INSIDE = {"about", "ladder", "read_at", "read_what"}
"""Parts that other parts draw, or that only the pages of readings have something for."""


@pytest.fixture
def engine() -> str:
    """The page asks the store nothing."""
    return "sqlite"


@pytest.fixture
async def console(store: Store, clock: SettableClock) -> AsyncIterator[Console]:
    """A console whose builders look at its parts."""
    async with open_console(store, clock, design_page=True) as opened:
        yield opened


def test_no_macro_is_left_out() -> None:
    page = (TEMPLATES / "desk" / "design.html").read_text("utf-8")
    missing = [
        f"{owner}.{name}"
        for owner, path in (("parts", FOLDER / "parts.html"), ("desk", TEMPLATES / "desk" / "macros.html"))
        for name in re.findall(r"{% macro (\w+)\(", path.read_text("utf-8"))
        if name not in INSIDE and f"{owner}.{name}(" not in page
    ]
    assert missing == []


async def test_without_the_setting_there_is_no_such_page(store: Store, clock: SettableClock) -> None:
    async with open_console(store, clock) as console:
        browser = await console.come_in(*Role)
        assert (await browser.get(f"{HOME}/design")).status == 404


async def test_nobody_sees_it_without_having_come_in(console: Console) -> None:
    stranger, member = await console.browser(), await console.come_in(Role.UNIT_MEMBER)
    assert (await stranger.get(f"{HOME}/design")).status == 303
    assert (await member.get(f"{HOME}/design")).status == 200


@pytest.mark.browser
@pytest.mark.parametrize(("light", "width"), [("light", PHONE), ("dark", DESK)])
async def test_every_part_is_sound(console: Console, chromium: Browser, light: Light, width: int) -> None:
    person = await console.someone()
    async with browse(chromium, width=width, light=light) as view:
        await enter(view.page, console, person)
        await view.page.goto(f"{console.address}{HOME}/design")
        assert await view.axe() == []
        assert not await view.scrolls_sideways()
        assert view.complaints == []
