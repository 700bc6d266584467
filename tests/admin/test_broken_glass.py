"""The form by which a coordinator opens who a reporter is in a colleague's case."""

from __future__ import annotations

from admin.parts import HOME
from tests.admin.house import Console
from triage.people.person import Role


async def test_in_a_colleagues_case_it_opens_all_the_same_and_the_page_says_who_is_told(
    console: Console,
) -> None:
    holder, other = await console.come_in(Role.COORDINATOR), await console.come_in(Role.COORDINATOR)
    case = await console.report(name="Testperson Hemmelig")
    await holder.act(case.code, "claim")

    shut = await other.get(f"{HOME}/case/{case.code}")
    opened = await other.act(case.code, "identity", {"words": "Kollegaen er syg."})
    own = await holder.get(f"{HOME}/case/{case.code}")

    assert "Lederen og databeskyttelsesrådgiveren får besked" in shut.words
    assert ("Testperson Hemmelig" in shut.words, "Testperson Hemmelig" in opened.words) == (False, True)
    assert "Lederen og databeskyttelsesrådgiveren får besked" not in own.words
    assert "Åbnede, hvem indsenderen er, i en andens sag" in own.words
