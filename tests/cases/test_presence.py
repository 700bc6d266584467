"""Who is at a case now: for a minute after what they did themselves, and only those who may read it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from bot.workers import Sweeper
from storage.presence_tables import presences
from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, some_rules
from tests.support.stores import SettableClock
from triage.access.reader import reading_for
from triage.cases.case import Case
from triage.cases.conflict import keep_out
from triage.cases.presence import HERE, Others, be_here, see_others
from triage.cases.reading import CaseView, read_case
from triage.cases.words import Done
from triage.ids import PersonId
from triage.people.invite import disable
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
SECOND = timedelta(seconds=1)


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


@pytest.fixture
async def colleague(store: Store) -> Person:
    return await store.write(a_person, roles=[Role.COORDINATOR])


@pytest.fixture
async def case(store: Store) -> Case:
    return await store.write(a_case)


async def here(store: Store, case: Case, person: Person) -> list[PersonId]:
    """Whom this person's page shows."""
    found = await store.read(see_others, code=case.code, by=person.id)
    assert isinstance(found, Others)
    assert (found.holds_for is None) is (found.people == ())
    return [each.id for each in found.people]


async def noted(store: Store) -> dict[PersonId, datetime]:
    """Every row there is."""
    rows = await store.read(lambda tx: tx._work.all(select(presences)))
    return {PersonId(row.person_id): row.seen_at for row in rows}


async def test_who_opens_a_case_is_here_for_a_minute_after_what_they_did_last(
    store: Store, clock: SettableClock, officer: Person, colleague: Person, case: Case
) -> None:
    opened = await store.write(read_case, RULES, code=case.code, by=officer.id)

    assert isinstance(opened, CaseView)
    assert opened.others == Others()
    clock.advance(HERE - SECOND)
    assert await here(store, case, colleague) == [officer.id]
    assert await here(store, case, officer) == []
    await store.write(be_here, code=case.code, by=officer.id)
    clock.advance(HERE - SECOND)
    assert await here(store, case, colleague) == [officer.id]
    clock.advance(SECOND)
    assert await here(store, case, colleague) == []
    assert await here(store, await store.write(a_case), colleague) == []


async def test_it_is_told_how_long_the_line_holds(
    store: Store, clock: SettableClock, officer: Person, colleague: Person, case: Case
) -> None:
    head = await store.write(a_person, roles=[Role.HEAD])
    await store.write(be_here, code=case.code, by=colleague.id)
    clock.advance(20 * SECOND)
    await store.write(be_here, code=case.code, by=head.id)
    clock.advance(10 * SECOND)

    found = await store.write(be_here, code=case.code, by=officer.id)

    by_name = sorted((colleague, head), key=lambda person: (person.name, person.id))
    assert found == Others(people=tuple(by_name), holds_for=30 * SECOND)


async def test_being_here_is_no_reading_and_looking_notes_nobody(
    store: Store, officer: Person, case: Case
) -> None:
    def traces(tx: Transaction) -> object:
        return (tx.audit.of_object(case.id), tx.cases.get(case.id))

    before = await store.read(traces)

    await store.write(see_others, code=case.code, by=officer.id)
    looked = await noted(store)
    await store.write(be_here, code=case.code, by=officer.id)

    assert await store.read(traces) == before
    assert (looked, list(await noted(store))) == ({}, [officer.id])


async def test_whoever_may_not_read_the_case_is_refused_and_leaves_no_trace(
    store: Store, officer: Person, case: Case
) -> None:
    stranger = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    out = await store.write(a_person, roles=[Role.COORDINATOR])
    await store.write(be_here, code=case.code, by=out.id)
    assert await here(store, case, officer) == [out.id]

    # As at the console, where row security hides the case from them as soon as they have said it.
    with reading_for(out.id):
        done = await store.write(keep_out, RULES, case_id=case.id, by=out.id, person_id=out.id)

    assert isinstance(done, Done)
    assert await noted(store) == {}
    for person in (stranger, out):
        with reading_for(person.id):
            answers = [
                await store.write(be_here, code=case.code, by=person.id),
                await store.read(see_others, code=case.code, by=person.id),
                await store.write(read_case, RULES, code=case.code, by=person.id),
            ]
        assert answers == [Refused(Reason.NOT_FOUND)] * 3
    assert await noted(store) == {}
    assert await here(store, case, officer) == []


async def test_whoever_may_not_read_it_any_more_is_not_shown(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    chief = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    await store.write(be_here, code=case.code, by=colleague.id)

    await store.write(disable, RULES, by=chief.id, person_id=colleague.id)

    assert await here(store, case, officer) == []


async def test_nothing_of_it_is_kept_for_more_than_a_day(
    store: Store, clock: SettableClock, officer: Person, colleague: Person, case: Case
) -> None:
    await store.write(be_here, code=case.code, by=officer.id)
    clock.advance(SECOND)
    await store.write(be_here, code=case.code, by=colleague.id)
    clock.advance(timedelta(days=1) - SECOND)

    await Sweeper(store).round()

    assert list(await noted(store)) == [colleague.id]
