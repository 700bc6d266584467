"""A clock that rings while somebody acts on its case: the two never wait for each other in a ring."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, some_rules
from tests.support.stores import SettableClock
from triage.cases.acute import Action, AlarmAnswered, answer_alarm
from triage.cases.case import Case, EventKind
from triage.cases.decide import decide
from triage.cases.handle import claim
from triage.cases.records import Alarm
from triage.cases.words import Done
from triage.clocks.climb import climb
from triage.clocks.keep import Ticked, start_clock, tick
from triage.clocks.moving import recount
from triage.ids import ClockPolicyId, PersonId
from triage.people.person import Role

RULES = some_rules()


@pytest.fixture
def engine() -> str:
    """On SQLite one writes at a time."""
    return "postgresql"


class Overlap:
    """Two jobs of which the second begins when the first holds its locks, and how often each was run."""

    def __init__(self, store: Store) -> None:
        """Nothing has run."""
        self.runs: Counter[str] = Counter()
        self._store = store
        self._held = asyncio.Event()
        self._loop = asyncio.get_running_loop()

    def ring(self, tx: Transaction) -> Ticked:
        """Tick, slowly."""
        self.runs["ring"] += 1
        assert tx.clocks.due(limit=100)
        self._hold(tx)
        return tick(tx, RULES)

    def count_anew(self, tx: Transaction) -> int:
        """Count the running clocks by a calendar with one more free day, slowly."""
        self.runs["count_anew"] += 1
        assert tx.clocks.running(after=None, limit=100)
        self._hold(tx)
        tomorrow = RULES.calendar.local(tx.now).date() + timedelta(days=1)
        closed = {**RULES.calendar.closed_days, tomorrow: "Synthetic holiday"}
        changed = replace(RULES, calendar=replace(RULES.calendar, closed_days=closed))
        return recount(tx, changed, after=None).changed

    def take_slowly(self, tx: Transaction, case: Case, by: PersonId) -> None:
        """Claim the case, slowly."""
        tx.cases.lock(case.id)
        self._hold(tx)
        self.take(tx, case, by)

    def answer(self, tx: Transaction, alarm: Alarm, by: PersonId) -> None:
        """Say what was done about the alarm."""
        self.runs["answer"] += 1
        done = answer_alarm(tx, RULES, alarm_id=alarm.id, by=by, action=Action.NONE_NEEDED)
        assert isinstance(done, AlarmAnswered)

    def be_silent(self, tx: Transaction) -> int:
        """Climb, slowly."""
        self.runs["climb"] += 1
        assert tx.ladders.due(limit=100)
        self._hold(tx)
        return climb(tx, RULES).told

    def take(self, tx: Transaction, case: Case, by: PersonId) -> None:
        """Claim the case."""
        self.runs["claim"] += 1
        assert isinstance(claim(tx, RULES, case_id=case.id, by=by), Case)

    def decide(self, tx: Transaction, case: Case, by: PersonId) -> None:
        """Decide on the case."""
        self.runs["decide"] += 1
        done = decide(
            tx,
            RULES,
            case_id=case.id,
            by=by,
            outcome="duplicate",
            reason="Synthetic.",
            local_action=False,
            to_unit=False,
        )
        assert isinstance(done, Done)

    async def after_it_holds(self) -> None:
        """Until the first one holds its locks."""
        await self._held.wait()

    def _hold(self, tx: Transaction) -> None:
        self._loop.call_soon(self._held.set)
        tx._work.connection.exec_driver_sql("SELECT pg_sleep(0.2)")


@pytest.mark.parametrize("act", ["take", "decide"])
@pytest.mark.parametrize(("first", "ticks_at", "at"), [("ring", [13], 25), ("be_silent", [13, 25], 30)])
async def test_whoever_acts_on_a_case_waits_for_its_clock_and_never_in_a_ring(
    store: Store, clock: SettableClock, *, first: str, ticks_at: list[int], at: int, act: str
) -> None:
    officer = await store.write(a_person, on_duty=True)
    await store.write(a_person, roles=[Role.HEAD])
    case = await store.write(a_case)
    begun = clock.at
    for hours in ticks_at:
        clock.at = begun + timedelta(hours=hours)
        assert (await store.write(tick, RULES)).milestones == 1
    clock.at = begun + timedelta(hours=at)
    overlap = Overlap(store)

    ringing = asyncio.ensure_future(store.write(getattr(overlap, first)))
    holds = asyncio.ensure_future(overlap.after_it_holds())
    await asyncio.wait({holds, ringing}, return_when=asyncio.FIRST_COMPLETED)
    assert holds.done(), ringing.exception()
    await store.write(getattr(overlap, act), case, officer.id)
    await ringing

    assert set(overlap.runs.values()) == {1}
    kinds = Counter(event.kind for event in await store.read(lambda tx: tx.cases.timeline(case.id)))
    assert kinds[EventKind.ESCALATED] + kinds[EventKind.CLIMBED] == len(ticks_at) + 1


async def test_whoever_acts_on_a_case_never_waits_in_a_ring_for_a_recount_or_an_answer(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(lambda tx: a_case(tx, acute=True))
    police = ClockPolicyId("police_clear")
    await store.write(lambda tx: start_clock(tx, RULES, police, wakes=False, case_id=case.id))
    clock.advance(timedelta(hours=1))
    [alarm] = await store.read(lambda tx: tx.alarms.of_case(case.id))

    counts = Overlap(store)
    counting = asyncio.ensure_future(store.write(counts.count_anew))
    await counts.after_it_holds()
    await store.write(counts.take, case, officer.id)
    changed = await counting
    answers = Overlap(store)
    taking = asyncio.ensure_future(store.write(answers.take_slowly, case, officer.id))
    await answers.after_it_holds()
    await store.write(answers.answer, alarm, officer.id)
    await taking

    assert changed == 1
    assert {*counts.runs.values(), *answers.runs.values()} == {1}
    clocks = await store.read(lambda tx: tx.clocks.of_case(case.id))
    assert all(each.claimed for each in clocks if each.stopped_at is None)
    assert [each.stopped_at for each in clocks if each.policy_id == "acute_check"] == [clock.at]
