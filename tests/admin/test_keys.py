"""The desk by keyboard: from line to line by arrows, and what was written is sent without the mouse."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Browser, Dialog, Page

from admin.parts import HOME
from tests.admin.house import Console
from tests.admin.test_looks import enter
from tests.support.browsing import DESK, browse
from triage.cases.case import EventKind
from triage.people.person import Role

pytestmark = pytest.mark.browser


@pytest.fixture
def engine() -> str:
    """Keys do not depend on the engine."""
    return "sqlite"


async def focused(page: Page) -> str:
    return str(await page.evaluate("document.activeElement.querySelector('strong')?.innerText ?? ''"))


async def test_a_case_is_found_opened_and_noted_without_a_mouse(console: Console, chromium: Browser) -> None:
    officer = await console.someone(Role.DUTY_OFFICER, name="Testperson Vagt")
    first = await console.report()
    console.clock.advance(timedelta(minutes=1))
    second = await console.report()
    async with browse(chromium, width=DESK, reduced_motion="reduce") as view:
        page = view.page
        await enter(page, console, officer)
        await page.keyboard.press("ArrowDown")
        seen = [await focused(page)]
        for key in ("ArrowDown", "ArrowDown", "ArrowUp", "ArrowDown"):
            await page.keyboard.press(key)
            seen.append(await focused(page))
        await page.keyboard.press("Enter")
        await page.wait_for_url(f"**{HOME}/case/{second.code}")
        await page.locator("#f-note-words").focus()
        await page.keyboard.type("Uden mus.")
        await page.keyboard.press("Control+Enter")
        await page.wait_for_url("**said=note")
        complaints = view.complaints

    assert seen == [first.code, second.code, second.code, first.code, second.code]
    events = await console.store.read(lambda tx: tx.cases.timeline(second.id))
    assert [event.words for event in events if event.kind is EventKind.NOTE] == ["Uden mus."]
    assert complaints == []


async def test_words_that_were_not_sent_stay_when_another_form_is_and_are_asked_for_before_a_link(
    console: Console, chromium: Browser
) -> None:
    officer = await console.someone(Role.DUTY_OFFICER, name="Testperson Vagt")
    case = await console.report()
    path = f"{HOME}/case/{case.code}"
    asked: list[str] = []

    async def stay(dialog: Dialog) -> None:
        asked.append(dialog.type)
        await dialog.dismiss()

    async with browse(chromium, width=DESK, reduced_motion="reduce") as view:
        page = view.page
        page.on("dialog", stay)
        await enter(page, console, officer)
        await page.goto(f"{console.address}{path}")
        note = page.locator("#f-note-words")
        await note.click()
        await page.keyboard.type("Ikke sendt endnu.")
        await page.locator(f'form[action="{path}/claim"] button').click()
        await page.wait_for_url("**said=claim")
        kept = await note.input_value()
        await page.locator("#f-reply-words").click()
        await page.keyboard.type("Heller ikke.")
        await page.evaluate("document.querySelector('nav a').click()")
        await page.wait_for_timeout(500)
        still = page.url
        await page.locator("#f-reply-words").fill("")
        await page.locator(f'form[action="{path}/note"] button').click()
        await page.wait_for_url("**said=note")

    assert kept == "Ikke sendt endnu."
    assert asked == ["beforeunload"]
    assert still.endswith("said=claim")
