"""Two people open who a reporter is, on the case's page."""

from __future__ import annotations

import pytest

from admin.parts import HOME
from tests.admin.house import Console
from triage.people.person import Role


@pytest.fixture
def engine() -> str:
    """What is asked of the store is shown on both engines in `tests/cases/test_identity.py`."""
    return "sqlite"


async def test_one_asks_another_agrees_and_it_opens(console: Console) -> None:
    officer = await console.come_in(Role.DUTY_OFFICER, name="Testperson Vagt")
    head = await console.come_in(Role.HEAD, name="Testperson Leder")
    case = await console.report(name="Testperson Hemmelig")
    path = f"{HOME}/case/{case.code}"
    reason = {"words": "Skal give underretningen videre."}

    asked = await officer.act(case.code, "identity", reason)
    first, page = await head.get(HOME), await head.get(path)
    agreed = await head.act(case.code, "identity-agree")
    until = await officer.get(path)
    opened = await officer.act(case.code, "identity", reason)

    assert asked.status == 200
    assert "Testperson Hemmelig" not in asked.text
    assert "Du kan åbne det, når en kollega har sagt ja." in asked.words
    assert "identity-agree" not in asked.text
    assert (
        f"Nogen vil vide, hvem indsenderen er En kollega venter på et ja eller nej: {case.code}"
        in first.words
    )
    assert "Testperson Vagt bad om det" in page.words
    assert "Skal give underretningen videre." in page.words
    assert agreed.location.endswith("said=identity-agree")
    assert "En kollega har sagt ja." in until.words
    assert "Skal give underretningen videre." in until.words
    assert "identity-words" not in until.text
    assert "Testperson Hemmelig" in opened.words


async def test_whoever_opens_it_alone_is_told_before_who_hears_of_it_and_the_timeline_says_why(
    console: Console,
) -> None:
    officer = await console.come_in(Role.DUTY_OFFICER)
    await console.come_in(Role.DPO)
    case = await console.report(name="Testperson Hemmelig")
    path = f"{HOME}/case/{case.code}"

    before = await officer.get(path)
    opened = await officer.act(case.code, "identity", {"words": "Skal ringe."})
    after = await officer.get(path)

    assert "Du åbner det uden en kollega" in before.words
    assert "Testperson Hemmelig" in opened.words
    assert "alene, fordi ingen anden kunne sige ja" in after.words
