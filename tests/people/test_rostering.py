"""Keeping the roster, and what follows from it inside and outside, on both engines."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, some_rules, waiting_notices
from tests.support.stores import MONDAY_MORNING, SettableClock
from triage.audit import Act
from triage.clocks.policy import Audience
from triage.ids import PersonId
from triage.notices.audience import Standing
from triage.people.duty import leave_duty, take_duty
from triage.people.person import Person, PersonState, Role
from triage.people.roster import Absence, Shift
from triage.people.rostering import (
    Overlap,
    add_absence,
    add_pattern,
    add_shift,
    move_shift,
    remove_absence,
    remove_shift,
    set_deputies,
)
from triage.refusals import Reason, Refused

RULES = some_rules()
NINE = MONDAY_MORNING
"""Monday at 9 in Copenhagen, which is 7 in UTC; staffed hours are from 8 to 16."""
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


async def staff(store: Store) -> tuple[Person, Person, Person]:
    """A head, and two officers."""
    head = await store.write(a_person, roles=[Role.HEAD])
    return head, await store.write(a_person), await store.write(a_person)


async def on_shift(store: Store, head: Person, who: Person, start: datetime, end: datetime) -> Shift:
    added = await store.write(add_shift, by=head.id, person_id=who.id, start=start, end=end)
    assert isinstance(added, Shift)
    return added


async def gone(store: Store, head: Person, who: Person, start: datetime, end: datetime) -> Absence:
    added = await store.write(add_absence, by=head.id, person_id=who.id, start=start, end=end)
    assert isinstance(added, Absence)
    return added


async def now(store: Store) -> PersonId | None:
    found = await store.read(lambda tx: tx.people.on_duty())
    return None if found is None else found.id


async def test_the_duty_follows_the_roster_and_a_hand_until_the_next_shift(
    store: Store, clock: SettableClock
) -> None:
    head, first, second = await staff(store)
    await on_shift(store, head, first, NINE + HOUR, NINE + 7 * HOUR)
    await on_shift(store, head, second, NINE + DAY - HOUR, NINE + DAY + 7 * HOUR)
    seen = [await now(store)]
    clock.at = NINE + HOUR
    seen.append(await now(store))
    await store.write(take_duty, by=second.id)
    seen.append(await now(store))
    clock.at = NINE + 2 * HOUR
    await store.write(leave_duty, by=second.id)
    seen.append(await now(store))
    await store.write(leave_duty, by=first.id)
    seen.append(await now(store))
    await store.write(take_duty, by=first.id)
    clock.at = NINE + 12 * HOUR
    seen.append(await now(store))
    clock.at = NINE + DAY
    seen.append(await now(store))

    assert seen == [None, first.id, second.id, first.id, None, first.id, second.id]


async def test_two_shifts_at_once_are_refused_and_the_other_is_named(store: Store) -> None:
    head, first, second = await staff(store)
    there = await on_shift(store, head, first, NINE, NINE + 4 * HOUR)
    other = await on_shift(store, head, second, NINE + 4 * HOUR, NINE + 8 * HOUR)

    met = await store.write(
        add_shift, by=head.id, person_id=second.id, start=NINE - 2 * HOUR, end=NINE + HOUR
    )
    moved = await store.write(
        move_shift,
        RULES,
        by=head.id,
        shift_id=other.id,
        person_id=first.id,
        start=NINE + 3 * HOUR,
        end=NINE + 5 * HOUR,
    )
    later = await store.write(
        move_shift,
        RULES,
        by=head.id,
        shift_id=other.id,
        person_id=first.id,
        start=NINE + 5 * HOUR,
        end=NINE + 9 * HOUR,
    )

    assert (met, moved) == (Overlap(there), Overlap(there))
    assert isinstance(later, Shift)
    assert await store.write(remove_shift, by=head.id, shift_id=there.id) == there
    assert await store.write(remove_shift, by=head.id, shift_id=there.id) == Refused(Reason.NOT_FOUND)
    entries = await store.read(lambda tx: [*tx.audit.of_object(there.id), *tx.audit.of_object(other.id)])
    assert [entry.act for entry in entries] == [
        Act.SHIFT_ADDED,
        Act.SHIFT_REMOVED,
        Act.SHIFT_ADDED,
        Act.SHIFT_MOVED,
    ]
    assert {"Testperson"} & set(str(entries).split()) == set()


async def test_two_who_put_somebody_on_at_once_do_not_both(store: Store) -> None:
    head, first, second = await staff(store)

    done = await asyncio.gather(
        *(
            store.write(
                add_shift,
                by=head.id,
                person_id=each.id,
                start=NINE + offset * HOUR,
                end=NINE + (3 + offset) * HOUR,
            )
            for offset, each in enumerate((first, second))
        )
    )

    assert sorted(type(each).__name__ for each in done) == ["Overlap", "Shift"]


REFUSED_SHIFTS: list[tuple[dict[str, Any], Reason]] = [
    ({"end": NINE}, Reason.ENDS_BEFORE_START),
    ({"start": NINE - 5 * HOUR, "end": NINE}, Reason.IN_THE_PAST),
    ({"end": NINE + 15 * DAY}, Reason.SHIFT_TOO_LONG),
    ({"role": Role.COORDINATOR}, Reason.NO_DUTY_OFFICER),
    ({"state": PersonState.INVITED}, Reason.NO_DUTY_OFFICER),
    ({"by": Role.DUTY_OFFICER}, Reason.NOT_ALLOWED),
    ({"by": Role.COORDINATOR}, Reason.NOT_ALLOWED),
]


async def test_what_cannot_stand_on_the_roster_is_refused(store: Store) -> None:
    for given, reason in REFUSED_SHIFTS:
        by = await store.write(a_person, roles=[given.get("by", Role.HEAD)])
        role, state = given.get("role", Role.DUTY_OFFICER), given.get("state", PersonState.ACTIVE)
        who = await store.write(a_person, roles=[role], state=state)

        done = await store.write(
            add_shift,
            by=by.id,
            person_id=who.id,
            start=given.get("start", NINE),
            end=given.get("end", NINE + HOUR),
        )

        assert (given, done) == (given, Refused(reason))


async def test_a_week_s_pattern_leaves_out_closed_days_and_goes_in_whole_or_not_at_all(store: Store) -> None:
    head, first, second = await staff(store)
    pattern = {0: first.id, 3: second.id}

    added = await store.write(
        add_pattern, RULES, by=head.id, first_day=date(2026, 5, 6), weeks=3, pattern=pattern
    )
    again = await store.write(
        add_pattern, RULES, by=head.id, first_day=date(2026, 5, 18), weeks=2, pattern=pattern
    )

    assert isinstance(added, tuple)
    local = [RULES.calendar.local(each.start) for each in added]
    # Thursday 14 May is Ascension Day; this Monday has begun already.
    assert [f"{each:%a %d %H}" for each in local] == [
        "Mon 04 09",
        "Thu 07 08",
        "Mon 11 08",
        "Mon 18 08",
        "Thu 21 08",
    ]
    assert isinstance(again, Overlap)
    assert again.with_shift.person_id == first.id
    shifts = await store.read(lambda tx: tx.duty.roster(NINE, NINE + 90 * DAY).shifts)
    assert shifts == added


async def test_a_pattern_of_nobody_or_of_too_many_weeks_is_refused(store: Store) -> None:
    head, first, _ = await staff(store)
    answers = [
        await store.write(
            add_pattern, RULES, by=head.id, first_day=date(2026, 5, 6), weeks=weeks, pattern=pattern
        )
        for weeks, pattern in ((0, {0: first.id}), (27, {0: first.id}), (1, {}))
    ]

    assert answers == [
        Refused(Reason.TOO_MANY_WEEKS),
        Refused(Reason.TOO_MANY_WEEKS),
        Refused(Reason.NOTHING_CHOSEN),
    ]


async def test_everybody_speaks_for_their_own_absence_and_the_head_for_all(store: Store) -> None:
    head, first, second = await staff(store)

    own = await store.write(add_absence, by=first.id, person_id=first.id, start=NINE, end=NINE + DAY)
    other = await store.write(add_absence, by=first.id, person_id=second.id, start=NINE, end=NINE + DAY)
    by_head = await gone(store, head, second, NINE, NINE + DAY)

    assert isinstance(own, Absence)
    assert other == Refused(Reason.NOT_ALLOWED)
    assert await store.write(remove_absence, by=first.id, absence_id=by_head.id) == Refused(
        Reason.NOT_ALLOWED
    )
    assert await store.write(remove_absence, by=second.id, absence_id=by_head.id) == by_head
    missing = await store.write(remove_absence, by=head.id, absence_id=own.id)
    assert missing == own
    assert await store.write(remove_absence, by=head.id, absence_id=own.id) == Refused(Reason.NOT_FOUND)
    assert await store.read(lambda tx: list(tx.duty.absences(since=NINE))) == []


async def test_an_absence_that_cannot_be_is_refused(store: Store) -> None:
    head, first, _ = await staff(store)
    spans = ((NINE + HOUR, NINE + HOUR), (NINE - DAY, NINE), (NINE, NINE + 401 * DAY))

    answers = [
        await store.write(add_absence, by=head.id, person_id=first.id, start=start, end=end)
        for start, end in spans
    ]

    assert answers == [
        Refused(Reason.ENDS_BEFORE_START),
        Refused(Reason.IN_THE_PAST),
        Refused(Reason.TOO_LONG_AWAY),
    ]


async def test_a_ring_of_deputies_is_refused(store: Store) -> None:
    head, first, second = await staff(store)

    async def give(who: Person, *deputies: Person, by: Person = head) -> object:
        ids = [each.id for each in deputies]
        return await store.write(set_deputies, by=by.id, person_id=who.id, deputies=ids)

    assert await give(first, second, second, by=first) == (second.id,)
    assert await give(second, head) == (head.id,)
    assert await give(head, first) == Refused(Reason.DEPUTY_RING)
    assert await give(first, first) == Refused(Reason.OWN_DEPUTY)
    assert await give(first, head, by=second) == Refused(Reason.NOT_ALLOWED)
    unknown = await store.write(
        set_deputies, by=head.id, person_id=first.id, deputies=[PersonId(UUID(int=7))]
    )
    assert unknown == Refused(Reason.NOT_FOUND)
    assert await give(first) == ()
    assert await store.read(lambda tx: tx.duty.deputies()) == {second.id: (head.id,)}


async def test_deputies_are_told_in_place_of_whoever_is_away_else_the_ladder_climbs(store: Store) -> None:
    head, first, second = await staff(store)
    chair = await store.write(a_person, roles=[Role.CHAIR])
    await gone(store, head, head, NINE, NINE + DAY)

    def told(tx: Transaction, audience: Audience, assignee: PersonId | None) -> Collection[PersonId]:
        found = Standing(tx, RULES).find(audience, assignee=assignee)
        return [each.id for each in found.people]

    assert await store.read(told, Audience.HEAD, None) == [chair.id]
    await store.write(set_deputies, by=head.id, person_id=head.id, deputies=[second.id])
    assert await store.read(told, Audience.HEAD, None) == [second.id]
    assert await store.read(told, Audience.COORDINATOR, head.id) == [second.id]
    assert await store.read(told, Audience.CHAIR, None) == [chair.id]
    await gone(store, head, second, NINE, NINE + DAY)
    assert await store.read(told, Audience.HEAD, None) == [chair.id]
    assert await store.read(told, Audience.COORDINATOR, first.id) == [first.id]


async def test_whoever_stands_beside_the_ladder_is_stood_in_for_by_its_head(store: Store) -> None:
    officer = await store.write(a_person, on_duty=True)
    holder = await store.write(a_person, roles=[Role.COORDINATOR])

    async def told() -> Collection[PersonId]:
        found = await store.read(lambda tx: Standing(tx, RULES).find(Audience.DPO, assignee=holder.id).people)
        return [each.id for each in found]

    # With nobody above, whoever is further down is better than nobody.
    lowest = await told()
    chair = await store.write(a_person, roles=[Role.CHAIR])
    above = await told()
    head = await store.write(a_person, roles=[Role.HEAD])
    beside = await told()
    dpo = await store.write(a_person, roles=[Role.DPO])

    assert lowest == [officer.id]
    assert (above, beside, await told()) == ([chair.id], [head.id], [dpo.id])


async def test_what_waits_for_the_morning_is_for_whoever_has_the_duty_then(
    store: Store, clock: SettableClock
) -> None:
    head, first, second = await staff(store)
    await on_shift(store, head, first, NINE, NINE + 7 * HOUR)
    await on_shift(store, head, second, NINE + DAY - HOUR, NINE + DAY + 7 * HOUR)
    clock.at = NINE + 12 * HOUR

    await store.write(a_case)
    await store.write(lambda tx: a_case(tx, acute=True))

    told = await store.read(waiting_notices)
    assert (told[0][0], told[0][1]) == ("notice.case_received", second.id)
    # Danger waits for no morning: nobody has the duty, so it climbs.
    assert ("notice.acute_check.nothing_sent", head.id, "mail") in told


async def test_a_deputy_is_told_as_one(store: Store) -> None:
    head, first, second = await staff(store)
    await on_shift(store, head, first, NINE, NINE + DAY)
    await gone(store, head, first, NINE, NINE + DAY)
    await store.write(set_deputies, by=head.id, person_id=first.id, deputies=[second.id])
    await store.write(a_case)

    assert [(who, via) for _, who, via in await store.read(waiting_notices)] == [(second.id, "mail")]
