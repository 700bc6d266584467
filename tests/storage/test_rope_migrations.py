"""What the revisions of clocks, duty, notices and house alarms do to what is there, up and down."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import Connection, inspect, select

from storage.errors import NoWayBackError
from storage.keyring import Keyring
from storage.migrate import downgrade, upgrade
from storage.schema import metadata
from storage.store import Store, open_store
from storage.transaction import Transaction
from tests.storage.builders import a_case, a_clock
from tests.storage.looking import look
from tests.support.builders import a_person, notices, some_rules
from tests.support.stores import MONDAY_MORNING, SettableClock
from triage.clocks.counting import Pause
from triage.clocks.policy import Audience
from triage.house.records import HouseAlarm, Trouble
from triage.ids import ShiftId
from triage.notices.house import tell_of_parked
from triage.notices.ladder import Ladder
from triage.people.person import Person, Role
from triage.people.roster import Shift


async def test_who_took_the_duty_has_it_still_after_0007_and_after_the_way_down(
    store: Store, database_url: str, clock: SettableClock, keyring: Keyring
) -> None:
    def officer(tx: Transaction) -> Person:
        person = a_person(tx)
        tx.people.set_on_duty(person.id)
        return person

    taken = await store.write(officer)
    await store.close()

    def known(connection: Connection) -> set[str]:
        tables = set(inspect(connection).get_table_names())
        names = connection.execute(select(metadata.tables["meta"].c.name)).scalars()
        return (tables & {"shifts", "absences", "deputies", "handovers"}) | set(names)

    everything = {"shifts", "absences", "deputies", "handovers", "on_duty", "on_duty_since", "on_duty_left"}
    assert await look(database_url, known) == everything
    await downgrade(database_url, "0006")
    assert await look(database_url, known) == {"on_duty"}
    await upgrade(database_url)
    again = open_store(database_url, clock=clock, keyring=keyring)
    await again.open()
    assert await again.read(lambda tx: tx.people.on_duty()) == taken
    # Since when was not noted before: any shift that begins takes the duty over.
    shift = Shift(id=ShiftId(uuid4()), person_id=taken.id, start=clock.at, end=clock.at + timedelta(hours=1))
    await again.write(lambda tx: tx.duty.add_shift(shift))
    hand = await again.read(lambda tx: tx.duty.roster(clock.at, clock.at).hand_at(clock.at))
    await again.close()
    assert hand is None


async def test_a_clock_that_told_people_before_0010_has_no_ladder_until_its_next_step_and_none_after_the_way_down(
    store: Store, database_url: str, clock: SettableClock, keyring: Keyring
) -> None:
    case = await store.write(a_case)
    running = await store.write(a_clock, case)
    ladder = Ladder(clock_id=running.id, rung=Audience.HEAD, told_at=clock.at, climbs_at=clock.at)
    await store.write(lambda tx: tx.ladders.save(ladder))
    await store.close()

    def found(connection: Connection) -> tuple[bool, int]:
        there = "ladders" in inspect(connection).get_table_names()
        rows = connection.execute(select(metadata.tables["ladders"])).all() if there else []
        return there, len(rows)

    assert await look(database_url, found) == (True, 1)
    await downgrade(database_url, "0007")
    assert await look(database_url, found) == (False, 0)
    await upgrade(database_url)
    assert await look(database_url, found) == (True, 0)

    again = open_store(database_url, clock=clock, keyring=keyring)
    await again.open()
    assert await again.read(lambda tx: tx.clocks.get(running.id)) == running
    assert await again.write(lambda tx: tx.ladders.due(limit=5)) == []
    await again.close()


async def test_an_alarm_about_the_house_goes_with_its_table_and_the_rest_stays(
    store: Store, database_url: str
) -> None:
    case = await store.write(a_case)
    alarm = HouseAlarm(
        id=uuid4(),
        trouble=Trouble.MAIL_FAILING,
        since=MONDAY_MORNING,
        last_seen=MONDAY_MORNING,
        tell_at=MONDAY_MORNING,
    )
    await store.write(lambda tx: tx.house_alarms.add(alarm))
    assert not await store.write(lambda tx: tx.house_alarms.add(replace(alarm, id=uuid4())))
    await store.close()

    def found(connection: Connection) -> tuple[bool, list[object]]:
        there = inspect(connection).has_table("house_alarms")
        return there, list(connection.execute(select(metadata.tables["cases"].c.id)).scalars())

    await downgrade(database_url, "0010")
    assert await look(database_url, found) == (False, [case.id])
    await upgrade(database_url)
    assert await look(database_url, found) == (True, [case.id])


async def test_a_running_clock_rings_on_after_0006_and_after_the_way_down(
    store: Store, database_url: str, clock: SettableClock, keyring: Keyring
) -> None:
    case = await store.write(a_case)
    before = await store.write(a_clock, case)
    pause = Pause(since=clock.at, until=clock.at + timedelta(hours=1), reason="other")
    kept = replace(before, pauses=(pause,), result=None)
    await store.write(lambda tx: tx.clocks.save(kept))
    assert await store.read(lambda tx: tx.clocks.get(kept.id)) == kept
    await store.close()

    await downgrade(database_url, "0005")
    columns = {
        each["name"] for each in await look(database_url, lambda of: inspect(of).get_columns("clocks"))
    }
    assert not columns & {"pauses", "paused_since", "result"}
    await upgrade(database_url)

    again = open_store(database_url, clock=clock, keyring=keyring)
    await again.open()
    assert await again.read(lambda tx: tx.clocks.get(before.id)) == before
    await again.close()


async def test_people_and_what_waits_for_them_stay_after_0008_and_after_the_way_down(
    store: Store, database_url: str, clock: SettableClock, keyring: Keyring
) -> None:
    person = await store.write(a_person, telegram=7, roles=[Role.HEAD])
    await store.write(tell_of_parked, some_rules(), person.id)
    waits = await store.read(notices)
    await store.close()

    def found(connection: Connection) -> tuple[bool, bool, int]:
        of = metadata.tables["outbox"].c
        inspector = inspect(connection)
        columns = {each["name"] for each in inspector.get_columns("people")}
        return (
            {"notices", "channels"} <= set(inspector.get_table_names()),
            {"sms", "telegram_failed_at"} <= columns,
            len(connection.execute(select(of.id)).all()),
        )

    await downgrade(database_url, "0009")
    assert await look(database_url, found) == (False, False, 2)
    await upgrade(database_url)
    assert await look(database_url, found) == (True, True, 2)
    again = open_store(database_url, clock=clock, keyring=keyring)
    await again.open()
    assert await again.read(lambda tx: tx.people.get(person.id)) == person
    assert await again.read(notices) == waits
    await again.close()


async def test_there_is_no_way_back_past_0006_while_a_clock_stands_still(
    store: Store, database_url: str, clock: SettableClock
) -> None:
    case = await store.write(a_case)
    before = await store.write(a_clock, case)
    pause = Pause(since=clock.at, reason="other")
    standing = replace(before, pauses=(pause,), next_fire_at=None)
    await store.write(lambda tx: tx.clocks.save(standing))
    await store.close()

    with pytest.raises(NoWayBackError, match="1 clocks stand still"):
        await downgrade(database_url, "0005")

    # On both engines it is undone as a whole.
    assert await look(database_url, lambda of: inspect(of).has_table("ladders"))


async def test_there_is_no_way_back_past_0011_while_a_case_is_hidden_from_somebody(
    store: Store, database_url: str
) -> None:
    case, person = await store.write(a_case), await store.write(a_person)
    await store.write(
        lambda tx: tx.cases.save(replace(tx.cases.lock(case.id), conflicts=frozenset({person.id})))
    )
    await store.close()

    with pytest.raises(NoWayBackError, match="1 cases are hidden"):
        await downgrade(database_url, "0008")

    columns = await look(database_url, lambda of: inspect(of).get_columns("cases"))
    assert "conflicts" in {each["name"] for each in columns}


async def test_who_took_the_duty_by_hand_before_the_last_shift_has_it_no_more_after_the_way_down(
    store: Store, database_url: str, clock: SettableClock
) -> None:
    def officer(tx: Transaction) -> Person:
        person = a_person(tx)
        tx.people.set_on_duty(person.id)
        return person

    taken = await store.write(officer)
    begins = clock.at + timedelta(hours=1)
    shift = Shift(id=ShiftId(uuid4()), person_id=taken.id, start=begins, end=begins + timedelta(hours=1))
    await store.write(lambda tx: tx.duty.add_shift(shift))
    await store.close()

    await downgrade(database_url, "0006")

    meta = metadata.tables["meta"].c
    value = await look(
        database_url, lambda of: of.execute(select(meta.value).where(meta.name == "on_duty")).scalar_one()
    )
    assert value is None
