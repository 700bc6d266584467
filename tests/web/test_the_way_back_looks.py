"""The pages of the way back in a real browser: read well, light, and after the quick exit "back" shows nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace

import pytest
from playwright.async_api import Browser, Error

from handlers.dialog.conversation import LINK_LIVES, Link, LinkPurpose
from storage.store import Store
from storage.transaction import Transaction
from tests.e2e.looking import a_looker, a_person
from tests.support.browsing import PHONE, View
from tests.support.builders import a_conversation, a_submission
from tests.web.house import listening, webchat_parts, webchat_with_design
from tests.web.talking import press
from triage.cases.receipts import ReceiptCode, make_receipt
from triage.cases.records import Channel

pytestmark = pytest.mark.browser
A_PAGE = 40_000
LINK = "one-time"


@dataclass(frozen=True, kw_only=True)
class Site:
    """The pages, where the quick exit leads, and a report of a chat with its code."""

    address: str
    exit: str
    code: str


def a_report(tx: Transaction) -> str:
    """A report of a chat, its code, and a link to move by."""
    conversation = replace(a_conversation(tx, channel=Channel.TELEGRAM), language="da")
    case = a_submission(tx, conversation_id=conversation.id, channel=Channel.TELEGRAM)
    tx.conversations.save(replace(conversation, case_id=case.id))
    code = make_receipt(tx, case_id=case.id)
    assert isinstance(code, ReceiptCode)
    link = Link(
        conversation_id=conversation.id,
        round=conversation.round,
        purpose=LinkPurpose.MOVE,
        expires_at=tx.now + LINK_LIVES,
    )
    tx.conversations.add_link(tx.digest("link", LINK.encode()), link)
    return code.written


@asynccontextmanager
async def a_site(store: Store) -> AsyncIterator[Site]:
    parts = webchat_parts(store)
    code = await store.write(a_report)
    async with listening(webchat_with_design(parts)) as neutral:
        away = replace(parts, exit_url=f"{neutral}/design")
        async with listening(webchat_with_design(away)) as address:
            yield Site(address=address, exit=away.exit_url, code=code)


async def to_letters(view: View, site: Site) -> None:
    await view.page.goto(f"{site.address}/kode")
    await view.page.fill("main input[name=code]", site.code)
    await press(view, "main button[value=code]")


async def to_end(view: View, site: Site) -> None:
    await to_letters(view, site)
    await press(view, "main button[value=end]")


async def to_replace(view: View, site: Site) -> None:
    await to_letters(view, site)
    await press(view, "main button[value=replace]")


async def to_new_code(view: View, site: Site) -> None:
    await to_replace(view, site)
    await press(view, "main button[value=replace_yes]")


async def to_move(view: View, site: Site) -> None:
    await view.page.goto(f"{site.address}/s/{LINK}")
    await press(view, "main form button")


async def to_journeys(view: View, site: Site) -> None:
    await view.page.goto(site.address)
    await press(view, "footer a[href='/hvad-sker-der']")


async def to_while_waiting(view: View, site: Site) -> None:
    await view.page.goto(site.address)
    await press(view, "footer a[href='/mens-du-venter']")


async def to_opening(view: View, site: Site) -> None:
    await view.page.goto(site.address)
    await press(view, "footer a[href='/tider']")


async def to_rights(view: View, site: Site) -> None:
    await view.page.goto(site.address)
    await press(view, "footer a[href='/om-dig']")


PAGES = {
    "letters": to_letters,
    "end": to_end,
    "replace": to_replace,
    "new code": to_new_code,
    "move": to_move,
    "journeys": to_journeys,
    "while waiting": to_while_waiting,
    "opening": to_opening,
    "rights": to_rights,
}


@pytest.mark.parametrize("name", PAGES)
async def test_each_page_is_light_and_read_well_wide_and_narrow_light_and_dark(
    chromium: Browser, store: Store, name: str
) -> None:
    looker = a_looker()
    async with a_site(store) as site, a_person(chromium, width=PHONE) as view:
        await PAGES[name](view, site)
        assert len((await view.page.content()).encode()) < A_PAGE
        await looker.look(view, name)
    assert "\n".join(looker.wrong) == ""


@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("name", PAGES)
async def test_after_the_quick_exit_back_shows_nothing_of_it(
    chromium: Browser, store: Store, name: str, *, script: bool
) -> None:
    async with a_site(store) as site, a_person(chromium, script=script, width=PHONE) as view:
        await PAGES[name](view, site)
        said = await view.page.locator("main h1").inner_text()
        await view.page.click(".exit")
        await view.page.wait_for_url(site.exit)
        try:
            await view.page.go_back()
        except Error as error:
            # The answer to a form: the browser asks whether to send it again, and shows nothing.
            assert "ERR_CACHE_MISS" in error.message  # noqa: PT017 - what a browser does is the thing looked at
        # What comes back may lead on by itself, or be the browser's own page: look once it has come to rest.
        await view.page.wait_for_load_state("networkidle")
        page = await view.page.content()
        assert said not in await view.page.locator("main h1").all_inner_texts()
        assert site.code not in page
        assert await view.page.locator("main .code").count() == 0
