"""Contacts of several kinds and what is done to them, for the tests of their kinds and clocks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from storage.store import Store
from tests.support.builders import a_submission, some_rules
from triage.cases.case import Case
from triage.cases.classify import reclassify
from triage.cases.decide import decide
from triage.cases.words import Done
from triage.clocks.clock import Clock
from triage.ids import CaseId, PersonId
from triage.refusals import Refused

RULES = some_rules()
HOUR = timedelta(hours=1)
TRIAGE, ANSWER = RULES.main_clock("relative"), RULES.main_clock("advice")
ADDITION = RULES.addition_clock or ""


async def changed(store: Store, case_id: CaseId, by: PersonId, kind: str, **more: Any) -> Done | Refused:
    given: dict[str, Any] = {"reason": "Det er noget andet."} | more
    return await store.write(lambda tx: reclassify(tx, RULES, case_id=case_id, by=by, kind=kind, **given))


async def an_answered_one(store: Store, by: PersonId, *, kind: str = "advice") -> Case:
    case = await store.write(a_submission, kind=kind)
    await answered(store, case.id, by)
    return case


async def answered(store: Store, case_id: CaseId, by: PersonId) -> None:
    done = await store.write(
        lambda tx: decide(
            tx,
            RULES,
            case_id=case_id,
            by=by,
            outcome="answered",
            reason="Talt i telefon.",
            local_action=False,
            to_unit=False,
        )
    )
    assert isinstance(done, Done), done


async def concern_decided(
    store: Store, case_id: CaseId, by: PersonId, *, overdue_reason: str = ""
) -> Done | Refused:
    return await store.write(
        lambda tx: decide(
            tx,
            RULES,
            case_id=case_id,
            by=by,
            outcome="advice_only",
            reason="Fordi.",
            local_action=False,
            to_unit=False,
            overdue_reason=overdue_reason,
        )
    )


async def all_clocks_of(store: Store, case_id: CaseId) -> Sequence[Clock]:
    return await store.read(lambda tx: tx.clocks.of_case(case_id))


async def clocks_of(store: Store, case_id: CaseId) -> dict[str, Clock]:
    return {clock.policy_id: clock for clock in await all_clocks_of(store, case_id)}


def case_of(done: Done | Refused) -> Case:
    assert isinstance(done, Done), done
    return done.case
