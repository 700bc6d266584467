from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_conversation, a_person, notices, some_rules, waiting_notices
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.acute import Action, AlarmAnswered, answer_alarm, mark_acute, possible_actions, raise_alarm
from triage.cases.case import EventKind
from triage.cases.records import Alarm
from triage.cases.words import Done
from triage.clocks.keep import tick
from triage.ids import CaseCode, ConversationId
from triage.people.person import Role
from triage.refusals import Reason, Refused

RULES = some_rules()
SATURDAY_NIGHT = datetime(2026, 5, 9, 21, 0, tzinfo=UTC)
PAGE = "notice.acute_check.nothing_sent"


async def raised(store: Store, trigger: str, conversation_id: ConversationId | None = None) -> Alarm:
    conversation = conversation_id or (await store.write(a_conversation)).id
    return await store.write(raise_alarm, RULES, conversation_id=conversation, trigger=trigger)


async def test_a_yes_pages_the_officer_on_duty_at_once_before_anything_is_sent(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True, telegram=77)
    clock.at = SATURDAY_NIGHT

    alarm = await raised(store, "danger_yes")

    rows = await store.read(notices)
    assert [(row.notice, row.person_id, row.via) for row in rows] == [
        (PAGE, officer.id, "mail"),
        (PAGE, officer.id, "telegram"),
    ]
    assert {row.not_before for row in rows} == {SATURDAY_NIGHT}
    assert alarm.case_id is None
    assert await store.read(lambda tx: tx.cases.queue(reader=None, limit=9)) == []


async def test_a_page_holds_no_word_and_no_trigger(store: Store) -> None:
    await store.write(a_person, on_duty=True)

    await raised(store, "danger_yes")

    [row] = await store.read(notices)
    assert "danger" not in str(row.payload)
    assert set(row.payload) == {
        "notice",
        "params",
        "language",
        "to",
        "message_id",
        "wakes",
        "clock",
        "person",
        "whom",
    }


async def test_repeated_taps_are_one_alarm_and_one_page(store: Store) -> None:
    await store.write(a_person, on_duty=True)
    first = await raised(store, "danger_yes")

    again = await raised(store, "danger_yes", first.conversation_id)
    softer = await raised(store, "danger_unsure", first.conversation_id)

    assert [again, softer] == [first, first]
    assert len(await store.read(waiting_notices)) == 1


async def test_a_doubt_at_night_waits_for_staffed_hours(store: Store, clock: SettableClock) -> None:
    await store.write(a_person, on_duty=True)
    clock.at = SATURDAY_NIGHT

    await raised(store, "danger_unsure")
    assert await store.read(notices) == []

    clock.at = datetime(2026, 5, 11, 6, 0, tzinfo=UTC)
    await store.write(tick, RULES)
    assert [row.not_before for row in await store.read(notices)] == [clock.at]


async def test_a_yes_after_a_doubt_wakes_at_once_and_stays_one_alarm(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True)
    clock.at = SATURDAY_NIGHT
    doubt = await raised(store, "danger_unsure")

    sure = await raised(store, "danger_yes", doubt.conversation_id)

    assert (sure.id, sure.wakes, sure.raised_at) == (doubt.id, True, doubt.raised_at)
    assert await store.read(waiting_notices) == [(PAGE, officer.id, "mail")]
    running = [
        each for each in await store.read(lambda tx: tx.clocks.of_alarm(doubt.id)) if not each.stopped_at
    ]
    assert [each.wakes for each in running] == [True]


async def test_an_unanswered_page_climbs_to_the_head_and_the_chair(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True)
    head = await store.write(a_person, roles=[Role.HEAD])
    chair = await store.write(a_person, roles=[Role.CHAIR])
    await raised(store, "danger_yes")

    for _ in range(6):
        clock.advance(timedelta(minutes=10))
        await store.write(tick, RULES)

    told = [row.person_id for row in await store.read(notices)]
    assert told == [officer.id, officer.id, officer.id, head.id, chair.id]


async def test_answering_stops_the_clock_and_what_still_waits(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_case, acute=True)
    [alarm] = await store.read(lambda tx: tx.alarms.of_case(case.id))

    clock.advance(timedelta(minutes=3))
    answered = await store.write(
        answer_alarm, RULES, alarm_id=alarm.id, by=officer.id, action=Action.CALLED_REPORTER, words="Reached."
    )

    assert isinstance(answered, AlarmAnswered)
    assert (answered.alarm.answered_by, answered.alarm.answered_at) == (officer.id, clock.at)
    assert [each.stopped_at for each in await store.read(lambda tx: tx.clocks.of_alarm(alarm.id))] == [
        clock.at
    ]
    assert PAGE not in [notice for notice, _, _ in await store.read(waiting_notices)]
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert (event.kind, event.facts, event.words) == (
        EventKind.ACUTE_ANSWERED,
        {"action": "called_reporter"},
        "Reached.",
    )
    [entry] = [
        each
        for each in await store.read(lambda tx: tx.audit.of_object(alarm.id))
        if each.act is Act.ALARM_ANSWERED
    ]
    assert "Reached" not in str(entry)


async def test_whoever_answers_with_an_identity_number_is_told_that_it_was_taken_out(store: Store) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_case, acute=True)
    [alarm] = await store.read(lambda tx: tx.alarms.of_case(case.id))

    answered = await store.write(
        answer_alarm, RULES, alarm_id=alarm.id, by=officer.id, action=Action.OTHER, words="Om 010203-1234."
    )

    assert isinstance(answered, AlarmAnswered)
    assert answered.removed == 1


async def test_an_alarm_is_answered_once(store: Store) -> None:
    officer = await store.write(a_person, on_duty=True)
    alarm = await raised(store, "danger_yes")
    answers = [
        await store.write(answer_alarm, RULES, alarm_id=alarm.id, by=officer.id, action=Action.NONE_NEEDED)
        for _ in range(2)
    ]

    assert isinstance(answers[0], AlarmAnswered)
    assert answers[1] == Refused(Reason.SOMEONE_ELSE_WAS_FIRST)


@pytest.mark.parametrize(
    ("action", "words"),
    [
        (Action.OTHER, "Something else."),
        (Action.NONE_NEEDED, "Words without a home."),
        (Action.CALLED_REPORTER, ""),
    ],
)
async def test_before_anything_was_sent_nobody_is_called_and_no_words_have_a_home(
    store: Store, action: Action, words: str
) -> None:
    officer = await store.write(a_person, on_duty=True)
    alarm = await raised(store, "danger_yes")

    refused = await store.write(
        answer_alarm, RULES, alarm_id=alarm.id, by=officer.id, action=action, words=words
    )

    assert refused == Refused(Reason.NOT_ALLOWED)


async def test_what_is_offered_about_an_alarm_is_what_can_be_true(store: Store) -> None:
    await store.write(a_person, on_duty=True)
    unsent = await raised(store, "danger_yes")
    case = await store.write(a_case, acute=True)
    [sent] = await store.read(lambda tx: tx.alarms.of_case(case.id))

    assert possible_actions(unsent) == (Action.CALLED_EMERGENCY, Action.CALLED_POLICE, Action.NONE_NEEDED)
    assert possible_actions(sent) == tuple(Action)


async def test_other_needs_words(store: Store) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_case, acute=True)
    [alarm] = await store.read(lambda tx: tx.alarms.of_case(case.id))

    refused = await store.write(answer_alarm, RULES, alarm_id=alarm.id, by=officer.id, action=Action.OTHER)

    assert refused == Refused(Reason.REASON_NEEDED)


async def test_an_administrator_answers_no_alarm(store: Store) -> None:
    administrator = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    alarm = await raised(store, "danger_yes")

    refused = await store.write(
        answer_alarm, RULES, alarm_id=alarm.id, by=administrator.id, action=Action.NONE_NEEDED
    )

    assert refused == Refused(Reason.NOT_ALLOWED)


async def test_staff_mark_a_case_as_acute_with_a_reason(store: Store) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_case)

    unsaid = await store.write(mark_acute, RULES, case_id=case.id, by=officer.id, reason=" ")
    done = await store.write(mark_acute, RULES, case_id=case.id, by=officer.id, reason="A new call.")
    again = await store.write(mark_acute, RULES, case_id=case.id, by=officer.id, reason="A new call.")

    assert unsaid == Refused(Reason.REASON_NEEDED)
    assert isinstance(done, Done)
    assert done.case.acute
    assert again == Refused(Reason.SOMEONE_ELSE_WAS_FIRST)
    [alarm] = await store.read(lambda tx: tx.alarms.of_case(case.id))
    assert (alarm.trigger, alarm.case_id, alarm.wakes) == ("staff", case.id, True)
    assert "notice.acute_check.raised" in [notice for notice, _, _ in await store.read(waiting_notices)]


async def test_a_case_whose_alarm_still_waits_stands_before_one_whose_alarm_was_answered(
    store: Store, clock: SettableClock
) -> None:
    def use_case(tx: Transaction) -> tuple[CaseCode, CaseCode]:
        officer = a_person(tx, on_duty=True)
        answered, waits = a_case(tx, acute=True), a_case(tx, acute=True)
        [alarm] = tx.alarms.of_case(answered.id)
        answer_alarm(tx, RULES, alarm_id=alarm.id, by=officer.id, action=Action.NONE_NEEDED)
        return answered.code, waits.code

    answered, waits = await store.write(use_case)
    clock.advance(timedelta(minutes=5))

    queue = await store.read(lambda tx: [case.code for case in tx.cases.queue(reader=None, limit=10)])
    assert queue == [waits, answered]


async def test_only_the_first_page_of_an_alarm_says_that_nothing_was_sent_the_others_say_how_long_it_waits(
    store: Store, clock: SettableClock
) -> None:
    def use_case(tx: Transaction) -> None:
        a_person(tx, on_duty=True)
        conversation = a_conversation(tx)
        raise_alarm(tx, RULES, conversation_id=conversation.id, trigger="danger_yes")

    await store.write(use_case)
    clock.advance(timedelta(minutes=10))
    await store.write(tick, RULES)

    written = await store.read(lambda tx: {row.notice for row in notices(tx)} - {""})
    assert "notice.acute_check.again" in written
