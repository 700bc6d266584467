"""The post keeps each peer's order, holds up nobody for another's sake, and loses nothing when something breaks."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from sqlalchemy import select, update

from bot.senders.breaker import FAILURES, FIRST_REST, LONGEST_REST, Breaker
from bot.senders.delivery import TRIES, TRIES_OF_OURS, Delivery, Later, Never, Sent, is_last, wait_after
from storage.rows import Claimed
from storage.store import Store
from storage.tables import outbox
from storage.transaction import Transaction
from tests.bot.post_house import Round, run_post, settled, states, write_row
from tests.support.builders import a_conversation
from tests.support.patience import PATIENCE
from tests.support.stores import SettableClock
from triage.cases.records import Channel
from triage.faults import StoreDownError
from triage.ids import OutboxId
from triage.notices.outbox import Lane, Outgoing, Via


async def test_letters_of_one_peer_arrive_in_order_however_they_came_in(store: Store) -> None:
    carrier = Round()
    await store.write(write_row, "claimed 1")
    await store.write(write_row, "claimed 2")
    async with run_post(store, {Via.TELEGRAM: carrier}):
        for number in range(3, 8):
            await store.write(write_row, f"born {number}", leased=True)
        assert await carrier.wait_for(7) == [
            "claimed 1",
            "claimed 2",
            *(f"born {number}" for number in range(3, 8)),
        ]
        await settled(store, sent=7)


async def test_a_reply_goes_out_at_once_and_not_with_the_next_look(store: Store) -> None:
    carrier = Round()
    async with run_post(store, {Via.TELEGRAM: carrier}):
        await asyncio.sleep(0.1)
        await store.write(write_row, "now", leased=True)
        await carrier.wait_for(1, seconds=0.3)


async def test_an_escalation_does_not_stand_behind_conversations_that_hang(store: Store) -> None:
    gate = asyncio.Event()
    given_up: list[str] = []

    async def fares(letter: Claimed) -> Delivery:
        if letter.lane is Lane.CONVERSATION:
            try:
                await gate.wait()
            except asyncio.CancelledError:
                given_up.append(letter.peer)
                raise
        return Sent()

    carrier = Round(fares=fares)
    async with run_post(store, {Via.TELEGRAM: carrier}, parallel=2):
        for number in range(10):
            await store.write(write_row, "hangs", peer=f"peer {number}", leased=True)
        await store.write(write_row, "escalation", peer="person", lane=Lane.ESCALATION)
        async with asyncio.timeout(PATIENCE):
            while "escalation" not in carrier.carried:
                await asyncio.sleep(0.01)
        # It went while they hung: behind them it would have had to wait until they are given up.
        assert (given_up, carrier.carried.count("hangs")) == ([], 2)
        gate.set()
        await settled(store, sent=11)


async def test_a_chat_that_gets_too_much_waits_as_long_as_it_was_told_and_no_other_does(
    store: Store, clock: SettableClock
) -> None:
    async def fares(letter: Claimed) -> Delivery:
        if letter.peer == "flooded" and clock.at < allowed:
            return Later(error="flood", after=3600, whole_peer=True)
        return Sent()

    allowed = clock.at + timedelta(hours=1)
    carrier = Round(fares=fares)
    async with run_post(store, {Via.TELEGRAM: carrier}):
        for number in range(3):
            await store.write(write_row, f"flooded {number}", peer="flooded", leased=True)
        await carrier.wait_for(1)
        for number in range(20):
            await store.write(write_row, "other", peer=f"peer {number}", leased=True)
        await settled(store, sent=20, pending=3)
        # How long it waits is counted from when the refusal was written down, which is after it was carried.
        await refused(store, "flood")
        assert carrier.carried.count("flooded 0") == 1
        clock.advance(timedelta(minutes=59))
        await asyncio.sleep(1.2)
        assert [said for said in carrier.carried if said.startswith("flooded")] == ["flooded 0"]
        clock.advance(timedelta(minutes=1))
        await settled(store, sent=23)
        flooded = [said for said in carrier.carried if said.startswith("flooded")]
        assert flooded == ["flooded 0", "flooded 0", "flooded 1", "flooded 2"]


async def refused(store: Store, error: str) -> None:
    """Wait until it is written down that a letter was not taken."""
    async with asyncio.timeout(PATIENCE):
        while error not in await store.read(errors):
            await asyncio.sleep(0.02)


def errors(tx: Transaction) -> list[str | None]:
    return [row.last_error for row in tx._work.all(select(outbox.c.last_error))]


async def quiet(line: Round) -> None:
    """Wait until the breaker has opened: on a busy machine the failures that open it take their time."""
    while True:
        before = len(line.carried)
        await asyncio.sleep(FIRST_REST * 0.8)
        if len(line.carried) == before:
            return


async def test_while_one_channel_is_down_the_other_goes_on_and_the_first_is_tried_with_one_letter(
    store: Store, clock: SettableClock
) -> None:
    down = True

    async def fares(letter: Claimed) -> Delivery:
        del letter
        return Later(error="network", after=0, channel=True) if down else Sent()

    chat, mail = Round(fares=fares), Round()
    async with run_post(store, {Via.TELEGRAM: chat, Via.MAIL: mail}):
        for number in range(40):
            await store.write(write_row, "chat", peer=f"chat {number}", lane=Lane.ESCALATION)
            await store.write(write_row, "mail", peer=f"chat {number}", via=Via.MAIL, lane=Lane.ESCALATION)
        await mail.wait_for(40)
        await quiet(chat)
        before = len(chat.carried)
        await asyncio.sleep(2.5)
        assert len(chat.carried) - before <= 3
        down = False
        clock.advance(timedelta(minutes=10))
        await settled(store, sent=80)


def test_a_breaker_opens_after_some_failures_and_lets_one_probe_through_at_a_time() -> None:
    breaker = Breaker()
    for _ in range(FAILURES):
        assert breaker.lets_through(0.0)
        breaker.begin(0.0)
        breaker.note(1.0, failed=True, began=0.0)
    assert not breaker.lets_through(1.0)
    assert breaker.lets_through(1.0 + FIRST_REST)
    breaker.begin(1.0 + FIRST_REST)
    assert not breaker.lets_through(1.0 + FIRST_REST)
    breaker.note(3.0, failed=False, began=2.0)
    assert breaker.lets_through(3.0)
    assert not breaker.open


def test_many_letters_that_fail_together_are_one_failure_to_a_breaker() -> None:
    breaker = Breaker()
    for _ in range(60):
        breaker.note(1.0, failed=True, began=0.0)
    assert breaker.lets_through(1.0 + FIRST_REST)


def test_a_breaker_rests_longer_each_time_but_never_for_ever() -> None:
    breaker = Breaker()
    at = 0.0
    for _ in range(30):
        breaker.note(at, failed=True, began=at)
        at += LONGEST_REST
        assert breaker.lets_through(at)


def test_a_wait_is_what_the_other_side_asked_for_and_else_grows() -> None:
    assert wait_after(Later(error="flood", after=3600), 1, 1.0) == 3600
    assert wait_after(Later(error="flood", after=10**9), 1, 1.0) == 24 * 3600
    waits = [wait_after(Later(error="x"), attempts, 1.0) for attempts in (1, 2, 3, 20)]
    assert waits == [2, 4, 8, 300]
    assert not is_last(Later(error="network", channel=True), TRIES_OF_OURS)
    assert is_last(Later(error="network", channel=True), TRIES)
    assert is_last(Later(error="KeyError", ours=True), TRIES_OF_OURS)


async def test_what_can_never_arrive_becomes_a_task_that_staff_see_and_the_next_letter_goes(
    store: Store,
) -> None:
    async def fares(letter: Claimed) -> Delivery:
        return Never(error="refused") if letter.payload["say"] == "bad" else Sent()

    async with run_post(store, {Via.TELEGRAM: Round(fares=fares)}):
        await store.write(write_row, "bad", leased=True)
        await store.write(write_row, "good", leased=True)
        await settled(store, sent=1, dead=1)
    [dead] = await store.read(lambda tx: tx.outbox.dead_letters(limit=5))
    assert dead.error == "refused"


async def test_a_row_that_cannot_be_opened_any_more_keeps_no_lane_from_being_claimed(store: Store) -> None:
    carrier = Round()
    damaged = await store.write(_damaged_row)
    await store.write(write_row, "good")
    async with run_post(store, {Via.TELEGRAM: carrier}):
        await settled(store, sent=1, dead=1)
    [dead] = await store.read(lambda tx: tx.outbox.dead_letters(limit=5))
    assert (dead.id, dead.error) == (damaged, "unreadable")
    assert carrier.carried == ["good"]


def _damaged_row(tx: Transaction) -> OutboxId:
    conversation = a_conversation(tx, channel=Channel.TELEGRAM)
    row = OutboxId(tx.new_id())
    tx.outbox.add(
        Outgoing(
            id=row,
            lane=Lane.CONVERSATION,
            via=Via.TELEGRAM,
            peer="damaged",
            payload={"say": "lost"},
            not_before=tx.now,
            conversation_id=conversation.id,
        ),
        leased=False,
    )
    tx._work.run(update(outbox).where(outbox.c.id == row).values(sealed=bytes(200)))
    return row


async def test_a_fault_in_a_carrier_stops_no_lane(store: Store) -> None:
    async def fares(letter: Claimed) -> Delivery:
        if letter.payload["say"] == "bad":
            raise KeyError("method")
        return Sent()

    async with run_post(store, {Via.TELEGRAM: Round(fares=fares)}):
        await store.write(write_row, "bad", peer="one", leased=True)
        await store.write(write_row, "good", peer="two", leased=True)
        await settled(store, sent=1, pending=1)


async def test_a_letter_that_hangs_is_given_up_before_its_lease_ends(store: Store) -> None:
    hung = asyncio.Event()

    async def fares(letter: Claimed) -> Delivery:
        del letter
        if not hung.is_set():
            hung.set()
            await asyncio.sleep(60)
        return Sent()

    carrier = Round(fares=fares)
    async with run_post(store, {Via.TELEGRAM: carrier}, lease=timedelta(seconds=1)):
        await store.write(write_row, "hangs", leased=True)
        async with asyncio.timeout(1):
            while not await store.read(_is_free):
                await asyncio.sleep(0.02)
    assert carrier.carried == ["hangs"]


def _is_free(tx: Transaction) -> bool:
    return tx.outbox.next_at(Lane.CONVERSATION, Via.TELEGRAM) != tx.now


async def test_what_was_sent_is_not_sent_again_while_the_store_cannot_note_it(
    store: Store, clock: SettableClock
) -> None:
    carrier = Round()
    async with run_post(store, {Via.TELEGRAM: carrier}) as post:
        desk = post._desk
        noted = desk.mark_sent

        async def away(sent: object) -> None:
            raise StoreDownError(str(sent))

        desk.mark_sent = away  # type: ignore[method-assign]
        await store.write(write_row, "once", leased=True)
        await carrier.wait_for(1)
        # The lease runs out meanwhile, and this process claims the row again: it knows that it has sent it.
        clock.advance(timedelta(minutes=2))
        await asyncio.sleep(0.8)
        desk.mark_sent = noted  # type: ignore[method-assign]
        await settled(store, sent=1)
    assert carrier.carried == ["once"]


async def test_after_a_crash_between_sending_and_noting_another_sends_the_same_again(
    store: Store, clock: SettableClock
) -> None:
    await store.write(write_row, "perhaps twice", leased=True)
    # Its process sent it and died: nothing was noted, and nobody holds it but by the lease.
    carrier = Round()
    async with run_post(store, {Via.TELEGRAM: carrier}):
        await asyncio.sleep(0.7)
        assert carrier.carried == []
        clock.advance(timedelta(seconds=20))
        assert await carrier.wait_for(1) == ["perhaps twice"]
        await settled(store, sent=1)


async def test_stopping_lets_what_is_under_way_arrive_and_gives_the_rest_back(store: Store) -> None:
    gate = asyncio.Event()

    async def fares(letter: Claimed) -> Delivery:
        if letter.payload["say"] == "slow":
            await asyncio.sleep(0.3)
        elif letter.payload["say"] == "stuck":
            await gate.wait()
        return Sent()

    carrier = Round(fares=fares)
    async with run_post(store, {Via.TELEGRAM: carrier}) as post:
        await store.write(write_row, "slow", peer="one", leased=True)
        await store.write(write_row, "stuck", peer="two", leased=True)
        await store.write(write_row, "behind", peer="two", leased=True)
        await carrier.wait_for(2)
        await post.drain(seconds=1)
    assert await store.read(states) == {"sent": 1, "pending": 2}
    claimed = await store.read(_leases)
    assert claimed == {"stuck": True, "behind": False}


def _leases(tx: Transaction) -> dict[str, bool]:
    rows = tx._work.all(select(outbox).where(outbox.c.state == "pending"))
    return {row.payload["say"]: row.lease_by is not None for row in rows}
