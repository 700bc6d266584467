"""Who read what: one's own, everybody's for the data protection officer, and who read a case for who has it in hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from storage.house_tables import IS_A_READING
from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, some_rules
from tests.support.stores import MONDAY_MORNING, SettableClock
from tests.support.trails import all_of, hidden_from, noted, opens, own
from triage.audit import READINGS, Act, AuditEntry
from triage.cases.handle import claim
from triage.cases.reading import QueueView, read_alarm, read_queue
from triage.cases.trail import SHOWN, Trail, possible_readers, read_own_trail, read_trail, readers_of, week_of
from triage.ids import CaseCode, PersonId
from triage.people.person import PersonState, Role
from triage.refusals import Reason, Refused

RULES = some_rules()


def said(trail: Trail) -> list[tuple[PersonId, Act, CaseCode | None]]:
    return [(each.last.person_id, each.last.act, each.last.code) for each in trail.lines]


def audited(tx: Transaction, /, object_id: UUID) -> Sequence[AuditEntry]:
    return tx.audit.of_object(object_id)


async def test_each_sees_what_they_read_and_nothing_of_others_newest_first(store: Store) -> None:
    first, second = await store.write(a_person), await store.write(a_person)
    one, other = await store.write(a_case), await store.write(a_case)
    assert isinstance(await store.write(read_queue, RULES, by=first.id), QueueView)
    await opens(store, first, one, other)
    await opens(store, second, one)

    mine = await store.read(read_own_trail, by=first.id)

    assert isinstance(mine, Trail)
    assert said(mine) == [
        (first.id, Act.CASE_READ, other.code),
        (first.id, Act.CASE_READ, one.code),
        (first.id, Act.QUEUE_READ, None),
    ]
    assert {each.last.person for each in mine.lines} == {first.name}


async def test_the_data_protection_officer_sees_a_week_of_everybody_and_all_of_one_case(
    store: Store, clock: SettableClock
) -> None:
    dpo = await store.write(a_person, roles=[Role.DPO])
    first, second = await store.write(a_person), await store.write(a_person)
    one, other = await store.write(a_case), await store.write(a_case)
    await opens(store, first, one)
    clock.advance(timedelta(days=7))
    await opens(store, second, one, other)

    week, of_one = await all_of(store, dpo.id), await all_of(store, dpo.id, one.code)
    before = await all_of(store, dpo.id, day=MONDAY_MORNING.date() + timedelta(days=6))

    assert said(week) == [(second.id, Act.CASE_READ, other.code), (second.id, Act.CASE_READ, one.code)]
    assert said(before) == [(first.id, Act.CASE_READ, one.code)]
    assert said(of_one) == [(second.id, Act.CASE_READ, one.code), (first.id, Act.CASE_READ, one.code)]
    missing = await store.write(read_trail, RULES, by=dpo.id, code=CaseCode("K-0000000"))
    nobody = await store.write(read_trail, RULES, by=dpo.id, person_id=PersonId(uuid4()))
    assert (missing, nobody) == (Refused(Reason.NOT_FOUND), Refused(Reason.NOT_FOUND))
    # That they looked is an entry too, and none of those they look at.
    entries = await store.read(lambda tx: tx.audit.of_object(one.id))
    assert [(each.act, each.actor) for each in entries][-1] == (Act.AUDIT_READ, dpo.id)


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.DPO])
async def test_nobody_else_sees_what_others_read(store: Store, *, role: Role) -> None:
    person = await store.write(a_person, roles=[role])

    assert await store.write(read_trail, RULES, by=person.id) == Refused(Reason.NOT_ALLOWED)
    assert await store.read(possible_readers, by=person.id) == ()
    assert isinstance(await store.read(read_own_trail, by=person.id), Trail)


async def test_who_read_a_case_is_seen_by_whoever_has_it_in_hand(store: Store) -> None:
    officer = await store.write(a_person)
    holder, other = [await store.write(a_person, roles=[Role.COORDINATOR]) for _ in range(2)]
    case = await store.write(a_case)
    await store.write(claim, RULES, case_id=case.id, by=holder.id)
    await opens(store, officer, case)

    def seen(tx: Transaction, by: PersonId) -> list[PersonId]:
        return [each.last.person_id for each in readers_of(tx, tx.cases.get(case.id), by=by)]

    assert [await store.read(seen, each.id) for each in (holder, officer, other)] == [
        [officer.id],
        [officer.id],
        [],
    ]


async def test_a_case_that_one_is_kept_out_of_is_in_no_trail_not_even_in_ones_own(store: Store) -> None:
    dpo = await store.write(a_person, roles=[Role.DPO])
    officer = await store.write(a_person)
    case = await store.write(a_case)
    await opens(store, officer, case)
    for who in (officer, dpo):
        await hidden_from(store, who.id, case)

    mine = await store.read(read_own_trail, by=officer.id)

    assert isinstance(mine, Trail)
    assert mine.lines == ()
    assert said(await all_of(store, dpo.id)) == []
    hidden = await store.write(read_trail, RULES, by=dpo.id, code=case.code)
    assert hidden == Refused(Reason.NOT_FOUND)


async def test_the_alarm_of_a_case_that_one_is_kept_out_of_is_in_no_trail_either(store: Store) -> None:
    dpo, officer = await store.write(a_person, roles=[Role.DPO]), await store.write(a_person)
    case = await store.write(lambda tx: a_case(tx, acute=True))
    [alarm] = await store.read(lambda tx: tx.alarms.of_case(case.id))
    await store.write(read_alarm, alarm_id=alarm.id, by=officer.id)
    before = await all_of(store, dpo.id)
    await hidden_from(store, dpo.id, case)

    after = await all_of(store, dpo.id)

    assert (said(before), said(after)) == ([(officer.id, Act.ALARM_READ, None)], [])


async def test_a_long_trail_goes_on_behind_its_last_line(store: Store) -> None:
    officer = await store.write(a_person)
    one, other = (await store.write(a_case)).id, (await store.write(a_case)).id
    looks = [one if number % 2 else other for number in range(SHOWN + 1)]
    await store.write(noted, [(officer.id, Act.CASE_READ, each, MONDAY_MORNING) for each in looks])

    first = await own(store, officer.id)
    rest = await own(store, officer.id, first.further)

    assert (len(first.lines), len(rest.lines), rest.further) == (SHOWN, 1, None)


async def test_the_data_protection_officer_looks_at_one_person_and_that_is_noted(store: Store) -> None:
    dpo = await store.write(a_person, roles=[Role.DPO])
    one, other = await store.write(a_person), await store.write(a_person)
    invited = await store.write(a_person, state=PersonState.INVITED)
    gone = await store.write(a_person, state=PersonState.DISABLED)
    case = await store.write(a_case)
    await opens(store, one, case)
    await opens(store, other, case)

    week = await all_of(store, dpo.id, person=one.id)
    of_case = await all_of(store, dpo.id, case.code, person=other.id)

    assert said(week) == [(one.id, Act.CASE_READ, case.code)]
    assert said(of_case) == [(other.id, Act.CASE_READ, case.code)]
    looked = [(await store.read(audited, each))[-1] for each in (one.id, case.id)]
    assert [(each.act, each.actor, each.facts) for each in looked] == [
        (Act.AUDIT_READ, dpo.id, {"week": MONDAY_MORNING.date().isoformat()}),
        (Act.AUDIT_READ, dpo.id, {"person": str(other.id)}),
    ]
    listed = {each.id for each in await store.read(possible_readers, by=dpo.id)}
    assert ({one.id, gone.id} <= listed, invited.id in listed) == (True, False)


async def test_a_week_is_one_of_the_organisations_clocks(store: Store) -> None:
    dpo, officer = await store.write(a_person, roles=[Role.DPO]), await store.write(a_person)
    zone = RULES.calendar.zone
    monday = MONDAY_MORNING.date()
    midnight = datetime(monday.year, monday.month, monday.day, tzinfo=zone)
    before, after = midnight - timedelta(seconds=1), midnight
    case = await store.write(a_case)
    await store.write(noted, [(officer.id, Act.CASE_READ, case.id, each) for each in (before, after)])

    this, last, coming = [
        await all_of(store, dpo.id, day=each)
        for each in (None, monday - timedelta(days=1), monday + timedelta(days=9))
    ]

    assert [[line.at for line in each.lines] for each in (this, last, coming)] == [[after], [before], [after]]
    assert [each.week and (each.week.monday, each.week.runs) for each in (this, last, coming)] == [
        (monday, True),
        (monday - timedelta(days=7), False),
        (monday, True),
    ]


def test_a_week_in_which_the_clocks_change_is_an_hour_longer_or_shorter() -> None:
    now = datetime.fromisoformat("2027-01-01T12:00:00+00:00")
    weeks = [week_of(RULES.calendar, date(2026, *day), now=now) for day in ((3, 29), (10, 20), (11, 5))]

    assert [(each.end - each.start) // timedelta(hours=1) for each in weeks] == [167, 169, 168]


def test_the_index_holds_what_counts_as_a_reading() -> None:
    assert f"act IN ({', '.join(repr(each.value) for each in READINGS)})" == IS_A_READING
