"""A reply that can be taken back for half a minute: until then nobody has seen it, and nothing has come of it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from bot.workers import Replies
from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_decision, a_person, a_submission, some_rules, waiting_notices
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.case import Case, CaseEvent, EventKind
from triage.cases.conflict import keep_out
from triage.cases.dialogue import ReporterState, read_as_reporter, write_from_reporter
from triage.cases.handle import close_case, end_contact
from triage.cases.reading import read_case
from triage.cases.records import Channel, HeldReply
from triage.cases.replying import FORGOTTEN_AFTER, UNDO, hold_reply, take_back_reply
from triage.cases.words import Done
from triage.ids import MessageId
from triage.people.invite import disable
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
WORDS = "MARKER-REPLY"
A_SECOND = timedelta(seconds=1)


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


@pytest.fixture
async def case(store: Store) -> Case:
    return await store.write(lambda tx: a_submission(tx, channel=Channel.TELEGRAM))


async def held(store: Store, case: Case, by: Person, words: str = WORDS) -> HeldReply:
    done = await store.write(hold_reply, RULES, case_id=case.id, by=by.id, words=words)
    assert isinstance(done, Done)
    return (await store.read(lambda tx: tx.messages.held_of_case(case.id)))[-1]


async def said(store: Store, case: Case) -> list[str]:
    """What the reporter sees."""
    return [each.words for each in (await store.write(read_as_reporter, case_id=case.id)).messages]


async def go_round(store: Store) -> None:
    assert not await Replies(store, RULES).round()


async def timeline(store: Store, case: Case) -> list[CaseEvent]:
    return list(await store.read(lambda tx: tx.cases.timeline(case.id)))


async def test_until_the_half_minute_is_over_nothing_has_happened(
    store: Store, clock: SettableClock, officer: Person, case: Case
) -> None:
    await held(store, case, officer, f"{WORDS} 010101-1234")
    clock.advance(UNDO - A_SECOND)
    await go_round(store)

    assert await said(store, case) == []
    found = await store.read(lambda tx: tx.cases.get(case.id))
    assert (found.first_reply_at, found.assignee) == (None, None)
    assert EventKind.REPLY_WRITTEN not in {event.kind for event in await timeline(store, case)}

    clock.advance(A_SECOND)
    await go_round(store)
    await go_round(store)

    [words] = await said(store, case)
    assert words.startswith(WORDS)
    assert "010101" not in words
    found = await store.read(lambda tx: tx.cases.get(case.id))
    assert (found.first_reply_at, found.assignee) == (clock.at, officer.id)
    written = [event for event in await timeline(store, case) if event.kind is EventKind.REPLY_WRITTEN]
    assert [(event.by, event.at) for event in written] == [(officer.id, clock.at)]
    view = await store.read(lambda tx: read_as_reporter(tx, case_id=case.id))
    assert view.standing.state is ReporterState.ANSWERED


async def test_what_is_taken_back_is_never_seen_and_its_words_are_given_back_and_forgotten(
    store: Store, clock: SettableClock, officer: Person, case: Case
) -> None:
    reply = await held(store, case, officer)
    clock.advance(UNDO - A_SECOND)

    first = await store.write(take_back_reply, case_id=case.id, by=officer.id, reply_id=reply.id)
    # The button was pressed twice: the second answer is the one that is seen.
    second = await store.write(take_back_reply, case_id=case.id, by=officer.id, reply_id=reply.id)

    assert [getattr(each, "words", None) for each in (first, second)] == [WORDS, WORDS]
    assert await store.read(lambda tx: tx.messages.held_of_case(case.id)) == []
    acts = [entry.act for entry in await store.read(lambda tx: tx.audit.of_object(case.id))]
    assert acts.count(Act.MESSAGE_TAKEN_BACK) == 1
    clock.advance(FORGOTTEN_AFTER)
    await go_round(store)
    third = await store.write(take_back_reply, case_id=case.id, by=officer.id, reply_id=reply.id)
    assert third == Refused(Reason.GONE_OUT)
    assert await said(store, case) == []


async def test_what_has_gone_out_is_not_taken_back(
    store: Store, clock: SettableClock, officer: Person, case: Case
) -> None:
    reply = await held(store, case, officer)
    clock.advance(UNDO)
    await go_round(store)

    late = await store.write(take_back_reply, case_id=case.id, by=officer.id, reply_id=reply.id)

    assert late == Refused(Reason.GONE_OUT)
    assert await said(store, case) == [WORDS]


async def test_a_reply_of_one_case_is_not_taken_back_on_another_nor_by_whoever_may_not_write(
    store: Store, officer: Person, case: Case
) -> None:
    reply = await held(store, case, officer)
    other = await store.write(a_submission)
    chair = await store.write(a_person, roles=[Role.CHAIR])

    refused = [
        await store.write(take_back_reply, case_id=each.id, by=by.id, reply_id=reply_id)
        for each, by, reply_id in (
            (other, officer, reply.id),
            (case, officer, MessageId(case.id)),
            (case, chair, reply.id),
        )
    ]

    assert refused == [Refused(Reason.GONE_OUT), Refused(Reason.GONE_OUT), Refused(Reason.NOT_ALLOWED)]


async def test_only_whoever_wrote_a_reply_takes_it_back(
    store: Store, clock: SettableClock, officer: Person, case: Case
) -> None:
    reply = await held(store, case, officer)
    head = await store.write(a_person, roles=[Role.HEAD])

    refused = await store.write(take_back_reply, case_id=case.id, by=head.id, reply_id=reply.id)
    clock.advance(UNDO)
    await go_round(store)

    assert refused == Refused(Reason.NOT_THE_WRITER)
    assert await said(store, case) == [WORDS]


@pytest.mark.parametrize("how", ["kept out", "shut out", "other roles"])
async def test_a_reply_of_somebody_who_may_not_write_any_more_does_not_go_out_nor_hold_the_case(
    store: Store, clock: SettableClock, case: Case, how: str
) -> None:
    duty = await store.write(a_person, on_duty=True)
    writer = await store.write(a_person, roles=[Role.COORDINATOR])
    admin = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    await held(store, case, writer)

    if how == "kept out":
        await store.write(lambda tx: keep_out(tx, RULES, case_id=case.id, by=writer.id, person_id=writer.id))
    elif how == "shut out":
        await store.write(disable, RULES, by=admin.id, person_id=writer.id)
    else:
        await store.write(give_dpo, writer)
    clock.advance(UNDO)
    await go_round(store)

    assert await said(store, case) == []
    found = await store.read(lambda tx: tx.cases.get(case.id))
    assert (found.assignee, found.first_reply_at) == (None, None)
    event = (await timeline(store, case))[-1]
    assert (event.kind, event.words) == (EventKind.REPLY_NOT_SENT, WORDS)
    assert event.facts == {"why": Reason.WRITER_MAY_NOT.value}
    assert ("notice.reporter_unreachable", duty.id, "mail") in await store.read(waiting_notices)


async def test_what_came_while_a_reply_waited_is_not_answered_by_it(
    store: Store, clock: SettableClock, officer: Person, case: Case
) -> None:
    await store.write(a_decision, case, officer)
    await held(store, case, officer)
    clock.advance(timedelta(seconds=5))
    came = clock.at
    await store.write(write_from_reporter, RULES, case_id=case.id, words="More.")
    clock.advance(timedelta(seconds=5))
    await store.write(read_case, RULES, code=case.code, by=officer.id)
    clock.advance(UNDO)
    await go_round(store)

    found = await store.read(lambda tx: tx.cases.get(case.id))
    assert (found.addition_at, found.waits) == (came, True)
    assert await said(store, case) == ["More.", WORDS]


async def test_a_reply_answers_what_had_come_and_leaves_what_came_since(
    store: Store, clock: SettableClock, officer: Person, case: Case
) -> None:
    await store.write(a_decision, case, officer)
    await store.write(write_from_reporter, RULES, case_id=case.id, words="First.")
    clock.advance(timedelta(minutes=5))
    await held(store, case, officer)
    clock.advance(timedelta(seconds=5))
    came = clock.at
    await store.write(write_from_reporter, RULES, case_id=case.id, words="Second.")
    await store.write(read_case, RULES, code=case.code, by=officer.id)
    clock.advance(UNDO)
    await go_round(store)

    assert (await store.read(lambda tx: tx.cases.get(case.id))).addition_at == came
    await held(store, case, officer, "And to that.")
    clock.advance(UNDO)
    await go_round(store)
    assert (await store.read(lambda tx: tx.cases.get(case.id))).addition_at is None


def give_dpo(tx: Transaction, person: Person) -> None:
    """Whoever else agreed to it, the role is theirs now."""
    tx.people.save(replace(tx.people.get(person.id), roles=frozenset({Role.DPO})))


async def test_while_a_reply_is_about_to_go_out_its_case_is_not_closed_nor_contact_ended(
    store: Store, officer: Person, case: Case
) -> None:
    await held(store, case, officer)

    ended = await store.write(end_contact, RULES, case_id=case.id, by=officer.id)
    closed = await store.write(close_case, RULES, case_id=case.id, by=officer.id)

    assert ended == Refused(Reason.REPLY_GOES_OUT)
    assert isinstance(closed, Refused)


async def test_a_reply_that_cannot_go_out_any_more_stays_with_its_words_and_the_holder_is_told(
    store: Store, clock: SettableClock, officer: Person, case: Case
) -> None:
    await held(store, case, officer)
    conversation = await store.read(lambda tx: tx.reporters.conversation_of(case.id))
    assert conversation is not None
    await store.write(lambda tx: tx.reporters.end_contact(conversation))
    clock.advance(UNDO)
    await go_round(store)

    assert await said(store, case) == []
    event = (await timeline(store, case))[-1]
    assert (event.kind, event.words) == (EventKind.REPLY_NOT_SENT, WORDS)
    assert ("notice.reporter_unreachable", officer.id, "mail") in await store.read(waiting_notices)


async def test_replies_that_waited_while_the_house_was_down_go_out_in_their_order(
    store: Store, clock: SettableClock, officer: Person, case: Case
) -> None:
    await held(store, case, officer, "First.")
    clock.advance(A_SECOND)
    await held(store, case, officer, "Second.")
    clock.advance(timedelta(days=1))

    await go_round(store)

    assert await said(store, case) == ["First.", "Second."]


async def test_loops_that_let_go_at_once_send_once(
    store: Store, clock: SettableClock, officer: Person, case: Case
) -> None:
    for number in range(3):
        await held(store, case, officer, f"{number}.")
    clock.advance(UNDO)

    await asyncio.gather(*(go_round(store) for _ in range(4)))

    assert sorted(await said(store, case)) == ["0.", "1.", "2."]


async def test_taking_back_and_letting_go_at_once_is_one_of_both(
    store: Store, clock: SettableClock, officer: Person, case: Case
) -> None:
    reply = await held(store, case, officer)
    clock.advance(UNDO)

    taken, _ = await asyncio.gather(
        store.write(take_back_reply, case_id=case.id, by=officer.id, reply_id=reply.id), go_round(store)
    )

    assert (await said(store, case) == []) is isinstance(taken, HeldReply)
