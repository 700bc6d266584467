"""The pages that say who read what."""

from __future__ import annotations

import pytest

from admin.parts import HOME
from tests.admin.house import Console
from triage.people.person import Role

READINGS, MINE = f"{HOME}/readings", f"{HOME}/readings/mine"


@pytest.fixture
def engine() -> str:
    """What is asked of the store is shown on both engines in `tests/cases/test_trail.py`."""
    return "sqlite"


@pytest.mark.asvs("16.3.2")
async def test_one_sees_ones_own_readings_and_who_read_a_case_on_its_page(console: Console) -> None:
    officer = await console.come_in(name="Testperson Et")
    case = await console.report(name="Testperson Indsender")
    await officer.get(f"{HOME}/case/{case.code}")
    head = await console.come_in(Role.HEAD, name="Testperson Leder")

    mine = await officer.get(MINE)
    page = await head.get(f"{HOME}/case/{case.code}")

    assert f"læste sagen · {case.code}" in mine.words
    assert f'href="{HOME}/case/{case.code}"' in mine.text
    assert "Testperson Indsender" not in mine.text
    assert "Hvem har læst sagen" in page.words
    assert "Testperson Et · læste sagen" in page.words
    assert MINE in (await officer.get(f"{HOME}/me")).text


async def test_the_data_protection_officer_finds_a_case_by_its_number_and_can_open_none(
    console: Console,
) -> None:
    officer = await console.come_in(name="Testperson Et")
    dpo = await console.come_in(Role.DPO)
    case, other = await console.report(), await console.report()
    for each in (case, other):
        await officer.get(f"{HOME}/case/{each.code}")

    week = await dpo.get(READINGS)
    one = await dpo.get(f"{READINGS}?case={str(case.code).lower()}")
    none = await dpo.get(f"{READINGS}?case=K-0000000")
    odd = [
        (await dpo.get(f"{READINGS}?{query}")).status
        for query in ("case=%00", "case=%ED%A0%80", "case=%25", "before=x", "before=" + "9" * 40)
    ]

    assert "Testperson Et · læste sagen" in week.words
    assert (str(case.code) in week.text, str(other.code) in week.text) == (True, True)
    assert f"/case/{case.code}" not in week.text
    assert (str(other.code) in one.text, f"Hvem har læst {case.code}." in one.words) == (False, True)
    assert (none.status, "Der er ingen sag med det nummer." in none.words) == (404, True)
    assert odd == [404, 404, 404, 200, 200]
    assert (await officer.get(READINGS)).status == 404
