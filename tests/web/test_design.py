"""Every part, as browsers show it and as axe judges it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from playwright.async_api import Browser

from handlers.web.app import build_app
from handlers.web.design import add_design_page
from handlers.web.statics import FOLDER
from tests.support.browsing import DESK, LARGE_TEXT, PHONE, SMALL, Light, browse
from tests.web.house import a_frame, listening

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("light", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
@pytest.mark.parametrize("dress", ["", "?console"])
async def test_every_part_is_accessible_in_every_light(
    chromium: Browser, site: str, light: Light, width: int, dress: str
) -> None:
    async with browse(chromium, width=width, light=light) as view:
        await view.page.goto(f"{site}/design{dress}")
        assert await view.axe() == []
        assert view.complaints == []


@pytest.mark.parametrize("dress", ["", "?console"])
async def test_no_part_scrolls_sideways_on_a_small_phone_with_large_text(
    chromium: Browser, site: str, dress: str
) -> None:
    async with browse(chromium, width=SMALL, text_size=LARGE_TEXT) as view:
        await view.page.goto(f"{site}/design{dress}")
        assert not await view.scrolls_sideways()


async def test_a_part_that_is_wrong_is_found(chromium: Browser, site: str) -> None:
    async with browse(chromium) as view:
        await view.page.goto(f"{site}/design")
        await view.page.evaluate("document.querySelector('textarea').removeAttribute('aria-labelledby')")
        assert any(line.startswith("label") for line in await view.axe())


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("design.css", 14_336),
        ("console.css", 16_384),
        ("app.js", 8_192),
        ("passkey.js", 3_584),
        ("keys.js", 1_792),
        ("unsent.js", 1_024),
        ("undo.js", 1_024),
        ("presence.js", 3_072),
    ],
)
def test_what_a_page_loads_stays_small(name: str, most: int) -> None:
    assert Path(FOLDER / name).stat().st_size <= most


@pytest.mark.parametrize("lang", ["ar", "fa", "ur", "ps"])
async def test_languages_written_from_the_right_turn_the_page(chromium: Browser, lang: str) -> None:
    frame = a_frame()
    turned = replace(frame, pages=replace(frame.pages, languages=(lang,), names={lang: "تواصل"}))
    app = build_app(turned)
    add_design_page(app, turned.pages)
    async with listening(app) as site, browse(chromium, width=SMALL, text_size=LARGE_TEXT) as view:
        await view.page.goto(f"{site}/design")
        assert await view.page.locator("html").get_attribute("dir") == "rtl"
        assert await view.axe() == []
        assert not await view.scrolls_sideways()
        exit_at = await view.page.locator(".exit").bounding_box()
        name_at = await view.page.locator(".name").bounding_box()
        assert exit_at is not None
        assert name_at is not None
        assert exit_at["x"] < name_at["x"]
