"""Linking cases that somebody takes to be about the same person, undoing it, and who sees nothing of it."""

from __future__ import annotations

import pytest

from storage.store import Store
from tests.support.builders import a_person, a_submission, some_rules
from triage.access.reader import reading_for
from triage.cases.case import Case, EventKind
from triage.cases.conflict import keep_out
from triage.cases.linking import link_cases, unlink_cases
from triage.cases.reading import CaseView, read_case
from triage.cases.words import Done
from triage.ids import CaseCode, LinkId
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
WHY = "MARKER-WHY"
LINKINGS = {EventKind.LINKED, EventKind.UNLINKED}


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


@pytest.fixture
async def pair(store: Store) -> tuple[Case, Case]:
    return await store.write(a_submission), await store.write(a_submission)


async def links(
    store: Store, case: Case, by: Person, other: CaseCode, *, reason: str = WHY
) -> Done | Refused:
    return await store.write(
        lambda tx: link_cases(tx, RULES, case_id=case.id, by=by.id, other=other, reason=reason)
    )


async def view(store: Store, case: Case, by: Person) -> CaseView:
    with reading_for(by.id):
        seen = await store.write(read_case, RULES, code=case.code, by=by.id)
    assert isinstance(seen, CaseView)
    return seen


def lines(seen: CaseView) -> list[tuple[EventKind, str | None]]:
    return [(each.kind, each.words) for each in seen.timeline if each.kind in LINKINGS]


async def test_a_link_stands_on_both_cases_with_its_reason_and_can_be_undone_on_either(
    store: Store, officer: Person, pair: tuple[Case, Case]
) -> None:
    one, two = pair
    done = await links(store, one, officer, two.code)
    assert isinstance(done, Done)

    [link] = (await view(store, one, officer)).links
    for case, other in (pair, (two, one)):
        seen = await view(store, case, officer)
        [link] = seen.links
        assert (link.other.id, link.in_force, link.link.reason) == (other.id, True, WHY)
        assert lines(seen) == [(EventKind.LINKED, WHY)]
    assert await links(store, two, officer, one.code) == Refused(Reason.LINKED_ALREADY)

    undone = await store.write(unlink_cases, case_id=two.id, by=officer.id, link_id=link.link.id)
    again = await store.write(unlink_cases, case_id=one.id, by=officer.id, link_id=link.link.id)

    assert isinstance(undone, Case)
    assert again == Refused(Reason.NOT_WAITING)
    for case in pair:
        seen = await view(store, case, officer)
        assert [each.in_force for each in seen.links] == [False]
        assert lines(seen) == [(EventKind.LINKED, WHY), (EventKind.UNLINKED, None)]
    assert isinstance(await links(store, two, officer, one.code), Done)


async def test_who_is_kept_out_of_one_of_the_two_sees_nothing_of_it_on_the_other(
    store: Store, officer: Person, pair: tuple[Case, Case]
) -> None:
    one, two = pair
    out = await store.write(a_person)
    await store.write(keep_out, RULES, case_id=two.id, by=officer.id, person_id=out.id, words="Synthetic.")
    await links(store, one, officer, two.code)
    [link] = (await view(store, one, officer)).links

    seen = await view(store, one, out)
    tried = await store.write(unlink_cases, case_id=one.id, by=out.id, link_id=link.link.id)
    guessed = await links(store, one, out, two.code)
    nonsense = await links(store, one, out, CaseCode("K-0000000"))

    assert (seen.links, lines(seen)) == ((), [])
    assert str(two.code) not in repr(seen)
    assert tried == Refused(Reason.NOT_WAITING)
    assert guessed == nonsense == Refused(Reason.NO_SUCH_CASE)
    assert [each.in_force for each in (await view(store, one, officer)).links] == [True]
    await store.write(unlink_cases, case_id=one.id, by=officer.id, link_id=link.link.id)
    assert lines(await view(store, one, out)) == []
    assert len(lines(await view(store, one, officer))) == 2


async def test_a_link_needs_a_reason_another_case_and_somebody_of_the_desk(
    store: Store, officer: Person, pair: tuple[Case, Case]
) -> None:
    one, two = pair
    head = await store.write(a_person, roles=[Role.HEAD])
    chair = await store.write(a_person, roles=[Role.CHAIR])

    assert await links(store, one, officer, two.code, reason=" ") == Refused(Reason.REASON_NEEDED)
    assert await links(store, one, officer, one.code) == Refused(Reason.SAME_CASE)
    assert await links(store, one, chair, two.code) == Refused(Reason.NO_SUCH_CASE)
    assert lines(await view(store, one, officer)) == []
    done = await links(store, one, head, two.code, reason="Jf. 010170-1234.")
    assert isinstance(done, Done)
    assert done.removed == 1
    unknown = await store.write(unlink_cases, case_id=one.id, by=head.id, link_id=LinkId(one.id))
    [link] = (await view(store, one, officer)).links
    refused = await store.write(unlink_cases, case_id=one.id, by=chair.id, link_id=link.link.id)

    assert (unknown, refused) == (Refused(Reason.NOT_WAITING), Refused(Reason.NOT_ALLOWED))


async def test_forgetting_the_person_of_one_case_takes_the_link_off_the_other(
    store: Store, officer: Person, pair: tuple[Case, Case]
) -> None:
    one, two = pair
    await links(store, one, officer, two.code)
    await store.write(lambda tx: tx.persons.forget(one.id))

    seen = await view(store, two, officer)
    assert (seen.links, lines(seen)) == ((), [])
