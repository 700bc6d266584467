from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

from storage.keyring import Keyring
from storage.rows import Claimed
from storage.store import Store, open_store
from storage.transaction import Transaction
from tests.storage.builders import a_conversation, a_row, some_id
from tests.support.stores import SettableClock
from triage.ids import ConversationId, OutboxId, PersonId
from triage.notices.outbox import Lane, Outgoing, Via

LEASE = timedelta(seconds=20)
SECOND = timedelta(seconds=1)


def claim(
    tx: Transaction, *, lane: Lane = Lane.CONVERSATION, limit: int = 10, holder: str = "other"
) -> list[Claimed]:
    return tx.outbox.claim(lane, Via.TELEGRAM, holder=holder, limit=limit, lease=LEASE)


async def claimed(store: Store, *, lane: Lane = Lane.CONVERSATION, limit: int = 10) -> list[OutboxId]:
    return [row.id for row in await store.write(claim, lane=lane, limit=limit)]


async def test_a_row_is_claimed_once_and_again_when_its_lease_has_ended(
    store: Store, clock: SettableClock
) -> None:
    row = await store.write(a_row)

    assert await claimed(store) == [row]
    assert await claimed(store) == []
    clock.advance(LEASE)
    (again,) = await store.write(claim)

    assert (again.id, again.attempts) == (row, 2)


async def test_a_row_born_leased_is_told_after_the_commit_and_claimed_when_its_process_is_gone(
    store: Store, clock: SettableClock
) -> None:
    told: list[Claimed] = []
    store.on_leased(told.extend)

    first, second = await store.write(lambda tx: (a_row(tx, leased=True), a_row(tx, leased=True, text="to")))

    assert [row.id for row in told] == [first, second]
    assert told[1].payload == {"method": "sendMessage", "params": {"text": "to"}}
    assert await claimed(store) == []
    clock.advance(timedelta(seconds=20))
    assert await claimed(store) == [first]


async def test_a_row_is_not_born_leased_past_an_earlier_one_of_its_peer_that_waits(store: Store) -> None:
    told: list[Claimed] = []
    store.on_leased(told.extend)
    earlier = await store.write(a_row)

    later = await store.write(a_row, leased=True)

    assert told == []
    assert await claimed(store) == [earlier]
    await store.write(lambda tx: tx.outbox.mark_sent([(earlier, "7")]))
    assert await claimed(store) == [later]


async def test_nothing_is_told_of_a_transaction_that_was_rolled_back(store: Store) -> None:
    told: list[Claimed] = []
    store.on_leased(told.extend)

    def use_case(tx: Transaction) -> None:
        a_row(tx, leased=True)
        raise LookupError

    results = await asyncio.gather(store.write(use_case), return_exceptions=True)

    assert isinstance(results[0], LookupError)
    assert told == []
    assert await claimed(store) == []


async def test_each_peer_gets_its_rows_one_after_the_other(store: Store) -> None:
    def use_case(tx: Transaction) -> list[OutboxId]:
        return [a_row(tx, peer=peer) for peer in ("a", "a", "b")]

    first_a, second_a, only_b = await store.write(use_case)

    assert await claimed(store) == [first_a, only_b]
    await store.write(lambda tx: tx.outbox.mark_sent([(first_a, "1"), (only_b, "2")]))
    assert await claimed(store) == [second_a]


async def test_a_row_that_is_tried_again_keeps_its_place_before_later_ones(
    store: Store, clock: SettableClock
) -> None:
    first, second = await store.write(lambda tx: (a_row(tx), a_row(tx)))
    assert await claimed(store) == [first]

    await store.write(lambda tx: tx.outbox.retry(first, not_before=tx.now + SECOND, error="500\0"))

    assert await claimed(store) == []
    clock.advance(SECOND)
    assert await claimed(store) == [first]
    await store.write(lambda tx: tx.outbox.bury(first, error="403"))
    assert await claimed(store) == [second]
    (dead,) = await store.read(lambda tx: tx.outbox.dead_letters(limit=5))
    assert (dead.id, dead.error, dead.attempts) == (first, "403", 2)


async def test_a_notice_kept_for_staffed_hours_does_not_hold_up_one_that_wakes(store: Store) -> None:
    def use_case(tx: Transaction) -> OutboxId:
        a_row(tx, lane=Lane.ESCALATION, wait=timedelta(hours=9))
        return a_row(tx, lane=Lane.ESCALATION)

    wakes = await store.write(use_case)

    assert await claimed(store, lane=Lane.ESCALATION) == [wakes]


async def test_an_escalation_that_is_tried_again_does_not_hold_up_the_next(store: Store) -> None:
    first, second = await store.write(
        lambda tx: (a_row(tx, lane=Lane.ESCALATION), a_row(tx, lane=Lane.ESCALATION))
    )
    assert await claimed(store, lane=Lane.ESCALATION) == [first]

    await store.write(lambda tx: tx.outbox.retry(first, not_before=tx.now + LEASE, error="500"))

    assert await claimed(store, lane=Lane.ESCALATION) == [second]


async def test_lanes_do_not_see_each_others_rows(store: Store) -> None:
    chat, notice = await store.write(lambda tx: (a_row(tx), a_row(tx, lane=Lane.ESCALATION)))

    assert await claimed(store, lane=Lane.ESCALATION) == [notice]
    assert await claimed(store) == [chat]


async def test_a_peer_that_gets_too_much_is_left_alone_until_then(store: Store, clock: SettableClock) -> None:
    def use_case(tx: Transaction) -> list[OutboxId]:
        return [a_row(tx, peer=peer) for peer in ("a", "a", "b")]

    first_a, _, only_b = await store.write(use_case)
    assert await claimed(store, limit=1) == [first_a]

    await store.write(lambda tx: tx.outbox.back_off_peer(Via.TELEGRAM, "a", until=tx.now + SECOND))

    assert await claimed(store) == [only_b]
    clock.advance(SECOND)
    assert await claimed(store) == [first_a]


async def test_a_released_row_goes_back_untried(store: Store) -> None:
    row = await store.write(a_row)
    assert await claimed(store) == [row]

    await store.write(lambda tx: tx.outbox.release([row]))
    (again,) = await store.write(claim)

    assert (again.id, again.attempts) == (row, 1)


async def test_the_second_row_of_a_dedupe_value_is_not_written(store: Store) -> None:
    def use_case(tx: Transaction) -> list[bool]:
        row = Outgoing(
            id=OutboxId(tx.new_id()),
            lane=Lane.ESCALATION,
            via=Via.MAIL,
            peer="a@example.org",
            payload={},
            not_before=tx.now,
            dedupe="clock:late:0",
        )
        return [
            tx.outbox.add(row, leased=False),
            tx.outbox.add(replace(row, id=OutboxId(tx.new_id())), leased=False),
            tx.outbox.add(replace(row, id=OutboxId(tx.new_id())), leased=True),
        ]

    assert await store.write(use_case) == [True, False, False]


async def test_waiting_notices_of_a_topic_are_taken_back_but_not_those_on_their_way(store: Store) -> None:
    person, other = PersonId(some_id()), PersonId(some_id())

    def add(tx: Transaction) -> None:
        for to in (person, person, other):
            row = Outgoing(
                id=OutboxId(tx.new_id()),
                lane=Lane.ESCALATION,
                via=Via.TELEGRAM,
                peer=str(to),
                payload={},
                not_before=tx.now,
                person_id=to,
                topic="clock:1",
            )
            tx.outbox.add(row, leased=False)

    await store.write(add)
    on_their_way = await claimed(store, lane=Lane.ESCALATION)
    assert len(on_their_way) == 2

    await store.write(lambda tx: tx.outbox.take_back([("clock:1", other)]))
    await store.write(lambda tx: tx.outbox.take_back([("clock:1", person)]))
    await store.write(lambda tx: tx.outbox.release(on_their_way))
    assert await store.write(lambda tx: tx.outbox.supersede(topic="clock:1")) == 2


async def test_a_sent_row_keeps_its_remote_id_and_nothing_of_what_it_said(store: Store) -> None:
    def use_case(tx: Transaction) -> tuple[ConversationId, OutboxId]:
        conversation = a_conversation(tx)
        return conversation.id, a_row(tx, conversation_id=conversation.id)

    conversation_id, row = await store.write(use_case)
    (letter,) = await store.write(claim)
    assert letter.address == "4711"
    assert letter.payload == {"method": "sendMessage", "params": {"text": "Testord"}}

    await store.write(lambda tx: tx.outbox.mark_sent([(row, "81")]))

    assert await store.read(lambda tx: tx.outbox.remote_id_of(row)) == "81"
    held = await store.read(
        lambda tx: tx._work.connection.exec_driver_sql("SELECT payload, sealed FROM outbox").one()
    )
    assert tuple(held) == (None, None)
    chat = await store.read(lambda tx: tx.conversations.chat_messages(conversation_id, since=tx.now - SECOND))
    assert chat == [81]


async def test_rows_die_with_their_contact(store: Store) -> None:
    def use_case(tx: Transaction) -> ConversationId:
        conversation = a_conversation(tx)
        a_row(tx, conversation_id=conversation.id)
        return conversation.id

    conversation_id = await store.write(use_case)
    assert await store.read(lambda tx: tx.reporters.can_be_written_to(conversation_id)) is True

    await store.write(lambda tx: tx.reporters.end_contact(conversation_id))

    assert await claimed(store) == []
    (dead,) = await store.read(lambda tx: tx.outbox.dead_letters(limit=5))
    assert dead.error == "contact_ended"
    assert await store.read(lambda tx: tx.reporters.can_be_written_to(conversation_id)) is False
    found = await store.read(lambda tx: tx.conversations.find(conversation_id))
    assert found is not None
    assert found.address is None
    await store.write(a_row, conversation_id=conversation_id)
    assert await claimed(store) == []


async def test_four_claimers_at_once_double_nothing(store: Store) -> None:
    def fill(tx: Transaction) -> list[OutboxId]:
        return [a_row(tx, peer=f"peer-{number}") for number in range(200)]

    rows = await store.write(fill)

    async def claimer(holder: str) -> list[OutboxId]:
        got: list[OutboxId] = []
        while letters := await store.write(claim, limit=10, holder=holder):
            got += [letter.id for letter in letters]
        return got

    got = await asyncio.gather(*(claimer(f"holder-{number}") for number in range(4)))

    everything = [row for part in got for row in part]
    assert len(everything) == len(set(everything))
    assert set(everything) == set(rows)


async def test_health_tells_what_waits_since_when_and_what_died(store: Store, clock: SettableClock) -> None:
    begun = clock.at
    dead = await store.write(a_row)
    await store.write(lambda tx: tx.outbox.bury(dead, error="403"))
    await store.write(a_row, peer="b")
    await store.write(a_row, peer="c", wait=timedelta(hours=1))

    (lane,) = await store.read(lambda tx: tx.outbox.health())

    assert (lane.lane, lane.via) == (Lane.CONVERSATION, Via.TELEGRAM)
    assert (lane.waiting, lane.oldest_due_at, lane.dead) == (2, begun, 1)
    oldest = await store.read(lambda tx: tx.outbox.oldest_waiting(Lane.ESCALATION, Via.TELEGRAM))
    assert oldest is None


async def test_without_a_keyring_only_rows_without_words_are_sent(
    store: Store, database_url: str, clock: SettableClock, engine: str
) -> None:
    def use_case(tx: Transaction) -> OutboxId:
        conversation = a_conversation(tx)
        a_row(tx, conversation_id=conversation.id)
        return a_row(tx, peer="staff")

    notice = await store.write(use_case)
    if engine == "sqlite":
        await store.close()
    keyless = open_store(database_url, clock=clock, keyring=None)
    await keyless.open()

    assert await claimed(keyless) == [notice]
    await keyless.close()


def test_a_keyring_shows_nothing_of_itself(keyring: Keyring) -> None:
    assert "=" not in repr(keyring)
