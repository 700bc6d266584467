"""A reporter ends contact: what goes, what stays, and what staff are told."""

from __future__ import annotations

from datetime import timedelta

from handlers.dialog.conversation import Door
from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, a_submission, notices, some_rules
from tests.support.stores import SettableClock
from triage.audit import Act, Actor
from triage.cases.case import CaseState, EventKind
from triage.cases.dialogue import write_from_reporter, write_to_reporter
from triage.cases.handle import claim
from triage.cases.receipts import ReceiptCode, make_receipt, open_with_code
from triage.cases.records import Channel
from triage.cases.reporter_side import LAST_WORDS, end_by_reporter
from triage.ids import CaseId, ConversationId
from triage.limits import Limit
from triage.notices.outbox import Lane, Via
from triage.people.person import Role
from triage.refusals import Reason, Refused

RULES = some_rules()
LIMIT = Limit(burst=9, refill=timedelta(minutes=1))


async def end(store: Store, case_id: CaseId) -> ConversationId | None:
    return await store.write(end_by_reporter, RULES, case_id=case_id)


def last_event(tx: Transaction, case_id: CaseId) -> tuple[EventKind, object, dict[str, str]]:
    event = tx.cases.timeline(case_id)[-1]
    return event.kind, event.by, dict(event.facts)


def address_of(tx: Transaction, conversation_id: ConversationId) -> str | None:
    conversation = tx.conversations.find(conversation_id)
    assert conversation is not None
    return conversation.address


async def a_code(store: Store, case_id: CaseId) -> str:
    code = await store.write(make_receipt, case_id=case_id)
    assert isinstance(code, ReceiptCode)
    return code.written


async def test_the_code_stops_working_and_the_case_stays_as_it_is(store: Store) -> None:
    holder = await store.write(a_person, roles=[Role.COORDINATOR])
    case = await store.write(a_case)
    code = await a_code(store, case.id)
    await store.write(claim, RULES, case_id=case.id, by=holder.id)

    assert await end(store, case.id) is None

    refused = await store.write(open_with_code, typed=code, source="one", limit=LIMIT)
    assert refused == Refused(Reason.WRONG_CODE)
    written = await store.write(write_to_reporter, RULES, case_id=case.id, by=holder.id, words="Hello.")
    assert written == Refused(Reason.NO_REPLY_CHANNEL)
    found = await store.read(lambda tx: tx.cases.get(case.id))
    assert (found.state, len(await store.read(lambda tx: tx.cases.submissions(case.id, identity=True)))) == (
        CaseState.IN_TRIAGE,
        1,
    )


async def test_the_timeline_the_audit_and_whoever_holds_the_case_learn_that_the_reporter_did_it(
    store: Store,
) -> None:
    await store.write(a_person, on_duty=True)
    holder = await store.write(a_person, roles=[Role.COORDINATOR])
    case = await store.write(a_case)
    await a_code(store, case.id)
    await store.write(claim, RULES, case_id=case.id, by=holder.id)

    await end(store, case.id)

    assert await store.read(last_event, case.id) == (EventKind.CONTACT_ENDED, None, {"ended_by": "reporter"})
    entry = (await store.read(lambda tx: tx.audit.of_object(case.id)))[-1]
    assert (entry.act, entry.actor) == (Act.CONTACT_ENDED, Actor.REPORTER)
    row = (await store.read(notices))[-1]
    assert (row.notice, row.person_id) == ("notice.contact_ended", holder.id)


async def test_what_was_under_way_between_the_two_is_noted(store: Store) -> None:
    officer = await store.write(a_person)
    replied, asked = await store.write(a_case), await store.write(a_case)
    for case in (replied, asked):
        await a_code(store, case.id)
    await store.write(write_to_reporter, RULES, case_id=replied.id, by=officer.id, words="May we call?")
    await store.write(write_from_reporter, RULES, case_id=asked.id, words="Please call.")

    for case in (replied, asked):
        await end(store, case.id)

    assert [(await store.read(last_event, case.id))[2].get("pending") for case in (replied, asked)] == [
        "unread",
        "unanswered",
    ]


async def test_ending_twice_is_told_once(store: Store) -> None:
    case = await store.write(a_case)
    await a_code(store, case.id)

    await end(store, case.id)
    await end(store, case.id)

    kinds = [event.kind for event in await store.read(lambda tx: tx.cases.timeline(case.id))]
    assert kinds.count(EventKind.CONTACT_ENDED) == 1


async def test_a_chat_is_let_go_and_its_address_goes_within_minutes(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case, channel=Channel.TELEGRAM)
    await store.write(write_to_reporter, RULES, case_id=case.id, by=officer.id, words="May we call?")

    conversation_id = await end(store, case.id)

    assert conversation_id is not None
    assert not await store.read(lambda tx: tx.reporters.can_be_written_to(conversation_id))
    # The notice that there is a reply never goes out.
    claimed = await store.write(
        lambda tx: tx.outbox.claim(
            Lane.CONVERSATION, Via.TELEGRAM, holder="test", limit=5, lease=timedelta(seconds=9)
        )
    )
    assert claimed == []
    await store.write(lambda tx: tx.conversations.expire(limit=9))
    assert await store.read(address_of, conversation_id) is not None
    clock.advance(LAST_WORDS)
    await store.write(lambda tx: tx.conversations.expire(limit=9))
    assert await store.read(address_of, conversation_id) is None


async def test_another_open_case_of_the_same_chat_keeps_its_way_back(store: Store) -> None:
    officer = await store.write(a_person)
    first = await store.write(a_case, channel=Channel.TELEGRAM)
    conversation_id = await store.read(lambda tx: tx.reporters.conversation_of(first.id))
    assert conversation_id is not None
    second = await store.write(a_submission, conversation_id=conversation_id, channel=Channel.TELEGRAM)

    assert await end(store, first.id) is None

    written = [
        await store.write(write_to_reporter, RULES, case_id=case.id, by=officer.id, words="Hello.")
        for case in (first, second)
    ]
    assert written[0] == Refused(Reason.NO_REPLY_CHANNEL)
    assert not isinstance(written[1], Refused)
    assert await end(store, second.id) == conversation_id


async def test_the_browser_that_a_code_opened_is_shut(store: Store) -> None:
    case = await store.write(a_case)
    await a_code(store, case.id)
    await store.write(_open_door, case.id)

    await end(store, case.id)

    assert await store.read(lambda tx: tx.conversations.find_door(b"door")) is None


def _open_door(tx: Transaction, case_id: CaseId) -> None:
    tx.conversations.add_door(
        b"door",
        Door(
            conversation_id=None,
            case_id=case_id,
            confirmed=True,
            seen_at=tx.now,
            expires_at=tx.now + timedelta(hours=1),
        ),
    )
