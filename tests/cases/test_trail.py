"""Who read what: one's own, everybody's for the data protection officer, and who read a case for who has it in hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.house_tables import IS_A_READING
from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, some_rules
from tests.support.stores import SettableClock
from triage.audit import READINGS, Act
from triage.cases.case import Case
from triage.cases.conflict import keep_out
from triage.cases.handle import claim
from triage.cases.reading import CaseView, QueueView, read_case, read_queue
from triage.cases.trail import LOOK_BACK, SHOWN, Trail, read_own_trail, read_trail, readers_of
from triage.cases.words import Done
from triage.ids import CaseCode, PersonId
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = some_rules()


async def opens(store: Store, who: Person, *cases: Case) -> None:
    for case in cases:
        assert isinstance(await store.write(read_case, RULES, code=case.code, by=who.id), CaseView)


async def all_of(store: Store, by: PersonId, code: CaseCode | None = None) -> Trail:
    found = await store.write(read_trail, by=by, code=code)
    assert isinstance(found, Trail)
    return found


def said(trail: Trail) -> list[tuple[PersonId, Act, CaseCode | None]]:
    return [(each.person_id, each.act, each.code) for each in trail.readings]


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
    assert {each.person for each in mine.readings} == {first.name}


async def test_the_data_protection_officer_sees_a_week_of_everybody_and_all_of_one_case(
    store: Store, clock: SettableClock
) -> None:
    dpo = await store.write(a_person, roles=[Role.DPO])
    first, second = await store.write(a_person), await store.write(a_person)
    one, other = await store.write(a_case), await store.write(a_case)
    await opens(store, first, one)
    clock.advance(LOOK_BACK + timedelta(hours=1))
    await opens(store, second, one, other)

    week, of_one = await all_of(store, dpo.id), await all_of(store, dpo.id, one.code)

    assert said(week) == [(second.id, Act.CASE_READ, other.code), (second.id, Act.CASE_READ, one.code)]
    assert said(of_one) == [(second.id, Act.CASE_READ, one.code), (first.id, Act.CASE_READ, one.code)]
    missing = await store.write(read_trail, by=dpo.id, code=CaseCode("K-0000000"))
    assert missing == Refused(Reason.NOT_FOUND)
    # That they looked is an entry too, and none of those they look at.
    entries = await store.read(lambda tx: tx.audit.of_object(one.id))
    assert [(each.act, each.actor) for each in entries][-1] == (Act.AUDIT_READ, dpo.id)


@pytest.mark.parametrize("role", [each for each in Role if each is not Role.DPO])
async def test_nobody_else_sees_what_others_read(store: Store, *, role: Role) -> None:
    person = await store.write(a_person, roles=[role])

    assert await store.write(read_trail, by=person.id) == Refused(Reason.NOT_ALLOWED)
    assert isinstance(await store.read(read_own_trail, by=person.id), Trail)


async def test_who_read_a_case_is_seen_by_whoever_has_it_in_hand(store: Store) -> None:
    officer = await store.write(a_person)
    holder, other = [await store.write(a_person, roles=[Role.COORDINATOR]) for _ in range(2)]
    case = await store.write(a_case)
    await store.write(claim, RULES, case_id=case.id, by=holder.id)
    await opens(store, officer, case)

    def seen(tx: Transaction, by: PersonId) -> list[PersonId]:
        return [each.person_id for each in readers_of(tx, tx.cases.get(case.id), by=by)]

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
    head = await store.write(a_person, roles=[Role.HEAD])
    for who in (officer, dpo):

        def out(tx: Transaction, who: PersonId = who.id) -> object:
            return keep_out(tx, RULES, case_id=case.id, by=head.id, person_id=who, words="Synthetic.")

        assert isinstance(await store.write(out), Done)

    mine = await store.read(read_own_trail, by=officer.id)

    assert isinstance(mine, Trail)
    assert mine.readings == ()
    assert said(await all_of(store, dpo.id)) == []
    hidden = await store.write(read_trail, by=dpo.id, code=case.code)
    assert hidden == Refused(Reason.NOT_FOUND)


async def test_a_long_trail_goes_on_behind_its_last_line(store: Store) -> None:
    officer = await store.write(a_person)
    for _ in range(SHOWN + 1):
        await store.write(read_queue, RULES, by=officer.id)

    first = await store.read(read_own_trail, by=officer.id)
    assert isinstance(first, Trail)
    rest = await store.read(read_own_trail, by=officer.id, before=first.further)

    assert isinstance(rest, Trail)
    assert (len(first.readings), len(rest.readings), rest.further) == (SHOWN, 1, None)


def test_the_index_holds_what_counts_as_a_reading() -> None:
    assert f"act IN ({', '.join(repr(each.value) for each in READINGS)})" == IS_A_READING
