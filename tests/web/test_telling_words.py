"""Telling words before sending, in a real browser: read and decided by a thumb, a keyboard or a screen reader."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from tests.support.browsing import SMALL, Light, browse
from tests.web.talking import press, sees, shown, tell, to_review, to_story

pytestmark = pytest.mark.browser
STORY = "Ring 20 20 20 20, eller skriv til testperson@example.org. Min søn i 8.b er bange. 010190-1234"


@pytest.mark.parametrize("script", [True, False])
async def test_each_place_is_kept_blurred_or_removed_and_what_is_sent_says_so(
    chromium: Browser, site: str, *, script: bool
) -> None:
    async with browse(chromium, script=script) as view:
        await to_story(view, site)
        await tell(view, STORY)
        await to_review(view, site)
        telling = view.page.locator(".telling")
        assert await telling.locator("li").count() == 3
        await sees(view, "Vi fandt ikke det hele. Læs selv igennem.")
        await sees(view, "Jeg har slettet det, der lignede et CPR-nummer.")
        assert "20 20 20 20" in await telling.inner_text()
        await press(view, ".telling li:nth-child(1) button[name=blur]")
        await press(view, ".telling li:nth-child(1) button[name=remove]")
        await press(view, ".telling li:nth-child(1) button[name=stand]")
        assert await view.page.locator(".telling button").count() == 0
        await view.page.locator("#q-story details").evaluate("details => { details.open = true; }")
        assert (
            "Ring [telefonnummer], eller skriv til. Min søn i 8.b er bange. [CPR-nummer slettet]"
            in await shown(view)
        )
        await press(view, "main button[value=send]")
        await sees(view, "Din besked er sendt")
        assert view.complaints == []


async def test_all_can_be_left_at_once_with_the_keyboard(chromium: Browser, site: str) -> None:
    async with browse(chromium) as view:
        await to_story(view, site)
        await tell(view, STORY)
        await to_review(view, site)
        await view.page.locator("button[name=stand_all]").focus()
        await view.page.keyboard.press("Enter")
        await view.page.locator("button[name=stand_all]").wait_for(state="detached")
        await press(view, "main button[value=send]")
        await sees(view, "Din besked er sendt")


@pytest.mark.parametrize("light", ["light", "dark"])
async def test_the_block_is_accessible_and_fits_a_small_phone_with_large_text(
    chromium: Browser, site: str, light: Light
) -> None:
    async with browse(chromium, width=SMALL, text_size=200, light=light) as view:
        await to_story(view, site)
        await tell(view, STORY)
        await to_review(view, site)
        assert await view.axe() == []
        assert not await view.scrolls_sideways()
