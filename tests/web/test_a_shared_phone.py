"""What somebody else sees who takes up the reporter's phone."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import ParamSpec, TypeVar

import pytest
from playwright.async_api import Browser

from storage.store import Store
from tests.support.browsing import browse
from tests.support.stores import SettableClock
from tests.web.house import listening, webchat_parts, webchat_with_design
from tests.web.talking import (
    heading,
    tell,
    to_story,
)

P = ParamSpec("P")
T = TypeVar("T")

STORY = "Testperson A er blevet meget stille"


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
async def test_a_shared_phone_shows_nothing_until_yes(chromium: Browser, site: str, *, script: bool) -> None:
    async with browse(chromium, script=script) as view:
        await to_story(view, site)
        await tell(view, STORY)
        again = await view.context.new_page()
        await again.goto(site)
        page = await again.locator("main").inner_text()
        assert "Fortsæt?" in page
        assert "Aalborg" not in await again.content()
        assert STORY not in await again.content()
        await again.get_by_role("button", name="Ja, fortsæt").click()
        await again.locator("text=Aalborg").first.wait_for(state="attached")


@pytest.mark.browser
async def test_a_quiet_quarter_of_an_hour_is_asked_about(
    chromium: Browser, site: str, clock: SettableClock
) -> None:
    async with browse(chromium, script=False) as view:
        await to_story(view, site)
        await view.page.reload()
        assert "Fortæl med dine egne ord" in await heading(view)
        clock.advance(timedelta(minutes=16))
        await view.page.reload()
        assert await heading(view) == "Fortsæt?"


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
async def test_no_is_asked_once_more_and_then_forgets(chromium: Browser, site: str, *, script: bool) -> None:
    async with browse(chromium, script=script) as view:
        await to_story(view, site)
        again = await view.context.new_page()
        await again.goto(site)
        await again.get_by_role("button", name="Nej, begynd forfra").click()
        await again.get_by_role("button", name="Ja, slet det").click()
        await again.locator("button[name=language]").first.wait_for()
        await view.page.goto(site)
        assert "Vælg sprog" in await heading(view)


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
async def test_after_the_quick_exit_back_shows_no_answer(
    chromium: Browser, store: Store, *, script: bool
) -> None:
    parts = webchat_parts(store)
    async with listening(webchat_with_design(parts)) as neutral:
        away = replace(parts, exit_url=f"{neutral}/design")
        async with listening(webchat_with_design(away)) as site, browse(chromium, script=script) as view:
            await to_story(view, site)
            if script:
                for _ in range(3):
                    await view.page.keyboard.press("Escape")
            else:
                await view.page.click(".exit")
            await view.page.wait_for_url(f"{neutral}/design")
            await view.page.go_back()
            page = await view.page.content()
            assert "Aalborg" not in page
            assert "Fortæl med dine egne ord" not in page
