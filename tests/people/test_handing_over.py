"""Handing over the duty: asked for by an officer or by the roster, accepted, or climbing exactly once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

import pytest

from storage.keyring import Keyring
from storage.store import Store, open_store
from storage.transaction import Transaction
from tests.support.builders import a_person, notices, some_rules
from tests.support.stores import MONDAY_MORNING, SettableClock
from triage.audit import Act
from triage.ids import HandoverId, PersonId
from triage.people.duty import take_duty
from triage.people.handing_over import (
    HandedOver,
    Rounded,
    accept,
    end_of_next_day,
    go_round,
    hand_over,
    waits_for,
)
from triage.people.handover import Handover
from triage.people.person import Person, Role
from triage.people.rostering import add_shift, move_shift
from triage.refusals import Reason, Refused

RULES = some_rules()
NINE = MONDAY_MORNING
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


async def given(store: Store, by: Person, *, to: Person | None = None, note: str = "") -> Handover:
    done = await store.write(hand_over, RULES, by=by.id, to=None if to is None else to.id, note=note)
    assert isinstance(done, HandedOver)
    return done.handover


async def told(store: Store) -> list[tuple[str, PersonId | None]]:
    """Every mail that waits to go or went: which text, and to whom."""
    rows = await store.read(notices)
    return [
        (row.notice.removeprefix("notice.handover."), row.person_id)
        for row in rows
        if row.via == "mail" and row.state == "pending" and row.notice.startswith("notice.handover.")
    ]


async def on_duty(store: Store) -> PersonId | None:
    found = await store.read(lambda tx: tx.people.on_duty())
    return None if found is None else found.id


async def go(store: Store) -> Rounded:
    return await store.write(go_round, RULES)


async def test_the_next_officer_reads_and_accepts_and_has_the_duty(store: Store) -> None:
    first, second = await store.write(a_person, on_duty=True), await store.write(a_person)

    handover = await given(store, first, to=second, note="Ring til skolen. 0101011234")
    still = await on_duty(store)
    done = await store.write(accept, by=second.id, handover_id=handover.id)
    late = await store.write(accept, by=second.id, handover_id=handover.id)

    assert still == first.id
    assert isinstance(done, Handover)
    assert (done.accepted_by, await on_duty(store)) == (second.id, second.id)
    assert late == Refused(Reason.SOMEONE_ELSE_WAS_FIRST)
    # What waited to be said is taken back; the store keeps no row that would still go.
    assert await told(store) == []
    entries = await store.read(lambda tx: tx.audit.of_object(handover.id))
    assert [entry.act for entry in entries] == [Act.HANDOVER_ASKED, Act.HANDOVER_ACCEPTED]
    assert "skolen" not in str(entries)
    [kept] = await store.read(lambda tx: tx.duty.last_handovers(limit=5))
    assert kept.note is not None
    assert kept.note.startswith("Ring til skolen.")
    assert "0101011234" not in kept.note


async def test_the_named_officer_is_told_once_and_without_any_word(store: Store) -> None:
    first, second = await store.write(a_person, on_duty=True), await store.write(a_person)

    await given(store, first, to=second, note="Ring til skolen.")

    assert await told(store) == [("waits", second.id)]
    rows = await store.read(notices)
    assert "skolen" not in str([row.payload for row in rows])


async def test_who_cannot_hand_over_is_refused(store: Store) -> None:
    first, other = await store.write(a_person, on_duty=True), await store.write(a_person)
    head = await store.write(a_person, roles=[Role.HEAD])
    tries = ((other, None), (head, None), (first, first), (first, head))

    answers = [
        await store.write(hand_over, RULES, by=by.id, to=None if to is None else to.id, note="")
        for by, to in tries
    ]

    assert answers == [
        Refused(Reason.NOT_ON_DUTY),
        Refused(Reason.NOT_ALLOWED),
        Refused(Reason.SAME_PERSON),
        Refused(Reason.NO_DUTY_OFFICER),
    ]


async def test_words_that_are_too_long_are_refused_and_nothing_is_asked(store: Store) -> None:
    first = await store.write(a_person, on_duty=True)

    done = await store.write(hand_over, RULES, by=first.id, to=None, note="x" * 8001)

    assert done == Refused(Reason.TOO_LONG)
    assert await store.read(lambda tx: list(tx.duty.last_handovers(limit=1))) == []


async def test_only_another_officer_accepts(store: Store) -> None:
    first, head = await store.write(a_person, on_duty=True), await store.write(a_person, roles=[Role.HEAD])
    handover = await given(store, first)

    answers = [
        await store.write(accept, by=first.id, handover_id=handover.id),
        await store.write(accept, by=head.id, handover_id=handover.id),
        await store.write(accept, by=first.id, handover_id=HandoverId(first.id)),
    ]

    assert answers == [Refused(Reason.SAME_PERSON), Refused(Reason.NOT_ALLOWED), Refused(Reason.NOT_FOUND)]
    assert [await store.read(waits_for, by=each.id) for each in (first, head)] == [False, False]
    assert await store.read(waits_for, by=(await store.write(a_person)).id)


async def test_a_note_is_erased_once_two_later_handovers_have_come(store: Store) -> None:
    first = await store.write(a_person, on_duty=True)
    notes: list[list[str | None]] = []
    last: Sequence[Handover] = []
    for number in range(3):
        await given(store, first, note=f"Note {number}")
        last = await store.read(lambda tx: tx.duty.last_handovers(limit=9))
        notes.append([each.note for each in last])

    assert notes == [["Note 0"], ["Note 1", "Note 0"], ["Note 2", "Note 1", None]]
    assert [each.waits for each in last] == [True, False, False]


async def test_nobody_accepts_and_it_climbs_to_head_and_chair_in_staffed_time_only(
    store: Store, clock: SettableClock
) -> None:
    head, chair = (
        await store.write(a_person, roles=[Role.HEAD]),
        await store.write(a_person, roles=[Role.CHAIR]),
    )
    first = await store.write(a_person, on_duty=True)
    clock.at = NINE + 6 * HOUR + 50 * MINUTE
    handover = await given(store, first)
    steps = []
    for after in (9 * MINUTE, 10 * HOUR, DAY - 6 * HOUR - 31 * MINUTE, DAY - 6 * HOUR - 30 * MINUTE):
        clock.at = NINE + 6 * HOUR + after if after < HOUR else NINE + after
        steps.append((await go(store)).climbed)
    # 15.50 to 16 are ten minutes; the other twenty are over at 8.20.
    clock.at = NINE + DAY - HOUR + 20 * MINUTE
    steps.append((await go(store)).climbed)
    first_told = await told(store)
    clock.at += 30 * MINUTE
    steps += [(await go(store)).climbed, (await go(store)).climbed]
    clock.at += DAY
    steps.append((await go(store)).climbed)

    assert steps == [0, 0, 0, 0, 1, 1, 0, 0]
    assert first_told == [("not_accepted", head.id)]
    assert await told(store) == [("not_accepted", head.id), ("not_accepted", chair.id)]
    entries = await store.read(lambda tx: tx.audit.of_object(handover.id))
    assert [entry.facts.get("meant_for") for entry in entries[1:]] == ["head", "chair"]


@pytest.fixture
async def replicas(
    store: Store, database_url: str, clock: SettableClock, keyring: Keyring
) -> AsyncIterator[list[Store]]:
    """Two equal processes on PostgreSQL; on SQLite, which has one process only, two loops of it."""
    if database_url.startswith("sqlite"):
        yield [store, store]
        return
    other = open_store(database_url, clock=clock, keyring=keyring)
    await other.open()
    yield [store, other]
    await other.close()


async def test_replicas_that_go_round_together_let_it_climb_exactly_once(
    replicas: list[Store], clock: SettableClock
) -> None:
    store = replicas[0]
    head, chair = (
        await store.write(a_person, roles=[Role.HEAD]),
        await store.write(a_person, roles=[Role.CHAIR]),
    )
    first = await store.write(a_person, on_duty=True)
    await given(store, first)
    climbed = []
    for _ in range(4):
        clock.advance(30 * MINUTE)
        rounds = await asyncio.gather(*(go(each) for each in replicas * 3))
        climbed.append(sum(each.climbed for each in rounds))

    assert climbed == [1, 1, 0, 0]
    assert await told(store) == [("not_accepted", head.id), ("not_accepted", chair.id)]


async def shifts(store: Store, *people: Person, start: int = 0) -> None:
    """A staffed day for each, the first on Monday."""
    head = await store.write(a_person, roles=[Role.HEAD])
    for day, who in enumerate(people):
        begins = NINE + day * DAY - HOUR + start * HOUR
        await store.write(add_shift, by=head.id, person_id=who.id, start=begins, end=begins + 8 * HOUR)


async def test_a_shift_that_begins_asks_for_a_handover_once_on_all_replicas(
    replicas: list[Store], clock: SettableClock
) -> None:
    store = replicas[0]
    first, second = await store.write(a_person), await store.write(a_person)
    await shifts(store, first, second, second)
    asked = []
    for at in (NINE, NINE + DAY - HOUR, NINE + DAY, NINE + 2 * DAY):
        clock.at = at
        rounds = await asyncio.gather(*(go(each) for each in replicas * 2))
        asked.append(sum(each.asked for each in rounds))

    # Nobody came before the first shift, and the third is the same officer's.
    assert asked == [0, 1, 0, 0]
    assert min(await told(store), key=str) == ("asked", first.id)
    assert ("waits", second.id) in await told(store)
    [handover] = await store.read(lambda tx: tx.duty.last_handovers(limit=5))
    assert (handover.from_id, handover.to_id, handover.note) == (first.id, second.id, None)


async def test_an_officer_who_was_asked_may_still_write_a_note_once_the_shift_is_over(
    store: Store, clock: SettableClock
) -> None:
    first, second = await store.write(a_person), await store.write(a_person)
    await shifts(store, first, second)
    clock.at = NINE
    await go(store)
    clock.at = NINE + DAY
    await go(store)

    handover = await given(store, first, note="Ring til skolen.")

    assert handover.to_id == second.id
    last = await store.read(lambda tx: tx.duty.last_handovers(limit=5))
    assert [(each.waits, each.note) for each in last] == [(True, "Ring til skolen."), (False, None)]
    assert ("waits", second.id) in await told(store)


async def test_who_handed_over_before_the_shift_ended_is_not_asked_again(
    store: Store, clock: SettableClock
) -> None:
    first, second = await store.write(a_person), await store.write(a_person)
    await shifts(store, first, second)
    clock.at = NINE
    await go(store)
    clock.at = NINE + 6 * HOUR
    handover = await given(store, first, note="Ring til skolen.")
    clock.at = NINE + DAY - HOUR

    assert (await go(store)).asked == 0
    assert ("asked", first.id) not in await told(store)
    assert ("waits", second.id) in await told(store)
    assert await store.read(lambda tx: [each.id for each in tx.duty.waiting_handovers()]) == [handover.id]


async def test_one_in_whose_place_another_has_come_is_not_accepted(store: Store) -> None:
    first, second = await store.write(a_person, on_duty=True), await store.write(a_person)
    old = await given(store, first, note="Note 1")
    new = await given(store, first, note="Note 2")

    answers = [await store.write(accept, by=second.id, handover_id=each.id) for each in (old, new)]

    assert answers[0] == Refused(Reason.OVERTAKEN)
    assert isinstance(answers[1], Handover)


async def test_a_shift_that_is_put_off_asks_again_when_it_begins(store: Store, clock: SettableClock) -> None:
    first, second = await store.write(a_person), await store.write(a_person)
    await shifts(store, first, second)
    head = await store.write(a_person, roles=[Role.HEAD])
    clock.at = NINE
    await go(store)
    clock.at = NINE + DAY - HOUR
    asked = [(await go(store)).asked]
    [_, late] = (await store.read(lambda tx: tx.duty.roster(NINE - HOUR, NINE + 2 * DAY))).shifts
    start = NINE + 2 * DAY
    await store.write(
        move_shift,
        RULES,
        by=head.id,
        shift_id=late.id,
        person_id=second.id,
        start=start,
        end=start + 4 * HOUR,
    )
    [waiting] = await store.read(lambda tx: tx.duty.waiting_handovers())
    await store.write(accept, by=second.id, handover_id=waiting.id)
    await store.write(take_duty, by=first.id)
    for at in (NINE + DAY, start, start + HOUR):
        clock.at = at
        asked.append((await go(store)).asked)

    assert asked == [1, 0, 1, 0]


async def test_a_running_shift_that_is_given_to_another_asks_for_a_handover_at_once(
    store: Store, clock: SettableClock
) -> None:
    first, second = await store.write(a_person), await store.write(a_person)
    await shifts(store, first)
    head = await store.write(a_person, roles=[Role.HEAD])
    clock.at = NINE
    await go(store)
    [shift] = (await store.read(lambda tx: tx.duty.roster(tx.now, tx.now))).shifts

    async def move(to: Person, end: datetime) -> None:
        await store.write(
            move_shift,
            RULES,
            by=head.id,
            shift_id=shift.id,
            person_id=to.id,
            start=shift.start,
            end=end,
        )

    await move(first, shift.end + HOUR)
    longer = await told(store)
    await move(second, shift.end)

    assert longer == []
    assert await told(store) == [("asked", first.id), ("waits", second.id)]
    [handover] = await store.read(lambda tx: tx.duty.last_handovers(limit=5))
    assert (handover.from_id, handover.to_id, handover.waits) == (first.id, second.id, True)
    assert (await go(store)).asked == 0


async def test_a_shift_that_was_over_before_anybody_looked_asks_nothing(
    store: Store, clock: SettableClock
) -> None:
    first, second = await store.write(a_person), await store.write(a_person)
    await shifts(store, first, second)
    clock.at = NINE + 5 * DAY

    assert (await go(store)).asked == 0
    assert await told(store) == []


@pytest.mark.parametrize(
    ("hours", "expected"),
    [(0, "Tue 16"), (7, "Tue 16"), (12, "Tue 16"), (4 * 24, "Mon 16"), (5 * 24, "Mon 16"), (-2, "Mon 16")],
)
def test_the_next_staffed_day_ends_when_whoever_takes_over_goes_home(hours: int, expected: str) -> None:
    until = end_of_next_day(RULES.calendar, NINE + hours * HOUR)

    assert f"{RULES.calendar.local(until):%a %H}" == expected


async def test_the_worker_s_query_uses_its_index(store: Store) -> None:
    def plans(tx: Transaction) -> list[str]:
        sqlite = tx._work.connection.dialect.name == "sqlite"
        queries = {
            "handovers": "climbs_at IS NOT NULL AND climbs_at <= 5 ORDER BY climbs_at",
            "shifts": "NOT begun AND starts_at <= 5 ORDER BY starts_at",
        }
        explain = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN "
        found = []
        if not sqlite:
            tx._work.connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        for table, asked in queries.items():
            query = f"{explain}SELECT * FROM {table} WHERE {asked} LIMIT 5"  # noqa: S608 - no value of anybody in it
            rows = tx._work.connection.exec_driver_sql(query).all()
            found.append(" ".join(str(row) for row in rows))
        return found

    climbs, begun = await store.read(plans)

    assert "ix_handovers_climbs" in climbs
    assert "ix_shifts_not_begun" in begun
