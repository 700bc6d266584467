"""Opening a closed case again, on its page."""

from __future__ import annotations

import pytest

from admin.parts import HOME
from tests.admin.house import Console
from tests.admin.test_case import DECISION
from tests.admin.test_queue import codes_on


@pytest.fixture
def engine() -> str:
    """What is asked of the store is shown on both engines in `tests/cases/test_reopening.py`."""
    return "sqlite"


async def test_a_closed_case_is_opened_with_a_reason_and_stands_in_the_queue(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    for act, fields in (("decide", DECISION), ("close", {"words": ""})):
        assert (await browser.act(case.code, act, fields)).status == 303

    without = await browser.act(case.code, "reopen", {"words": " "})
    opened = await browser.act(case.code, "reopen", {"words": "Skolen ringede."})
    page = await browser.get(opened.location)

    assert without.status == 422
    assert "Sagen er åben igen og venter på en beslutning." in page.words
    assert "Skolen ringede." in page.words
    assert f"{HOME}/case/{case.code}/decide" in page.text
    assert codes_on((await browser.get(HOME)).text) == [case.code]
