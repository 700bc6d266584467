"""Keeping the roster, and what follows from it inside and outside, on both engines."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from handlers.dialog.words import when_read, who_sees_it
from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, some_rules, waiting_notices
from tests.support.stores import MONDAY_MORNING, SettableClock
from triage.audit import Act
from triage.clocks.policy import Audience
from triage.ids import PersonId
from triage.notices.audience import find_audience
from triage.people.duty import leave_duty, take_duty
from triage.people.duty_now import who_is_on_duty
from triage.people.outlook import LineKind, gaps_soon, read_outlook
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
        by=head.id,
        shift_id=other.id,
        person_id=first.id,
        start=NINE + 3 * HOUR,
        end=NINE + 5 * HOUR,
    )
    later = await store.write(
        move_shift,
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


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"end": NINE}, Reason.ENDS_BEFORE_START),
        ({"start": NINE - 5 * HOUR, "end": NINE}, Reason.IN_THE_PAST),
        ({"end": NINE + 15 * DAY}, Reason.SHIFT_TOO_LONG),
        ({"role": Role.COORDINATOR}, Reason.NO_DUTY_OFFICER),
        ({"state": PersonState.INVITED}, Reason.NO_DUTY_OFFICER),
        ({"by": Role.DUTY_OFFICER}, Reason.NOT_ALLOWED),
        ({"by": Role.COORDINATOR}, Reason.NOT_ALLOWED),
    ],
)
async def test_what_cannot_stand_on_the_roster_is_refused(
    store: Store, given: dict[str, Any], reason: Reason
) -> None:
    by = await store.write(a_person, roles=[given.get("by", Role.HEAD)])
    who = await store.write(
        a_person, roles=[given.get("role", Role.DUTY_OFFICER)], state=given.get("state", PersonState.ACTIVE)
    )

    done = await store.write(
        add_shift,
        by=by.id,
        person_id=who.id,
        start=given.get("start", NINE),
        end=given.get("end", NINE + HOUR),
    )

    assert done == Refused(reason)


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


@pytest.mark.parametrize(
    ("weeks", "pattern", "reason"),
    [(0, True, Reason.TOO_MANY_WEEKS), (27, True, Reason.TOO_MANY_WEEKS), (1, False, Reason.NOTHING_CHOSEN)],
)
async def test_a_pattern_of_nobody_or_of_too_many_weeks_is_refused(
    store: Store, *, weeks: int, pattern: bool, reason: Reason
) -> None:
    head, first, _ = await staff(store)

    done = await store.write(
        add_pattern,
        RULES,
        by=head.id,
        first_day=date(2026, 5, 6),
        weeks=weeks,
        pattern={0: first.id} if pattern else {},
    )

    assert done == Refused(reason)


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


@pytest.mark.parametrize(
    ("start", "end", "reason"),
    [
        (NINE + HOUR, NINE + HOUR, Reason.ENDS_BEFORE_START),
        (NINE - DAY, NINE, Reason.IN_THE_PAST),
        (NINE, NINE + 401 * DAY, Reason.TOO_LONG_AWAY),
    ],
)
async def test_an_absence_that_cannot_be_is_refused(
    store: Store, start: datetime, end: datetime, reason: Reason
) -> None:
    head, first, _ = await staff(store)

    done = await store.write(add_absence, by=head.id, person_id=first.id, start=start, end=end)

    assert done == Refused(reason)


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
        found = find_audience(tx, RULES, audience, assignee=assignee)
        return [each.id for each in found.people]

    assert await store.read(told, Audience.HEAD, None) == [chair.id]
    await store.write(set_deputies, by=head.id, person_id=head.id, deputies=[second.id])
    assert await store.read(told, Audience.HEAD, None) == [second.id]
    assert await store.read(told, Audience.COORDINATOR, head.id) == [second.id]
    assert await store.read(told, Audience.CHAIR, None) == [chair.id]
    await gone(store, head, second, NINE, NINE + DAY)
    assert await store.read(told, Audience.HEAD, None) == [chair.id]
    assert await store.read(told, Audience.COORDINATOR, first.id) == [first.id]


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


SAYS = [
    # (hours after Monday at 9; who reads; who sees an alarm that wakes; one that does not)
    (0, "staffed", "told", "told"),
    (2.5, "earliest Mon 13", "later Mon 13", "later Mon 13"),
    (10, "earliest Tue 08", "nobody_tonight Tue 08", "nobody_tonight Tue 08"),
    (25, "earliest Wed 10", "later Wed 10", "later Wed 10"),
    (49, "staffed", "told", "told"),
    (60, "no_one_on_duty", "no_one_on_duty", "no_one_on_duty"),
]


async def test_what_reporters_are_told_follows_the_roster_in_its_gaps_too(
    store: Store, clock: SettableClock
) -> None:
    head, first, second = await staff(store)
    await on_shift(store, head, first, NINE, NINE + 2 * HOUR)
    await on_shift(store, head, first, NINE + 4 * HOUR, NINE + 7 * HOUR)
    await on_shift(store, head, second, NINE + DAY - HOUR, NINE + DAY)
    await on_shift(store, head, first, NINE + 2 * DAY + HOUR, NINE + 2 * DAY + 3 * HOUR)
    said = []
    for hours, *_ in SAYS:
        clock.at = NINE + timedelta(hours=hours)
        said.append((hours, *await store.read(_told_outside)))

    assert said == SAYS


def _told_outside(tx: Transaction) -> list[str]:
    duty = who_is_on_duty(tx, RULES)
    sentences = [
        when_read(duty, now=tx.now),
        *(who_sees_it(RULES.calendar, duty, now=tx.now, wakes=wakes) for wakes in (True, False)),
    ]
    opens = duty.reads_from
    at = "" if opens is None or opens <= tx.now else f" {RULES.calendar.local(opens):%a %H}"
    return [f"{each.key.rpartition('.')[2]}{at}" for each in sentences]


async def test_nobody_there_in_staffed_hours_is_missing_and_at_night_is_not(
    store: Store, clock: SettableClock
) -> None:
    head, first, _ = await staff(store)
    await on_shift(store, head, first, NINE, NINE + 2 * HOUR)
    seen = []
    for hours in (0, 3, 12):
        clock.at = NINE + hours * HOUR
        duty = await store.read(who_is_on_duty, RULES)
        seen.append((duty.person, duty.is_missing))

    assert seen == [(first, False), (None, True), (None, False)]


async def test_the_weeks_ahead_show_shifts_deputies_and_gaps_day_by_day(store: Store) -> None:
    head, first, second = await staff(store)
    await on_shift(store, head, first, NINE + DAY - HOUR, NINE + DAY + 7 * HOUR)
    await gone(store, head, first, NINE + DAY + HOUR, NINE + DAY + 3 * HOUR)
    await store.write(set_deputies, by=head.id, person_id=first.id, deputies=[second.id])
    await gone(store, head, second, NINE + DAY + 2 * HOUR, NINE + DAY + 3 * HOUR)

    outlook = await store.read(read_outlook, RULES, by=head.id)

    assert not isinstance(outlook, Refused)
    lines = [
        (line.kind, f"{RULES.calendar.local(line.start):%a %H}-{RULES.calendar.local(line.end):%H}")
        for day in outlook.days[:3]
        for line in day.lines
    ]
    assert lines == [
        (LineKind.GAP, "Mon 09-16"),
        (LineKind.SHIFT, "Tue 08-16"),
        (LineKind.DEPUTY, "Tue 10-11"),
        (LineKind.GAP, "Tue 11-12"),
        (LineKind.GAP, "Wed 08-16"),
    ]
    assert outlook.gaps[1].absent == first.id
    assert len(outlook.gaps) > 25
    soon = await store.read(gaps_soon, RULES, by=head.id)
    # Ten working days but for Ascension Day, and one with two gaps.
    assert [each.start for each in soon] == [each.start for each in outlook.gaps[: len(soon)]]
    assert soon[-1].start < NINE + 14 * DAY <= outlook.gaps[len(soon)].end + DAY
    assert await store.read(gaps_soon, RULES, by=first.id) == ()
    planner = await store.write(a_person, roles=[Role.ACTIVITY_PLANNER])
    assert await store.read(read_outlook, RULES, by=planner.id) == Refused(Reason.NOT_ALLOWED)


async def test_a_house_without_a_roster_has_no_gaps_and_one_taken_by_hand_covers_today_only(
    store: Store, clock: SettableClock
) -> None:
    head, first, second = await staff(store)
    assert await store.read(gaps_soon, RULES, by=head.id) == ()
    await on_shift(store, head, first, NINE, NINE + 2 * HOUR)
    clock.at = NINE + 3 * HOUR
    await store.write(take_duty, by=second.id)

    soon = await store.read(gaps_soon, RULES, by=head.id)

    assert soon[0].start == NINE + DAY - HOUR
