"""Steps of a person at the reporter's pages."""

from __future__ import annotations

import re

from playwright.async_api import expect

from tests.support.browsing import View
from tests.web.visiting import CHOICES, visiting


async def begin(view: View, site: str, language: str = "da") -> None:
    await view.page.goto(site)
    await press(view, f"main button[name=language][value={language}]")


async def press(view: View, selector: str) -> None:
    """Press, and wait until the answer's page stands."""
    await view.page.locator("main").evaluate("main => { main.dataset.old = 'yes'; }")
    await view.page.locator(selector).first.click()
    await view.page.locator("main:not([data-old])").wait_for()
    await view.page.wait_for_load_state()


async def heading(view: View) -> str:
    return await view.page.locator("main h1").inner_text()


async def sees(view: View, text: str) -> None:
    await expect(view.page.locator("main")).to_contain_text(re.compile(text))


async def walk_to_story(view: View, site: str) -> None:
    """As far as the first open question, every page by hand."""
    await begin(view, site)
    await press(view, "main .choices button[value=no]")
    await press(view, "main .choices button[value=relative]")
    await press(view, "main button[value=go_on]")
    await press(view, "main .choices button[value=anonymous]")
    await press(view, "main .choices button[value=neighbour]")
    await press(view, "main .choices button >> nth=1")
    await view.page.fill("main input[name=answer]", "København")
    await press(view, "main .ask form .row button >> nth=0")


async def to_story(view: View, site: str) -> None:
    """As far as the first open question, told without the browser, which then comes back to it."""
    async with visiting(site) as visitor:
        visitor.choices = {**CHOICES, "anonymity": "anonymous", "relation": "neighbour"}
        await visitor.begin()
        await visitor.tell(lambda _: "Ålborg", until="story")
        cookies = [(each.key, each.value) for each in visitor.session.cookie_jar]
    await view.context.add_cookies([{"name": name, "value": value, "url": site} for name, value in cookies])
    await view.page.goto(site)
    await press(view, "main button[value=go_on_yes]")


async def to_review(view: View, site: str) -> None:
    """From where the browser stands, told without it."""
    async with visiting(site) as visitor:
        visitor.session.cookie_jar.update_cookies(
            {each["name"]: each["value"] for each in await view.context.cookies()}
        )
        await visitor.get()
        await visitor.tell(lambda _: "Testperson A")
    await view.page.goto(site)
    await press(view, "main button[value=go_on_yes]")


async def walk_to_review(view: View) -> None:
    """From the story on, everything optional passed by, every page by hand."""
    while not await view.page.locator("main button[value=send]").count():
        skip = view.page.locator("main button[value=skip]")
        if await skip.count():
            await press(view, "main button[value=skip]")
        elif await view.page.locator("main .ask .choices button").count():
            await press(view, "main .ask .choices button >> nth=-1")
        elif await view.page.locator("main .ask input[type=checkbox]").count():
            await view.page.locator("main .ask input[type=checkbox]").last.check()
            await press(view, "main .ask form .row button >> nth=0")
        else:
            await press(view, "main .ask form .row button >> nth=0")


async def tell(view: View, words: str) -> None:
    await view.page.fill("main textarea", words)
    await press(view, "main .ask form .row button >> nth=0")


async def shown(view: View) -> str:
    return await view.page.locator("body").inner_text()
