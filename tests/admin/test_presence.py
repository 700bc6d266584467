"""Who else is at a case now, on its page: at load without a script, and by the page's own reports with one."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Request, expect
from sqlalchemy import select

from admin.parts import HOME
from storage.presence_tables import presences
from tests.admin.house import Answer, Browser, Console
from tests.admin.test_looks import enter
from tests.support.browsing import browse
from triage.cases.presence import HERE
from triage.people.person import Role

AGAIN = {"X-Refresh": "1"}


@pytest.fixture
def engine() -> str:
    """The rules are looked at in tests/cases, on both."""
    return "sqlite"


def others(answer: Answer) -> str:
    """What the page says of who is here."""
    [line] = re.findall(r'<p class="others quiet"[^>]*role="status"[^>]*>([^<]*)</p>', answer.text)
    assert isinstance(line, str)
    return line


async def rows(console: Console) -> int:
    return len(await console.store.read(lambda tx: tx._work.all(select(presences))))


async def report(browser: Browser, code: str, **headers: str) -> Answer:
    """As the page's script does it."""
    token = (await browser.get(f"{HOME}/me")).form(f"{HOME}/sign-out")["csrf"]
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return await browser.post(f"{HOME}/case/{code}/here", {"csrf": token}, headers=sent)


async def test_the_page_names_at_most_three_who_are_here_and_that_there_are_more(console: Console) -> None:
    case = await console.report()
    path = f"{HOME}/case/{case.code}"
    english = await console.sign_in(await console.someone(name="Testperson 9", language="en"))
    reader = await console.come_in(Role.HEAD, name="Testperson 1")

    lines = [others(await reader.get(path))]
    await english.get(path)
    lines.append(others(await reader.get(path)))
    for number in (2, 3, 4):
        await (await console.come_in(Role.COORDINATOR, name=f"Testperson {number}")).get(path)
        lines.append(others(await reader.get(path)))

    assert lines == [
        "",
        "Testperson 9 er her nu",
        "Testperson 2 og Testperson 9 er her nu",
        "Testperson 2, Testperson 3 og Testperson 9 er her nu",
        "Testperson 2, Testperson 3, Testperson 4 og flere er her nu",
    ]
    assert others(await english.get(path)).endswith("Testperson 3 and others are here now")
    console.clock.advance(HERE)
    assert others(await english.get(path)) == ""


async def test_who_does_something_is_here_and_the_report_answers_with_the_line(console: Console) -> None:
    case = await console.report()
    path = f"{HOME}/case/{case.code}"
    officer = await console.come_in(name="Testperson 2")
    reader = await console.come_in(Role.HEAD, name="Testperson 1")
    hidden = (await officer.get(path)).form(f"{path}/note")
    console.clock.advance(HERE)
    assert others(await report(reader, case.code)) == ""

    done = await officer.post(f"{path}/note", {**hidden, "words": "Talt med skolen."})

    assert done.status == 303
    line = await report(reader, case.code)
    assert (line.status, others(line)) == (200, "Testperson 2 er her nu")
    assert 'data-left="60"' in line.text
    assert "<html" not in line.text


async def test_a_report_keeps_the_session_alive_and_a_page_that_looks_again_does_not(
    console: Console,
) -> None:
    case = await console.report()
    reporting, looking = await console.come_in(), await console.come_in()
    pages = [await each.get(f"{HOME}/case/{case.code}") for each in (reporting, looking)]
    tokens = [page.form(f"{HOME}/sign-out")["csrf"] for page in pages]
    statuses, lines = [], set()
    for _ in range(5):
        console.clock.advance(timedelta(minutes=5))
        looked, reported = [
            await browser.post(f"{HOME}/case/{case.code}/here", {"csrf": token}, headers=headers)
            for browser, token, headers in ((looking, tokens[1], AGAIN), (reporting, tokens[0], {}))
        ]
        statuses.append((looked.status, reported.status))
        lines.add(others(reported))

    assert statuses[0] == (200, 200)
    assert statuses[-1] == (401, 200)
    # Who only looked was at the case once, when they opened it.
    assert lines == {""}


async def test_whoever_is_kept_out_finds_nothing_there_and_leaves_no_trace(console: Console) -> None:
    case = await console.report()
    out = await console.come_in(Role.COORDINATOR)
    reader = await console.come_in(name="Testperson 1")
    await out.act(case.code, "conflict")
    assert await rows(console) == 0

    statuses = {
        (await report(out, case.code)).status,
        (await report(out, case.code, X_Refresh="1")).status,
        (await report(out, "K-ZZZZZZ")).status,
    }

    assert statuses == {404}
    assert await rows(console) == 0
    assert others(await reader.get(f"{HOME}/case/{case.code}")) == ""


@pytest.mark.browser
async def test_a_page_reports_what_its_reader_does_and_never_that_it_stands_open(
    console: Console, chromium: Chromium
) -> None:
    case = await console.report()
    path = f"{HOME}/case/{case.code}"
    colleague = await console.come_in(Role.HEAD, name="Testperson 2")
    reports: list[str] = []

    def keep(request: Request) -> None:
        if request.url.endswith("/here"):
            reports.append("looks" if "x-refresh" in request.headers else "is here")
            assert request.post_data is not None
            assert re.fullmatch(r"csrf=\w+", request.post_data)

    async with browse(chromium) as view:
        page = view.page
        page.on("request", keep)
        await enter(page, console, await console.someone(name="Testperson 1"))
        await colleague.get(path)
        await page.clock.install()
        await page.goto(console.address + path)
        line = page.locator("#others")
        assert await line.inner_text() == "Testperson 2 er her nu"
        await page.mouse.move(5, 5)
        await page.clock.run_for(59_000)
        assert reports == []

        # The first who is here would be gone now: the page looks, and the line goes.
        console.clock.advance(HERE)
        async with page.expect_response(f"**{path}/here"):
            await page.clock.run_for(2_000)
        await expect(line).to_have_text("")
        await page.clock.run_for(600_000)
        assert reports == ["looks"]

        await colleague.get(path)
        async with page.expect_response(f"**{path}/here"):
            await page.mouse.move(9, 9)
        await expect(line).not_to_have_text("")
        await page.mouse.move(5, 5)
        await page.keyboard.press("Shift")
        assert reports == ["looks", "is here"]
        await page.clock.run_for(20_000)
        async with page.expect_response(f"**{path}/here"):
            await page.keyboard.press("Shift")
        assert reports == ["looks", "is here", "is here"]
        assert view.complaints == []
