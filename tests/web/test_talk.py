"""A reporter's talk in a real browser, with and without script."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Concatenate, ParamSpec, TypeVar

import pytest
from playwright.async_api import Browser, expect

from handlers.dialog.conversation import LINK_LIVES, Link, LinkPurpose
from handlers.dialog.inputs import Language
from handlers.dialog.intake import take
from handlers.dialog.ports import IntakeTransaction
from handlers.webchat.parts import WebchatParts
from storage.store import Store
from tests.support.browsing import LARGE_TEXT, SMALL, browse
from tests.support.stores import SettableClock
from tests.web.house import listening, webchat_parts, webchat_with_design
from tests.web.talking import (
    begin,
    heading,
    press,
    sees,
    shown,
    tell,
    to_review,
    to_story,
    walk_to_review,
    walk_to_story,
)
from triage.cases.records import Channel
from triage.faults import StoreDownError

P = ParamSpec("P")
T = TypeVar("T")

STORY = "Testperson A er blevet meget stille"


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
async def test_a_report_is_sent_and_its_code_leads_back_to_it(
    chromium: Browser, site: str, *, script: bool
) -> None:
    async with browse(chromium, script=script) as view:
        await walk_to_story(view, site)
        await tell(view, STORY)
        assert STORY not in await view.page.locator("main").inner_text()
        await walk_to_review(view)
        await press(view, "main button[value=send]")
        code = (await view.page.locator(".code").inner_text()).strip()
        await view.page.goto(site)
        assert await heading(view) == "Fortsæt?"
        await press(view, "main button[value=go_on_yes]")
        assert (await view.page.locator(".code").inner_text()).strip() == code
        assert view.page.url == f"{site}/"
        assert view.complaints == []
    async with browse(chromium, script=script) as view:
        await view.page.goto(f"{site}/kode")
        await view.page.fill("input[name=code]", f" {code.lower().replace('-', ' ')} ")
        await press(view, "main button[value=code]")
        await view.page.fill("main textarea", "Testperson A er 19")
        await press(view, "main .ask form .row button >> nth=0")
        await sees(view, "Testperson A er 19")


@pytest.mark.browser
async def test_every_page_is_accessible_and_fits_a_small_phone_with_large_text(
    chromium: Browser, site: str, clock: SettableClock
) -> None:
    found: list[str] = []

    async with browse(chromium, width=SMALL, text_size=LARGE_TEXT) as view:

        async def look() -> None:
            found.extend(await view.axe())
            found.extend(["sideways"] if await view.scrolls_sideways() else [])
            size = len(await view.page.content())
            found.extend([f"{size} bytes"] if size > 20_000 else [])

        await view.page.goto(site)
        await look()
        await begin(view, site)
        await press(view, "main .choices button[value=yes]")
        await look()
        await press(view, "main button[value=cannot_call]")
        await look()
        await view.page.goto(f"{site}/kode")
        await look()
        await view.page.fill("input[name=code]", "wrong")
        await press(view, "main button[value=code]")
        await look()
        for path in ("/nowhere", "/s/secret", "/"):
            await view.page.goto(site + path)
            await look()
        assert view.complaints == []
    async with browse(chromium, width=SMALL, text_size=LARGE_TEXT, light="dark") as view:
        await to_story(view, site)
        await look()
        await view.page.fill("main textarea", " ")
        await press(view, "main .ask form .row button >> nth=0")
        await sees(view, "Der stod ikke noget")
        await look()
        await tell(view, STORY)
        await to_review(view, site)
        await look()
        await press(view, "main button[value=send]")
        await view.page.locator("main details >> nth=1").evaluate("details => { details.open = true; }")
        await look()
        await press(view, "main button[value=replace]")
        await look()
        await view.page.goto(site)
        await press(view, "main button[value=go_on_yes]")
        await press(view, "main button[value=open]")
        await look()
        clock.advance(timedelta(minutes=61))
        await view.page.goto(site)
        assert await heading(view) == "Siden er udløbet"
        await look()
        assert view.complaints == []
    assert found == []


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
async def test_an_answer_can_be_changed_and_the_language_with_it(
    chromium: Browser, site: str, *, script: bool
) -> None:
    async with browse(chromium, script=script) as view:
        await begin(view, site)
        await press(view, "main .choices button[value=no]")
        await press(view, "main button[name=edit][value=danger]")
        assert await view.page.locator('[aria-current="true"]').inner_text() != ""
        await press(view, "main button[value=keep]")
        assert await heading(view) == "Hvad drejer det sig om?"
        await view.page.locator("footer button[name=language]").click()
        await sees(view, "What is it about")
        assert await view.page.locator("html").get_attribute("lang") == "en"


@pytest.mark.browser
async def test_a_dropped_line_keeps_the_words_and_sends_them_when_it_is_back(
    chromium: Browser, site: str
) -> None:
    async with browse(chromium) as view:
        await to_story(view, site)
        await view.context.set_offline(offline=True)
        await view.page.fill("main textarea", STORY)
        await view.page.locator("main .ask form .row button").first.click()
        await view.page.locator(".ask .unsent:visible").wait_for()
        assert await view.page.input_value("main textarea") == STORY
        await view.context.set_offline(offline=False)
        await sees(view, "Hvornår blev du bekymret")
        assert "net::ERR_INTERNET_DISCONNECTED" in " ".join(view.complaints)


@pytest.mark.browser
async def test_words_above_every_limit_stay_where_they_are(chromium: Browser, site: str) -> None:
    async with browse(chromium) as view:
        await to_story(view, site)
        await view.page.fill("main textarea", "x" * 70_000)
        await view.page.locator("main .ask form .row button").first.click()
        await view.page.locator(".ask .unsent:visible").wait_for()
        assert "Det er for langt" in await view.page.locator(".ask .unsent").inner_text()
        assert len(await view.page.input_value("main textarea")) == 70_000


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
async def test_a_one_time_link_opens_the_conversation_once(
    chromium: Browser, store: Store, *, script: bool
) -> None:
    parts = webchat_parts(store)
    await store.write(_linked, parts)
    async with listening(webchat_with_design(parts)) as site:
        async with browse(chromium, script=script) as view:
            await view.page.goto(f"{site}/s/one-time")
            await view.page.reload()
            await press(view, "main .ask button")
            assert view.page.url == f"{site}/"
            assert "i fare lige nu" in await heading(view)
        async with browse(chromium, script=script) as view:
            await view.page.goto(f"{site}/s/one-time")
            await press(view, "main .ask button")
            await sees(view, "bed om et nyt")


def _linked(tx: IntakeTransaction, parts: WebchatParts) -> None:
    peer = tx.conversations.lock_peer(Channel.TELEGRAM, tx.digest("peer", b"1"), address="1")
    begun = take(tx, parts.intake, peer, Language("da")).conversation
    link = Link(
        conversation_id=begun.id,
        round=begun.round,
        purpose=LinkPurpose.SECURE_PAGE,
        expires_at=tx.now + LINK_LIVES,
    )
    tx.conversations.add_link(tx.digest("link", b"one-time"), link)


@pytest.mark.browser
async def test_a_store_that_is_down_hands_the_words_back(chromium: Browser, store: Store) -> None:
    down = _Down(store)
    async with (
        listening(webchat_with_design(webchat_parts(down))) as site,
        browse(chromium, script=False) as view,
    ):
        await to_story(view, site)
        down.is_down = True
        await view.page.fill("main textarea", STORY)
        await press(view, "main .ask form .row button >> nth=0")
        assert await heading(view) == "Ikke gemt, prøv igen"
        assert await view.page.input_value("main textarea") == STORY
        down.is_down = False
        await press(view, "main .ask form .row button >> nth=0")
        assert await heading(view) == "Hvornår blev du bekymret?"


@pytest.mark.browser
async def test_it_is_told_with_the_keyboard_alone(chromium: Browser, site: str) -> None:
    async with browse(chromium) as view:
        await view.page.goto(site)
        await view.page.keyboard.press("Tab")
        assert await view.page.evaluate("document.activeElement.textContent") == "Gå til indholdet"
        for wanted in ("da", "no"):
            for _ in range(20):
                await view.page.keyboard.press("Tab")
                if await view.page.evaluate("document.activeElement.value") == wanted:
                    break
            before = await heading(view)
            await view.page.keyboard.press("Enter")
            await expect(view.page.locator("main h1")).not_to_have_text(before)
        assert await heading(view) == "Hvad drejer det sig om?"
        assert await view.page.evaluate("document.activeElement.tagName") == "H1"


@pytest.mark.browser
async def test_the_idle_minutes_are_warned_of_and_end_honestly(
    chromium: Browser, site: str, clock: SettableClock
) -> None:
    async with browse(chromium) as view:
        await view.page.clock.install()
        await to_story(view, site)
        await view.page.fill("main textarea", STORY)
        assert "Siden lukker" not in await shown(view)
        await view.page.clock.run_for(56 * 60 * 1000)
        await sees(view, "Siden lukker om 5 minutter")
        clock.advance(timedelta(minutes=56))
        await view.page.click("[data-idle] button")
        await view.page.locator("[data-idle]").wait_for(state="hidden")
        assert await view.page.input_value("main textarea") == STORY
        clock.advance(timedelta(minutes=61))
        await view.page.clock.run_for(61 * 60 * 1000)
        await sees(view, "Siden er udløbet")
        assert "kan ikke hentes frem" in await shown(view)
        assert "Aalborg" not in await view.page.content()
        await view.page.click("main .ask .row a")
        assert "Vælg sprog" in await heading(view)


class _Down:
    """A store that can be taken down."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.is_down = False

    async def write(
        self, use_case: Callable[Concatenate[Any, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        if self.is_down:
            raise StoreDownError
        return await self.store.write(use_case, *args, **kwargs)

    async def write_repeatable(
        self, use_case: Callable[Concatenate[Any, P], T], /, *args: P.args, **kwargs: P.kwargs
    ) -> T:
        if self.is_down:
            raise StoreDownError
        return await self.store.write_repeatable(use_case, *args, **kwargs)

    async def read(self, query: Callable[Concatenate[Any, P], T], /, *args: P.args, **kwargs: P.kwargs) -> T:
        return await self.store.read(query, *args, **kwargs)
