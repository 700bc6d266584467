"""The line under a clock says who is told next, by whatever comes first."""

from __future__ import annotations

from datetime import timedelta

from admin.ladder_view import LadderLine, ladder_lines
from storage.store import Store
from storage.transaction import Transaction
from tests.cases.climbing import RULES, a_team, local, only
from tests.support.builders import a_conversation
from tests.support.passing import let_pass
from tests.support.stores import SettableClock
from triage.cases.acute import raise_alarm
from triage.clocks.policy import Audience
from triage.ids import PersonId
from triage.notices.ladder import answer_by
from triage.people.person import Role


def raised(tx: Transaction) -> None:
    """One that wakes nobody: its ladder waits for an answer in staffed hours."""
    raise_alarm(tx, RULES, conversation_id=a_conversation(tx).id, trigger="danger_unsure")


def line_of_alarm(tx: Transaction, reader: PersonId) -> LadderLine:
    [alarm] = tx.alarms.waiting(reader=None, limit=2)
    clocks = tx.clocks.of_alarm(alarm.id)
    [line] = ladder_lines(tx, RULES, clocks, by=reader).values()
    return line


async def test_a_step_of_the_clock_that_comes_before_the_time_to_answer_is_over_is_named(
    store: Store, clock: SettableClock
) -> None:
    clock.at = local("4 14:00")
    officer = only(await store.write(a_team), Role.DUTY_OFFICER)
    await store.write(raised)
    await let_pass(store, clock, RULES, until=clock.at + timedelta(minutes=1))

    line = await store.read(line_of_alarm, officer)

    assert (line.rung, line.next, line.next_at) == (
        Audience.DUTY_OFFICER,
        Audience.HEAD,
        local("4 14:30"),
    )
    assert answer_by(RULES, line.rung, since=line.told_at, wakes=False) > local("4 14:30")


async def test_once_the_steps_have_told_theirs_the_ladder_goes_on(store: Store, clock: SettableClock) -> None:
    clock.at = local("4 14:00")
    officer = only(await store.write(a_team), Role.DUTY_OFFICER)
    await store.write(raised)
    await let_pass(store, clock, RULES, until=local("4 15:30"))

    line = await store.read(line_of_alarm, officer)

    assert (line.rung, line.next) == (Audience.CHAIR, Audience.STEERING)
    assert line.next_at == answer_by(RULES, Audience.CHAIR, since=line.told_at, wakes=False)
