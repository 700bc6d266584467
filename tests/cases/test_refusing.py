from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_conversation, a_person, a_submission, some_rules
from tests.support.stores import SettableClock
from triage.cases.acute import Action, answer_alarm, mark_acute, raise_alarm
from triage.cases.case import Case
from triage.cases.decide import (
    confirm,
    decide,
    decline_confirmation,
    explain_overdue,
    record_forward_receipt,
)
from triage.cases.dialogue import write_from_reporter, write_to_reporter
from triage.cases.handle import add_note, close_case, end_contact
from triage.cases.receipts import make_receipt
from triage.cases.records import Channel
from triage.cases.words import Done
from triage.ids import AlarmId, CaseId, PersonId
from triage.people.person import Role
from triage.refusals import Reason, Refused
from triage.rules import Rules

RULES = some_rules()
Step = Callable[[Transaction, CaseId, PersonId], object]


def decided(
    tx: Transaction, case_id: CaseId, by: PersonId, *, outcome: str = "advice_only"
) -> Done | Refused:
    return decide(
        tx, RULES, case_id=case_id, by=by, outcome=outcome, reason="Said.", local_action=False, to_unit=False
    )


STEPS: dict[str, Step] = {
    "decide": decided,
    "confirm": lambda tx, case, by: confirm(tx, RULES, case_id=case, by=by),
    "decline": lambda tx, case, by: decline_confirmation(tx, RULES, case_id=case, by=by, reason="No."),
    "receipt": lambda tx, case, by: record_forward_receipt(tx, RULES, case_id=case, by=by, words="Yes."),
    "explain": lambda tx, case, by: explain_overdue(tx, RULES, case_id=case, by=by, reason="Illness."),
    "mark acute": lambda tx, case, by: mark_acute(tx, RULES, case_id=case, by=by, reason="Now."),
    "reply": lambda tx, case, by: write_to_reporter(tx, RULES, case_id=case, by=by, words="Hello."),
    "note": lambda tx, case, by: add_note(tx, RULES, case_id=case, by=by, words="Called."),
    "close": lambda tx, case, by: close_case(tx, RULES, case_id=case, by=by),
}


@pytest.mark.parametrize("name", STEPS)
async def test_who_may_not_is_refused_and_nothing_changes(store: Store, name: str) -> None:
    administrator = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    case = await store.write(a_case)
    before = await store.read(lambda tx: tx.audit.of_object(case.id))

    assert await store.write(STEPS[name], case.id, administrator.id) == Refused(Reason.NOT_ALLOWED)
    assert await store.read(lambda tx: tx.cases.get(case.id)) == case
    assert await store.read(lambda tx: tx.audit.of_object(case.id)) == before


async def test_only_the_desk_ends_contact(store: Store) -> None:
    administrator = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    case = await store.write(a_case, channel=Channel.TELEGRAM)

    refused = await store.write(end_contact, RULES, case_id=case.id, by=administrator.id)

    assert refused == Refused(Reason.NOT_ALLOWED)


@pytest.mark.parametrize("name", STEPS)
async def test_a_closed_case_stays_as_it_is(store: Store, name: str) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)
    await store.write(decided, case.id, officer.id)
    await store.write(close_case, RULES, case_id=case.id, by=officer.id)

    assert await store.write(STEPS[name], case.id, officer.id) == Refused(Reason.CLOSED)


@pytest.mark.parametrize("name", ["confirm", "decline", "receipt", "explain", "close"])
async def test_what_nobody_waits_for_is_refused(store: Store, name: str) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)

    assert await store.write(STEPS[name], case.id, officer.id) == Refused(Reason.NOT_WAITING)


async def test_empty_and_endless_words_are_refused_everywhere(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case, channel=Channel.TELEGRAM)
    clock.advance(timedelta(hours=49))
    ask: Any = {"case_id": case.id}

    async def said(words: str) -> list[object]:
        return [
            await store.write(lambda tx: add_note(tx, RULES, by=officer.id, words=words, **ask)),
            await store.write(lambda tx: write_to_reporter(tx, RULES, by=officer.id, words=words, **ask)),
            await store.write(lambda tx: write_from_reporter(tx, RULES, words=words, **ask)),
            await store.write(lambda tx: explain_overdue(tx, RULES, by=officer.id, reason=words, **ask)),
        ]

    assert await said(" ") == [Refused(Reason.EMPTY)] * 3 + [Refused(Reason.OVERDUE_REASON_NEEDED)]
    assert await said("x" * 8001) == [Refused(Reason.TOO_LONG)] * 4


async def test_words_at_closing_are_measured_too(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)
    await store.write(decided, case.id, officer.id)

    refused = await store.write(close_case, RULES, case_id=case.id, by=officer.id, words="x" * 8001)

    assert refused == Refused(Reason.TOO_LONG)


async def test_a_late_receipt_needs_an_explanation(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)
    await store.write(decided, case.id, officer.id, outcome="forward_infohus")
    clock.advance(timedelta(hours=49))

    refused = await store.write(STEPS["receipt"], case.id, officer.id)

    assert refused == Refused(Reason.OVERDUE_REASON_NEEDED)


async def test_an_alarm_that_is_not_there_is_not_answered(store: Store) -> None:
    officer = await store.write(a_person)
    missing = AlarmId((await store.write(a_conversation)).id)

    refused = await store.write(
        answer_alarm, RULES, alarm_id=missing, by=officer.id, action=Action.NONE_NEEDED
    )

    assert refused == Refused(Reason.NOT_FOUND)


async def test_an_alarm_of_the_conversation_joins_the_case_that_raises_it_again(store: Store) -> None:
    def joined(tx: Transaction) -> Case:
        conversation = a_conversation(tx)
        case = a_submission(tx, conversation_id=conversation.id)
        raise_alarm(tx, RULES, conversation_id=conversation.id, trigger="danger_yes")
        raise_alarm(tx, RULES, conversation_id=conversation.id, trigger="danger_yes", case_id=case.id)
        return case

    case = await store.write(joined)

    [alarm] = await store.read(lambda tx: tx.alarms.of_case(case.id))
    assert len(await store.read(lambda tx: tx.clocks.of_case(case.id))) == 2
    assert alarm.case_id == case.id


async def test_a_profile_without_a_trigger_for_staff_lets_them_set_the_flag(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)

    done = await store.write(
        mark_acute, without_staff_trigger(), case_id=case.id, by=officer.id, reason="Now."
    )

    assert isinstance(done, Done)
    assert done.case.acute
    assert await store.read(lambda tx: tx.alarms.of_case(case.id)) == []


async def test_a_profile_without_safe_hours_tells_the_reporter_at_once(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_submission, channel=Channel.TELEGRAM, body={"reach_when": ("evening",)})
    organisation = RULES.organisation.model_copy(update={"safe_hours": None})

    done = await store.write(
        write_to_reporter,
        replace(RULES, organisation=organisation),
        case_id=case.id,
        by=officer.id,
        words="Hello.",
    )

    assert isinstance(done, Done)


async def test_a_case_without_a_first_code_gets_one_even_after_a_reply(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case, channel=Channel.TELEGRAM)
    await store.write(STEPS["reply"], case.id, officer.id)

    assert not isinstance(await store.write(make_receipt, case_id=case.id), Refused)


def without_staff_trigger() -> Rules:
    acute = tuple(trigger for trigger in RULES.organisation.acute if trigger.id != "staff")
    return replace(RULES, organisation=RULES.organisation.model_copy(update={"acute": acute}))
