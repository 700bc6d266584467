"""Five tasks of an officer, walked and counted as `docs/PEERS.md` says."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from admin.parts import HOME
from storage.transaction import Transaction
from tests.admin.house import Answer, Browser, Console
from tests.admin.unit import for_the_unit
from triage.cases.case import EventKind
from triage.people.person import Person, Role

PAGE = Path("docs/PEERS.md")
TASKS = ("urgent", "answer", "call", "ask", "readers")
"""In the order of the table."""


@pytest.fixture
def engine() -> str:
    """Steps are the pages' own."""
    return "sqlite"


@dataclass
class Counted:
    """Somebody whose steps are counted: what they open, fill in and press."""

    browser: Browser
    steps: int = 0

    async def follow(self, page: Answer, link: str) -> Answer:
        """Press a link that stands on the page."""
        assert f'href="{link}"' in page.text, link
        self.steps += 1
        return await self.browser.get(link)

    async def fill(self, page: Answer, action: str, fields: Mapping[str, str]) -> Answer:
        """Fill in these fields of a form on the page, and press its button; one of them may be the button."""
        form = page.text[page.text.index(f'action="{action}"') :].partition("</form>")[0]
        assert all(f'name="{name}"' in form for name in fields), fields
        presses = [name for name in fields if f'<button type="submit" name="{name}"' in form]
        self.steps += len(fields) + (0 if presses else 1)
        return await self.browser.post(action, {**page.form(action), **fields})


def written() -> dict[str, int]:
    """What the page says of this desk."""
    rows = re.findall(
        r"^\| (\d) [^|]*\|[^|]*\|[^|]*\|[^|]*\| (\d+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE
    )
    return {TASKS[int(number) - 1]: int(steps) for number, steps in rows}


async def test_the_five_tasks_take_as_many_steps_as_is_written(console: Console) -> None:
    await console.someone(Role.UNIT_MEMBER, authority="SSP")
    officer = await console.someone(Role.DUTY_OFFICER)
    browser = await console.sign_in(officer)
    walked: dict[str, int] = {}

    code, walked["urgent"] = await _urgent(console, browser)
    walked["answer"] = await _answer(console, browser, code, officer)
    walked["call"] = await _call(console, browser)
    walked["ask"] = await _ask(console, browser, officer)
    walked["readers"] = await _readers(browser, code)

    assert walked == written()


async def _urgent(console: Console, browser: Browser) -> tuple[str, int]:
    await console.report()
    case = await console.report(acute=True)
    one = Counted(browser)
    first = await browser.get(HOME)
    rows = re.findall(rf'<li[^>]*><a href="({HOME}/case/[^"]+)">', first.text)
    page = await one.follow(first, rows[0])
    assert case.code in page.words
    return case.code, one.steps


async def _answer(console: Console, browser: Browser, code: str, officer: Person) -> int:
    one, path = Counted(browser), f"{HOME}/case/{code}"
    await one.fill(await browser.get(path), f"{path}/reply", {"words": "Må vi ringe?"})
    await console.let_replies_go()

    def holder(tx: Transaction) -> object:
        case = tx.cases.find(code)  # type: ignore[arg-type]
        assert case is not None
        assert len(tx.messages.of_case(case.id)) == 1
        return case.assignee

    assert await console.store.read(holder) == officer.id
    return one.steps


async def _call(console: Console, browser: Browser) -> int:
    case = await console.report(reach={"reach_how": ("call",), "reach_when": ("any_time",)})
    one, path = Counted(browser), f"{HOME}/case/{case.code}"
    await one.fill(await browser.get(path), f"{path}/called", {"did": "no_answer"})
    timeline = await console.store.read(lambda tx: tx.cases.timeline(case.id))
    assert timeline[-1].kind is EventKind.CALLED
    return one.steps


async def _ask(console: Console, browser: Browser, officer: Person) -> int:
    case = await for_the_unit(console, officer.id)
    one, path = Counted(browser), f"{HOME}/case/{case.code}"
    page = await browser.get(path)
    story = next(each for each in re.findall(r'name="passed" value="([^"]+)"', page.text) if "story" in each)
    fields = {"authority": "SSP", "necessity": "I kender skolen.", "basis": "rpl115_ssp", "passed": story}
    await one.fill(page, f"{path}/ask", fields)
    assert len(await console.store.read(lambda tx: tx.enquiries.of_case(case.id))) == 1
    return one.steps


async def _readers(browser: Browser, code: str) -> int:
    page = await browser.get(f"{HOME}/case/{code}")
    # It stands on the page, folded: one press opens it.
    assert "<summary>Hvem har læst sagen" in page.text
    return 1
