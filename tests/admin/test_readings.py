"""The pages that say who read what."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from uuid import UUID

import pytest

from admin.parts import HOME
from tests.admin.house import Console
from tests.support.trails import noted
from triage.audit import Act
from triage.cases.trail import SHOWN
from triage.people.person import Role

READINGS, MINE = f"{HOME}/readings", f"{HOME}/readings/mine"
ODD = {
    "week=2026-W99": 200,
    "week=0000-W00": 200,
    "week=9999-W01": 200,
    "week=2000-W01": 200,
    "person=%00": 404,
    "person=x": 404,
    f"person={UUID(int=0)}": 404,
}


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
        for query in ("case=%00", "case=%ED%A0%80", "case=%25", "before=x", "before=" + "9" * 40, *ODD)
    ]

    assert "Testperson Et · læste sagen" in week.words
    assert (str(case.code) in week.text, str(other.code) in week.text) == (True, True)
    assert f"/case/{case.code}" not in week.text
    assert (str(other.code) in one.text, f"Hvem har læst {case.code}." in one.words) == (False, True)
    assert (none.status, "Der er ingen sag med det nummer." in none.words) == (404, True)
    assert odd == [404, 404, 404, 200, 200, *ODD.values()]
    assert (await officer.get(READINGS)).status == 404


async def test_looking_again_adds_no_line_but_is_counted(console: Console) -> None:
    officer, dpo = await console.come_in(name="Testperson Et"), await console.come_in(Role.DPO)
    case = await console.report()
    path = f"{HOME}/case/{case.code}"
    for minutes in (0, 3, 5):
        console.clock.advance(timedelta(minutes=minutes))
        await officer.get(path)

    mine, week = await officer.get(MINE), await dpo.get(READINGS)
    head = await console.come_in(Role.HEAD)
    page = await head.get(path)

    assert mine.words.count("læste sagen") == 1
    assert "kl. 9 , 3 gange indtil kl. 9.08 læste sagen" in mine.words
    assert "kl. 9 , 3 gange indtil kl. 9.08 Testperson Et · læste sagen" in week.words
    assert "kl. 9 , 3 gange indtil kl. 9.08 Testperson Et · læste sagen" in page.words
    await officer.get(path)
    await officer.get(f"{HOME}/case/{(await console.report()).code}")
    await officer.get(path)
    await officer.get(path)
    assert "kl. 9.08 , 2 gange læste sagen" in (await officer.get(MINE)).words


async def test_the_data_protection_officer_chooses_a_person_and_a_week(console: Console) -> None:
    one, other = await console.come_in(name="Testperson Et"), await console.come_in(name="Testperson To")
    case = await console.report()
    for each in (one, other):
        await each.get(f"{HOME}/case/{case.code}")
    dpo = await console.come_in(Role.DPO, name="Testperson Tilsyn")
    assert one.person is not None
    chosen = f"person={one.person.id}"

    week = await dpo.get(READINGS)
    of_one = await dpo.get(f"{READINGS}?{chosen}&case=")
    empty = await dpo.get(f"{READINGS}?{chosen}&week=2020-W19")
    nobody = await dpo.get(f"{READINGS}?person=x&week=2020-W19")

    assert "Testperson To · læste sagen" in week.words
    assert ('rel="prev"' in week.text, 'rel="next"' in week.text) == (True, False)
    assert ("Testperson Et · læste sagen" in of_one.words, "Testperson To ·" in of_one.words) == (True, False)
    assert f'<option value="{one.person.id}" selected>' in of_one.text
    assert "Uge 19 i 2020: mandag d. 4. maj til søndag d. 10. maj" in empty.words
    assert "Ingen har læst noget i den uge." in empty.words
    assert "Gå en uge tilbage" in empty.words
    for number in ("18", "20"):
        assert f'href="{READINGS}?{chosen}&amp;week=2020-W{number}"' in empty.text
    # The form keeps the week that it stands in, also where nobody is to be found.
    for page in (empty, nobody):
        assert '<input type="hidden" name="week" value="2020-W19">' in page.text
    assert (nobody.status, "Vælg en fra listen." in nobody.words) == (404, True)


async def test_pages_of_a_week_go_on_with_what_was_chosen(console: Console) -> None:
    by, at = (await console.someone()).id, console.clock.at
    one, other = (await console.report()).id, (await console.report()).id
    looks = [one if number % 2 else other for number in range(SHOWN + 1)]
    await console.store.write(noted, [(by, Act.CASE_READ, each, at) for each in looks])
    console.clock.advance(timedelta(days=7))
    dpo = await console.come_in(Role.DPO)
    year, number, _ = at.isocalendar()
    path = f"{READINGS}?person={by}&week={year}-W{number:02}"

    first = await dpo.get(path)
    [further] = re.findall(r'href="([^"]*before=[^"]*)"', first.text)
    rest = await dpo.get(unescape(further))

    assert unescape(further).startswith(f"{path}&before=")
    assert [each.words.count("læste sagen") for each in (first, rest)] == [SHOWN, 1]
    assert "before=" not in rest.text


@pytest.mark.parametrize(
    ("roles", "room"),
    [
        ((Role.DPO,), READINGS),
        ((Role.DPO, Role.ADMINISTRATOR), f"{HOME}/people"),
        ((Role.ANALYST,), f"{HOME}/me"),
    ],
)
async def test_the_first_room_of_the_data_protection_officer_is_who_read_what(
    console: Console, *, roles: tuple[Role, ...], room: str
) -> None:
    browser = await console.come_in(*roles)

    assert (await browser.get(HOME)).location == room
