"""The watchdog at work: a stolen token, a silent Telegram, a dead mail server, an outage, several processes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from bot.settings import TelegramMode
from bot.watching import WATCHER
from storage.keyring import Keyring
from storage.store import Store, open_store
from storage.tables import outbox
from storage.transaction import Transaction
from tests.bot.watch_house import MINUTE, WatchHouse, watch_house
from tests.support.botapi import updates
from tests.support.builders import a_case, a_person, notices
from tests.support.mailbox import open_mailbox
from tests.support.monitor import open_monitor
from tests.support.patience import PATIENCE
from tests.support.ports import held_port
from tests.support.stores import SettableClock
from triage.house.records import Trouble
from triage.house.report import Address, State
from triage.ids import OutboxId, PersonId
from triage.notices.outbox import Lane, Outgoing, Via
from triage.people.person import Role

HEAD_CHAT = 4711
REPORTER_CHAT = 4712
FOREIGN = "http://127.0.0.1:1/somewhere"


@pytest.fixture
async def house(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> AsyncIterator[WatchHouse]:
    """By webhook, with a head and an officer on duty, and mails as files."""
    async with watch_house(store, keyring, tmp_path, clock) as opened:
        await store.write(staff)
        opened.api.person(HEAD_CHAT, started=True)
        yield opened


def staff(tx: Transaction, *, linked: bool = True) -> PersonId:
    a_person(tx, on_duty=True)
    return a_person(tx, roles=[Role.HEAD], telegram=HEAD_CHAT if linked else None).id


async def fetch(house: WatchHouse) -> None:
    """Somebody else asks for updates with our token."""
    async with aiohttp.ClientSession() as thief:
        await thief.post(f"{house.api.base_url}{house.api.token}/getUpdates", json={"timeout": 0})


async def test_in_a_house_that_is_well_nobody_is_told_anything_and_everything_is_known(
    house: WatchHouse,
) -> None:
    await house.past_the_start()
    await house.rounds(5)

    report = await house.report()
    assert await house.store.read(lambda tx: tx.house_alarms.open()) == []
    assert await house.store.read(notices) == []
    assert {state for state in report.states.values() if state is State.TROUBLE} == set()
    assert report.webhook is not None
    assert (report.webhook.address, report.webhook.pending) == (Address.OURS, 0)
    assert (report.by, report.replicas) == (house.store.holder, (house.store.holder,))
    assert (report.database_bytes or 0) > 10_000
    assert report.at == house.clock.at


async def test_a_foreign_address_is_told_at_once_and_left_as_it_is(house: WatchHouse) -> None:
    await house.past_the_start()
    house.api.webhook.set(url=FOREIGN, secret="", max_connections=1, ip_address="")
    await house.rounds(1)

    assert await house.told() == {Trouble.WEBHOOK_FOREIGN}
    [said] = await house.read_in(HEAD_CHAT, 1)
    assert "an address that is not ours" in said
    assert "https://desk.example.org/desk/health" in said
    assert house.api.token not in said
    assert FOREIGN not in said
    await house.rounds(5)
    assert house.api.webhook.url == FOREIGN


async def test_an_address_that_was_removed_is_told_and_set_anew(house: WatchHouse) -> None:
    await house.past_the_start()
    ours = house.api.webhook.url
    house.api.webhook.clear()
    await house.rounds(1)

    assert house.api.webhook.url == ours
    await house.read_in(HEAD_CHAT, 1)
    await house.rounds(1)
    alarm = await house.alarm(Trouble.WEBHOOK_EMPTIED)
    assert (alarm.told, alarm.ended_at) == (1, house.clock.at)


async def test_a_webhook_that_does_not_get_through_is_told_after_five_minutes_and_again_after_an_hour(
    house: WatchHouse,
) -> None:
    await house.past_the_start()
    house.api.person(1, started=True)
    house.api.push_update(updates.message_update(5, {"chat": {"id": 1}}))
    async with asyncio.timeout(PATIENCE):
        while not house.api.webhook.last_error:
            await asyncio.sleep(0.01)
    await house.rounds(5)
    assert Trouble.WEBHOOK_SILENT not in await house.told()
    await house.rounds(2)
    assert Trouble.WEBHOOK_SILENT in await house.told()
    await house.rounds(60)
    assert (await house.alarm(Trouble.WEBHOOK_SILENT)).told == 2


async def test_whoever_fetches_with_our_token_is_told_of_at_once_and_it_is_over_when_they_stop(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> None:
    async with watch_house(store, keyring, tmp_path, clock, mode=TelegramMode.POLLING) as house:
        await store.write(staff)
        house.api.person(HEAD_CHAT, started=True)
        await house.past_the_start()
        polling = asyncio.create_task(house.side.poll())
        async with asyncio.timeout(PATIENCE):
            while Trouble.SECOND_POLLER not in await house.told():
                await fetch(house)
                await asyncio.sleep(0.1)
        [said] = await house.read_in(HEAD_CHAT, 1)
        assert "Somebody else" in said or "somebody else" in said
        polling.cancel()
        await asyncio.gather(polling, return_exceptions=True)

        await house.rounds(9)
        assert await house.told() == {Trouble.SECOND_POLLER}
        await house.rounds(3)
        assert await house.told() == set()


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
async def test_six_hours_without_telegram_alarm_within_five_minutes_by_mail_and_nothing_is_lost(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> None:
    async with (
        open_mailbox() as mailbox,
        watch_house(store, keyring, tmp_path, clock, smtp_port=mailbox.port) as house,
    ):
        await store.write(staff)
        house.api.person(HEAD_CHAT, started=True)
        await house.past_the_start()
        began = clock.at
        house.api.fault("bad_gateway")
        house.sends = frozenset({Via.MAIL})
        house.api.person(REPORTER_CHAT, started=True)
        for number in range(3):
            await store.write(write_reply, f"letter {number}")
        await store.write(a_case, acute=True)
        await house.rounds(35)
        away = await house.alarm(Trouble.TELEGRAM_AWAY)
        assert away.since <= began + MINUTE
        assert (away.told, away.told_at) == (1, began + 5 * MINUTE)
        await house.rounds(6 * 60 - 35, step=25 * MINUTE)

        mails = [mail["Subject"] for mail in mailbox.mails]
        assert mails.count("Telegram does not answer") == 2
        waited = await store.read(waits_of_mails)
        assert len(waited) > 8
        assert max(waited) <= MINUTE
        assert house.api.sent(REPORTER_CHAT) == []

        house.api.faults.clear()
        await house.rounds(5)
        assert await house.read_in(REPORTER_CHAT, 3) == ["letter 0", "letter 1", "letter 2"]
        await house.rounds(2)
        assert Trouble.TELEGRAM_AWAY not in await house.told()


def write_reply(tx: Transaction, text: str) -> None:
    """A letter to a reporter's chat; those of one chat keep their order."""
    row = Outgoing(
        id=OutboxId(tx.new_id()),
        lane=Lane.CONVERSATION,
        via=Via.TELEGRAM,
        peer=f"chat:{REPORTER_CHAT}",
        payload={"method": "sendMessage", "params": {"chat_id": REPORTER_CHAT, "text": text}},
        not_before=tx.now,
    )
    tx.outbox.add(row, leased=False)


def waits_of_mails(tx: Transaction) -> list[timedelta]:
    """How long each mail that was for now waited; one that has not gone makes it fail.

    That something is over is told an hour later, which falls between two looks where time goes in larger steps.
    """
    of = outbox.c
    at_once = (of.via == "mail", of.state != "superseded", of.not_before == of.created_at)
    rows = tx._work.all(select(of.sent_at, of.not_before).where(*at_once))
    return [row.sent_at - row.not_before for row in rows]


async def test_a_mail_server_that_is_gone_is_told_over_telegram(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> None:
    with held_port() as nobody:
        async with watch_house(store, keyring, tmp_path, clock, smtp_port=nobody) as house:
            head = await store.write(staff)
            house.api.person(HEAD_CHAT, started=True)
            await house.past_the_start()
            for number in range(5):
                await store.write(write_mail, f"{number}@example.org")
            async with asyncio.timeout(PATIENCE):
                while Via.MAIL not in house.parts.post.resting():
                    await asyncio.sleep(0.02)
            await house.rounds(7)

            assert Trouble.MAIL_FAILING in await house.told()
            said = await house.read_in(HEAD_CHAT, 1)
            assert any("The mail server has taken nothing" in each for each in said)
            rows = await store.read(notices)
            assert {row.via for row in rows if row.person_id == head and "mail_failing" in row.notice} <= {
                "telegram",
                "",
            }


def write_mail(tx: Transaction, to: str) -> None:
    """A notice by mail to somebody who is in no list."""
    row = Outgoing(
        id=OutboxId(tx.new_id()),
        lane=Lane.ESCALATION,
        via=Via.MAIL,
        peer=to,
        payload={"notice": "notice.update_parked", "params": {}, "language": "en", "to": to},
        not_before=tx.now,
    )
    tx.outbox.add(row, leased=False)


async def test_a_clock_loop_that_stands_still_is_told_and_ends_when_it_goes_on(house: WatchHouse) -> None:
    await house.store.write(a_case)
    await house.past_the_start()
    house.clock.at = house.clock.at.replace(hour=18, minute=57)
    await house.clockwork.round()
    await house.watch()
    for _ in range(6):
        house.clock.advance(MINUTE)
        await house.watch()
    assert Trouble.CLOCKS_LATE in await house.told()
    await house.rounds(1)

    assert Trouble.CLOCKS_LATE not in await house.told()


async def test_nobody_on_duty_in_staffed_hours_is_told_after_five_minutes(house: WatchHouse) -> None:
    await house.past_the_start()
    await house.store.write(lambda tx: tx.people.set_on_duty(None))
    await house.rounds(5)
    assert await house.told() == set()
    await house.rounds(1)

    assert await house.told() == {Trouble.NOBODY_ON_DUTY}


async def test_after_an_outage_nothing_is_told_that_is_being_worked_off_and_old_alarms_go_on_or_end(
    house: WatchHouse,
) -> None:
    await house.past_the_start()
    house.api.webhook.set(url=FOREIGN, secret="", max_connections=1, ip_address="")
    await house.store.write(lambda tx: tx.people.set_on_duty(None))
    await house.rounds(6)
    assert await house.told() == {Trouble.WEBHOOK_FOREIGN, Trouble.NOBODY_ON_DUTY}
    await house.store.write(a_case)
    house.stop_sending()
    officer = await house.store.write(a_person)

    house.clock.advance(timedelta(hours=5))
    await house.store.write(lambda tx: tx.people.set_on_duty(officer.id))
    await house.watchdog.round()

    assert await house.told() == {Trouble.WEBHOOK_FOREIGN}
    assert (await house.alarm(Trouble.WEBHOOK_FOREIGN)).told == 2
    assert (await house.report()).states[Trouble.ESCALATIONS_WAIT] is State.UNKNOWN
    await house.rounds(1)
    assert await house.told() == {Trouble.WEBHOOK_FOREIGN}
    await house.rounds(3)
    assert Trouble.ESCALATIONS_WAIT in await house.told()


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
async def test_of_two_processes_one_watches_both_tell_once_and_the_other_takes_over(
    house: WatchHouse, keyring: Keyring, tmp_path: Path, clock: SettableClock, database_url: str
) -> None:
    other_store = open_store(database_url, clock=clock, keyring=keyring)
    await other_store.open()
    async with watch_house(other_store, keyring, tmp_path / "other", clock, api=house.api, vias=()) as other:
        other.side.public_url = house.side.public_url
        house.api.webhook.set(
            url=f"{house.side.public_url}/telegram", secret="", max_connections=1, ip_address=""
        )
        both = (house.watchdog, other.watchdog)
        for minute in range(6):
            if minute == 4:
                house.api.webhook.set(url=FOREIGN, secret="", max_connections=1, ip_address="")
            await asyncio.gather(*(each.round() for each in both))
            clock.advance(timedelta(seconds=30))
        assert sorted(each.watches for each in both) == [False, True]
        assert len(await house.read_in(HEAD_CHAT, 1)) == 1
        assert len((await house.report()).replicas) == 2
        watcher, idle = sorted(both, key=lambda each: not each.watches)

        # It dies: nothing gives the lease back.
        clock.advance(timedelta(seconds=44))
        await idle.round()
        watched = [idle.watches]
        clock.advance(timedelta(seconds=16))
        await idle.round()
        watched.append(idle.watches)
        assert watched[-1]
        assert (await house.report()).replicas == (idle.store.holder,)

        # It ends as it should: the other watches at once.
        await idle.close()
        await watcher.round()
        assert watcher.watches
        assert await house.told() == {Trouble.WEBHOOK_FOREIGN}
        assert len(house.api.sent(HEAD_CHAT)) == 1
    await other_store.close()


async def test_a_round_that_lost_its_turn_writes_nothing_down(house: WatchHouse) -> None:
    await house.past_the_start()
    before = await house.report()
    slow = house.api.fault("latency", method="getWebhookInfo", seconds=0.3)
    house.clock.advance(2 * MINUTE)
    looking = asyncio.create_task(house.watchdog.round())
    async with asyncio.timeout(PATIENCE):
        while not slow.struck:
            await asyncio.sleep(0.01)
    await house.store.write(lambda tx: tx.leases.release(WATCHER, house.store.holder))
    await house.store.write(lambda tx: tx.leases.try_take(WATCHER, "another", timedelta(hours=1)))
    await looking

    assert (house.watchdog.watches, await house.report()) == (False, before)


@pytest.mark.parametrize("says_failure", [False, True])
async def test_the_monitor_outside_hears_of_rounds_in_which_all_is_well_and_of_no_other(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock, *, says_failure: bool
) -> None:
    async with (
        open_monitor() as monitor,
        watch_house(
            store, keyring, tmp_path, clock, ping_url=f"{monitor.address}/1", ping_fail=says_failure
        ) as house,
    ):
        assert house.watchdog.ping is not None
        house.watchdog.ping.seconds = 0
        await store.write(staff, linked=False)
        await house.past_the_start()
        well = len(monitor.asked)
        await store.write(a_case)
        clock.at = clock.at.replace(hour=19)
        await house.watch()
        for _ in range(4):
            clock.advance(MINUTE)
            await house.watch()
        assert await house.told() == {Trouble.CLOCKS_LATE}
        failed = monitor.asked[well:]
        await house.rounds(1)

    assert monitor.asked[:well] == ["GET /1"] * 4
    assert failed[-1] == ("GET /1/fail" if says_failure else "GET /1")
    assert monitor.asked[-1] == "GET /1"
    # In the two minutes of grace it was still told that all is well.
    assert len(failed) == (5 if says_failure else 3)
