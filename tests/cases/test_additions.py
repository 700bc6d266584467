from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from storage.store import Store
from tests.support.builders import a_person, a_submission, some_rules, waiting_notices
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.additions import Seen, see_addition
from triage.cases.case import Case, CaseState, EventKind
from triage.cases.decide import decide, record_forward_receipt
from triage.cases.dialogue import write_from_reporter, write_to_reporter
from triage.cases.handle import close_case
from triage.cases.reading import Why, read_case, read_queue
from triage.cases.receipts import make_receipt
from triage.cases.words import Done
from triage.clocks.clock import Clock
from triage.clocks.keep import tick
from triage.ids import CaseId, PersonId
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
HOUR = timedelta(hours=1)


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


async def decided(store: Store, by: PersonId, *, case: Case | None = None, outcome: str = "to_unit") -> Case:
    case_id = (await store.write(a_submission)).id if case is None else case.id
    done = await store.write(
        lambda tx: decide(
            tx,
            RULES,
            case_id=case_id,
            by=by,
            outcome=outcome,
            reason="Fordi.",
            local_action=True,
            to_unit=True,
        )
    )
    assert isinstance(done, Done)
    return done.case


async def wrote(store: Store, case_id: CaseId, words: str = "Der er sket mere.") -> Case:
    done = await store.write(lambda tx: write_from_reporter(tx, RULES, case_id=case_id, words=words))
    assert isinstance(done, Done)
    return done.case


async def seen(store: Store, case_id: CaseId, by: PersonId, did: Seen, words: str = "") -> Done | Refused:
    return await store.write(lambda tx: see_addition(tx, RULES, case_id=case_id, by=by, did=did, words=words))


async def additions(store: Store, case_id: CaseId) -> list[Clock]:
    clocks = await store.read(lambda tx: tx.clocks.of_case(case_id))
    return [clock for clock in clocks if clock.policy_id == RULES.addition_clock]


async def queue(store: Store, by: PersonId) -> list[tuple[CaseId, Why, Any]]:
    view = await store.read(lambda tx: read_queue(tx, RULES, by=by, again=True))
    assert not isinstance(view, Refused)
    return [(row.case.id, row.why, row.left) for row in view.waiting]


async def test_words_added_to_a_decided_case_bring_it_back_into_the_queue_with_a_clock_and_an_owner(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await decided(store, officer.id)
    assert await queue(store, officer.id) == []

    await wrote(store, case.id)

    assert await queue(store, officer.id) == [(case.id, Why.ADDITION, 24 * HOUR)]
    assert ("notice.reporter_wrote", officer.id, "mail") in await store.read(waiting_notices)
    clock.advance(4 * HOUR)
    await store.write(lambda tx: tick(tx, RULES))
    assert ("notice.addition24.unseen", officer.id, "mail") in await store.read(waiting_notices)


async def test_an_addition_climbs_from_the_holder_to_duty_to_the_head(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    holder = await store.write(a_person, roles=(Role.COORDINATOR,))
    head = await store.write(a_person, roles=(Role.HEAD,))
    case = await decided(store, holder.id)
    await wrote(store, case.id)
    told: dict[str, PersonId | None] = {}
    for _ in range(24):
        clock.advance(HOUR)
        await store.write(lambda tx: tick(tx, RULES))
        told |= {notice: by for notice, by, _ in await store.read(waiting_notices)}

    steps = {key.removeprefix("notice.addition24."): by for key, by in told.items() if "addition24" in key}
    assert steps == {
        "unseen": holder.id,
        "halfway": officer.id,
        "last_hours": head.id,
        "breached": head.id,
    }


async def test_more_words_neither_double_nor_set_back_the_clock(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await decided(store, officer.id)
    await wrote(store, case.id)
    first = await additions(store, case.id)
    clock.advance(10 * HOUR)

    await wrote(store, case.id, "Og mere.")

    assert [(each.id, each.due_at) for each in await additions(store, case.id)] == [
        (each.id, each.due_at) for each in first
    ]


async def test_an_answer_ends_the_addition(store: Store, clock: SettableClock, officer: Person) -> None:
    case = await decided(store, officer.id)
    await store.write(lambda tx: make_receipt(tx, case_id=case.id))
    await wrote(store, case.id)
    await store.write(lambda tx: read_case(tx, RULES, code=case.code, by=officer.id))

    done = await store.write(
        lambda tx: write_to_reporter(tx, RULES, case_id=case.id, by=officer.id, words="Tak.")
    )

    assert isinstance(done, Done)
    assert done.case.addition_at is None
    [ended] = await additions(store, case.id)
    assert ended.stopped_at == clock.at
    assert await queue(store, officer.id) == []


async def test_a_named_person_says_what_was_done(store: Store, clock: SettableClock, officer: Person) -> None:
    case = await decided(store, officer.id)
    await wrote(store, case.id)
    await store.write(lambda tx: read_case(tx, RULES, code=case.code, by=officer.id))

    unsaid = await seen(store, case.id, officer.id, Seen.OTHER)
    done = await seen(store, case.id, officer.id, Seen.CALLED, "Talt med dem.")

    assert unsaid == Refused(Reason.REASON_NEEDED)
    assert isinstance(done, Done)
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert (event.kind, event.by, event.facts, event.words) == (
        EventKind.ADDITION_SEEN,
        officer.id,
        {"did": "called"},
        "Talt med dem.",
    )
    entry = (await store.read(lambda tx: tx.audit.of_object(case.id)))[-1]
    assert (entry.act, entry.facts) == (Act.CASE_ADDITION_SEEN, {"did": "called"})
    assert [each.stopped_at for each in await additions(store, case.id)] == [clock.at]
    assert await queue(store, officer.id) == []
    assert await seen(store, case.id, officer.id, Seen.CALLED) == Refused(Reason.NOT_WAITING)


async def test_words_that_came_after_the_last_reading_are_an_addition_of_their_own(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await decided(store, officer.id)
    await wrote(store, case.id)
    await store.write(lambda tx: read_case(tx, RULES, code=case.code, by=officer.id))
    clock.advance(HOUR)
    came = (await wrote(store, case.id, "Vent, en ting til.")).addition_at
    clock.advance(HOUR)
    again = clock.at - HOUR

    await seen(store, case.id, officer.id, Seen.NOTHING_NEEDED)

    ended, runs = await additions(store, case.id)
    assert came is not None
    assert (ended.stopped_at, runs.stopped_at) == (clock.at, None)
    assert (runs.started_at, runs.due_at) == (again, again + 24 * HOUR)


async def test_words_that_came_while_it_was_being_decided_do_not_leave_the_queue_unread(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await store.write(a_submission)
    await wrote(store, case.id)
    assert await additions(store, case.id) == []
    came = clock.at
    clock.advance(HOUR)

    left = await decided(store, officer.id, case=case)

    assert (left.state, left.addition_at) == (CaseState.TRIAGED, came)
    assert await queue(store, officer.id) == [(case.id, Why.ADDITION, 23 * HOUR)]


async def test_a_forwarded_case_comes_back_with_what_was_added(store: Store, officer: Person) -> None:
    case = await decided(store, officer.id, outcome="forward_infohus")
    await store.write(
        lambda tx: record_forward_receipt(tx, RULES, case_id=case.id, by=officer.id, words="Infohus.")
    )

    forwarded = await wrote(store, case.id)

    assert (forwarded.state, forwarded.waits) == (CaseState.FORWARDED, True)
    assert [why for _, why, _ in await queue(store, officer.id)] == [Why.ADDITION]


async def test_a_case_is_not_closed_over_words_that_nobody_has_seen_to(store: Store, officer: Person) -> None:
    case = await decided(store, officer.id)
    await wrote(store, case.id)

    refused = await store.write(lambda tx: close_case(tx, RULES, case_id=case.id, by=officer.id))

    assert refused == Refused(Reason.ADDITION_OPEN)


async def test_only_who_may_handle_the_case_says_what_was_done(store: Store, officer: Person) -> None:
    colleague = await store.write(a_person, roles=(Role.COORDINATOR,))
    case = await decided(store, officer.id)
    await wrote(store, case.id)

    assert await seen(store, case.id, colleague.id, Seen.CALLED) == Refused(Reason.NOT_ALLOWED)
