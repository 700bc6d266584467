"""What a person sees when something is wrong: each page says so in plain words, reads well, and loses nothing typed."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, Response

from admin import queue_page
from handlers.webchat import visit
from tests.e2e.house import House
from tests.e2e.looking import Looker, a_looker, a_person
from tests.e2e.telling import SEND
from tests.e2e.test_the_whole_way import the_duty_officer, the_first_administrator, unseen
from tests.support.browsing import PHONE, View
from tests.web.talking import press, sees, to_story

pytestmark = pytest.mark.browser

WORDS = "Testperson A er holdt op med at spille fodbold."
TOO_LONG = "a" * 70_000


@pytest.fixture
def engine() -> str:
    """How a page of trouble looks does not depend on the engine."""
    return "sqlite"


async def test_every_page_of_trouble_at_the_reporters_side_can_be_read(
    house: House, chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    looker = a_looker()
    async with a_person(chromium, width=PHONE) as view:
        await there_is(looker, view, f"{house.site}/findes-ikke", 404)
        await there_is(looker, view, f"{house.site}/sprog", 405)
        await there_is(looker, view, f"{house.site}/s/brugt-eller-forkert", 200)
        await press(view, "main form button")
        await looker.look(view, "a one-time link that is over")

        await to_story(view, house.site)
        await view.page.fill("main textarea", TOO_LONG)
        await post(view, SEND)
        await sees(view, "for (langt|stort|meget)")
        await looker.look(view, "more than a form can hold")
        await view.page.go_back()

        await view.page.fill("main textarea", WORDS)
        with monkeypatch.context() as planted:
            planted.setattr(visit, "give", fail)
            await post(view, SEND)
        assert await view.page.input_value("main textarea") == WORDS
        await looker.look(view, "a fault while something was sent")
        with monkeypatch.context() as planted:
            planted.setattr(visit, "look", fail)
            await there_is(looker, view, house.site, 500)

        await to_story_again(view, house.site)
        await view.page.fill("main textarea", WORDS)
        await house.process.parts.store.close()
        await post(view, SEND)
        assert await view.page.input_value("main textarea") == WORDS
        await looker.look(view, "not saved")
        await there_is(looker, view, house.site, 503)
    assert "\n".join(looker.wrong) == ""


async def test_every_page_of_trouble_at_the_desk_can_be_read(
    house: House, chromium: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    looker = a_looker()
    async with a_person(chromium) as first, a_person(chromium) as second:
        admin = await the_first_administrator(first, house, unseen)
        await there_is(looker, first, f"{house.desk}/invited/brugt-eller-forkert", 410)
        await there_is(looker, first, f"{house.desk}/findes-ikke", 404)
        await there_is(looker, first, f"{house.desk}/sign-out", 405)

        officer = await the_duty_officer(admin, second, unseen)
        await second.page.goto(house.desk)
        await looker.look(second, "an empty queue")
        await there_is(looker, second, f"{house.desk}/decided", 200)
        await there_is(looker, second, f"{house.desk}/me", 200)
        await there_is(looker, first, f"{house.desk}/mail", 200)
        with monkeypatch.context() as planted:
            planted.setattr(queue_page, "read_queue", fail)
            await there_is(looker, second, house.desk, 500)
        await second.page.goto(house.desk)
        await second.context.clear_cookies()
        await post(second, "main .duty button")
        await looker.look(second, "the session is over")
        await second.page.goto(f"{house.desk}/sign-in")
        await second.page.fill("[name=email]", officer.email)
        await second.page.fill("[name=password]", "en forkert adgangskode")
        await press(second, "main form .row button >> nth=0")
        await looker.look(second, "a wrong password")
        await house.process.parts.store.close()
        await there_is(looker, first, house.desk, 503)
    assert "\n".join(looker.wrong) == ""


async def there_is(looker: Looker, view: View, address: str, status: int) -> None:
    """The address answers so, and its page is looked at."""
    answer: Response | None = await view.page.goto(address)
    assert answer is not None
    assert answer.status == status
    await looker.look(view, f"{status} at {address.rpartition('/')[2] or 'start'}")


async def post(view: View, selector: str) -> None:
    """Send the form as a browser does without the script, so that the answer's own page is seen."""
    await view.page.evaluate(
        "document.querySelectorAll('form[data-send]').forEach(f => f.removeAttribute('data-send'))"
    )
    await press(view, selector)


async def to_story_again(view: View, site: str) -> None:
    """Come back to the question that waits."""
    await view.page.goto(site)
    if not await view.page.locator("main textarea").count():
        await press(view, "main button[value=go_on_yes]")


def fail(*_given: object, **_named: object) -> None:
    """The planted fault."""
    raise RuntimeError("planted")
