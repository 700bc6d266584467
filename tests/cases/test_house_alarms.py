"""What fails in the house itself is told once, again, and when it is over; never twice in an hour, and once by all."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from storage.house_tables import audit_entries
from storage.keyring import Keyring
from storage.store import Store, open_store
from storage.transaction import Transaction
from tests.support.builders import a_person, notices, some_rules
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.house.alarm import end_house_alarm, raise_house_alarm
from triage.house.records import HouseAlarm, Trouble
from triage.notices.outbox import Lane, Via
from triage.people.person import Person, Role

RULES = some_rules()
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MAIL = Trouble.MAIL_FAILING


async def see(
    store: Store,
    trouble: Trouble = MAIL,
    *,
    after: timedelta = timedelta(),
    wakes: bool = True,
    down: Collection[Via] = (),
) -> HouseAlarm:
    return await store.write(raise_house_alarm, RULES, trouble, after=after, wakes=wakes, down=down)


async def end(store: Store, trouble: Trouble = MAIL) -> HouseAlarm | None:
    return await store.write(end_house_alarm, RULES, trouble)


async def told(store: Store, person: Person) -> list[str]:
    """The subjects of what this person was or will be told, in order; what was taken back is left out."""
    rows = await store.read(notices)
    return [
        row.notice.removeprefix("notice.house.")
        for row in rows
        if row.person_id == person.id and row.state == "pending"
    ]


def send_all(tx: Transaction) -> int:
    """Everything that may go now goes; how many went."""
    rows = [
        row
        for via in Via
        for row in tx.outbox.claim(Lane.ESCALATION, via, holder="test", limit=50, lease=HOUR)
    ]
    tx.outbox.mark_sent([(row.id, None) for row in rows])
    return len(rows)


def acts(tx: Transaction) -> list[tuple[str, str, str]]:
    rows = tx._work.all(select(audit_entries).order_by(audit_entries.c.seq))
    return [(row.act, row.facts["trouble"], row.facts["time"]) for row in rows if "trouble" in row.facts]


async def test_it_is_told_when_it_has_lasted_then_after_an_hour_then_once_a_day_and_when_it_ends(
    store: Store, clock: SettableClock
) -> None:
    head = await store.write(a_person, roles=[Role.HEAD])
    began = clock.at
    times = []
    for minute in (*range(8), 64, 65, 66, 900, 1504, 1505, 1506, 2944, 2945):
        clock.at = began + minute * MINUTE
        await see(store, after=5 * MINUTE)
        times += [minute] * await store.write(send_all)

    assert times == [5, 65, 1505, 2945]
    alarm = await end(store)
    assert alarm is not None
    assert (alarm.since, alarm.told, alarm.ended_at) == (began, 4, clock.at)
    assert await told(store, head) == ["over"]
    assert await end(store) is None
    assert await store.read(acts) == [
        *((Act.HOUSE_ALARM_RAISED.value, "mail_failing", str(each)) for each in (1, 2, 3, 4)),
        (Act.HOUSE_ALARM_ENDED.value, "mail_failing", "4"),
    ]


async def test_what_is_over_before_anybody_was_told_leaves_no_trace(
    store: Store, clock: SettableClock
) -> None:
    head = await store.write(a_person, roles=[Role.HEAD])
    await see(store, after=5 * MINUTE)
    clock.advance(MINUTE)

    assert await end(store) is None

    clock.advance(4 * MINUTE)
    again = await see(store, after=5 * MINUTE)
    assert (again.since, again.told) == (clock.at, 0)
    assert (await told(store, head), await store.read(acts)) == ([], [])


async def test_trouble_that_comes_and_goes_is_told_of_once_an_hour_at_most(
    store: Store, clock: SettableClock
) -> None:
    await store.write(a_person, roles=[Role.HEAD])
    went = []
    for minute in range(130):
        await (see(store) if minute % 2 == 0 else end(store))
        went += [minute] * await store.write(send_all)
        clock.advance(MINUTE)

    assert [later - earlier >= 60 for earlier, later in pairwise(went)] == [True, True]
    assert went[0] == 0
    # Whatever was told last, the end comes when it really is over.
    await end(store)
    clock.advance(2 * HOUR)
    assert await store.write(send_all) == 1
    last = await store.write(lambda tx: tx.house_alarms.lock_latest(MAIL))
    assert last is not None
    assert last.ended_at is not None


async def test_trouble_that_comes_back_before_its_end_was_told_is_the_same_alarm(
    store: Store, clock: SettableClock
) -> None:
    head = await store.write(a_person, roles=[Role.HEAD])
    first = await see(store)
    await store.write(send_all)
    clock.advance(10 * MINUTE)
    await end(store)
    assert await told(store, head) == ["over"]
    clock.advance(10 * MINUTE)

    again = await see(store)

    assert (again.id, again.since, again.told) == (first.id, first.since, 1)
    assert await told(store, head) == []
    clock.advance(40 * MINUTE)
    assert (await see(store)).told == 2


async def test_after_its_end_was_told_it_is_a_new_alarm_and_quiet_for_an_hour(
    store: Store, clock: SettableClock
) -> None:
    await store.write(a_person, roles=[Role.HEAD])
    first = await see(store)
    clock.advance(2 * HOUR)
    await end(store)
    clock.advance(30 * MINUTE)

    second = await see(store)

    assert (second.id != first.id, second.since, second.told) == (True, clock.at, 0)
    for _ in range(30):
        clock.advance(MINUTE)
        second = await see(store)
    assert (second.told, second.told_at) == (1, clock.at)


async def test_what_no_round_saw_for_a_while_counts_from_anew_unless_it_was_told(
    store: Store, clock: SettableClock
) -> None:
    await store.write(a_person, roles=[Role.HEAD])
    await see(store, after=5 * MINUTE)
    clock.advance(3 * HOUR)
    alarm = await see(store, after=5 * MINUTE)
    assert (alarm.since, alarm.told) == (clock.at, 0)

    since = alarm.since
    for _ in range(5):
        clock.advance(MINUTE)
        alarm = await see(store, after=5 * MINUTE)
    assert alarm.told == 1
    clock.advance(10 * HOUR)
    alarm = await see(store, after=5 * MINUTE)
    assert (alarm.since, alarm.told) == (since, 2)


async def test_administrators_and_the_head_are_told_and_of_a_missing_officer_the_head_alone(
    store: Store,
) -> None:
    people = {
        role: await store.write(lambda tx: a_person(tx, roles=[role]))  # noqa: B023 - called here
        for role in Role
    }
    both = await store.write(a_person, roles=[Role.HEAD, Role.ADMINISTRATOR])
    await see(store)
    await see(store, Trouble.NOBODY_ON_DUTY)

    found = {role: await told(store, person) for role, person in people.items()}

    assert {role: said for role, said in found.items() if said} == {
        Role.ADMINISTRATOR: ["mail_failing"],
        Role.HEAD: ["mail_failing", "nobody_on_duty"],
    }
    assert await told(store, both) == ["mail_failing", "nobody_on_duty"]


async def test_in_a_house_without_either_the_next_on_the_ladder_is_told(store: Store) -> None:
    chair = await store.write(a_person, roles=[Role.CHAIR])
    await see(store)

    assert await told(store, chair) == ["mail_failing"]


@pytest.mark.parametrize(
    ("down", "linked", "alone"),
    [
        ((), {"mail", "telegram"}, {"mail"}),
        ((Via.MAIL,), {"telegram"}, {"mail"}),
        ((Via.TELEGRAM,), {"mail"}, {"mail"}),
        ((Via.MAIL, Via.TELEGRAM), {"mail", "telegram"}, {"mail"}),
    ],
)
async def test_nobody_is_told_over_a_channel_that_fails_who_can_be_reached_over_another(
    store: Store, down: tuple[Via, ...], linked: set[str], alone: set[str]
) -> None:
    head = await store.write(a_person, roles=[Role.HEAD], telegram=77)
    other = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    await see(store, down=down)

    rows = await store.read(notices)

    assert {row.via for row in rows if row.person_id == head.id} == linked
    assert {row.via for row in rows if row.person_id == other.id} == alone


async def test_a_channel_that_is_nobodys_own_is_told_once(store: Store) -> None:
    rules = replace(RULES, channels=frozenset({Via.MAIL, Via.WEBHOOK}))
    await store.write(a_person, roles=[Role.HEAD])
    await store.write(a_person, roles=[Role.ADMINISTRATOR])
    await store.write(raise_house_alarm, rules, MAIL, after=timedelta(), wakes=True)

    rows = await store.read(notices)

    assert sorted(row.via for row in rows) == ["mail", "mail", "webhook"]


async def test_what_wakes_nobody_waits_for_staffed_hours(store: Store, clock: SettableClock) -> None:
    await store.write(a_person, roles=[Role.HEAD])
    clock.advance(timedelta(hours=14))
    await see(store, Trouble.BACKUP_OLD, wakes=False)
    await see(store, Trouble.STORE_REFUSED)

    rows = await store.read(notices)

    assert [row.not_before for row in rows] == [RULES.calendar.next_staffed(clock.at), clock.at]


async def test_two_processes_that_see_it_at_once_tell_of_it_once(
    store: Store, database_url: str, clock: SettableClock, keyring: Keyring, engine: str
) -> None:
    head = await store.write(a_person, roles=[Role.HEAD])
    others = [store]
    if engine == "postgresql":
        others = [open_store(database_url, clock=clock, keyring=keyring) for _ in range(3)]
        await asyncio.gather(*(each.open() for each in others))

    alarms: list[HouseAlarm] = []
    for _ in range(4):
        alarms += await asyncio.gather(*(see(each) for each in others for _ in range(3)))
        clock.advance(MINUTE)

    assert len({alarm.id for alarm in alarms}) == 1
    assert await told(store, head) == ["mail_failing"]
    if engine == "postgresql":
        await asyncio.gather(*(each.close() for each in others))
