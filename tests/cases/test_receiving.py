from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import (
    a_case,
    a_conversation,
    a_person,
    a_submission,
    notices,
    some_rules,
    waiting_notices,
)
from tests.support.stores import SettableClock
from triage.audit import Act, Actor
from triage.cases.acute import raise_alarm
from triage.cases.case import Case, CaseState, EventKind
from triage.clocks.keep import ACUTE_CHECK
from triage.ids import ConversationId
from triage.people.person import Role

SATURDAY_NIGHT = datetime(2026, 5, 9, 21, 0, tzinfo=UTC)


async def test_a_report_opens_a_case_with_a_48_hour_clock(store: Store, clock: SettableClock) -> None:
    case = await store.write(a_submission)

    [running] = await store.read(lambda tx: tx.clocks.of_case(case.id))
    assert case.state is CaseState.RECEIVED
    assert case.received_at == clock.at
    assert running.policy_id == some_rules().main_clock("relative")
    assert running.due_at == clock.at + timedelta(seconds=172_800)
    assert running.stopped_at is None


async def test_the_answers_come_back_as_given_and_identity_stays_shut(store: Store) -> None:
    case = await store.write(a_submission, body={"worry": "Words."}, identity={"your_name": "Testperson R"})

    [shut] = await store.read(lambda tx: tx.cases.submissions(case.id, identity=False))
    [opened] = await store.read(lambda tx: tx.cases.submissions(case.id, identity=True))
    assert shut.body == {"worry": "Words."}
    assert shut.identity == {}
    assert opened.identity == {"your_name": "Testperson R"}


async def test_receiving_stands_in_timeline_and_audit(store: Store) -> None:
    await store.write(a_person, on_duty=True)

    case = await store.write(a_submission)

    [event] = await store.read(lambda tx: tx.cases.timeline(case.id))
    [entry] = await store.read(lambda tx: tx.audit.of_object(case.id))
    assert (event.kind, event.by, event.words) == (EventKind.RECEIVED, None, None)
    assert event.facts == {"channel": "webchat", "kind": "relative", "acute": "no"}
    assert (entry.act, entry.actor) == (Act.CASE_OPENED, Actor.REPORTER)


async def test_a_code_that_is_taken_is_drawn_anew(store: Store) -> None:
    draws = iter([b"\0\0\0\0\1", b"\0\0\0\0\1", b"\0\0\0\0\2"])

    def report(tx: Transaction) -> Case:
        draw: Callable[[int], bytes] = lambda _: next(draws)  # noqa: E731
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(Transaction, "new_secret", lambda _, size: draw(size))
            return a_case_of(tx, conversations.pop())

    conversations = [(await store.write(a_conversation)).id for _ in range(2)]
    codes = [(await store.write(report)).code for _ in range(2)]

    assert codes == ["K-1000000", "K-2000000"]


def a_case_of(tx: Transaction, conversation_id: ConversationId) -> Case:
    return a_submission(tx, conversation_id=conversation_id)


async def test_the_officer_on_duty_is_told_of_a_new_case_by_mail_and_telegram(store: Store) -> None:
    officer = await store.write(a_person, on_duty=True, telegram=77)

    case = await store.write(a_submission)

    rows = await store.read(notices)
    assert [(row.notice, row.person_id, row.via) for row in rows] == [
        ("notice.case_received", officer.id, "mail"),
        ("notice.case_received", officer.id, "telegram"),
    ]
    assert [row.payload["to"] for row in rows] == [officer.email, 77]
    assert rows[0].payload["params"]["code"] == case.code
    assert rows[0].payload["language"] == "en"


async def test_a_new_case_in_closed_hours_is_told_when_somebody_is_at_work(
    store: Store, clock: SettableClock
) -> None:
    await store.write(a_person, on_duty=True)
    clock.at = SATURDAY_NIGHT

    await store.write(a_submission)

    [row] = await store.read(notices)
    opens = some_rules().calendar.next_staffed(SATURDAY_NIGHT)
    assert row.not_before == opens
    assert opens is not None
    assert opens > SATURDAY_NIGHT


async def test_sending_carries_the_alarm_and_its_clock_to_the_case(store: Store) -> None:
    case = await store.write(a_case, acute=True)

    clocks = await store.read(lambda tx: tx.clocks.of_case(case.id))
    [alarm] = await store.read(lambda tx: tx.alarms.of_case(case.id))
    assert case.acute
    assert alarm.answered_at is None
    assert {each.policy_id for each in clocks} == {ACUTE_CHECK, some_rules().main_clock("relative")}
    assert [each.alarm_id for each in clocks if each.policy_id == ACUTE_CHECK] == [alarm.id]


async def test_an_acute_report_at_night_is_told_at_once_if_its_alarm_wakes(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True)
    clock.at = SATURDAY_NIGHT

    await store.write(a_case, acute=True)

    rows = await store.read(notices)
    assert [(row.notice, row.person_id) for row in rows] == [
        ("notice.acute_check.nothing_sent", officer.id),
        ("notice.case_received", officer.id),
    ]
    assert [row.not_before for row in rows] == [SATURDAY_NIGHT, SATURDAY_NIGHT]


async def test_a_report_whose_alarm_was_answered_before_is_still_acute(store: Store) -> None:
    case = await store.write(a_submission, acute=True)

    assert case.acute
    assert await store.read(lambda tx: tx.alarms.of_case(case.id)) == []


async def test_of_two_conversations_each_alarm_stays_with_its_own_case(store: Store) -> None:
    def two(tx: Transaction) -> Case:
        other = a_conversation(tx)
        raise_alarm(tx, some_rules(), conversation_id=other.id, trigger="danger_yes")
        return a_submission(tx)

    case = await store.write(two)
    assert not case.acute


async def test_the_next_report_of_a_conversation_leaves_the_alarm_to_the_one_that_raised_it(
    store: Store, clock: SettableClock
) -> None:
    def first(tx: Transaction) -> tuple[ConversationId, Case]:
        conversation = a_conversation(tx)
        raise_alarm(tx, some_rules(), conversation_id=conversation.id, trigger="danger_yes")
        return conversation.id, a_submission(tx, conversation_id=conversation.id)

    conversation_id, acute = await store.write(first)
    clock.advance(timedelta(minutes=1))

    calm = await store.write(a_submission, conversation_id=conversation_id)

    [alarm] = await store.read(lambda tx: tx.alarms.of_case(acute.id))
    assert (alarm.answered_at, calm.acute) == (None, False)
    assert [each.case_id for each in await store.read(lambda tx: tx.clocks.of_alarm(alarm.id))] == [acute.id]
    assert [each.id for each in await store.read(lambda tx: tx.cases.queue(reader=None, limit=5))] == [
        acute.id,
        calm.id,
    ]


async def test_danger_in_the_next_report_raises_an_alarm_of_its_own(
    store: Store, clock: SettableClock
) -> None:
    def report(tx: Transaction, conversation_id: ConversationId) -> Case:
        for _ in range(2):
            raise_alarm(tx, some_rules(), conversation_id=conversation_id, trigger="danger_yes")
        return a_submission(tx, conversation_id=conversation_id)

    conversation = await store.write(a_conversation)
    sent = []
    for _ in range(2):
        sent.append(await store.write(report, conversation.id))
        clock.advance(timedelta(minutes=1))

    alarms = await store.read(lambda tx: [tx.alarms.of_case(case.id) for case in sent])
    assert [len(each) for each in alarms] == [1, 1]
    assert [case.acute for case in sent] == [True, True]


async def test_with_nobody_on_duty_the_head_is_told_and_the_climb_is_recorded(store: Store) -> None:
    head = await store.write(a_person, roles=[Role.HEAD])

    case = await store.write(a_submission)

    assert await store.read(waiting_notices) == [("notice.case_received", head.id, "mail")]
    entries = await store.read(lambda tx: tx.audit.of_object(case.id))
    climbs = [entry.facts for entry in entries if entry.act is Act.NOTICE_CLIMBED]
    assert climbs == [{"notice": "notice.case_received", "meant_for": "duty_officer", "told": "head"}]


async def test_a_house_with_nobody_in_it_still_receives(store: Store) -> None:
    case = await store.write(a_submission)

    entries = await store.read(lambda tx: tx.audit.of_object(case.id))
    assert [entry.facts["told"] for entry in entries if entry.act is Act.NOTICE_CLIMBED] == ["nobody"]
    assert await store.read(lambda tx: tx.cases.find(case.code)) == case
