"""Searching for the person a case is about: where it is allowed, for a purpose, and never unnoticed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from storage.house_tables import audit_entries
from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_person, a_submission, some_rules
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases import person_search
from triage.cases.case import Case
from triage.cases.conflict import keep_out
from triage.cases.person_marks import MarkKind, Offered, PersonSearch, name_marks
from triage.cases.person_search import (
    SEARCHES,
    Candidates,
    SearchTrail,
    read_searches,
    search_person,
)
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused
from triage.rules import Rules

OFF = some_rules()
NAME, PURPOSE = "Testperson Af Fem", "MARKER-PURPOSE"
WEEK = timedelta(days=7)


def switched_on(rules: Rules = OFF) -> Rules:
    """These rules with the search allowed, and a question that asks for a number as well."""
    search = PersonSearch(
        allowed=True,
        names=("subject.name", "person.name"),
        phones=("subject.phone",),
        calling_code="45",
        number_length=8,
    )
    return replace(rules, organisation=rules.organisation.model_copy(update={"person_search": search}))


RULES = switched_on()


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


async def told_of(store: Store, *, rules: Rules = RULES, **subject: str) -> Case:
    """A contact about somebody, as its fields were filled in."""
    return await store.write(lambda tx: a_submission(tx, rules=rules, body={"subject": subject}))


async def search(
    store: Store, by: Person, *, rules: Rules = RULES, name: str = "", phone: str = "", purpose: str = PURPOSE
) -> Candidates | Refused:
    return await store.write(search_person, rules, by=by.id, purpose=purpose, name=name, phone=phone)


async def offered(
    store: Store, by: Person, *, name: str = "", phone: str = ""
) -> list[tuple[str, tuple[Offered, ...]]]:
    found = await search(store, by, name=name, phone=phone)
    assert isinstance(found, Candidates)
    return [(each.row.case.code, each.because) for each in found.offered]


async def searches(
    store: Store, dpo: Person, *, before: int | None = None, day: date | None = None
) -> SearchTrail:
    trail = await store.write(lambda tx: read_searches(tx, RULES, by=dpo.id, before=before, day=day))
    assert isinstance(trail, SearchTrail)
    return trail


async def test_cases_about_somebody_of_this_name_or_number_are_offered_in_their_order_each_with_the_reason(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    first = await told_of(store, name="Testperson Fem")
    clock.advance(WEEK)
    second = await told_of(store, name="testperson  AF fem", phone="12 34 56 78")
    await told_of(store, name="Testperson Seks", where="Testperson Af Fem")
    clock.advance(WEEK)
    third = await told_of(store, phone="+45 12345678")

    assert await offered(store, officer, name=NAME) == [
        (first.code, (Offered.SAME_FIRST_AND_LAST,)),
        (second.code, (Offered.SAME_NAME,)),
    ]
    assert await offered(store, officer, name=NAME, phone="12345678") == [
        (first.code, (Offered.SAME_FIRST_AND_LAST,)),
        (second.code, (Offered.SAME_NAME, Offered.SAME_PHONE)),
        (third.code, (Offered.SAME_PHONE,)),
    ]
    assert await offered(store, officer, name="Fem") == []


async def test_the_case_because_of_which_somebody_searches_is_not_offered_itself(
    store: Store, officer: Person
) -> None:
    case, other = await told_of(store, name=NAME), await told_of(store, name=NAME)
    found = await store.write(
        lambda tx: search_person(tx, RULES, by=officer.id, purpose=PURPOSE, name=NAME, case=case)
    )

    assert isinstance(found, Candidates)
    assert [each.row.case.id for each in found.offered] == [other.id]


async def test_it_says_that_there_are_more_and_never_how_many(
    store: Store, officer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person_search, "OFFERED_AT_MOST", 2)
    cases = [await told_of(store, name=NAME) for _ in range(2)]
    enough = await search(store, officer, name=NAME)
    await told_of(store, name=NAME)
    more = await search(store, officer, name=NAME)
    one_left_out = await store.write(
        lambda tx: search_person(tx, RULES, by=officer.id, purpose=PURPOSE, name=NAME, case=cases[0])
    )

    assert [(len(each.offered), each.more) for each in (enough, more, one_left_out)] == [  # type: ignore[union-attr]
        (2, False),
        (2, True),
        (2, False),
    ]


async def test_who_is_kept_out_is_not_offered_the_case_and_who_has_no_desk_searches_nothing(
    store: Store, officer: Person
) -> None:
    case, other = await told_of(store, name=NAME), await store.write(a_person)
    dpo, chair = [await store.write(a_person, roles=[role]) for role in (Role.DPO, Role.CHAIR)]
    await store.write(keep_out, RULES, case_id=case.id, by=other.id, person_id=officer.id, words="Synthetic.")

    assert await offered(store, officer, name=NAME) == []
    # Nor does the store count it among those of which there may be more.
    digests = [each.digest for each in await store.read(lambda tx: name_marks(tx.digest, NAME))]
    assert await store.read(lambda tx: tx.persons.find(digests, reader=officer.id, limit=9)) == {}
    assert await offered(store, other, name=NAME) == [(case.code, (Offered.SAME_NAME,))]
    for who in (dpo, chair):
        assert await search(store, who, name=NAME) == Refused(Reason.NOT_ALLOWED)
    assert len((await searches(store, dpo)).lines) == 2


async def test_what_came_in_while_it_was_off_has_no_mark_and_off_nobody_searches(
    store: Store, officer: Person
) -> None:
    await told_of(store, rules=OFF, name=NAME)

    assert await offered(store, officer, name=NAME) == []
    assert await search(store, officer, rules=OFF, name=NAME) == Refused(Reason.SEARCH_IS_OFF)
    assert not OFF.organisation.person_search.allowed


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({"name": NAME, "purpose": "  "}, Reason.PURPOSE_NEEDED),
        ({"name": " "}, Reason.NAME_NEEDED),
        ({"name": "12 ."}, Reason.NAME_NEEDED),
        ({"phone": "1234"}, Reason.NO_PHONE_NUMBER),
        ({"name": NAME, "phone": "ved ikke"}, Reason.NO_PHONE_NUMBER),
        ({"name": "x" * 201}, Reason.TOO_LONG),
        ({"name": "Testperson 010170-1234"}, Reason.NO_IDENTITY_NUMBER),
        ({"phone": "010170 1234"}, Reason.NO_IDENTITY_NUMBER),
    ],
)
async def test_without_a_purpose_and_by_what_is_no_name_nothing_is_searched_and_nothing_recorded(
    store: Store, officer: Person, typed: Mapping[str, str], reason: Reason
) -> None:
    dpo = await store.write(a_person, roles=[Role.DPO])
    given = {"name": "", "phone": "", "purpose": PURPOSE, **typed}

    done = await search(store, officer, name=given["name"], phone=given["phone"], purpose=given["purpose"])
    assert done == Refused(reason)
    assert (await searches(store, dpo)).lines == ()
    assert await store.read(_entries, Act.PERSON_SEARCHED) == []


async def test_every_search_is_an_entry_with_a_keyed_hash_and_stands_in_the_officers_week_with_its_purpose(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    dpo = await store.write(a_person, roles=[Role.DPO])
    await told_of(store, name=NAME)
    await search(store, officer, name=NAME, phone="12345678", purpose="Old.")
    clock.advance(WEEK + timedelta(seconds=1))
    await search(store, officer, name="Testperson Nul")
    await search(store, officer, name="TESTPERSON AF FÉM", purpose=f"{PURPOSE} 010170-1234")

    trail = await searches(store, dpo)
    read = [(each.person, each.searched.kind, each.searched.found) for each in trail.lines]
    assert read == [(officer.name, MarkKind.NAME, True), (officer.name, MarkKind.NAME, False)]
    assert trail.lines[0].searched.purpose.startswith(PURPOSE)
    assert "010170" not in trail.lines[0].searched.purpose
    entries = await store.read(_entries, Act.PERSON_SEARCHED)
    assert [each["by"] for each in entries] == ["name", "phone", "name", "name"]
    # The same name has the same hash, which tells no name.
    assert entries[0]["searched"] == entries[3]["searched"] != entries[2]["searched"]
    assert "testperson" not in repr(entries).casefold()
    assert trail.lines[0].mark in entries[3]["searched"]
    assert {"of": "person_searches", "week": "2026-05-11"} in await store.read(_entries, Act.AUDIT_READ)


async def test_only_the_data_protection_officer_reads_the_searches_page_after_page(
    store: Store, officer: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(person_search, "SHOWN", 2)
    dpo = await store.write(a_person, roles=[Role.DPO])
    for number in range(3):
        await search(store, officer, name=NAME, purpose=f"{number}")

    first = await searches(store, dpo)
    assert first.further is not None
    rest = await searches(store, dpo, before=first.further)

    assert [each.searched.purpose for each in (*first.lines, *rest.lines)] == ["2", "1", "0"]
    assert rest.further is None
    assert await store.write(read_searches, RULES, by=officer.id) == Refused(Reason.NOT_ALLOWED)


async def test_a_week_that_nobody_looked_at_can_still_be_read(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    dpo = await store.write(a_person, roles=[Role.DPO])
    await search(store, officer, name=NAME, purpose="Of the first week.")
    monday = clock.at.date()
    clock.advance(timedelta(days=30))

    assert (await searches(store, dpo)).lines == ()
    [line] = (await searches(store, dpo, day=monday)).lines
    assert line.searched.purpose == "Of the first week."


async def test_a_case_whose_marks_were_forgotten_is_found_by_nobody(store: Store, officer: Person) -> None:
    gone, stays = await told_of(store, name=NAME), await told_of(store, name=NAME)

    await store.write(lambda tx: tx.persons.forget(gone.id))

    assert await offered(store, officer, name=NAME) == [(stays.code, (Offered.SAME_NAME,))]


def _entries(tx: Transaction, act: Act) -> list[dict[str, str]]:
    found = select(audit_entries.c.facts).where(audit_entries.c.act == act.value)
    return [dict(row.facts) for row in tx._work.all(found.order_by(audit_entries.c.seq))]


async def test_whoever_goes_through_a_list_of_names_must_wait(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    colleague = await store.write(a_person, roles=[Role.HEAD])
    for number in range(SEARCHES.burst):
        assert isinstance(await search(store, officer, name=f"Testperson {number}"), Candidates)

    assert await search(store, officer, name=NAME) == Refused(Reason.TOO_MANY_TRIES)
    assert isinstance(await search(store, colleague, name=NAME), Candidates)
    clock.advance(SEARCHES.refill)
    assert isinstance(await search(store, officer, name=NAME), Candidates)
