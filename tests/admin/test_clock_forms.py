"""The forms by which staff keep a case's clocks."""

from __future__ import annotations

import pytest

from admin.parts import HOME
from tests.admin.house import Console
from triage.people.person import Role

STAND_ALONE = {"policy": "followup_6m", "date": "2020-05-04"}


@pytest.fixture
def engine() -> str:
    """What may be started is shown on both engines in `tests/cases/test_clock_acts.py`."""
    return "sqlite"


async def test_a_wrong_year_is_asked_about_before_its_clock_starts_late(console: Console) -> None:
    browser = await console.come_in(Role.COORDINATOR)
    case = await console.report()

    asked = await browser.act(case.code, "clock-start", STAND_ALONE)
    other = await browser.act(case.code, "clock-start", {**STAND_ALONE, "policy": "art14"})
    done = await browser.act(case.code, "clock-start", {**STAND_ALONE, "anyway": "yes"})

    assert (asked.status, other.status, done.status) == (422, 422, 303)
    assert "Med den dato er fristen allerede gået." in asked.words
    assert 'name="anyway"' in asked.text
    assert "2020-05-04" in asked.text
    assert "Det ur tæller fra nu og ikke fra en dato." in other.words


async def test_a_deadline_of_another_year_names_its_year_and_a_stopped_clock_no_step_to_come(
    console: Console,
) -> None:
    browser = await console.come_in(Role.COORDINATOR)
    case = await console.report()
    await browser.act(case.code, "clock-start", {"policy": "followup_12m", "date": "2026-05-01"})
    page = await browser.get(f"{HOME}/case/{case.code}")
    clocks = await console.store.read(lambda tx: tx.clocks.of_case(case.id))
    running = next(each for each in clocks if each.policy_id == "followup_12m")

    await browser.act(case.code, "clock-stop", {"clock": str(running.id), "result": "work"})
    after = await browser.get(f"{HOME}/case/{case.code}")

    assert "maj 2027" in page.words
    assert page.text.count('class="ahead"') > after.text.count('class="ahead"')


async def test_only_those_who_could_read_the_case_can_be_kept_out_of_it(console: Console) -> None:
    await console.someone(Role.ANALYST, name="Testperson Tal")
    await console.someone(Role.COORDINATOR, name="Testperson Kollega")
    head = await console.come_in(Role.HEAD)
    case = await console.report()

    page = await head.get(f"{HOME}/case/{case.code}")

    assert "Testperson Kollega" in page.words
    assert "Testperson Tal" not in page.words
