"""Tasks on a case: who does what by when, and what becomes of it when whoever had it may not have it any more."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_decision, a_person, a_submission, some_rules, waiting_notices
from tests.support.stores import MONDAY_MORNING, SettableClock
from triage.audit import Act
from triage.cases.case import Case, EventKind, Show
from triage.cases.conflict import keep_out
from triage.cases.decide import NextStep, decide
from triage.cases.handle import claim, close_case
from triage.cases.task import Task
from triage.cases.tasks import LISTED, end_task, make_task, take_task, tasks_for
from triage.cases.words import Done
from triage.ids import PersonId, TaskId
from triage.people.invite import disable
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
FRIDAY = MONDAY_MORNING + timedelta(days=4)
WHAT = "MARKER-WHAT"
GIVEN = "notice.task_given"


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


@pytest.fixture
async def colleague(store: Store) -> Person:
    return await store.write(a_person, roles=[Role.COORDINATOR])


@pytest.fixture
async def case(store: Store) -> Case:
    return await store.write(a_submission)


async def makes(
    store: Store, case: Case, by: Person, owner: PersonId, *, due: datetime = FRIDAY, what: str = WHAT
) -> Done | Refused:
    return await store.write(
        lambda tx: make_task(tx, RULES, case_id=case.id, by=by.id, what=what, owner=owner, due=due)
    )


async def the_task(store: Store, case: Case) -> Task:
    [task] = await store.read(lambda tx: tx.tasks.of_case(case.id))
    return task


async def listed(store: Store, person: Person) -> list[tuple[str, PersonId | None]]:
    found, _ = await store.read(lambda tx: tasks_for(tx, by=person.id))
    return [(each.case.code, each.task.owner) for each in found]


async def told(store: Store, person: Person) -> bool:
    return (GIVEN, person.id, "mail") in await store.read(waiting_notices)


async def test_a_task_stands_on_the_first_page_of_its_owner_who_is_told_and_of_nobody_else(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    done = await makes(store, case, officer, colleague.id, what=f"{WHAT} 010101-1234")

    assert isinstance(done, Done)
    assert done.removed == 1
    task = await the_task(store, case)
    assert (task.owner, task.due_at, task.made_by) == (colleague.id, FRIDAY, officer.id)
    assert task.what.startswith(WHAT)
    assert "010101" not in task.what
    assert await listed(store, colleague) == [(case.code, colleague.id)]
    assert await listed(store, officer) == []
    assert await told(store, colleague)
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert (event.kind, event.words) == (EventKind.TASK_MADE, task.what)
    entry = (await store.read(lambda tx: tx.audit.of_object(case.id)))[-1]
    assert (entry.act, entry.actor) == (Act.TASK_MADE, officer.id)
    assert WHAT not in str(entry)


async def test_whoever_gives_a_task_to_themself_is_not_told(
    store: Store, officer: Person, case: Case
) -> None:
    await makes(store, case, officer, officer.id)

    assert await listed(store, officer) == [(case.code, officer.id)]
    assert not await told(store, officer)


async def test_a_task_that_is_done_is_gone_from_the_page_and_stays_in_the_timeline(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    await makes(store, case, officer, colleague.id)
    task = await the_task(store, case)

    done = await store.write(end_task, case_id=case.id, by=officer.id, task_id=task.id)
    again = await store.write(end_task, case_id=case.id, by=officer.id, task_id=task.id)

    assert isinstance(done, Case)
    assert again == Refused(Reason.NOT_WAITING)
    assert await listed(store, colleague) == []
    # What had not gone out yet is about nothing any more.
    assert not await told(store, colleague)
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert (event.kind, event.by, event.words) == (EventKind.TASK_ENDED, officer.id, WHAT)


async def test_a_task_is_taken_over(store: Store, officer: Person, colleague: Person, case: Case) -> None:
    await makes(store, case, officer, colleague.id)
    task = await the_task(store, case)

    taken = await store.write(take_task, case_id=case.id, by=officer.id, task_id=task.id)
    await store.write(take_task, case_id=case.id, by=officer.id, task_id=task.id)

    assert isinstance(taken, Case)
    assert (await the_task(store, case)).owner == officer.id
    assert not await told(store, colleague)
    events = await store.read(lambda tx: tx.cases.timeline(case.id))
    assert [event.facts for event in events if event.kind is EventKind.TASK_TAKEN] == [
        {"taken_over_from": str(colleague.id)}
    ]


@pytest.mark.parametrize(
    ("due", "reason"),
    [
        (MONDAY_MORNING, Reason.IN_THE_PAST),
        (MONDAY_MORNING - timedelta(days=1), Reason.IN_THE_PAST),
        (MONDAY_MORNING + timedelta(days=3 * 366), Reason.DATE_NEEDED),
    ],
)
async def test_a_day_that_nobody_can_mean_is_refused(
    store: Store, officer: Person, case: Case, due: datetime, reason: Reason
) -> None:
    assert await makes(store, case, officer, officer.id, due=due) == Refused(reason)


async def test_a_task_is_given_to_nobody_who_may_not_read_the_case(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    chair = await store.write(a_person, roles=[Role.CHAIR])
    await store.write(
        lambda tx: keep_out(tx, RULES, case_id=case.id, by=colleague.id, person_id=colleague.id)
    )

    refused = [
        await makes(store, case, officer, each) for each in (chair.id, colleague.id, PersonId(case.id))
    ]

    assert refused == [Refused(Reason.NOBODY_CHOSEN)] * 3
    assert await makes(store, case, chair, officer.id) == Refused(Reason.NOT_ALLOWED)
    assert await makes(store, case, officer, officer.id, what=" ") == Refused(Reason.EMPTY)


async def test_the_tasks_of_whoever_is_kept_out_are_nobodys_and_hidden_from_them(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    await makes(store, case, officer, colleague.id)

    await store.write(
        lambda tx: keep_out(tx, RULES, case_id=case.id, by=colleague.id, person_id=colleague.id)
    )

    assert await listed(store, colleague) == []
    assert await listed(store, officer) == [(case.code, None)]
    task = await the_task(store, case)
    assert await store.write(take_task, case_id=case.id, by=colleague.id, task_id=task.id) == Refused(
        Reason.NOT_ALLOWED
    )


async def test_the_tasks_of_whoever_is_shut_out_are_nobodys_also_on_cases_of_others(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    administrator = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    await store.write(claim, RULES, case_id=case.id, by=officer.id)
    hidden = await store.write(a_submission)
    await makes(store, case, officer, colleague.id)
    await makes(store, hidden, officer, colleague.id)
    # The administrator is themself kept out of one of them.
    await store.write(
        lambda tx: tx.cases.save(replace(tx.cases.lock(hidden.id), conflicts=frozenset({administrator.id})))
    )

    await store.write(disable, RULES, by=administrator.id, person_id=colleague.id)

    assert await listed(store, officer) == [(case.code, None), (hidden.code, None)]


async def test_a_case_with_an_open_task_is_not_closed(store: Store, officer: Person, case: Case) -> None:
    await makes(store, case, officer, officer.id)
    await store.write(a_decision, case, officer)

    refused = await store.write(close_case, RULES, case_id=case.id, by=officer.id)
    await store.write(end_task, case_id=case.id, by=officer.id, task_id=(await the_task(store, case)).id)
    closed = await store.write(close_case, RULES, case_id=case.id, by=officer.id)

    assert refused == Refused(Reason.TASK_OPEN)
    assert isinstance(closed, Done)
    assert await makes(store, case, officer, officer.id) == Refused(Reason.CLOSED)


async def test_the_next_step_of_a_decision_that_waits_is_a_task(
    store: Store, officer: Person, colleague: Person, case: Case
) -> None:
    step = NextStep(what=WHAT, owner=colleague.id, due=FRIDAY)

    done = await store.write(
        lambda tx: decide(
            tx,
            RULES,
            case_id=case.id,
            by=officer.id,
            outcome="need_more",
            reason="Synthetic.",
            local_action=False,
            to_unit=False,
            next_step=step,
        )
    )

    assert isinstance(done, Done)
    task = await the_task(store, case)
    assert (task.what, task.owner, task.due_at) == (WHAT, colleague.id, FRIDAY)
    assert await told(store, colleague)


async def test_a_task_that_is_not_of_the_case_is_not_ended(store: Store, officer: Person, case: Case) -> None:
    other = await store.write(a_submission)
    await makes(store, other, officer, officer.id)
    task = await the_task(store, other)

    for task_id in (task.id, TaskId(case.id)):
        assert await store.write(end_task, case_id=case.id, by=officer.id, task_id=task_id) == Refused(
            Reason.NOT_WAITING
        )
    assert (await the_task(store, other)).ended_at is None


async def test_the_first_due_stand_first_and_more_than_fit_are_told_of(
    store: Store, officer: Person, case: Case
) -> None:
    def many(tx: Transaction) -> None:
        for number in reversed(range(LISTED + 1)):
            done = make_task(
                tx,
                RULES,
                case_id=case.id,
                by=officer.id,
                what=WHAT,
                owner=officer.id,
                due=FRIDAY + timedelta(hours=number),
            )
            assert isinstance(done, Done)

    await store.write(many)

    found, more = await store.read(lambda tx: tasks_for(tx, by=officer.id))

    assert [each.task.due_at for each in found] == [FRIDAY + timedelta(hours=n) for n in range(LISTED)]
    assert more


async def test_what_is_shown_is_what_is_asked_for(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    colleague = await store.write(a_person, roles=[Role.HEAD])
    kept_out = await store.write(a_submission)
    await store.write(
        lambda tx: keep_out(tx, RULES, case_id=kept_out.id, by=officer.id, person_id=officer.id)
    )
    old, new, mine, done, second = [await store.write(a_submission) for _ in range(5)]
    for held in (mine, done):
        await store.write(claim, RULES, case_id=held.id, by=officer.id)
    await store.write(claim, RULES, case_id=second.id, by=colleague.id)
    for each, outcome in ((done, "advice_only"), (second, "unfounded")):
        await store.write(a_decision, each, officer, outcome)
    clock.advance(timedelta(hours=49))
    late = {old.code, new.code, mine.code, second.code}

    shown = {
        show: {case.code for case in await store.read(_shown, officer.id, show)}
        for show in set(Show) - {Show.QUEUE}
    }

    assert shown == {
        Show.MINE: {mine.code, done.code},
        Show.UNASSIGNED: {old.code, new.code},
        Show.OVERDUE: late,
        Show.OTHERS: {second.code},
    }


def _shown(tx: Transaction, reader: PersonId, show: Show) -> list[Case]:
    return list(tx.cases.shown(reader=reader, show=show, limit=99))


async def test_a_decided_case_whose_deadline_has_passed_stands_among_the_overdue(
    store: Store, clock: SettableClock, officer: Person
) -> None:
    case = await store.write(a_submission)
    await store.write(a_decision, case, officer, "to_unit")
    in_time = await store.read(_shown, officer.id, Show.OVERDUE)
    clock.advance(timedelta(days=7))

    assert in_time == []
    assert [each.code for each in await store.read(_shown, officer.id, Show.OVERDUE)] == [case.code]
    assert await store.read(_shown, officer.id, Show.UNASSIGNED) == []
