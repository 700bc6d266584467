"""Contact ends about one case; another report of the same person keeps its way back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from handlers.dialog.conversation import DRAFT_LIVES
from handlers.dialog.draft import Draft
from storage.store import Store
from storage.tables import conversations, outbox
from storage.transaction import Transaction
from tests.support.builders import a_conversation, a_person, a_submission, some_rules
from tests.support.stores import SettableClock
from triage.cases.acute import Action, answer_alarm, raise_alarm
from triage.cases.case import Case
from triage.cases.decide import decide
from triage.cases.dialogue import write_to_reporter
from triage.cases.handle import close_case, end_contact
from triage.cases.reading import CaseView, read_case
from triage.cases.receipts import make_receipt
from triage.cases.records import Channel
from triage.cases.reporter_side import end_by_reporter
from triage.cases.words import Done
from triage.ids import CaseId, ConversationId, PersonId
from triage.refusals import Reason, Refused

RULES = some_rules()


async def reports_of_one(store: Store, *, number: int) -> tuple[ConversationId, list[Case]]:
    """So many reports of one person who writes on Telegram, oldest first."""

    def use_case(tx: Transaction) -> tuple[ConversationId, list[Case]]:
        begun = a_conversation(tx, channel=Channel.TELEGRAM)
        sent = [a_submission(tx, conversation_id=begun.id, channel=Channel.TELEGRAM) for _ in range(number)]
        locked = tx.conversations.lock(begun.id)
        assert locked is not None
        tx.conversations.save(replace(locked, case_id=sent[-1].id))
        return begun.id, sent

    return await store.write(use_case)


DRAFT = Draft(flow_id="relative", flow_version=1, fingerprint="f")


def begin(tx: Transaction, conversation_id: ConversationId) -> None:
    """Another report is begun in the chat."""
    locked = tx.conversations.lock(conversation_id)
    assert locked is not None
    tx.conversations.save(replace(locked, draft=DRAFT, expires_at=tx.now + DRAFT_LIVES))


def ended(tx: Transaction, case_id: CaseId, by: PersonId, *, by_reporter: bool) -> ConversationId | None:
    """Contact about the case ends; the chat that was let go with it, if one was."""
    if by_reporter:
        return end_by_reporter(tx, RULES, case_id=case_id)
    assert isinstance(end_contact(tx, RULES, case_id=case_id, by=by), Case)
    return None


async def draft_of(store: Store, conversation_id: ConversationId) -> Draft | None:
    found = await store.read(lambda tx: tx.conversations.find(conversation_id))
    assert found is not None
    return found.draft


async def has_address(store: Store) -> bool:
    return await store.read(lambda tx: tx._work.all(select(conversations.c.address))[0].address is not None)


async def speaks_of(store: Store, conversation_id: ConversationId) -> CaseId | None:
    found = await store.read(lambda tx: tx.conversations.find(conversation_id))
    assert found is not None
    return found.case_id


async def written(store: Store, case: Case, by: PersonId) -> Done | Refused:
    return await store.write(write_to_reporter, RULES, case_id=case.id, by=by, words="May we call you?")


async def test_the_other_report_keeps_its_way_back(store: Store) -> None:
    officer = await store.write(a_person)
    conversation_id, [first, second] = await reports_of_one(store, number=2)

    await store.write(end_contact, RULES, case_id=second.id, by=officer.id)

    assert await written(store, second, officer.id) == Refused(Reason.NO_REPLY_CHANNEL)
    assert isinstance(await written(store, first, officer.id), Done)
    assert await has_address(store)
    assert await speaks_of(store, conversation_id) == first.id
    again = await store.write(end_contact, RULES, case_id=second.id, by=officer.id)
    assert again == Refused(Reason.NO_REPLY_CHANNEL)


async def test_the_address_goes_with_the_last_open_case(store: Store) -> None:
    officer = await store.write(a_person)
    _, cases = await reports_of_one(store, number=3)

    kept = []
    for case in cases:
        await store.write(end_contact, RULES, case_id=case.id, by=officer.id)
        kept.append(await has_address(store))

    assert kept == [True, True, False]


async def test_a_closed_case_keeps_no_address(store: Store) -> None:
    officer = await store.write(a_person)
    _, [first, second] = await reports_of_one(store, number=2)
    await store.write(
        decide,
        RULES,
        case_id=first.id,
        by=officer.id,
        outcome="advice_only",
        reason="Advice was given.",
        local_action=False,
        to_unit=False,
    )
    assert isinstance(await store.write(close_case, RULES, case_id=first.id, by=officer.id), Done)

    await store.write(end_contact, RULES, case_id=second.id, by=officer.id)

    assert not await has_address(store)


async def test_what_waited_to_be_said_about_the_case_is_not_said(store: Store) -> None:
    officer = await store.write(a_person)
    _, cases = await reports_of_one(store, number=2)
    for case in cases:
        await written(store, case, officer.id)

    await store.write(end_contact, RULES, case_id=cases[0].id, by=officer.id)

    def fates(tx: Transaction) -> dict[CaseId, tuple[str, bool]]:
        rows = tx._work.all(select(outbox).where(outbox.c.conversation_id.is_not(None)))
        return {CaseId(row.case_id): (row.state, row.sealed is None) for row in rows}

    found = await store.read(fates)
    assert (found[cases[0].id], found[cases[1].id]) == (("dead", True), ("pending", False))


@pytest.mark.parametrize("by_reporter", [False, True])
async def test_a_report_that_is_being_written_keeps_the_address_until_it_is_over(
    store: Store, clock: SettableClock, *, by_reporter: bool
) -> None:
    officer = await store.write(a_person)
    conversation_id, [only] = await reports_of_one(store, number=1)

    await store.write(begin, conversation_id)
    let_go = await store.write(ended, only.id, officer.id, by_reporter=by_reporter)

    assert let_go is None
    assert await has_address(store)
    assert await speaks_of(store, conversation_id) is None
    assert await draft_of(store, conversation_id) == DRAFT
    assert await written(store, only, officer.id) == Refused(Reason.NO_REPLY_CHANNEL)
    for _ in range(2):
        clock.advance(DRAFT_LIVES + timedelta(hours=1))
        await store.write(lambda tx: tx.conversations.expire(limit=9))
    assert not await has_address(store)


@pytest.mark.parametrize("by_reporter", [False, True])
async def test_an_alarm_that_nobody_answered_keeps_the_address_until_somebody_has(
    store: Store, clock: SettableClock, *, by_reporter: bool
) -> None:
    officer = await store.write(a_person, on_duty=True)
    conversation_id, [only] = await reports_of_one(store, number=1)
    alarm = await store.write(raise_alarm, RULES, conversation_id=conversation_id, trigger="danger_yes")

    assert await store.write(ended, only.id, officer.id, by_reporter=by_reporter) is None
    await store.write(lambda tx: tx.conversations.expire(limit=9))
    assert await has_address(store)

    await store.write(answer_alarm, RULES, alarm_id=alarm.id, by=officer.id, action=Action.NONE_NEEDED)
    clock.advance(timedelta(hours=2))
    await store.write(lambda tx: tx.conversations.expire(limit=9))
    assert not await has_address(store)


async def test_an_alarm_of_what_was_not_sent_keeps_the_address_beside_that_of_the_report_itself(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True)
    conversation_id, [only] = await reports_of_one(store, number=1)
    await store.write(
        raise_alarm, RULES, conversation_id=conversation_id, trigger="danger_yes", case_id=only.id
    )
    clock.advance(timedelta(minutes=1))
    await store.write(raise_alarm, RULES, conversation_id=conversation_id, trigger="danger_yes")

    await store.write(end_contact, RULES, case_id=only.id, by=officer.id)

    assert await has_address(store)


async def test_a_reporter_who_ends_contact_about_one_report_is_led_to_the_other(store: Store) -> None:
    officer = await store.write(a_person)
    conversation_id, [first, second] = await reports_of_one(store, number=2)

    await store.write(end_by_reporter, RULES, case_id=second.id)

    assert await speaks_of(store, conversation_id) == first.id
    assert await written(store, second, officer.id) == Refused(Reason.NO_REPLY_CHANNEL)
    assert isinstance(await written(store, first, officer.id), Done)


async def test_whoever_has_a_code_is_written_to_no_more_once_staff_ended_contact(store: Store) -> None:
    officer = await store.write(a_person)
    _, [case] = await reports_of_one(store, number=1)
    await store.write(make_receipt, case_id=case.id)
    before = await store.write(read_case, RULES, code=case.code, by=officer.id)

    await store.write(end_contact, RULES, case_id=case.id, by=officer.id)

    after = await store.write(read_case, RULES, code=case.code, by=officer.id)
    assert isinstance(before, CaseView)
    assert isinstance(after, CaseView)
    assert (before.can_reply, after.can_reply) == (True, False)
    assert await written(store, case, officer.id) == Refused(Reason.NO_REPLY_CHANNEL)


@pytest.mark.parametrize("engine", ["postgresql"])  # SQLite's writers stand in one line
@pytest.mark.parametrize("by_reporter", [False, True])
async def test_a_report_that_is_begun_while_contact_ends_is_not_lost(
    store: Store, *, by_reporter: bool
) -> None:
    officer = await store.write(a_person)
    conversation_id, [only] = await reports_of_one(store, number=1)
    begun = asyncio.Event()
    loop = asyncio.get_running_loop()
    somebody_waits = (
        "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
    )

    def begin_slowly(tx: Transaction) -> None:
        begin(tx, conversation_id)
        loop.call_soon(begun.set)
        connection = tx._work.connection
        while connection.exec_driver_sql(somebody_waits).first() is None:
            connection.exec_driver_sql("SELECT pg_sleep(0.01)")

    beginning = asyncio.ensure_future(store.write(begin_slowly))
    await begun.wait()
    await store.write(ended, only.id, officer.id, by_reporter=by_reporter)
    await beginning

    assert await draft_of(store, conversation_id) == DRAFT
    assert await has_address(store)
