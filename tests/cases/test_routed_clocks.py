"""A notice about a clock that no channel takes: the next rung can say that it has it, unless somebody has."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from storage.store import Store
from storage.tables import outbox
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, some_rules
from tests.support.stores import SettableClock
from triage.clocks.keep import tick
from triage.ids import OutboxId, PersonId
from triage.notices.acknowledge import Acknowledgement, acknowledge
from triage.notices.life import CHECK_AFTER
from triage.notices.notice import clock_topic
from triage.notices.routing import route_on
from triage.people.person import Role

RULES = some_rules()


def _fail(tx: Transaction) -> None:
    """Every row that waits was tried and not taken."""
    for row in tx._work.all(select(outbox.c.id).where(outbox.c.state == "pending")):
        tx.outbox.retry(OutboxId(row.id), not_before=tx.now, error="network")


def _told_of(tx: Transaction, topic: str) -> set[PersonId]:
    rows = tx._work.all(select(outbox.c.person_id).where(outbox.c.topic.startswith(topic)))
    return {PersonId(row.person_id) for row in rows}


@pytest.mark.parametrize("taken", [False, True])
async def test_the_next_rung_can_say_that_it_has_a_clock_and_hears_nothing_of_one_that_somebody_has(
    store: Store, clock: SettableClock, *, taken: bool
) -> None:
    officer = await store.write(a_person, on_duty=True)
    head = await store.write(a_person, roles=[Role.HEAD])
    case = await store.write(a_case)
    [running, *_] = await store.read(lambda tx: tx.clocks.of_case(case.id))
    clock.advance(timedelta(hours=24))
    assert (await store.write(tick, RULES)).milestones > 0
    await store.write(_fail)
    if taken:
        await store.write(lambda tx: acknowledge(tx, RULES, clock_id=running.id, by=officer.id))

    clock.advance(CHECK_AFTER)
    assert await store.write(route_on, RULES) > 0

    told = await store.read(_told_of, clock_topic(running.id))
    assert (head.id in told) is not taken
    said = await store.write(lambda tx: acknowledge(tx, RULES, clock_id=running.id, by=head.id))
    assert isinstance(said, Acknowledgement) is not taken
