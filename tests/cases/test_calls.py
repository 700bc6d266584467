"""A call that a reporter wants: it waits on the case in their hours until somebody says how it went."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_person, a_submission, some_rules
from tests.support.stores import SettableClock
from triage.cases.calls import Called, CallTask, Message, call_task, record_call
from triage.cases.case import Case, EventKind
from triage.cases.decide import decide
from triage.cases.handle import close_case
from triage.cases.reach import Limit
from triage.cases.reading import read_queue
from triage.cases.records import Channel
from triage.cases.words import Done
from triage.ids import PersonId
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
EVENING = {"reach_how": ("call",), "reach_when": ("evening",), "leave_message": "no", "call_us": "Testfirma"}
FOUR = datetime(2026, 5, 4, 14, 0, tzinfo=UTC)
"""16 o'clock in Copenhagen on the day that the clock of the tests begins with."""


@pytest.fixture
async def officer(store: Store) -> Person:
    return await store.write(a_person, on_duty=True)


async def wanted(store: Store, body: dict[str, object] | None = None, **more: object) -> Case:
    return await store.write(a_submission, body=EVENING if body is None else body, **more)  # type: ignore[arg-type]


async def task(store: Store, case: Case) -> CallTask | None:
    def look(tx: Transaction) -> CallTask | None:
        submissions = tx.cases.submissions(case.id, identity=False)
        return call_task(RULES, tx.cases.get(case.id), submissions, tx.now)

    return await store.read(look)


async def called(store: Store, case: Case, by: PersonId, did: Called, words: str = "") -> Done | Refused:
    return await store.write(lambda tx: record_call(tx, RULES, case_id=case.id, by=by, did=did, words=words))


@pytest.mark.parametrize("channel", [Channel.WEBCHAT, Channel.TELEGRAM, Channel.TERMINAL, Channel.CONSOLE])
async def test_outside_the_safe_hours_the_task_says_when_it_is_next_safe_and_inside_that_it_is(
    store: Store, clock: SettableClock, channel: Channel
) -> None:
    case = await wanted(store, channel=channel)
    expected = CallTask(
        limit=Limit.HOURS,
        safe_now=False,
        next_safe=FOUR,
        hours=((time(16), time(20)),),
        message=Message.NO,
        name="Testfirma",
    )
    assert await task(store, case) == expected

    clock.at = FOUR + timedelta(minutes=5)
    now = await task(store, case)

    assert now is not None
    assert (now.safe_now, now.next_safe) == (True, clock.at)


async def test_without_a_limit_it_is_safe_and_an_unanswered_message_is_no_yes(
    store: Store, clock: SettableClock
) -> None:
    case = await wanted(store, {"reach_how": ("call",), "reach_when": ("any_time",)})

    assert await task(store, case) == CallTask(
        limit=Limit.NONE, safe_now=True, next_safe=clock.at, hours=(), message=Message.NOT_SAID, name=None
    )


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"reach_how": ("call",)}, id="the question was skipped"),
        pytest.param({"next_step": "call_me"}, id="the question was not asked"),
        pytest.param({"reach_how": ("call",), "reach_when": ("lunch",)}, id="the profile dropped the hours"),
    ],
)
async def test_where_nobody_said_when_it_is_never_safe_now(
    store: Store, officer: Person, answers: dict[str, object]
) -> None:
    case = await wanted(store, answers)

    assert await task(store, case) == CallTask(
        limit=Limit.NOT_SAID,
        safe_now=False,
        next_safe=None,
        hours=(),
        message=Message.NOT_SAID,
        name=None,
    )
    view = await store.read(lambda tx: read_queue(tx, RULES, by=officer.id, again=True))
    assert not isinstance(view, Refused)
    assert [(row.case.call is None, row.call_at) for row in view.waiting] == [(False, None)]


async def test_whoever_wants_no_call_makes_no_task(store: Store) -> None:
    case = await wanted(store, {"reach_how": ("mail",), "reach_when": ("evening",)})

    assert (await task(store, case), case.call) == (None, None)


async def test_the_queue_says_that_a_call_is_wanted_and_when_it_is_next_safe(
    store: Store, officer: Person
) -> None:
    await wanted(store)
    await wanted(store, {"worry": "Testord"})

    view = await store.read(lambda tx: read_queue(tx, RULES, by=officer.id, again=True))

    assert not isinstance(view, Refused)
    assert [row.call_at for row in view.waiting] in ([FOUR, None], [None, FOUR])


async def test_a_call_that_nobody_answered_is_still_to_be_made_and_one_that_reached_them_is_not(
    store: Store, officer: Person
) -> None:
    case = await wanted(store)

    await called(store, case, officer.id, Called.NO_ANSWER)
    still = await task(store, case)
    done = await called(store, case, officer.id, Called.REACHED, "Talte med Testperson 1.")

    assert still is not None
    assert isinstance(done, Done)
    assert (done.case.call, await task(store, case)) == (None, None)
    timeline = await store.read(lambda tx: tx.cases.timeline(case.id))
    assert [(each.kind, each.facts, each.words) for each in timeline[-2:]] == [
        (EventKind.CALLED, {"did": "no_answer"}, None),
        (EventKind.CALLED, {"did": "reached"}, "Talte med Testperson 1."),
    ]


async def test_a_case_is_not_closed_over_a_call_that_nobody_has_made(store: Store, officer: Person) -> None:
    case = await wanted(store, kind="talk_request")

    def answered(tx: Transaction) -> Done | Refused:
        return decide(
            tx,
            RULES,
            case_id=case.id,
            by=officer.id,
            outcome="planned",
            reason="Aftalt.",
            local_action=False,
            to_unit=False,
        )

    def close(tx: Transaction) -> Done | Refused:
        return close_case(tx, RULES, case_id=case.id, by=officer.id)

    assert isinstance(await store.write(answered), Done)
    view = await store.read(lambda tx: read_queue(tx, RULES, by=officer.id, again=True))
    assert not isinstance(view, Refused)
    assert [(row.case.id, row.call_at) for row in view.decided] == [(case.id, FOUR)]
    assert await store.write(close) == Refused(Reason.CALL_OPEN)
    await called(store, case, officer.id, Called.NOT_NEEDED)
    assert isinstance(await store.write(close), Done)


async def test_a_second_time_there_is_no_call_to_record(store: Store, officer: Person) -> None:
    case = await wanted(store)
    await called(store, case, officer.id, Called.NOT_NEEDED)

    assert await called(store, case, officer.id, Called.REACHED) == Refused(Reason.NOT_WAITING)


async def test_whoever_may_not_call_records_nothing(store: Store) -> None:
    analyst = await store.write(a_person, roles=(Role.ANALYST,))
    case = await wanted(store)

    assert await called(store, case, analyst.id, Called.REACHED) == Refused(Reason.NOT_ALLOWED)
    assert (await store.read(lambda tx: tx.cases.get(case.id))).call == ("evening",)
