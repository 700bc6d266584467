"""A reporter whose browser runs no script: all that can be done is done, and looked up again with the code."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser

from handlers.webchat.routes import build_webchat
from storage.store import Store
from storage.transaction import Transaction
from tests.e2e.telling import SEND, TOLD, Say, do, send, use_code
from tests.support.browsing import PHONE, browse
from tests.web.house import listening, webchat_parts
from tests.web.talking import begin, press, sees
from tests.web.test_coming_back import cases, reply
from triage.cases.case import EventKind
from triage.ids import CaseId

TELLING = "Testperson A er vred. Ring 20 20 20 20, eller skriv til testperson@example.org."
GUIDES = ("/hvad-sker-der", "/mens-du-venter", "/tider", "/om-dig")


@pytest.mark.browser
async def test_every_task_of_a_reporter_is_done_without_javascript(chromium: Browser, store: Store) -> None:
    async with (
        listening(build_webchat(webchat_parts(store))) as site,
        browse(chromium, width=PHONE, script=False) as view,
    ):
        page = view.page
        await begin(view, site)
        for name, step in TOLD:
            await do(view, Say(TELLING) if name == "story" else step)
        while not await page.locator("main button[value=send]").count():
            await press(view, "main .ask button[value=skip]")
        await sees(view, "20 20 20 20")
        await press(view, "main .telling button[name=remove] >> nth=0")
        await press(view, "main button[name=edit][value=wish]")
        await press(view, "main button[value=keep]")
        old = await send(view)
        await page.locator("main details:has(input[name=group]) summary").click()
        await page.fill("main input[name=group]", old.split("-")[-1])
        await press(view, "main form:has(input[name=group]) button")
        await sees(view, "(passer|rigtig)")

        await press(view, "main button[value=open]")
        await press(view, "main button[value=replace]")
        await press(view, "main button[value=replace_yes]")
        code = (await page.locator("main .code.big").inner_text()).strip()
        assert code != old
        for path in GUIDES:
            await page.goto(f"{site}{path}")
            assert await page.locator("main .ask, main section").count()
        await page.goto(site)
        await page.click(".exit", no_wait_after=True)

    [case_id] = await cases(store)
    await store.write(reply, case_id)
    async with (
        listening(build_webchat(webchat_parts(store))) as site,
        browse(chromium, width=PHONE, script=False) as view,
    ):
        await use_code(view, site, code)
        await sees(view, "Må vi ringe?")
        await view.page.fill("main textarea[name=words]", "Ja, i morgen.")
        await press(view, SEND)
        await sees(view, "Ja, i morgen.")
        await press(view, "main button[value=end]")
        await press(view, "main button[value=end_yes]")
        await sees(view, "Kontakten er afsluttet.")
    assert await store.read(_ended, case_id)
    assert "20 20 20 20" not in await store.read(_story, case_id)


def _ended(tx: Transaction, case_id: CaseId) -> bool:
    return tx.cases.timeline(case_id)[-1].kind is EventKind.CONTACT_ENDED


def _story(tx: Transaction, case_id: CaseId) -> str:
    [submission] = tx.cases.submissions(case_id, identity=True)
    return str(submission.body["story"])
