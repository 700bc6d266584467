"""A case from elsewhere: whom to call, what the reporter said, and that only a recorded receipt stops the clock."""

from __future__ import annotations

import pytest

from admin.parts import HOME
from storage.transaction import Transaction
from tests.admin.house import Console
from triage.cases.case import Case, CaseState

ASKED = "Må vi sende det videre til infohuset på Fyn?"


@pytest.mark.parametrize(
    ("forward", "said"),
    [
        ("yes", "Indsenderen har sagt ja til, at det sendes videre."),
        ("no", "Indsenderen har sagt nej til, at det sendes videre."),
        (None, "Indsenderen er ikke spurgt, om det må sendes videre."),
    ],
)
async def test_the_page_says_whom_to_call_and_what_the_reporter_said(
    console: Console, forward: str | None, said: str
) -> None:
    browser = await console.come_in()
    case = await console.report(municipality="0461", forward=forward)

    words = (await browser.get(f"{HOME}/case/{case.code}")).words

    assert "Der er det infohuset på Fyn, der hjælper (Fyns Politi)." in words
    assert "Ring til den nationale hotline: 41 74 90 90." in words
    assert "Nummeret til infohuset på Fyn er ikke skrevet ind endnu." in words
    assert said in words
    assert "Systemet sender intet videre." in words
    assert (ASKED in words) == (forward is not None)


@pytest.mark.parametrize("home", ["0101", "unknown", "abroad"])
async def test_nothing_is_said_of_sending_on_where_no_other_place_is_known(
    console: Console, home: str
) -> None:
    browser = await console.come_in()
    case = await console.report(municipality=home)

    assert "Personen bor et andet sted" not in (await browser.get(f"{HOME}/case/{case.code}")).words


async def test_the_clock_runs_until_a_person_has_written_down_who_received_it(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report(municipality="0461", forward="yes")
    decision = {
        "outcome": "forward_infohus",
        "reason": "Personen bor på Fyn.",
        "local_action": "no",
        "to_unit": "no",
    }

    await browser.act(case.code, "decide", decision)
    waiting = await browser.get(f"{HOME}/case/{case.code}")

    assert await stands(console, case) == (CaseState.AWAITS_RECEIPT, True)
    assert "Ring til den nationale hotline: 41 74 90 90." in waiting.words

    await browser.act(case.code, "receipt", {"words": "Testperson F tog imod."})
    after = await browser.get(f"{HOME}/case/{case.code}")

    assert await stands(console, case) == (CaseState.FORWARDED, False)
    assert "Systemet sender intet videre." not in after.words


async def stands(console: Console, case: Case) -> tuple[CaseState, bool]:
    def look(tx: Transaction) -> tuple[CaseState, bool]:
        (clock,) = [each for each in tx.clocks.of_case(case.id) if each.policy_id == "triage48"]
        return tx.cases.get(case.id).state, clock.stopped_at is None

    return await console.store.read(look)
