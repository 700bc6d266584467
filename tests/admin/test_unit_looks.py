"""What authorities are asked, in a real browser: on the case's page and on their members' own."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.async_api import Browser

from admin.parts import HOME
from tests.admin.house import Console
from tests.admin.test_looks import enter
from tests.admin.unit import an_enquiry, for_the_unit
from tests.e2e.looking import a_looker, a_person
from tests.support.browsing import DESK, browse
from triage.people.person import Role

pytestmark = pytest.mark.browser


@pytest.fixture
def engine() -> str:
    """Looks do not depend on the engine."""
    return "sqlite"


async def test_the_pages_of_the_unit(console: Console, chromium: Browser) -> None:
    officer = await console.someone(Role.HEAD, name="Testperson Leder")
    member = await console.someone(Role.UNIT_MEMBER, name="Testperson Ssp", authority="SSP")
    await console.someone(Role.UNIT_MEMBER, name="Testperson Kf", authority="KF")
    case = await for_the_unit(console, officer.id)
    looker = a_looker(390)
    async with a_person(chromium) as view:
        page = view.page
        await enter(page, console, member)
        await looker.look(view, "nothing-asked")
        await page.context.clear_cookies()
        console.clock.advance(timedelta(minutes=1))
        await enter(page, console, officer)
        await page.goto(f"{console.address}{HOME}/case/{case.code}")
        await looker.look(view, "case")
        await page.click("#unit form[action$='/ask'] .row button")
        await page.wait_for_selector("#unit .errors")
        await looker.look(view, "asking-refused")
        enquiry = await an_enquiry(console, case, officer.id)
        await page.context.clear_cookies()
        console.clock.advance(timedelta(minutes=1))
        await enter(page, console, member)
        await looker.look(view, "asked")
        await page.goto(f"{console.address}{HOME}/asked/{enquiry.id}")
        await looker.look(view, "enquiry")
        await page.check("[name=says][value=why_asked]")
        await page.fill("[name=words]", "Hvorfor bliver vi spurgt om netop det?")
        await page.click("form[action*='/asked/'] .row button")
        await page.wait_for_selector(".done")
        await looker.look(view, "answered")
        await page.context.clear_cookies()
        console.clock.advance(timedelta(minutes=1))
        await enter(page, console, officer)
        await page.goto(f"{console.address}{HOME}/case/{case.code}")
        await looker.look(view, "case-with-an-answer")

    assert "\n".join(looker.wrong) == ""


async def test_an_authority_answers_without_javascript(console: Console, chromium: Browser) -> None:
    officer = await console.someone(Role.HEAD, name="Testperson Leder")
    member = await console.someone(Role.UNIT_MEMBER, name="Testperson Ssp", authority="SSP")
    case = await for_the_unit(console, officer.id)
    await an_enquiry(console, case, officer.id)
    async with browse(chromium, width=DESK, script=False) as view:
        page = view.page
        await enter(page, console, member)
        await page.click(f"text={case.code}")
        await page.check("[name=says][value=nothing_known]")
        await page.click("form[action*='/asked/'] .row button")
        text = await page.inner_text("main")

    assert "Svaret er sendt til sekretariatet." in text
