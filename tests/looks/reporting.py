"""Every page of the reporter's, one after the other, by what stands on the page and in no language."""

from __future__ import annotations

from playwright.async_api import Browser

from tests.e2e.telling import SEND, TOLD, Choose, Say, Step, do
from tests.looks.fits import Fitter
from tests.looks.house import Turned
from tests.support.browsing import View
from tests.web.talking import begin, press
from tests.web.test_own_copy import AT_WORK, seen_at_work
from tests.web.test_the_way_back_looks import LINK, a_report
from tests.web.visiting import code_of, visiting

FOUND = "Testperson A er vred. Ring 20 20 20 20, eller skriv til testperson@example.org."
"""Words in which the review finds something that tells who somebody is."""

STEPS: tuple[tuple[str, Step], ...] = tuple(
    (name, Say(FOUND) if name == "story" else step) for name, step in TOLD
)


async def walk_reporter(browser: Browser, house: Turned, fitter: Fitter) -> None:
    """All of it."""
    async with house.browse(browser) as view:
        fitter.follow(view)
        await _guides(view, house, fitter)
        await _danger(view, house, fitter)
    async with house.browse(browser) as view:
        fitter.follow(view)
        code = await _report(view, house, fitter)
    async with house.browse(browser) as view:
        fitter.follow(view)
        await _way_back(view, house, fitter, code)
    async with house.browse(browser) as view:
        fitter.follow(view)
        await _own_copy(view, house, fitter)


async def _danger(view: View, house: Turned, fitter: Fitter) -> None:
    await begin(view, house.site, house.language)
    await do(view, Choose("yes"))
    await fitter.look(view, "danger now")
    await press(view, "main .ask button[value=cannot_call]")
    await fitter.look(view, "cannot call")


async def _report(view: View, house: Turned, fitter: Fitter) -> str:
    await view.page.goto(house.site)
    await fitter.look(view, "start")
    await begin(view, house.site, house.language)
    for name, step in STEPS:
        await fitter.look(view, f"question {name}")
        await do(view, step)
    while not await view.page.locator("main button[value=send]").count():
        await press(view, "main .ask button[value=skip]")
    assert await view.page.locator("main .telling button[name=remove]").count()
    await fitter.look(view, "review")
    await view.page.goto("about:blank")
    await view.page.goto(house.site)
    await fitter.look(view, "go on?")
    await press(view, "main button[value=go_on_no]")
    await fitter.look(view, "sure to forget?")
    await press(view, "main button[value=go_on_yes]")
    await press(view, "main button[value=send]")
    await fitter.look(view, "receipt")
    code = (await view.page.locator("main .code.big").inner_text()).strip()
    await view.page.goto(f"{house.site}/nowhere")
    await fitter.look(view, "no such page")
    return code


async def _guides(view: View, house: Turned, fitter: Fitter) -> None:
    # Read by somebody who has not begun: whoever has is asked "go on?" when they type an address.
    for page in ("hvad-sker-der", "mens-du-venter", "tider", "om-dig"):
        await view.page.goto(f"{house.site}/{page}")
        await fitter.look(view, page)


async def _way_back(view: View, house: Turned, fitter: Fitter, code: str) -> None:
    await begin(view, house.site, house.language)
    await view.page.goto(f"{house.site}/kode")
    await fitter.look(view, "code")
    await view.page.fill("main input[name=code]", "0000-0000-0000-0000")
    await press(view, "main button[value=code]")
    await fitter.look(view, "wrong code")
    await view.page.fill("main input[name=code]", code)
    await press(view, "main button[value=code]")
    await fitter.look(view, "letters")
    await view.page.fill("main textarea[name=words]", FOUND)
    await press(view, SEND)
    await fitter.look(view, "letters, one more")
    await press(view, "main button[value=replace]")
    await fitter.look(view, "replace the code?")
    await press(view, "main button[value=replace_yes]")
    await fitter.look(view, "new code")
    await press(view, "main button[value=end]")
    await fitter.look(view, "end contact?")
    await press(view, "main button[value=end_yes]")
    await fitter.look(view, "contact ended")
    await house.store.write(a_report)
    await view.page.goto(f"{house.site}/s/{LINK}")
    await fitter.look(view, "a one-time link")
    await press(view, "main form button")
    await fitter.look(view, "move?")


async def _own_copy(view: View, house: Turned, fitter: Fitter) -> None:
    async with visiting(house.site) as visitor:
        visitor.choices = AT_WORK
        await visitor.begin(house.language)
        await visitor.tell(seen_at_work)
        await visitor.press("act", "send")
        code_of(visitor)
        cookies = [(each.key, each.value) for each in visitor.session.cookie_jar]
    await view.context.add_cookies(
        [{"name": name, "value": value, "url": house.site} for name, value in cookies]
    )
    await view.page.goto(house.site)
    await press(view, "main button[value=go_on_yes]")
    await fitter.look(view, "a teacher's receipt")
    for wanted in ("copy", "receipt"):
        await press(view, f"main button[value={wanted}]")
        await fitter.look(view, f"a teacher's {wanted} on paper")
        await press(view, "main article ~ * button[value=back]")
