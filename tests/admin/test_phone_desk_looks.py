"""The phone desk in a real browser: nothing for axe to find, no sideways scrolling; whole without script."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Page

from admin.parts import HOME
from tests.admin.house import Console
from tests.admin.test_looks import enter
from tests.e2e.looking import a_looker, a_person
from tests.support.browsing import DESK, PHONE, browse
from triage.people.person import Role

pytestmark = pytest.mark.browser

CONTACT = f"{HOME}/contact"


@pytest.fixture
def engine() -> str:
    """Looks do not depend on the engine."""
    return "sqlite"


async def begin(page: Page, console: Console) -> None:
    await page.goto(console.address + CONTACT)
    await page.check("[name=hotline][value=local]")
    await page.check("[name=source][value=phone]")
    await page.click("form[action$=contact] .row button")
    await page.wait_for_selector(".ask")


async def answer(page: Page, code: str) -> None:
    await page.click(f"[name=answer][value={code}]")
    await page.wait_for_load_state()


async def test_the_phone_desk_is_sound(console: Console, chromium: Browser) -> None:
    officer = await console.someone(Role.DUTY_OFFICER, name="Testperson Vagt", on_duty=True)
    looker = a_looker(PHONE)
    async with a_person(chromium) as view:
        page = view.page
        await enter(page, console, officer)
        await page.goto(console.address + CONTACT)
        await page.click("form[action$=contact] .row button")
        await page.wait_for_selector(".errors")
        await looker.look(view, "refused")
        await begin(page, console)
        await looker.look(view, "question")
        await answer(page, "unsure")
        await looker.look(view, "card")
        await page.click("[name=button]")
        await answer(page, "advice")
        for _ in range(20):
            if await page.locator("[value=send]").count():
                break
            if await page.locator(".ask textarea").count():
                await page.fill(".ask textarea", "Min kollega Testperson 7 bor på Eksempelvej 12.")
                await looker.look(view, "words")
                await page.keyboard.press("Tab")
                await page.click(".ask .row button:not([name])")
            elif await page.locator("[value=go_on]").count():
                await page.click("[value=go_on]")
            elif await page.locator(".ask [value=skip]").count():
                await page.click(".ask [value=skip]")
            else:
                await page.click(".ask [name=answer] >> nth=0")
            await page.wait_for_load_state()
        await looker.look(view, "review")
        await page.goto(console.address + CONTACT)
        await looker.look(view, "begun")
        await page.click(".notice li a")
        await page.click("[value=send]")
        await page.wait_for_selector(".spelled")
        await looker.look(view, "sent")
        await page.click("a.button[href*='/case/']")
        await page.wait_for_selector(".timeline")
        await looker.look(view, "case")
        await page.goto(console.address + HOME)
        await looker.look(view, "queue")

    assert "\n".join(looker.wrong) == ""


async def test_the_phone_desk_works_without_javascript(console: Console, chromium: Browser) -> None:
    officer = await console.someone(Role.DUTY_OFFICER)
    async with browse(chromium, width=DESK, script=False) as view:
        page = view.page
        await enter(page, console, officer)
        await begin(page, console)
        await answer(page, "no")
        await answer(page, "advice")
        await page.click(".said button[name=edit] >> nth=0")
        await page.click(".ask [value=keep]")
        await page.click(".doing details summary")
        await page.click(".doing [value=drop]")
        await page.wait_for_selector("h1")

        assert await page.locator(".notice li a").count() == 0
