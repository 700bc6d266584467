"""Who has the duty at an instant: a table, properties over any roster, and gaps over odd weeks."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.clocks.builders import COPENHAGEN, NO_HOURS, OFFICE_CALENDAR
from triage.ids import AbsenceId, PersonId, ShiftId
from triage.people.person import Person, PersonState, Role
from triage.people.roster import (
    Absence,
    Hand,
    How,
    Roster,
    Shift,
    candidates,
    closes_ring,
    on_duty_at,
    planned,
    stretches,
)

MONDAY = datetime(2026, 5, 4, tzinfo=UTC)
A, B, C, D, OUT = (PersonId(UUID(int=number)) for number in range(1, 6))
NAMES = {A: "A", B: "B", C: "C", D: "D", OUT: "out"}


def at(text: str) -> datetime:
    """Such as `mon 09:30`, in UTC."""
    day, _, time = text.partition(" ")
    hours, minutes = time.split(":")
    days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].index(day)
    return MONDAY + timedelta(days=days, hours=int(hours), minutes=int(minutes))


def person(person_id: PersonId) -> Person:
    gone = person_id == OUT
    return Person(
        id=person_id,
        name=NAMES.get(person_id, "somebody"),
        email=f"{person_id.int}@example.org",
        roles=frozenset({Role.DUTY_OFFICER}),
        language="en",
        state=PersonState.DISABLED if gone else PersonState.ACTIVE,
        created_at=MONDAY,
    )


def shift(person_id: PersonId, start: datetime, end: datetime) -> Shift:
    return Shift(id=ShiftId(UUID(int=hash(start) % 2**64)), person_id=person_id, start=start, end=end)


def away(person_id: PersonId, start: str, end: str) -> Absence:
    return Absence(id=AbsenceId(UUID(int=1)), person_id=person_id, start=at(start), end=at(end))


WEEK = (
    shift(A, at("mon 06:00"), at("mon 14:00")),
    shift(B, at("tue 06:00"), at("tue 14:00")),
    shift(A, at("tue 14:00"), at("tue 20:00")),
    shift(OUT, at("thu 06:00"), at("thu 14:00")),
)


def taken(person_id: PersonId, when: str) -> Hand:
    return Hand(at=at(when), person_id=person_id)


@pytest.mark.parametrize(
    ("roster", "now", "expected"),
    [
        pytest.param(Roster(), "mon 09:00", None, id="nobody on an empty roster"),
        pytest.param(
            Roster(hand=taken(A, "mon 09:00")), "sun 09:00", "A hand", id="without one by hand for good"
        ),
        pytest.param(Roster(shifts=WEEK), "mon 05:59", None, id="nobody before the first shift"),
        pytest.param(Roster(shifts=WEEK), "mon 06:00", "A roster", id="a shift's first instant is its own"),
        pytest.param(Roster(shifts=WEEK), "mon 14:00", None, id="its last instant is not"),
        pytest.param(Roster(shifts=WEEK), "tue 14:00", "A roster", id="the next one's where they meet"),
        pytest.param(
            Roster(shifts=WEEK, hand=taken(C, "mon 09:00")), "mon 10:00", "C hand", id="taken amid it"
        ),
        pytest.param(
            Roster(shifts=WEEK, hand=taken(C, "mon 09:00")), "mon 22:00", "C hand", id="over night too"
        ),
        pytest.param(
            Roster(shifts=WEEK, hand=taken(C, "mon 09:00")), "tue 06:00", "B roster", id="roster again"
        ),
        pytest.param(
            Roster(shifts=WEEK, hand=taken(C, "mon 09:00")), "mon 08:59", "A roster", id="not before"
        ),
        pytest.param(
            Roster(shifts=WEEK, hand=taken(OUT, "mon 09:00")), "mon 10:00", "A roster", id="shut out"
        ),
        pytest.param(
            Roster(shifts=WEEK, hand=Hand(at=at("mon 09:00"), left=frozenset({A}))),
            "mon 10:00",
            None,
            id="left by hand",
        ),
        pytest.param(
            Roster(shifts=WEEK, hand=Hand(at=at("mon 09:00"), left=frozenset({A})), deputies={A: (B,)}),
            "mon 10:00",
            "B deputy for A",
            id="left to the deputy",
        ),
        pytest.param(
            Roster(shifts=WEEK, hand=Hand(at=at("mon 09:00"), left=frozenset({A}))),
            "tue 14:00",
            "A roster",
            id="who left comes back with the next shift",
        ),
        pytest.param(
            Roster(shifts=WEEK, absences=(away(A, "mon 09:00", "mon 12:00"),)),
            "mon 10:00",
            None,
            id="away without a deputy",
        ),
        pytest.param(
            Roster(shifts=WEEK, absences=(away(A, "mon 09:00", "mon 12:00"),), deputies={A: (B, C)}),
            "mon 10:00",
            "B deputy for A",
            id="the first deputy",
        ),
        pytest.param(
            Roster(
                shifts=WEEK,
                absences=(away(A, "mon 09:00", "mon 12:00"), away(B, "mon 09:00", "mon 12:00")),
                deputies={A: (B, C)},
            ),
            "mon 10:00",
            "C deputy for A",
            id="the second where the first is away",
        ),
        pytest.param(
            Roster(
                shifts=WEEK,
                absences=(away(A, "mon 09:00", "mon 12:00"), away(B, "mon 09:00", "mon 12:00")),
                deputies={A: (B, C), B: (D,)},
            ),
            "mon 10:00",
            "D deputy for A",
            id="the first one's own deputy before the second",
        ),
        pytest.param(
            Roster(shifts=WEEK, absences=(away(A, "mon 09:00", "mon 12:00"),), deputies={A: (OUT, C)}),
            "mon 10:00",
            "C deputy for A",
            id="no deputy who was shut out",
        ),
        pytest.param(
            Roster(shifts=WEEK, absences=(away(A, "mon 09:00", "mon 12:00"),), deputies={A: (B,)}),
            "mon 12:00",
            "A roster",
            id="back",
        ),
        pytest.param(
            Roster(shifts=WEEK, absences=(away(A, "mon 05:00", "mon 18:00"),), hand=taken(A, "mon 09:00")),
            "mon 10:00",
            "A hand",
            id="who takes it in an absence is back from it",
        ),
        pytest.param(
            Roster(
                absences=(away(A, "tue 05:00", "tue 18:00"),), hand=taken(A, "mon 09:00"), deputies={A: (B,)}
            ),
            "tue 10:00",
            "B deputy for A",
            id="by hand, and away later",
        ),
        pytest.param(Roster(shifts=WEEK), "thu 10:00", None, id="a shift of somebody shut out"),
        pytest.param(
            Roster(shifts=WEEK, deputies={OUT: (C,)}), "thu 10:00", "C deputy for out", id="their deputy"
        ),
    ],
)
def test_the_table_of_now_and_who(roster: Roster, now: str, expected: str | None) -> None:
    found = on_duty_at(roster, at(now), person)

    said = None
    if found is not None:
        instead = "" if found.instead_of is None else f" for {NAMES[found.instead_of]}"
        said = f"{found.person.name} {found.how}{instead}"
    assert said == expected


PEOPLE = st.sampled_from([A, B, C, D])
HOURS = st.integers(0, 200)


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    edges = sorted(draw(st.sets(HOURS, max_size=10)))
    shifts = [
        shift(draw(PEOPLE), MONDAY + timedelta(hours=begins), MONDAY + timedelta(hours=ends))
        for begins, ends in itertools.pairwise(edges)
        if draw(st.booleans())
    ]
    absences = [
        Absence(
            id=AbsenceId(UUID(int=number)),
            person_id=draw(PEOPLE),
            start=MONDAY + timedelta(hours=begins),
            end=MONDAY + timedelta(hours=begins + draw(st.integers(1, 60))),
        )
        for number, begins in enumerate(draw(st.lists(HOURS, max_size=6)))
    ]
    deputies = {each: tuple(draw(st.lists(PEOPLE, unique=True, max_size=3))) for each in (A, B, C, D)}
    hand = draw(
        st.none()
        | st.builds(Hand, at=HOURS.map(lambda each: MONDAY + timedelta(hours=each)), person_id=PEOPLE)
    )
    return Roster(shifts=tuple(shifts), absences=tuple(absences), deputies=deputies, hand=hand)


@given(rosters(), HOURS)
def test_whoever_has_the_duty_was_named_and_is_there(roster: Roster, hours: int) -> None:
    now = MONDAY + timedelta(hours=hours)
    found, running, hand = on_duty_at(roster, now, person), roster.shift_at(now), roster.hand_at(now)
    named = [*candidates(roster, now)]

    # Each is named once for each one whom they stand in for, and the first one has it.
    assert (found is None) is (not named)
    if found is None:
        assert hand is None or roster.is_absent(hand.person_id or A, now)
        assert running is None or roster.is_absent(running.person_id, now)
        return
    assert found.person.id == named[0].person_id
    match found.how:
        case How.HAND:
            assert hand is not None
            assert hand.person_id == found.person.id
            assert running is None or running.start <= hand.at
        case How.ROSTER:
            assert running is not None
            assert running.person_id == found.person.id
            assert not roster.is_absent(found.person.id, now)
        case How.DEPUTY:
            assert found.instead_of is not None
            assert roster.is_absent(found.instead_of, now)
            assert not roster.is_absent(found.person.id, now)


@given(rosters())
def test_stretches_cover_the_staffed_hours_once_and_say_who_is_there_at_each_instant(roster: Roster) -> None:
    start, end = MONDAY, MONDAY + timedelta(days=9)
    found = list(stretches(roster, OFFICE_CALENDAR, start=start, end=end, find=person))

    assert sum((each.end - each.start for each in found), timedelta()) == OFFICE_CALENDAR.staffed_between(
        start, end
    )
    assert all(earlier.end <= later.start for earlier, later in itertools.pairwise(found))
    for each in found:
        for instant in (each.start, each.end - timedelta(microseconds=1)):
            assert on_duty_at(roster, instant, person) == each.on_duty


def gaps(roster: Roster, first: datetime, last: datetime) -> list[str]:
    found = stretches(planned(roster), OFFICE_CALENDAR, start=first, end=last, find=person)
    return [
        f"{each.start.astimezone(COPENHAGEN):%a %d %H:%M}-{each.end.astimezone(COPENHAGEN):%H:%M}"
        for each in found
        if each.on_duty is None
    ]


def test_gaps_of_the_week_in_which_summer_time_ends_are_those_of_the_wall_clock() -> None:
    # Friday and Monday from 8 to 16 in Copenhagen lie an hour apart in UTC.
    friday, monday = datetime(2026, 10, 23, 6, tzinfo=UTC), datetime(2026, 10, 26, 7, tzinfo=UTC)
    roster = Roster(
        shifts=(
            shift(A, friday, friday + timedelta(hours=8)),
            shift(B, monday + timedelta(hours=1), monday + timedelta(hours=9)),
        )
    )

    found = gaps(roster, friday - timedelta(hours=6), monday + timedelta(days=2))

    assert found == ["Mon 26 08:00-09:00", "Tue 27 08:00-16:00"]


def test_closed_days_of_a_holiday_week_are_no_gaps() -> None:
    first = datetime(2026, 3, 30, tzinfo=UTC)

    assert gaps(Roster(), first, first + timedelta(days=9)) == [
        "Mon 30 08:00-16:00",
        "Tue 31 08:00-16:00",
        "Wed 01 08:00-16:00",
        "Tue 07 08:00-16:00",
    ]
    assert list(stretches(Roster(), NO_HOURS, start=first, end=first + timedelta(days=9), find=person)) == []


@pytest.mark.parametrize(
    ("deputies", "expected"),
    [
        ({A: (B,)}, False),
        ({A: (B,), B: (A,)}, True),
        ({A: (D, B), B: (C,), C: (A,)}, True),
        ({A: (B,), B: (C,), C: (B,)}, False),
    ],
)
def test_a_way_of_deputies_that_leads_back_is_a_ring(
    deputies: dict[PersonId, tuple[PersonId, ...]], *, expected: bool
) -> None:
    assert closes_ring(deputies, A) is expected
