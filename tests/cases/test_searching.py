"""Finding cases by when they came, from where, how they stand and whom it was asked of: on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from storage.house_tables import audit_entries
from storage.store import Store
from storage.transaction import Transaction
from tests.coordination.test_enquiries import asks, decided, member
from tests.support.builders import a_case, a_person, a_submission, some_rules
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.case import CaseState
from triage.cases.conflict import keep_out
from triage.cases.handle import claim
from triage.cases.searching import FoundCases, FoundPlace, Wanted, search_cases
from triage.ids import CaseId
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
DAY = timedelta(days=1)


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


async def found(store: Store, by: Person, wanted: Wanted, **more: object) -> FoundCases:
    done = await store.write(lambda tx: search_cases(tx, RULES, by=by.id, wanted=wanted, **more))  # type: ignore[arg-type]
    assert isinstance(done, FoundCases)
    return done


async def ids(store: Store, by: Person, wanted: Wanted) -> list[CaseId]:
    return [row.case.id for row in (await found(store, by, wanted)).rows]


async def test_each_thing_that_is_looked_for_narrows_what_is_found_and_the_latest_stands_first(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    await store.write(member)
    first = await store.write(a_case)
    clock.advance(DAY)
    second = await store.write(lambda tx: a_submission(tx, municipality="0461"))
    await store.write(claim, RULES, case_id=second.id, by=officer.id)
    clock.advance(DAY)
    third = await store.write(decided, officer.id)
    await store.write(asks, third, officer.id)
    day = clock.at - DAY

    assert await ids(store, officer, Wanted(since=first.received_at)) == [third.id, second.id, first.id]
    assert await ids(store, officer, Wanted(since=day, until=day + DAY)) == [second.id]
    assert await ids(store, officer, Wanted(municipality="0461")) == [second.id]
    assert await ids(store, officer, Wanted(state=CaseState.IN_TRIAGE)) == [second.id]
    assert await ids(store, officer, Wanted(authority="SSP")) == [third.id]
    assert await ids(store, officer, Wanted(authority="KF")) == []
    assert await ids(store, officer, Wanted(municipality="0101", state=CaseState.RECEIVED)) == [first.id]


async def test_page_after_page_finds_every_case_once_also_of_one_moment(
    store: Store, officer: Person
) -> None:
    cases = [await store.write(a_case) for _ in range(7)]
    wanted = Wanted(municipality="0101")
    seen: list[CaseId] = []
    place: FoundPlace | None = None
    for _ in range(4):
        page = await found(store, officer, wanted, after=place, limit=2)
        seen += [row.case.id for row in page.rows]
        place = page.further

    assert place is None
    assert sorted(seen) == sorted(case.id for case in cases)


async def test_who_is_kept_out_does_not_find_it_and_whoever_has_no_queue_finds_nothing(
    store: Store, officer: Person
) -> None:
    case, other = await store.write(a_case), await store.write(a_person)
    outsider = await store.write(a_person, roles=[Role.CHAIR])
    await store.write(keep_out, RULES, case_id=case.id, by=other.id, person_id=officer.id, words="Synthetic.")
    wanted = Wanted(municipality="0101")

    assert await ids(store, officer, wanted) == []
    assert await ids(store, other, wanted) == [case.id]
    assert await store.write(search_cases, RULES, by=outsider.id, wanted=wanted) == Refused(
        Reason.NOT_ALLOWED
    )


async def test_the_entry_says_by_what_was_looked_and_not_for_what(store: Store, officer: Person) -> None:
    await found(store, officer, Wanted(municipality="0461", state=CaseState.CLOSED))

    entries = await store.read(_readings)
    assert entries == [{"search": "municipality,state"}]


def _readings(tx: Transaction) -> list[dict[str, str]]:
    rows = tx._work.all(select(audit_entries.c.facts).where(audit_entries.c.act == Act.QUEUE_READ.value))
    return [dict(row.facts) for row in rows]
