"""A decision that waits for a second person: who answers it, and that they answer the one that they read."""

from __future__ import annotations

from datetime import timedelta

import pytest

from admin.parts import HOME
from tests.admin.house import Console
from tests.admin.test_case import DECISION, case_now
from triage.cases.case import CaseState
from triage.people.person import Role


async def test_an_unfounded_case_waits_for_somebody_else(console: Console) -> None:
    decider, second = await console.come_in(), await console.come_in(Role.HEAD)
    case = await console.report()
    await decider.act(case.code, "decide", {**DECISION, "outcome": "unfounded"})

    own = await decider.get(f"{HOME}/case/{case.code}")
    queue = await second.get(HOME)
    await second.act(case.code, "confirm")

    assert "så en anden skal bekræfte" in own.words
    with pytest.raises(AssertionError):
        own.form(f"{HOME}/case/{case.code}/confirm")
    assert f"før det gælder: {case.code}" in queue.words
    assert (await case_now(console, case)).state is CaseState.TRIAGED


@pytest.mark.parametrize("act", ["confirm", "decline"])
async def test_the_second_person_answers_the_decision_that_they_read_and_no_later_one(
    console: Console, act: str
) -> None:
    decider, second = await console.come_in(), await console.come_in(Role.HEAD)
    case = await console.report()
    path = f"{HOME}/case/{case.code}"
    await decider.act(case.code, "decide", {**DECISION, "outcome": "unfounded"})
    opened_before = (await second.get(path)).form(f"{path}/{act}")
    await decider.act(case.code, "decline", {"words": "Taget tilbage."})
    console.clock.advance(timedelta(minutes=1))
    await decider.act(case.code, "decide", {**DECISION, "outcome": "unfounded", "reason": "En anden grund."})

    stale = await second.post(f"{path}/{act}", {**opened_before, "words": "Nej, ring først."})
    odd = await second.post(f"{path}/{act}", {**opened_before, "read": "x", "words": "Nej, ring først."})
    waits = await case_now(console, case)
    fresh = await second.act(case.code, act, {"words": "Nej, ring først."})

    assert {stale.status, odd.status} == {409}
    assert "Det er ændret, efter at du åbnede siden." in stale.words
    assert waits.state is CaseState.AWAITS_SECOND_PERSON
    assert fresh.status == 303


async def test_the_second_person_may_send_it_back_with_a_reason(console: Console) -> None:
    decider, second = await console.come_in(), await console.come_in(Role.HEAD)
    case = await console.report()
    await decider.act(case.code, "decide", {**DECISION, "outcome": "unfounded"})

    without = await second.act(case.code, "decline", {"words": " "})
    await second.act(case.code, "decline", {"words": "Ring til skolen først."})

    assert without.status == 422
    assert (await case_now(console, case)).state is CaseState.IN_TRIAGE
