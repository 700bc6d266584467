"""The sheet by which staff tell others of a case, and the form that records it."""

from __future__ import annotations

import pytest

from admin.parts import HOME
from tests.admin.house import Console
from triage.cases.dialogue import write_from_reporter
from triage.people.person import Role

TOLD = {"receiver": "police", "to": "Testvagt 12", "receipt": "J.nr. 7"}


@pytest.fixture
def engine() -> str:
    """What is recorded is shown on both engines in `tests/cases/test_receivers.py`."""
    return "sqlite"


async def test_it_holds_what_to_say_and_nothing_of_who_the_reporter_is(console: Console) -> None:
    browser = await console.come_in()
    reach = {"reach_how": ("call",), "call_us": "Testfirma 12", "afraid_why": "Han bor hos mig."}
    case = await console.report(name="Testperson Hemmelig", municipality="0461", reach=reach)
    await console.store.write(
        write_from_reporter, console.parts.rules, case_id=case.id, words="Han er rejst nu."
    )

    page = await browser.get(f"{HOME}/case/{case.code}/sheet/police")

    for words in (
        f"Politiet: sag {case.code}",
        "114 Sidst kontrolleret 7. april 2016",
        "Ellers ring 114",
        "Personens kommune er Odense.",
        "Spørg, hvem du taler med, og om et journalnummer.",
        "Indsenderens ord – ikke undersøgt",
        "Hvor gammel er personen, cirka? 18–24",
        "Han går ikke ud mere.",
        "Han er rejst nu.",
    ):
        assert words in page.words, words
    for word in ("Testperson Hemmelig", "00 00 00 00", "Testfirma", "Søskende", "hos mig", "Anonym"):
        assert word not in page.text, word
    assert page.text.count("<form") == 1, "only the one that signs out"


async def test_opening_it_stands_in_the_readings_of_the_case(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()

    await browser.get(f"{HOME}/case/{case.code}/sheet/child")

    assert "åbnede et ark til at sige det videre" in (await browser.get(f"{HOME}/case/{case.code}")).words
    assert "åbnede et ark til at sige det videre" in (await browser.get(f"{HOME}/readings/mine")).words


async def test_there_is_none_for_nobody_for_advice_or_for_whoever_may_not_decide(console: Console) -> None:
    officer, other = await console.come_in(), await console.come_in(Role.COORDINATOR)
    case, asked = await console.report(), await console.report(kind="advice")
    await officer.act(case.code, "claim", {})

    statuses = [
        (await who.get(f"{HOME}/case/{code}/sheet/{what}")).status
        for who, code, what in (
            (officer, case.code, "police"),
            (officer, case.code, "nobody"),
            (officer, asked.code, "police"),
            (officer, "K-0000000", "police"),
            (other, case.code, "police"),
        )
    ]

    assert statuses == [200, 404, 404, 404, 404]
    assert "/sheet/" not in (await officer.get(f"{HOME}/case/{asked.code}")).text
    assert "/sheet/" not in (await other.get(f"{HOME}/case/{case.code}")).text


async def test_it_is_written_down_once_and_what_is_wrong_loses_nothing(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()

    bare = await browser.act(case.code, "passed-on", {"receipt": "J.nr. 7", "when_date": "i går"})
    late = await browser.act(case.code, "passed-on", {**TOLD, "when_date": "2031-01-01", "when_time": "8:00"})
    done = await browser.act(case.code, "passed-on", TOLD)
    page = await browser.get(f"{HOME}/case/{case.code}")

    assert (bare.status, late.status, done.status) == (422, 422, 303)
    assert 'value="J.nr. 7"' in bare.text
    for field in ("receiver", "to", "when_date"):
        assert f'href="#f-passed-on-{field}"' in bare.text
    assert "Tidspunktet ligger i fremtiden" in late.words
    assert 'value="Testvagt 12"' in late.text
    assert "Sagde det til andre: Politiet; mandag kl." in page.words.replace("\N{NO-BREAK SPACE}", " ")
    assert "Testvagt 12 Kvittering eller journalnummer: J.nr. 7" in page.words
