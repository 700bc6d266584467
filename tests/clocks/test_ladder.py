"""The rules of the ladder, without a store: until when an answer is waited for, and what waits while it is quiet."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from tests.cases.climbing import RULES, local
from triage.clocks.calendar import Calendar, OpeningHours
from triage.clocks.clock import Clock, Due
from triage.clocks.policy import BEFORE_CLOSING, BREACHED, UNANSWERED, Audience
from triage.ids import CaseId, ClockId, ClockPolicyId, PersonId
from triage.notices.ladder import (
    Heard,
    Ladder,
    acknowledged,
    answer_by,
    ended,
    held,
    held_back,
    quiet_over,
    told,
)

CLOCK = Clock(
    id=ClockId(UUID(int=1)),
    policy_id=ClockPolicyId("triage48"),
    policy_version=1,
    case_id=CaseId(UUID(int=2)),
    started_at=local("4 09:00"),
    anchor_at=local("4 09:00"),
    due_at=local("6 09:00"),
    wakes=False,
)
WAKING = replace(CLOCK, wakes=True)
OFFICER, HEAD, CHAIR = (PersonId(UUID(int=number)) for number in (11, 12, 13))


def heard(person: PersonId, rung: Audience, at: str) -> Heard:
    return Heard(person=person, rung=rung, at=local(at))


def of_officer(at: str = "5 08:00") -> Ladder:
    """The officer on duty was told at this time."""
    made = told(None, RULES, CLOCK, [heard(OFFICER, Audience.DUTY_OFFICER, at)], now=local(at))
    assert made is not None
    return made


@pytest.mark.parametrize(
    ("since", "wakes", "expected"),
    [
        ("5 08:00", False, "5 12:00"),
        ("5 11:30", False, "5 15:30"),
        ("5 12:00", False, "6 08:00"),
        ("5 14:00", False, "6 10:00"),
        ("5 20:00", False, "6 12:00"),
        ("8 14:00", False, "11 10:00"),
        ("13 15:00", False, "15 11:00"),
        ("5 23:50", True, "6 00:20"),
        ("9 03:00", True, "9 03:30"),
    ],
)
def test_an_answer_is_waited_for_in_staffed_hours_or_thirty_minutes(
    since: str, *, wakes: bool, expected: str
) -> None:
    assert answer_by(RULES, Audience.HEAD, since=local(since), wakes=wakes) == local(expected)


def test_where_nobody_is_ever_at_work_the_hours_run_through_the_night() -> None:
    shut = Calendar(zone=RULES.calendar.zone, staffed=OpeningHours())
    rules = replace(RULES, calendar=shut)

    assert answer_by(rules, Audience.HEAD, since=local("5 22:00"), wakes=False) == local("6 02:00")


def test_being_told_again_gives_nobody_more_time_and_a_higher_rung_has_its_own() -> None:
    first = of_officer()
    again = told(
        first, RULES, CLOCK, [heard(OFFICER, Audience.DUTY_OFFICER, "5 09:00")], now=local("5 09:00")
    )
    higher = told(again, RULES, CLOCK, [heard(HEAD, Audience.HEAD, "5 10:00")], now=local("5 10:00"))
    lower = told(
        higher, RULES, CLOCK, [heard(OFFICER, Audience.DUTY_OFFICER, "5 11:00")], now=local("5 11:00")
    )

    stands = [(each.rung, each.climbs_at) for each in (first, again, higher, lower) if each is not None]
    assert stands == [
        (Audience.DUTY_OFFICER, local("5 12:00")),
        (Audience.DUTY_OFFICER, local("5 12:00")),
        (Audience.HEAD, local("5 14:00")),
        (Audience.HEAD, local("5 14:00")),
    ]
    assert lower is not None
    assert lower.told_people == {OFFICER, HEAD}


def test_a_claim_answers_until_the_next_step_and_a_press_for_the_time_of_the_rung() -> None:
    ladder = of_officer()
    taken = held(ladder, by=OFFICER, now=local("5 09:00"))
    pressed = acknowledged(ladder, RULES, CLOCK, by=OFFICER, now=local("5 09:00"))
    step = [heard(HEAD, Audience.HEAD, "5 10:00")]
    after_claim = told(taken, RULES, CLOCK, step, now=local("5 10:00"))
    after_press = told(pressed, RULES, CLOCK, step, now=local("5 10:00"))

    assert (taken.climbs_at, pressed.climbs_at) == (None, local("5 13:00"))
    assert after_claim is not None
    assert after_press is not None
    assert (after_claim.acknowledged_by, after_claim.climbs_at) == (None, local("5 14:00"))
    assert (after_press.acknowledged_by, after_press.climbs_at) == (OFFICER, local("5 13:00"))
    assert (after_press.rung, after_press.rung_of(OFFICER)) == (Audience.HEAD, Audience.DUTY_OFFICER)


def test_when_the_quiet_is_over_nobody_has_it_and_the_time_begins_anew() -> None:
    pressed = acknowledged(of_officer(), RULES, WAKING, by=OFFICER, now=local("5 09:00"))
    over = quiet_over(pressed, RULES, WAKING, now=local("5 09:30"))

    assert (pressed.quiet_until, pressed.is_quiet(local("5 09:29")), pressed.is_quiet(local("5 09:30"))) == (
        local("5 09:30"),
        True,
        False,
    )
    assert (over.acknowledged_by, over.quiet_until, over.climbs_at) == (None, None, local("5 10:00"))


def test_a_higher_rung_that_is_told_after_the_quiet_is_waited_for_and_nobody_has_it_any_more() -> None:
    pressed = acknowledged(of_officer(), RULES, CLOCK, by=OFFICER, now=local("5 08:30"))
    after = told(pressed, RULES, CLOCK, [heard(HEAD, Audience.HEAD, "5 12:31")], now=local("5 12:31"))

    assert after is not None
    assert (after.acknowledged_by, after.quiet_until, after.climbs_at) == (None, None, local("6 08:31"))


def test_a_clock_that_runs_on_begins_a_ladder_anew_and_remembers_who_was_told() -> None:
    stopped = ended(of_officer(), at=local("5 09:00"))
    again = told(stopped, RULES, CLOCK, [heard(CHAIR, Audience.CHAIR, "5 10:00")], now=local("5 10:00"))

    assert stopped.climbs_at is None
    assert again is not None
    assert (again.ended_at, again.climbs_at, again.told_people) == (
        None,
        local("5 14:00"),
        frozenset({OFFICER, CHAIR}),
    )


def test_whoever_stands_on_no_step_of_the_ladder_begins_one_below_its_steps() -> None:
    rules = replace(
        RULES,
        organisation=RULES.organisation.model_copy(
            update={"ladder": tuple(each for each in RULES.organisation.ladder if each.role != "chair")}
        ),
    )

    begun = told(None, rules, CLOCK, [heard(CHAIR, Audience.CHAIR, "5 10:00")], now=local("5 10:00"))
    assert begun is not None
    after = told(begun, rules, CLOCK, [heard(HEAD, Audience.HEAD, "5 11:00")], now=local("5 11:00"))
    assert after is not None
    assert (begun.rung, after.rung) == (Audience.CHAIR, Audience.HEAD)
    assert after.told_people == {CHAIR, HEAD}


def a_due(milestone: str, at: str, *, notice: str | None = None) -> Due:
    return Due(
        milestone=milestone,
        occurrence=0,
        fell_due_at=local(at),
        lateness=timedelta(0),
        audiences=(Audience.HEAD,),
        notice_at=local(notice or at),
    )


@pytest.mark.parametrize(
    ("what", "found", "fired", "pressed_at", "goes"),
    [
        ("a reminder waits", a_due("halfway", "5 09:00"), (), "5 08:30", "5 12:30"),
        (
            "one that waits longer anyway",
            a_due("last_hours", "5 21:00", notice="6 08:00"),
            (),
            "5 08:30",
            "6 08:00",
        ),
        ("the limit does not", a_due(BREACHED, "6 09:00"), (), "6 08:30", "6 09:00"),
        ("nor what follows it", a_due("an_hour", "6 10:00"), (BREACHED,), "6 09:30", "6 10:00"),
        ("nor the limit at night", a_due(UNANSWERED, "5 09:00"), (), "5 08:30", "5 09:00"),
        ("nor what follows that", a_due("an_hour", "5 09:30"), (UNANSWERED,), "5 08:30", "5 09:30"),
        ("nor that nobody will be there", a_due(BEFORE_CLOSING, "5 15:00"), (), "5 12:00", "5 15:00"),
        ("nor one that would come too late", a_due("last_hours", "6 08:50"), (), "6 08:30", "6 08:50"),
    ],
)
def test_what_waits_while_it_is_quiet(
    what: str, found: Due, fired: tuple[str, ...], pressed_at: str, goes: str
) -> None:
    clock = replace(CLOCK, fired=frozenset((each, 0) for each in fired))
    ladder = acknowledged(of_officer(), RULES, clock, by=OFFICER, now=local(pressed_at))
    at = max(local(pressed_at), found.fell_due_at)

    assert held_back(ladder, clock, found, now=at) == local(goes), what


def test_nothing_waits_where_nobody_has_said_anything_or_somebody_holds_the_case() -> None:
    found = a_due("halfway", "5 09:00")
    when: datetime = found.fell_due_at

    for ladder in (None, of_officer(), held(of_officer(), by=OFFICER, now=local("5 08:30"))):
        assert held_back(ladder, CLOCK, found, now=when) == found.notice_at


def test_silence_on_a_clock_of_weeks_climbs_nowhere_and_saying_that_one_has_it_is_still_kept() -> None:
    review = replace(CLOCK, policy_id=ClockPolicyId("course_review"), due_at=local("30 09:00"))
    made = told(None, RULES, review, [heard(OFFICER, Audience.COORDINATOR, "5 08:00")], now=local("5 08:00"))
    assert made is not None
    assert (made.rung, made.climbs_at) == (Audience.COORDINATOR, None)

    kept = acknowledged(made, RULES, review, by=OFFICER, now=local("5 09:00"))

    assert (kept.acknowledged_by, kept.climbs_at) == (OFFICER, None)
    assert kept.is_quiet(local("5 10:00"))
