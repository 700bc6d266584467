"""Opening who a reporter is in somebody else's case: for a reason, with a fresh factor, and told to head and DPO."""

from __future__ import annotations

from datetime import timedelta

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, some_rules, waiting_notices
from triage.audit import Act
from triage.cases.case import Case, EventKind
from triage.cases.conflict import keep_out
from triage.cases.handle import claim
from triage.cases.identity import Identity, read_identity
from triage.cases.identity_requests import IdentityRequest
from triage.cases.trail import Trail, read_trail
from triage.cases.words import Done
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
REASON = "Synthetic: the holder is away, and the reporter rang."


async def a_foreign_case(store: Store) -> Case:
    holder = await store.write(a_person, roles=[Role.COORDINATOR])
    case = await store.write(a_case)
    claimed = await store.write(claim, RULES, case_id=case.id, by=holder.id)
    assert isinstance(claimed, Case)
    return claimed


async def opened(
    store: Store, case: Case, by: Person, *, reason: str = REASON, fresh: bool = True, says: bool = True
) -> Identity | IdentityRequest | Refused:
    def read(tx: Transaction) -> Identity | IdentityRequest | Refused:
        at = tx.now if fresh else tx.now - timedelta(hours=1)
        return read_identity(
            tx, RULES, code=case.code, by=by.id, reason=reason, verified_at=at, breaks_glass=says
        )

    return await store.write(read)


async def told_of_glass(store: Store) -> set[object]:
    return {person for key, person, _ in await store.read(waiting_notices) if key == "notice.glass_broken"}


async def test_a_coordinator_opens_it_in_a_colleagues_case_and_two_are_told(store: Store) -> None:
    head, dpo = [await store.write(a_person, roles=[role]) for role in (Role.HEAD, Role.DPO)]
    other = await store.write(a_person, roles=[Role.COORDINATOR])
    case = await a_foreign_case(store)

    assert isinstance(await opened(store, case, other), Identity)

    assert await told_of_glass(store) == {head.id, dpo.id}
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert (event.kind, event.by, event.words) == (EventKind.GLASS_BROKEN, other.id, REASON)
    entry = (await store.read(lambda tx: tx.audit.of_object(case.id)))[-1]
    assert (entry.act, entry.actor, entry.facts) == (Act.IDENTITY_READ, other.id, {"glass": "broken"})
    trail = await store.write(read_trail, RULES, by=dpo.id, code=case.code)
    assert isinstance(trail, Trail)
    assert [(each.last.person_id, each.last.glass_broken) for each in trail.lines] == [(other.id, True)]
    # A second time is told a second time: nothing overtakes it.
    await opened(store, case, other)
    assert [key for key, _, via in await store.read(waiting_notices)].count("notice.glass_broken") == 4


@pytest.mark.parametrize(
    ("reason", "fresh", "why"),
    [("", True, Reason.REASON_NEEDED), (REASON, False, Reason.SECOND_FACTOR_NEEDED)],
)
async def test_without_a_reason_or_a_fresh_factor_it_stays_shut_and_nobody_is_told(
    store: Store, *, reason: str, fresh: bool, why: Reason
) -> None:
    await store.write(a_person, roles=[Role.HEAD])
    other = await store.write(a_person, roles=[Role.COORDINATOR])
    case = await a_foreign_case(store)

    assert await opened(store, case, other, reason=reason, fresh=fresh) == Refused(why)
    assert await told_of_glass(store) == set()


async def test_nobody_breaks_it_unknowing_because_a_colleague_took_the_case_meanwhile(store: Store) -> None:
    other = await store.write(a_person, roles=[Role.COORDINATOR])
    case = await a_foreign_case(store)

    assert await opened(store, case, other, says=False) == Refused(Reason.NOT_ALLOWED)


async def test_whoever_may_open_it_anyway_breaks_nothing(store: Store) -> None:
    head = await store.write(a_person, roles=[Role.HEAD])
    case = await a_foreign_case(store)

    # Whoever may open it without breaking anything asks a second person, as ever.
    assert isinstance(await opened(store, case, head), IdentityRequest)
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert (event.kind, await told_of_glass(store)) == (EventKind.IDENTITY_ASKED, set())


async def test_no_glass_is_broken_by_whoever_has_a_conflict_of_interest(store: Store) -> None:
    other = await store.write(a_person, roles=[Role.COORDINATOR])
    case = await a_foreign_case(store)
    done = await store.write(keep_out, RULES, case_id=case.id, by=other.id, person_id=other.id)
    assert isinstance(done, Done)

    assert await opened(store, case, other) == Refused(Reason.NOT_FOUND)
