"""Who is told when, if nobody answers, if somebody says that they have it, if the case is taken, if the clock stops."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from storage.house_tables import audit_entries
from storage.store import Store, open_store
from storage.tables import outbox
from storage.transaction import Transaction
from tests.cases.climbing import RULES, ZONE, a_team, clock_of, local, only
from tests.support.builders import a_case, a_person
from tests.support.passing import Went, let_pass
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.acute import Action, answer_alarm
from triage.cases.case import Case, EventKind
from triage.cases.decide import decide
from triage.cases.handle import claim
from triage.clocks.climb import Climbed, climb
from triage.clocks.keep import pause_clock, stop_clocks, tick, unpause_clock
from triage.clocks.policy import ClockPolicies
from triage.ids import PersonId
from triage.notices.acknowledge import acknowledge
from triage.people.duty import leave_duty
from triage.people.invite import disable
from triage.people.person import Person, Role
from triage.refusals import Refused

Table = tuple[tuple[str, str, str], ...]

ORDINARY: dict[str, Table] = {
    "silent": (
        ("Tue 08:00", "duty_officer", "triage48.unclaimed"),
        ("Tue 09:00", "duty_officer", "triage48.halfway"),
        ("Tue 12:00", "head", "not_acknowledged"),
        ("Wed 08:00", "chair", "triage48.last_hours"),
        ("Wed 08:00", "head", "triage48.last_hours"),
        ("Wed 09:00", "chair", "triage48.breached"),
        ("Wed 09:00", "head", "triage48.breached"),
        ("Wed 09:00", "steering", "counts"),
    ),
    "acknowledged": (
        ("Tue 08:00", "duty_officer", "triage48.unclaimed"),
        ("Tue 12:30", "duty_officer", "triage48.halfway"),
        ("Wed 08:00", "chair", "triage48.last_hours"),
        ("Wed 08:00", "head", "triage48.last_hours"),
        ("Wed 09:00", "chair", "triage48.breached"),
        ("Wed 09:00", "head", "triage48.breached"),
        ("Wed 09:00", "steering", "counts"),
    ),
    "claimed": (
        ("Tue 08:00", "duty_officer", "triage48.unclaimed"),
        ("Tue 09:00", "coordinator", "triage48.halfway"),
        ("Tue 09:00", "duty_officer", "triage48.halfway"),
        ("Tue 13:00", "head", "not_acknowledged"),
        ("Wed 08:00", "chair", "triage48.last_hours"),
        ("Wed 08:00", "head", "triage48.last_hours"),
        ("Wed 09:00", "chair", "triage48.breached"),
        ("Wed 09:00", "head", "triage48.breached"),
        ("Wed 09:00", "steering", "counts"),
    ),
    "stopped": (("Tue 08:00", "duty_officer", "triage48.unclaimed"),),
}
"""Received on Monday at 9; whoever does something does it on Tuesday at 8.30."""

ACUTE: dict[str, Table] = {
    "silent": (
        ("Mon 22:00", "duty_officer", "acute_check.nothing_sent"),
        ("Mon 22:10", "duty_officer", "acute_check.again"),
        ("Mon 22:20", "duty_officer", "acute_check.still"),
        ("Mon 22:30", "head", "acute_check.unanswered"),
        ("Mon 23:00", "chair", "acute_check.an_hour"),
        ("Mon 23:30", "steering", "counts_unanswered"),
        ("Tue 08:00", "head", "acute_check.breached"),
    ),
    "acknowledged": (
        ("Mon 22:00", "duty_officer", "acute_check.nothing_sent"),
        ("Mon 22:30", "head", "acute_check.unanswered"),
        ("Mon 22:35", "duty_officer", "acute_check.still"),
        ("Mon 23:00", "chair", "acute_check.an_hour"),
        ("Mon 23:30", "steering", "counts_unanswered"),
        ("Tue 08:00", "head", "acute_check.breached"),
    ),
    "claimed": (
        ("Mon 22:00", "duty_officer", "acute_check.nothing_sent"),
        ("Mon 22:10", "duty_officer", "acute_check.again"),
        ("Mon 22:20", "duty_officer", "acute_check.still"),
        ("Mon 22:30", "head", "acute_check.unanswered"),
        ("Mon 23:00", "chair", "acute_check.an_hour"),
        ("Mon 23:30", "steering", "counts_unanswered"),
        ("Tue 08:00", "head", "acute_check.breached"),
    ),
    "stopped": (("Mon 22:00", "duty_officer", "acute_check.nothing_sent"),),
}
"""Raised on Monday at 22; whoever does something does it five minutes later."""

OVER_A_WEEKEND: Table = (
    ("Fri 08:00", "duty_officer", "triage48.unclaimed"),
    ("Fri 12:00", "head", "not_acknowledged"),
    ("Fri 15:00", "duty_officer", "triage48.before_closing"),
    ("Fri 15:00", "head", "triage48.before_closing"),
    ("Mon 08:00", "chair", "triage48.breached"),
    ("Mon 08:00", "duty_officer", "triage48.halfway"),
    ("Mon 08:00", "head", "triage48.breached"),
    ("Mon 08:00", "steering", "counts"),
)


def table(team: dict[PersonId, Person], went: list[Went]) -> Table:
    """What went out about clocks, by weekday and time, role and text."""
    told = sorted(
        (each.at, next(iter(team[each.person_id].roles)).value, each.notice.removeprefix("notice."))
        for each in went
        if each.notice != "notice.case_received"
    )
    return tuple((f"{at.astimezone(ZONE):%a %H:%M}", role, notice) for at, role, notice in told)


async def act(store: Store, what: str, case: Case, team: dict[PersonId, Person], *, policy: str) -> None:
    officer, coordinator = only(team, Role.DUTY_OFFICER), only(team, Role.COORDINATOR)
    if what == "acknowledged":
        clock_id = await store.read(clock_of, case, policy)
        done = await store.write(acknowledge, RULES, clock_id=clock_id, by=officer)
        assert not isinstance(done, Refused)
    if what == "claimed":
        await store.write(claim, RULES, case_id=case.id, by=coordinator)
    if what == "stopped" and policy == "acute_check":
        [alarm] = await store.read(lambda tx: tx.alarms.of_case(case.id))
        await store.write(answer_alarm, RULES, alarm_id=alarm.id, by=officer, action=Action.NONE_NEEDED)
    elif what == "stopped":
        done_ = await store.write(
            decide,
            RULES,
            case_id=case.id,
            by=officer,
            outcome="advice_only",
            reason="Talt med dem.",
            local_action=False,
            to_unit=False,
        )
        assert not isinstance(done_, Refused)


@pytest.mark.parametrize("what", list(ORDINARY))
async def test_an_ordinary_clock_climbs_in_staffed_hours(
    store: Store, clock: SettableClock, what: str
) -> None:
    clock.at = local("4 09:00")
    team = await store.write(a_team)
    case = await store.write(a_case)

    went = await let_pass(store, clock, RULES, until=local("5 08:30"))
    await act(store, what, case, team, policy="triage48")
    went += await let_pass(store, clock, RULES, until=local("6 11:00"))

    assert table(team, went) == ORDINARY[what]


@pytest.mark.parametrize("what", list(ACUTE))
async def test_an_acute_clock_climbs_through_the_night(store: Store, clock: SettableClock, what: str) -> None:
    clock.at = local("4 22:00")
    team = await store.write(a_team)
    case = await store.write(a_case, acute=True)

    went = await let_pass(store, clock, RULES, until=local("4 22:05"))
    await act(store, what, case, team, policy="acute_check")
    went += await let_pass(store, clock, RULES, until=local("5 08:05"))

    assert table(team, went) == ACUTE[what]


async def test_over_a_weekend_nobody_is_told_of_silence_before_somebody_is_at_work(
    store: Store, clock: SettableClock
) -> None:
    clock.at = local("7 20:00")
    team = await store.write(a_team)
    await store.write(a_case)

    went = await let_pass(store, clock, RULES, until=local("11 08:30"))

    assert table(team, went) == OVER_A_WEEKEND


async def test_when_the_agreed_time_is_over_the_same_rung_is_reminded_once_and_climbing_begins_anew(
    store: Store, clock: SettableClock
) -> None:
    clock.at = local("4 09:00")
    team = await store.write(a_team)
    case = await store.write(a_case)
    went = await let_pass(store, clock, RULES, until=local("5 11:00"))
    await act(store, "acknowledged", case, team, policy="triage48")
    went += await let_pass(store, clock, RULES, until=local("5 15:00"))
    again = await let_pass(store, clock, RULES, until=local("6 07:59"))

    assert table(team, went)[2:] == (("Tue 15:00", "duty_officer", "quiet_over"),)
    assert again == []
    kinds = [event.kind for event in await store.read(lambda tx: tx.cases.timeline(case.id))]
    assert kinds.count(EventKind.QUIET_OVER) == 1


async def test_the_next_rung_hears_who_was_told_and_of_which_clock_and_nothing_else(
    store: Store, clock: SettableClock
) -> None:
    clock.at = local("4 09:00")
    team = await store.write(a_team)
    case = await store.write(a_case)

    went = await let_pass(store, clock, RULES, until=local("5 12:00"))

    [climbed] = [each for each in went if each.notice == "notice.not_acknowledged"]
    assert climbed.person_id == only(team, Role.HEAD)
    params = {name: value for name, value in climbed.payload["params"].items() if value}
    assert {name: params.pop(name) for name in ("code", "clock", "silent")} == {
        "code": case.code,
        "clock": "triage48",
        "silent": "duty_officer",
    }
    assert set(params) == {"due", "late_minutes"}
    entries = await store.read(lambda tx: tx.audit.of_object(case.id))
    [entry] = [each for each in entries if each.act is Act.LADDER_CLIMBED]
    assert entry.facts == {"policy": "triage48", "silent": "duty_officer", "told": "head"}


async def test_a_rung_with_nobody_new_behind_it_is_passed_over(store: Store, clock: SettableClock) -> None:
    clock.at = local("4 09:00")
    both = await store.write(a_person, roles=(Role.DUTY_OFFICER, Role.HEAD), on_duty=True)
    chair = await store.write(a_person, roles=(Role.CHAIR,))
    await store.write(a_case)

    went = await let_pass(store, clock, RULES, until=local("5 12:00"))

    assert [each.person_id for each in went if each.notice == "notice.not_acknowledged"] == [chair.id]
    assert {each.person_id for each in went} == {both.id, chair.id}


async def test_whoever_left_is_not_waited_for_and_an_empty_house_climbs_to_nobody(
    store: Store, clock: SettableClock
) -> None:
    clock.at = local("4 09:00")
    team = await store.write(a_team)
    admin = await store.write(a_person, roles=(Role.ADMINISTRATOR,))
    await store.write(a_case)
    await let_pass(store, clock, RULES, until=local("5 10:00"))
    for role in (Role.HEAD, Role.CHAIR, Role.STEERING):
        await store.write(disable, RULES, by=admin.id, person_id=only(team, role))
    await store.write(leave_duty, by=only(team, Role.DUTY_OFFICER))

    clock.at = local("5 12:00")
    first = await store.write(climb, RULES)
    second = await store.write(climb, RULES)

    assert (first, second) == (
        Climbed(ladders=1, told=0, more=False),
        Climbed(ladders=0, told=0, more=False),
    )


async def test_a_clock_whose_step_is_due_tells_it_before_anybody_hears_of_silence(
    store: Store, clock: SettableClock
) -> None:
    clock.at = local("4 22:00")
    team = await store.write(a_team)
    case = await store.write(a_case, acute=True)
    await let_pass(store, clock, RULES, until=local("4 22:05"))
    clock.at = local("4 22:45")

    before = await store.write(climb, RULES)
    await store.write(tick, RULES)
    after = await store.write(climb, RULES)

    assert (before.ladders, before.told, before.more) == (1, 0, False)
    assert after.ladders == 0
    assert only(team, Role.HEAD) in await store.read(heard, case, "acute_check")


async def test_silence_on_a_clock_of_an_unknown_policy_climbs_all_the_same(
    store: Store, clock: SettableClock
) -> None:
    clock.at = local("4 22:00")
    await store.write(a_team)
    await store.write(a_case, acute=True)
    known = ClockPolicies(clocks=tuple(each for each in RULES.policies.clocks if each.id != "acute_check"))
    clock.at = local("4 22:30")

    climbed = await store.write(climb, replace(RULES, policies=known))

    assert climbed == Climbed(ladders=1, told=1, more=False)


async def test_climbing_needs_no_key(store: Store, clock: SettableClock, database_url: str) -> None:
    await store.write(a_team)
    await store.write(a_case, acute=True)
    await store.close()
    keyless = open_store(database_url, clock=clock, keyring=None)
    await keyless.open()

    went = await let_pass(keyless, clock, RULES, until=clock.at + timedelta(minutes=95))

    assert "notice.counts" in {each.notice for each in went}
    await keyless.close()


async def test_nobody_is_told_of_silence_after_the_clock_has_stopped(
    store: Store, clock: SettableClock
) -> None:
    clock.at = local("4 09:00")
    await store.write(a_team)
    case = await store.write(a_case)
    await let_pass(store, clock, RULES, until=local("5 11:00"))
    await store.write(stop_clocks, RULES, case.id)

    clock.at = local("6 09:00")
    assert await store.write(climb, RULES) == Climbed(ladders=0, told=0, more=False)
    assert await let_pass(store, clock, RULES, until=local("8 09:00")) == []


async def test_of_a_clock_whose_time_stands_still_nobody_hears_before_its_next_step(
    store: Store, clock: SettableClock
) -> None:
    clock.at = local("4 09:00")
    team = await store.write(a_team)
    case = await store.write(a_case)
    await let_pass(store, clock, RULES, until=local("5 09:30"))
    running = await store.read(lambda tx: tx.clocks.of_case(case.id)[0])
    paused = await store.write(pause_clock, RULES, running, reason="test", by=only(team, Role.DUTY_OFFICER))

    still = await let_pass(store, clock, RULES, until=local("5 15:30"))
    await store.write(unpause_clock, RULES, paused)
    after = await let_pass(store, clock, RULES, until=local("7 12:00"))

    assert still == []
    # Six hours later than without the pause.
    assert table(team, after)[0] == ("Wed 08:00", "head", "triage48.three_quarters")
    assert ("Wed 11:00", "chair", "triage48.last_hours") in table(team, after)


async def test_processes_that_climb_at_once_tell_each_rung_once(store: Store, clock: SettableClock) -> None:
    clock.at = local("4 21:00")
    await store.write(a_team)
    cases = [await store.write(a_case, acute=number % 2 == 0) for number in range(6)]

    for _ in range(9):
        clock.advance(timedelta(hours=5))
        rounds = [store.write(each, RULES, limit=4) for _ in range(4) for each in (climb, tick)]
        await asyncio.gather(*rounds)

    entries, rows = await store.read(what_climbed)
    assert len(entries) >= len(cases)
    assert set(entries.values()) == {1}
    assert set(rows.values()) == {1}
    assert {clock_id for clock_id, _ in rows} == {clock_id for clock_id, _ in entries}


def heard(tx: Transaction, case: Case, policy: str) -> frozenset[PersonId]:
    ladder = tx.ladders.find(clock_of(tx, case, policy))
    assert ladder is not None
    return ladder.told_people


def what_climbed(tx: Transaction) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """How often each clock climbed to each rung: by the audit, and by the notices that were written."""
    entries: Counter[tuple[str, str]] = Counter()
    clocks = {
        (str(c.case_id), c.policy_id): str(c.id)
        for case in tx.cases.queue(reader=None, limit=50)
        for c in tx.clocks.of_case(case.id)
    }
    of = audit_entries.c
    for entry in tx._work.all(select(of.object_id, of.facts).where(of.act == Act.LADDER_CLIMBED.value)):
        entries[clocks[str(entry.object_id), entry.facts["policy"]], entry.facts["told"]] += 1
    rows: Counter[tuple[str, str]] = Counter()
    for row in tx._work.all(select(outbox.c.dedupe).where(outbox.c.dedupe.like("%|climb|%"))):
        clock_id, _, rung, *_ = row.dedupe.split("|")
        rows[clock_id, rung] += 1
    return entries, rows
