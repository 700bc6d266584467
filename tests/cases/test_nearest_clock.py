"""Which clock of a case is shown where there is room for one: in the queue and at the head of its page the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from storage.store import Store
from tests.support.builders import a_case, some_rules
from tests.support.stores import SettableClock
from triage.cases.steps import nearest_of
from triage.clocks.counting import Pause
from triage.ids import ClockPolicyId

RULES = some_rules()


async def test_the_one_that_runs_out_first_then_the_promise_then_the_first_by_name(
    store: Store, clock: SettableClock
) -> None:
    case = await store.write(a_case)
    [promise] = await store.read(
        lambda tx: [each for each in tx.clocks.of_case(case.id) if each.policy_id == "triage48"]
    )
    alike = [replace(promise, policy_id=ClockPolicyId(name)) for name in ("ack_human", "child_forward")]
    sooner = replace(alike[1], due_at=promise.due_at - timedelta(minutes=1))
    still = replace(sooner, pauses=(Pause(since=clock.at, reason="other"),))
    stopped = replace(sooner, stopped_at=clock.at)

    shown = [
        nearest_of(RULES, case, clocks)
        for clocks in ([promise, sooner], [*alike, promise], alike[::-1], [still, stopped, promise], [still])
    ]

    assert shown == [sooner, promise, alike[0], promise, None]
