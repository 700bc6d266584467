from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete

from storage.errors import KeyErasedError, LostRaceError
from storage.keyring import Part
from storage.store import Store
from storage.tables import case_keys
from storage.transaction import Transaction
from tests.storage.builders import a_case, a_clock, a_submission, some_id
from tests.support.stores import SettableClock
from triage.audit import Act, Actor
from triage.cases.case import Case, CaseEvent, CaseState, Decision, EventKind, KindAsked
from triage.cases.records import Alarm, Direction, Message
from triage.clocks.clock import Clock, stopped
from triage.ids import AlarmId, CaseCode, CaseId, ClockId, ConversationId, MessageId, PersonId

HOUR = timedelta(hours=1)


async def test_a_case_comes_back_equal_after_every_change(store: Store) -> None:
    case = await store.write(a_case)
    person = PersonId(some_id())
    changed = replace(
        case,
        state=CaseState.FORWARDED,
        assignee=person,
        municipality="0101",
        first_reply_at=case.received_at,
        first_read_at=case.received_at,
        closed_at=case.received_at,
        addition_at=case.received_at,
        conflicts=frozenset({person, PersonId(some_id())}),
        kind_asked=KindAsked(kind="advice", because="child", by=person, at=case.received_at),
        decision=Decision(
            outcome="local",
            decided_by=person,
            decided_at=case.received_at,
            local_action=True,
            to_unit=False,
            confirmed_by=person,
            confirmed_at=case.received_at,
            receipt_at=case.received_at,
        ),
    )

    saved = await store.write(lambda tx: tx.cases.save(changed))

    assert saved == replace(changed, revision=1)
    assert await store.write(lambda tx: tx.cases.lock(case.id)) == saved
    assert await store.read(lambda tx: tx.cases.get(case.id)) == saved
    assert await store.read(lambda tx: tx.cases.find(case.code)) == saved
    assert await store.read(lambda tx: tx.cases.find(CaseCode("K-NOTHING"))) is None


async def test_a_case_that_is_not_there_is_a_fault(store: Store) -> None:
    nothing = CaseId(some_id())

    with pytest.raises(LookupError):
        await store.read(lambda tx: tx.cases.get(nothing))
    with pytest.raises(LookupError):
        await store.write(lambda tx: tx.cases.lock(nothing))


async def test_saving_what_somebody_else_changed_is_a_fault(store: Store) -> None:
    case = await store.write(a_case)
    await store.write(lambda tx: tx.cases.save(case))

    with pytest.raises(LostRaceError):
        await store.write(lambda tx: tx.cases.save(case))


async def test_the_queue_stands_by_danger_then_time_left_then_arrival(
    store: Store, clock: SettableClock
) -> None:
    def add(tx: Transaction, code: str, *, acute: bool = False, limit: timedelta | None = None) -> Case:
        case = a_case(tx, code=code, acute=acute)
        if limit is not None:
            a_clock(tx, case, limit=limit)
        return case

    await store.write(add, "K-NOCLOCK")
    await store.write(add, "K-LATER", limit=40 * HOUR)
    clock.advance(HOUR)
    await store.write(add, "K-SOONER", limit=20 * HOUR)
    await store.write(add, "K-SAME", limit=39 * HOUR)
    await store.write(add, "K-DANGER", acute=True, limit=47 * HOUR)
    done = await store.write(add, "K-DONE", limit=HOUR)
    await store.write(lambda tx: tx.cases.save(replace(done, state=CaseState.TRIAGED, decision=decided(tx))))

    queue = await store.read(lambda tx: tx.cases.queue(reader=None, limit=10))

    assert [case.code for case in queue] == ["K-DANGER", "K-SOONER", "K-LATER", "K-SAME", "K-NOCLOCK"]
    assert [case.code for case in await store.read(lambda tx: tx.cases.queue(reader=None, limit=2))] == [
        "K-DANGER",
        "K-SOONER",
    ]
    assert [case.code for case in await store.read(lambda tx: tx.cases.decided(reader=None, limit=5))] == [
        "K-DONE"
    ]


def decided(tx: Transaction) -> Decision:
    return Decision(
        outcome="local", decided_by=PersonId(some_id()), decided_at=tx.now, local_action=True, to_unit=True
    )


class RolledBackError(Exception):
    """Ends an example with what it found, and without what it wrote."""


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    contacts=st.lists(
        st.tuples(
            st.booleans(),
            st.lists(st.integers(min_value=1, max_value=4), max_size=2),
            st.sampled_from([CaseState.RECEIVED, CaseState.AWAITS_RECEIPT, CaseState.TRIAGED]),
            st.sampled_from(["relative", "advice", "talk_request", "self"]),
            st.booleans(),
        ),
        max_size=8,
    )
)
async def test_whatever_the_kind_the_queue_knows_no_other_order(
    store: Store, contacts: list[tuple[bool, list[int], CaseState, str, bool]]
) -> None:
    def example(tx: Transaction) -> None:
        expected = []
        for number, (acute, limits, state, kind, added) in enumerate(contacts):
            case = a_case(tx, code=f"K-{number}", acute=acute)
            changed = replace(
                case, state=state, kind=kind, addition_at=tx.now if added else None, decision=decided(tx)
            )
            tx.cases.save(changed)
            nearest = min((a_clock(tx, case, limit=limit * HOUR).due_at for limit in limits), default=None)
            if changed.waits:
                # Those without a clock come last of theirs; whatever is equal stands by its id.
                expected.append(((not acute, nearest is None, nearest or tx.now, case.id), case.id))
        found = [case.id for case in tx.cases.queue(reader=None, limit=20)]
        raise RolledBackError(found, [case_id for _, case_id in sorted(expected)])

    with pytest.raises(RolledBackError) as ended:
        await store.write(example)

    found, expected = ended.value.args
    assert found == expected


async def test_a_stopped_clock_leaves_its_case_at_the_end_of_the_queue(store: Store) -> None:
    def use_case(tx: Transaction) -> list[CaseCode]:
        first = a_clock(tx, a_case(tx, code="K-FIRST"), limit=HOUR)
        a_clock(tx, a_case(tx, code="K-SECOND"), limit=2 * HOUR)
        tx.clocks.save(stopped(first, at=tx.now))
        return [case.code for case in tx.cases.queue(reader=None, limit=5)]

    assert await store.write(use_case) == ["K-SECOND", "K-FIRST"]


async def test_the_timeline_keeps_its_order_and_its_words(store: Store) -> None:
    case = await store.write(a_case)

    def event(tx: Transaction, kind: EventKind, words: str | None) -> CaseEvent:
        found = CaseEvent(
            id=tx.new_id(), case_id=case.id, kind=kind, at=tx.now, by=None, facts={"step": "h24"}, words=words
        )
        tx.cases.record(found)
        return found

    told = [(EventKind.RECEIVED, None), (EventKind.NOTE, "Testnote \ud800"), (EventKind.CLOSED, None)]
    events = await store.write(lambda tx: [event(tx, kind, words) for kind, words in told])

    assert await store.read(lambda tx: tx.cases.timeline(case.id)) == events


async def test_submissions_come_back_equal_and_identity_stays_shut_unless_asked_for(store: Store) -> None:
    case = await store.write(a_case)
    submission = await store.write(lambda tx: a_submission(tx, case))

    assert await store.read(lambda tx: tx.cases.submissions(case.id, identity=True)) == [submission]
    assert await store.read(lambda tx: tx.cases.submissions(case.id, identity=False)) == [
        replace(submission, identity={})
    ]


async def test_without_the_identity_key_the_body_still_opens(store: Store) -> None:
    case = await store.write(a_case)
    submission = await store.write(lambda tx: a_submission(tx, case))

    def destroy(tx: Transaction, part: Part) -> None:
        tx._work.run(delete(case_keys).where(case_keys.c.owner == case.id, case_keys.c.part == part.value))

    await store.write(destroy, Part.IDENTITY)
    (left,) = await store.read(lambda tx: tx.cases.submissions(case.id, identity=False))
    assert left.body == submission.body
    with pytest.raises(KeyErasedError):
        await store.read(lambda tx: tx.cases.submissions(case.id, identity=True))
    await store.write(destroy, Part.BODY)
    with pytest.raises(KeyErasedError):
        await store.read(lambda tx: tx.cases.submissions(case.id, identity=False))


async def test_the_dialogue_keeps_order_words_and_first_reading(store: Store, clock: SettableClock) -> None:
    case = await store.write(a_case)

    def write(tx: Transaction, words: str, direction: Direction) -> Message:
        message = Message(
            id=MessageId(tx.new_id()), case_id=case.id, direction=direction, at=tx.now, by=None, words=words
        )
        tx.messages.add(message)
        return message

    first = await store.write(write, "Testspørgsmål", Direction.TO_REPORTER)
    second = await store.write(write, "Testsvar", Direction.FROM_REPORTER)
    read_at = clock.advance(HOUR)
    await store.write(lambda tx: tx.messages.mark_read([first.id], at=tx.now))
    clock.advance(HOUR)
    await store.write(lambda tx: tx.messages.mark_read([first.id], at=tx.now))
    await store.write(lambda tx: tx.messages.mark_read([], at=tx.now))

    assert await store.read(lambda tx: tx.messages.of_case(case.id)) == [
        replace(first, read_at=read_at),
        second,
    ]


async def test_an_alarm_waits_until_it_is_answered(store: Store) -> None:
    conversation_id = ConversationId(some_id())
    case = await store.write(a_case)

    def raise_it(tx: Transaction) -> Alarm:
        alarm = Alarm(
            id=AlarmId(tx.new_id()),
            conversation_id=conversation_id,
            trigger="danger_now",
            raised_at=tx.now,
            wakes=True,
        )
        tx.alarms.add(alarm)
        return alarm

    alarm = await store.write(raise_it)
    assert await store.write(lambda tx: tx.alarms.open_of(conversation_id)) == alarm
    assert await store.read(lambda tx: tx.alarms.waiting(reader=None, limit=5)) == [alarm]

    answered = replace(
        alarm,
        case_id=case.id,
        answered_at=alarm.raised_at,
        answered_by=PersonId(some_id()),
        action="called",
    )
    await store.write(lambda tx: tx.alarms.save(answered))

    assert await store.write(lambda tx: tx.alarms.open_of(conversation_id)) is None
    assert await store.read(lambda tx: tx.alarms.waiting(reader=None, limit=5)) == []
    assert await store.write(lambda tx: tx.alarms.lock(alarm.id)) == answered
    assert await store.read(lambda tx: tx.alarms.of_case(case.id)) == [answered]


async def test_clocks_come_back_with_what_has_fired(store: Store, clock: SettableClock) -> None:
    case = await store.write(a_case)
    running = await store.write(a_clock, case)
    for milestone in ("h24", "h24", "h48"):
        await store.write(lambda tx, name=milestone: tx.clocks.record([(running.id, name, 0)], at=tx.now))  # type: ignore[misc]
    expected = replace(running, fired=frozenset({("h24", 0), ("h48", 0)}))

    assert await store.read(lambda tx: tx.clocks.get(running.id)) == expected
    assert await store.read(lambda tx: tx.clocks.of_case(case.id)) == [expected]
    assert await store.read(lambda tx: tx.clocks.of_cases([case.id])) == [expected]
    assert await store.read(lambda tx: tx.clocks.of_cases([])) == []
    assert await store.read(lambda tx: tx.clocks.of_alarm(AlarmId(some_id()))) == []
    with pytest.raises(LookupError):
        await store.read(lambda tx: tx.clocks.get(ClockId(some_id())))
    clock.advance(timedelta(hours=48))
    assert await store.write(lambda tx: tx.clocks.due(limit=5)) == [expected]
    await store.write(lambda tx: tx.clocks.save(stopped(expected, at=tx.now)))
    assert await store.write(lambda tx: tx.clocks.due(limit=5)) == []


async def test_due_clocks_come_by_their_moment_and_not_before_it(store: Store, clock: SettableClock) -> None:
    def add(tx: Transaction) -> list[Clock]:
        return [a_clock(tx, a_case(tx, code=f"K-{hours}"), limit=hours * HOUR) for hours in (3, 1, 2)]

    three, one, two = await store.write(add)
    clock.advance(2 * HOUR)

    assert [each.id for each in await store.write(lambda tx: tx.clocks.due(limit=5))] == [one.id, two.id]
    assert [each.id for each in await store.write(lambda tx: tx.clocks.due(limit=1))] == [one.id]
    clock.advance(HOUR)
    assert three.id in {each.id for each in await store.write(lambda tx: tx.clocks.due(limit=5))}


async def test_audit_entries_keep_their_order_and_their_actor(store: Store) -> None:
    about, person = some_id(), PersonId(some_id())

    def use_case(tx: Transaction) -> None:
        tx.audit.record(Act.CASE_OPENED, actor=Actor.REPORTER, object_id=about)
        tx.audit.record(Act.CASE_READ, actor=person, object_id=about, facts={"part": "body"})
        tx.audit.record(Act.SIGN_IN, actor=person)

    await store.write(use_case)
    entries = await store.read(lambda tx: tx.audit.of_object(about))

    assert [(entry.act, entry.actor, dict(entry.facts)) for entry in entries] == [
        (Act.CASE_OPENED, Actor.REPORTER, {}),
        (Act.CASE_READ, person, {"part": "body"}),
    ]


async def test_waiting_cases_are_counted_up_to_a_bound_and_without_those_that_the_reader_is_kept_out_of(
    store: Store,
) -> None:
    reader, other = PersonId(some_id()), PersonId(some_id())

    def fill(tx: Transaction) -> None:
        for number in range(5):
            case = a_case(tx, code=f"K-TEST00{number}")
            if number == 0:
                tx.cases.save(replace(tx.cases.lock(case.id), conflicts=frozenset({reader})))

    await store.write(fill)

    def counted(tx: Transaction, who: PersonId, most: int) -> int:
        return tx.cases.count_waiting(reader=who, most=most)

    assert [await store.read(counted, who, 9) for who in (reader, other)] == [4, 5]
    assert await store.read(counted, other, 3) == 3
