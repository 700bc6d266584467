"""What is told of the duty, outside and inside: who reads when, and where nobody will be."""

from __future__ import annotations

from datetime import timedelta

from handlers.dialog.words import when_read, who_sees_it
from storage.store import Store
from storage.transaction import Transaction
from tests.people.test_rostering import DAY, HOUR, NINE, RULES, gone, on_shift, staff
from tests.support.builders import a_person
from tests.support.stores import SettableClock
from triage.people.duty import take_duty
from triage.people.duty_now import who_is_on_duty
from triage.people.outlook import LineKind, gaps_soon, read_outlook
from triage.people.person import Role
from triage.people.rostering import set_deputies
from triage.refusals import Reason, Refused

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
