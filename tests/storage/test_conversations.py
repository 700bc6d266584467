from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import literal_column, select

from handlers.dialog.conversation import DRAFT_LIVES, Conversation, Door, Link, LinkPurpose, Writing
from storage.errors import EnvelopeError
from storage.repositories.conversations import TIDYING
from storage.store import Store
from storage.tables import conversations
from storage.transaction import Transaction
from tests.storage.builders import PEER, a_case, a_conversation, a_draft, a_submission, some_id
from tests.support.stores import SettableClock
from triage.cases.records import Alarm, Channel, Late, Receipt, Source, TakenDown
from triage.ids import AlarmId, ConversationId, PersonId

MINUTE = timedelta(minutes=1)


async def find(store: Store, conversation_id: ConversationId) -> Conversation | None:
    return await store.read(lambda tx: tx.conversations.find(conversation_id))


async def value(store: Store, column: str) -> object:
    """A column of the one conversation, as it stands in the database."""
    return await store.read(
        lambda tx: tx._work.connection.execute(
            select(literal_column(column)).select_from(conversations)
        ).scalar_one()
    )


async def test_a_new_peer_gets_a_conversation_and_keeps_it(store: Store) -> None:
    first = await store.write(lambda tx: tx.conversations.lock_peer("telegram", PEER, address="4711"))
    again = await store.write(lambda tx: tx.conversations.lock_peer("telegram", PEER, address="4711"))

    assert first == again
    assert first.address == "4711"
    assert first.channel is Channel.TELEGRAM
    assert first.draft is None


async def test_a_saved_conversation_comes_back_equal(store: Store) -> None:
    begun = await store.write(a_conversation, worry="Testord \ud800 🧵 \0")
    saved = replace(begun, writing=Writing.SECURE_PAGE, asked="x" * 500, language=None, round=2)
    await store.write(lambda tx: tx.conversations.save(saved))

    assert await find(store, saved.id) == saved
    assert await store.write(lambda tx: tx.conversations.lock(saved.id)) == saved


async def test_a_conversation_on_the_web_has_no_address(store: Store) -> None:
    opened = await store.write(lambda tx: tx.conversations.open_new("webchat"))

    assert await find(store, opened.id) == opened
    assert (opened.channel, opened.address) == (Channel.WEBCHAT, None)
    assert await store.read(lambda tx: tx.reporters.can_be_written_to(opened.id)) is False


async def test_each_round_has_a_draft_key_of_its_own(store: Store) -> None:
    begun = await store.write(a_conversation)
    first = await value(store, "draft_key")

    await store.write(lambda tx: tx.conversations.save(replace(begun, draft=a_draft(worry="andet"))))
    same_round = await value(store, "draft_key")
    await store.write(lambda tx: tx.conversations.save(replace(begun, round=2)))
    next_round = await value(store, "draft_key")

    assert first == same_round
    assert next_round != first


async def test_a_dropped_draft_is_gone_with_its_key(store: Store) -> None:
    begun = await store.write(a_conversation)

    await store.write(lambda tx: tx.conversations.drop_draft(begun.id))

    assert await value(store, "draft") is None
    assert await value(store, "draft_key") is None
    found = await find(store, begun.id)
    assert found is not None
    assert found.draft is None


async def test_a_draft_whose_time_is_up_is_not_shown(store: Store, clock: SettableClock) -> None:
    begun = await store.write(a_conversation)
    clock.advance(DRAFT_LIVES)

    found = await store.write(lambda tx: tx.conversations.lock_peer("telegram", PEER, address="4711"))

    assert (found.id, found.draft) == (begun.id, None)


async def test_expiry_destroys_draft_links_doors_and_an_address_that_nobody_needs(
    store: Store, clock: SettableClock
) -> None:
    def use_case(tx: Transaction) -> ConversationId:
        begun = a_conversation(tx)
        link = Link(
            conversation_id=begun.id, round=1, purpose=LinkPurpose.SECURE_PAGE, expires_at=tx.now + MINUTE
        )
        tx.conversations.add_link(b"link", link)
        tx.conversations.add_door(b"door", a_door(tx, begun.id))
        return begun.id

    conversation_id = await store.write(use_case)
    clock.advance(DRAFT_LIVES)

    assert await store.write(lambda tx: tx.conversations.expire(limit=10)) >= 1
    assert await store.write(lambda tx: tx.conversations.expire(limit=10)) == 0
    assert await value(store, "draft_key") is None
    clock.advance(TIDYING)
    assert await store.write(lambda tx: tx.conversations.expire(limit=10)) == 1
    for column in ("draft", "draft_key", "address", "contact_key", "peer_hash"):
        assert await value(store, column) is None
    assert await store.write(lambda tx: tx.conversations.lock_link(b"link")) is None
    assert await store.read(lambda tx: tx.conversations.find_door(b"door")) is None
    fresh = await store.write(lambda tx: tx.conversations.lock_peer("telegram", PEER, address="4711"))
    assert fresh.id != conversation_id


async def test_expiry_keeps_the_address_while_an_alarm_waits_or_a_case_has_it(
    store: Store, clock: SettableClock
) -> None:
    def use_case(tx: Transaction) -> list[ConversationId]:
        with_alarm = a_conversation(tx, peer=b"a" * 32)
        alarm = Alarm(
            id=AlarmId(tx.new_id()),
            conversation_id=with_alarm.id,
            trigger="danger_now",
            raised_at=tx.now,
            wakes=True,
        )
        tx.alarms.add(alarm)
        with_case = a_conversation(tx, peer=b"b" * 32)
        tx.conversations.save(replace(with_case, case_id=a_case(tx).id))
        return [with_alarm.id, with_case.id]

    ids = await store.write(use_case)
    clock.advance(DRAFT_LIVES)

    assert await store.write(lambda tx: tx.conversations.expire(limit=10)) == 2
    for each in ids:
        found = await find(store, each)
        assert found is not None
        assert (found.draft, found.address) == (None, "4711")


async def test_an_address_goes_once_its_alarm_is_answered(store: Store, clock: SettableClock) -> None:
    def use_case(tx: Transaction) -> Alarm:
        alarm = Alarm(
            id=AlarmId(tx.new_id()),
            conversation_id=a_conversation(tx).id,
            trigger="danger_now",
            raised_at=tx.now,
            wakes=True,
        )
        tx.alarms.add(alarm)
        return alarm

    alarm = await store.write(use_case)
    clock.advance(DRAFT_LIVES)
    await store.write(lambda tx: tx.conversations.expire(limit=10))
    clock.advance(TIDYING)
    await store.write(lambda tx: tx.conversations.expire(limit=10))
    assert await value(store, "address") is not None
    answered = replace(alarm, answered_at=clock.at, action="none_needed")
    await store.write(lambda tx: tx.alarms.save(answered))
    clock.advance(TIDYING)
    await store.write(lambda tx: tx.conversations.expire(limit=10))
    assert await value(store, "address") is None


def a_door(tx: Transaction, conversation_id: ConversationId | None) -> Door:
    return Door(
        conversation_id=conversation_id,
        case_id=None,
        confirmed=False,
        seen_at=tx.now,
        expires_at=tx.now + MINUTE,
    )


async def test_a_link_is_used_once(store: Store) -> None:
    def use_case(tx: Transaction) -> list[bool]:
        begun = a_conversation(tx)
        link = Link(
            conversation_id=begun.id, round=1, purpose=LinkPurpose.RECEIPT, expires_at=tx.now + MINUTE
        )
        tx.conversations.add_link(b"link", link)
        before = tx.conversations.lock_link(b"link") == link
        tx.conversations.use_link(b"link")
        return [before, tx.conversations.lock_link(b"link") == replace(link, used_at=tx.now)]

    assert await store.write(use_case) == [True, True]


async def test_a_door_is_kept_until_it_expires_or_is_closed(store: Store, clock: SettableClock) -> None:
    door = await store.write(lambda tx: a_door(tx, None))
    await store.write(lambda tx: tx.conversations.add_door(b"door", door))
    await store.write(lambda tx: tx.conversations.save_door(b"door", replace(door, confirmed=True)))
    assert await store.read(lambda tx: tx.conversations.find_door(b"door")) == replace(door, confirmed=True)

    clock.advance(MINUTE)
    assert await store.read(lambda tx: tx.conversations.find_door(b"door")) is None

    await store.write(lambda tx: tx.conversations.close_door(b"door"))
    clock.at = door.seen_at
    assert await store.read(lambda tx: tx.conversations.find_door(b"door")) is None


async def test_messages_of_the_chat_are_known_until_they_are_gone(store: Store, clock: SettableClock) -> None:
    conversation_id = (await store.write(a_conversation)).id
    began = clock.at

    def receive(tx: Transaction, number: int) -> None:
        tx.conversations.note_received(conversation_id, number, sensitive=True)

    await store.write(receive, 1)
    clock.advance(MINUTE)
    for number in (2, 3, 3):
        await store.write(receive, number)

    async def known() -> list[int]:
        return await store.read(
            lambda tx: tx.conversations.chat_messages(conversation_id, since=began + MINUTE)
        )

    assert await known() == [2, 3]
    await store.write(lambda tx: tx.conversations.forget_messages(conversation_id, [2]))
    assert await known() == [3]


async def test_a_flow_is_archived_once(store: Store) -> None:
    await store.write(lambda tx: tx.conversations.archive_flow("f", "first"))
    await store.write(lambda tx: tx.conversations.archive_flow("f", "second"))

    assert await store.read(lambda tx: tx.conversations.archived_flow("f")) == "first"
    assert await store.read(lambda tx: tx.conversations.archived_flow("g")) is None


async def test_ending_contact_destroys_the_way_back_and_a_new_word_begins_anew(store: Store) -> None:
    def use_case(tx: Transaction) -> Conversation:
        begun = a_conversation(tx)
        a_submission(tx, a_case(tx), conversation_id=begun.id)
        return begun

    begun = await store.write(use_case)
    case = (await store.read(lambda tx: tx.cases.queue(reader=None, limit=1)))[0]
    assert await store.read(lambda tx: tx.reporters.conversation_of(case.id)) == begun.id

    await store.write(lambda tx: tx.reporters.end_contact(begun.id))

    assert await store.read(lambda tx: tx.reporters.conversation_of(case.id)) is None
    for column in ("address", "contact_key", "peer_hash"):
        assert await value(store, column) is None
    fresh = await store.write(lambda tx: tx.conversations.lock_peer("telegram", PEER, address="4711"))
    assert fresh.id != begun.id


async def test_a_key_and_an_address_moved_to_another_conversation_do_not_open(store: Store) -> None:
    def use_case(tx: Transaction) -> list[ConversationId]:
        ids = [a_conversation(tx, peer=peer * 32).id for peer in (b"a", b"b")]
        tx._work.connection.exec_driver_sql(
            "UPDATE conversations SET address = (SELECT max(address) FROM conversations),"
            " contact_key = (SELECT max(contact_key) FROM conversations)"
        )
        return ids

    ids = await store.write(use_case)
    opened = []
    for each in ids:
        try:
            opened.append(await find(store, each))
        except EnvelopeError:
            continue

    assert len(opened) <= 1


async def test_a_receipt_replaces_the_one_before(store: Store) -> None:
    def use_case(tx: Transaction) -> list[object]:
        case = a_case(tx)
        first = Receipt(case_id=case.id, generation=1, created_at=tx.now)
        second = replace(first, generation=2)
        tx.reporters.add_receipt(b"one", first)
        found = tx.reporters.find_receipt(b"one") == first
        tx.reporters.add_receipt(b"two", second)
        return [
            found,
            tx.reporters.find_receipt(b"one"),
            tx.reporters.find_receipt(b"two") == second,
            tx.reporters.receipt_of(case.id) == second,
        ]

    assert await store.write(use_case) == [True, None, True, True]


async def test_saving_what_is_not_there_is_a_fault(store: Store) -> None:
    begun = await store.write(a_conversation)

    with pytest.raises(LookupError):
        await store.write(lambda tx: tx.conversations.save(replace(begun, id=ConversationId(some_id()))))


async def test_what_staff_write_down_is_found_by_its_writer_alone_and_goes_with_the_draft(
    store: Store, clock: SettableClock
) -> None:
    writer, colleague = PersonId(uuid4()), PersonId(uuid4())
    conversation = await store.write(a_conversation)
    taken = TakenDown(
        conversation_id=conversation.id,
        by=writer,
        source=Source.PHONE,
        received_at=clock.at - timedelta(days=40),
        late=Late.LAY_WITH_US,
    )
    await store.write(lambda tx: tx.conversations.begin_taking_down(taken))

    assert await store.read(lambda tx: tx.conversations.taken_down(conversation.id)) == taken
    assert await store.read(lambda tx: tx.conversations.being_taken_down(writer)) == [taken]
    assert await store.read(lambda tx: tx.conversations.being_taken_down(colleague)) == []

    clock.advance(DRAFT_LIVES)
    assert await store.read(lambda tx: tx.conversations.being_taken_down(writer)) == []
    await store.write(lambda tx: tx.conversations.expire(limit=10))
    assert await store.read(lambda tx: tx.conversations.taken_down(conversation.id)) is None
