"""A slow phone line: the question stands there and can be answered before the script has come."""

from __future__ import annotations

import asyncio

import pytest
from playwright.async_api import Browser, Route, expect

from handlers.webchat.routes import build_webchat
from storage.store import Store
from tests.support.browsing import PHONE, View, browse
from tests.web.house import listening, webchat_parts

SLOW = {
    "offline": False,
    "latency": 400,
    "downloadThroughput": 400_000 // 8,
    "uploadThroughput": 400_000 // 8,
}
"""A slow third-generation line: 400 kbit/s, 400 ms to the first byte."""

_TIMES = """() => {
    const [page] = performance.getEntriesByType("navigation");
    const paint = performance.getEntriesByName("first-contentful-paint")[0];
    return {html: Math.round(page.responseEnd), seen: paint ? Math.round(paint.startTime) : null};
}"""


@pytest.mark.browser
async def test_each_question_is_answered_before_the_script_has_come(chromium: Browser, store: Store) -> None:
    held = asyncio.Event()
    asked_for: list[str] = []
    came: list[str] = []

    async def hold(route: Route) -> None:
        asked_for.append(route.request.url)
        await held.wait()
        await route.continue_()

    async with (
        listening(build_webchat(webchat_parts(store))) as site,
        browse(chromium, width=PHONE) as view,
    ):
        page = view.page
        page.on("requestfinished", lambda request: came.append(request.url))
        await page.route("**/app.js", hold)
        line = await view.context.new_cdp_session(page)
        await line.send("Network.enable")
        await line.send("Network.emulateNetworkConditions", SLOW)
        try:
            await page.goto(site, wait_until="commit")
            await _answered(view, "da", then="Er der nogen, der er i fare lige nu?")
            await _answered(view, "no", then="Hvad drejer det sig om?")
            await _answered(view, "relative", then="Før du fortæller")
            assert await page.evaluate("document.documentElement.classList.contains('js')") is False
        finally:
            held.set()
    assert asked_for
    assert not [url for url in came if url.endswith("/app.js")]


async def _answered(view: View, value: str, *, then: str) -> None:
    button = view.page.locator(f"main button[value='{value}']").first
    await expect(button).to_be_visible()
    print(await view.page.evaluate(_TIMES))
    await button.click(no_wait_after=True)
    await expect(view.page.locator("main h1")).to_contain_text(then)
