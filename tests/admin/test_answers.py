"""Standard answers in the reporter's language, and notes that say what they are."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from admin.parts import HOME
from tests.admin.house import Console
from tests.admin.test_looks import enter
from tests.support.browsing import DESK, browse
from triage.cases.case import EventKind
from triage.cases.records import Channel
from triage.people.person import Role


@pytest.fixture
def engine() -> str:
    """Pages stand above the store, whose rules are shown on both engines in `tests/cases`."""
    return "sqlite"


async def test_a_standard_answer_stands_in_the_box_to_be_changed_and_nothing_is_sent(
    console: Console,
) -> None:
    browser = await console.come_in(Role.COORDINATOR)
    case = await console.report(channel=Channel.TELEGRAM)
    path = f"{HOME}/case/{case.code}"

    page = await browser.get(path)
    chosen = await browser.get(f"{path}?answer=call")
    odd = await browser.get(f"{path}?answer=<b>")

    assert "Må vi ringe?" in page.words
    assert "answer=duty" not in page.text
    box = chosen.text[chosen.text.index('id="f-reply-words"') :]
    assert "Må vi ringe til dig?" in box[: box.index("</textarea>")]
    assert "<b>" not in odd.text
    assert await console.store.read(lambda tx: tx.messages.of_case(case.id)) == []


async def test_a_professional_is_offered_what_is_for_professionals(console: Console) -> None:
    browser = await console.come_in(Role.COORDINATOR)
    case = await console.report(channel=Channel.TELEGRAM, kind="professional")

    assert "answer=duty" in (await browser.get(f"{HOME}/case/{case.code}")).text


@pytest.mark.browser
async def test_with_a_script_an_answer_goes_behind_what_was_typed(
    console: Console, chromium: Browser
) -> None:
    officer = await console.someone(Role.DUTY_OFFICER)
    case = await console.report(channel=Channel.TELEGRAM)
    async with browse(chromium, width=DESK) as view:
        page = view.page
        await enter(page, console, officer)
        await page.goto(f"{console.address}{HOME}/case/{case.code}")
        await page.fill("#f-reply-words", "Kære du.")
        await page.click("text=Faste svar")
        await page.click("[data-fill] >> nth=1")
        typed = await page.input_value("#f-reply-words")

    assert typed.startswith("Kære du.\n\nTak, fordi du skrev.")


@pytest.mark.parametrize(
    ("mark", "line"),
    [
        ("seen", "Set eller hørt selv"),
        ("told", "Fortalt af andre"),
        ("assessed", "Min vurdering"),
        ("", None),
    ],
)
async def test_a_note_says_what_it_is(console: Console, *, mark: str, line: str | None) -> None:
    browser = await console.come_in(Role.COORDINATOR)
    case = await console.report()

    done = await browser.act(case.code, "note", {"words": "Skolen ringede.", "mark": mark})
    page = await browser.get(f"{HOME}/case/{case.code}")

    assert done.status == 303
    event = (await console.store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert (event.kind, event.facts.get("mark")) == (EventKind.NOTE, mark or None)
    timeline = page.words[page.words.index("Skolen ringede.") - 80 :]
    assert line is None or line in timeline


async def test_a_mark_that_is_none_is_refused_and_the_words_stay(console: Console) -> None:
    browser = await console.come_in(Role.COORDINATOR)
    case = await console.report()

    refused = await browser.act(case.code, "note", {"words": "Skolen ringede.", "mark": "proven"})

    assert refused.status == 422
    assert "Skolen ringede." in refused.text


async def test_a_reply_is_undone_and_its_words_stand_in_the_box_again(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    sent = await browser.act(case.code, "reply", {"words": "Til den forkerte."})
    page = await browser.get(f"{HOME}/case/{case.code}")
    fields = page.form(f"{HOME}/case/{case.code}/unsend")
    colleague = await console.come_in(Role.HEAD)
    to_a_colleague = await colleague.get(f"{HOME}/case/{case.code}")

    undone = [await browser.post(f"{HOME}/case/{case.code}/unsend", fields) for _ in range(2)]

    assert sent.location.endswith("said=reply")
    assert "Indsenderen har ikke set det." in page.words
    assert "Indsenderen har ikke set det." in to_a_colleague.words
    assert f"{HOME}/case/{case.code}/unsend" not in to_a_colleague.text
    for answer in undone:
        assert (answer.status, "Svaret er ikke sendt." in answer.words) == (200, True)
        assert re.search(r'<textarea id="f-reply-words"[^>]*>\s*Til den forkerte.</textarea>', answer.text)
    await console.let_replies_go()
    assert await console.store.read(lambda tx: tx.messages.of_case(case.id)) == []


async def test_undoing_too_late_says_so(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    await browser.act(case.code, "reply", {"words": "Tak, fordi du skrev."})
    fields = (await browser.get(f"{HOME}/case/{case.code}")).form(f"{HOME}/case/{case.code}/unsend")
    await console.let_replies_go()

    late = await browser.post(f"{HOME}/case/{case.code}/unsend", fields)
    nothing = await browser.post(f"{HOME}/case/{case.code}/unsend", {**fields, "reply": "x"})

    assert {(late.status, nothing.status)} == {(409, 409)}
    assert "Svaret er sendt" in late.words


@pytest.mark.browser
async def test_a_page_that_stands_open_offers_no_undo_once_the_reply_goes_out(
    console: Console, chromium: Browser
) -> None:
    case = await console.report()
    async with browse(chromium) as view:
        page = view.page
        await enter(page, console, await console.someone())
        await page.clock.install()
        await page.goto(f"{console.address}{HOME}/case/{case.code}")
        await page.fill("#f-reply-words", "Må vi ringe?")
        await page.locator("form[action$='/reply'] button").click()
        waiting = page.locator(".goes-out")
        await expect(waiting.locator("form")).to_have_count(1)
        await page.clock.run_for(15_000)
        assert await waiting.locator("form").count() == 1
        await page.clock.run_for(16_000)
        await expect(waiting.locator("form")).to_have_count(0)
        await expect(waiting).to_contain_text("kan ikke fortrydes længere")
        assert view.complaints == []
