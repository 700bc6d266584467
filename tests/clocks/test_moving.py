"""Running clocks under other rules: a newer version, another calendar, and trying it on paper first."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import date, timedelta

from storage.store import Store
from tests.clocks.builders import OFFICE_CALENDAR, a_clock, local
from tests.support.builders import a_case, a_person, notices, some_rules
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.clocks.clock import stopped
from triage.clocks.keep import pause_clock, start_clock, tick, unpause_clock
from triage.clocks.moving import (
    SET_BACK,
    STANDS_STILL,
    is_counted,
    move,
    note_counted,
    preview_move,
    recount,
)
from triage.clocks.policy import Audience, ClockPolicies, ClockPolicy
from triage.clocks.replay import Past, replay
from triage.ids import ClockPolicyId
from triage.people.person import Role
from triage.rules import Rules

TRIAGE, POLICE = ClockPolicyId("triage48"), ClockPolicyId("police_clear")


def with_version(policy_id: ClockPolicyId, **changed: object) -> Rules:
    """The shipped rules with a second version of a policy."""
    rules = some_rules()
    newest = rules.policies.newest(policy_id)
    fields = {name: getattr(newest, name) for name in ClockPolicy.model_fields}
    second = ClockPolicy.model_validate(fields | {"version": newest.version + 1} | changed)
    return replace(
        rules, policies=rules.policies.model_copy(update={"clocks": (*rules.policies.clocks, second)})
    )


def steps(text: str) -> list[dict[str, object]]:
    return [
        {"id": name, "at": at, "notify": ["head"]} for name, at in (part.split() for part in text.split(","))
    ]


async def test_a_preview_changes_nothing_and_the_move_does_what_it_said(
    store: Store, clock: SettableClock
) -> None:
    await store.write(a_person, roles=[Role.HEAD])
    case = await store.write(a_case)
    clock.advance(timedelta(hours=20))
    await store.write(tick, some_rules())
    rules = with_version(TRIAGE, milestones=steps("unclaimed 12h,earlier 16h,breached 40h"), limit="40h")

    (seen,) = await store.write(preview_move, rules, TRIAGE, after=None)
    (before,) = await store.read(lambda tx: tx.clocks.of_case(case.id))
    (done,) = await store.write(move, rules, TRIAGE, after=None)
    (after,) = await store.read(lambda tx: tx.clocks.of_case(case.id))

    assert before.policy_version == 1
    assert (seen, seen.case_code, seen.fires) == (done, case.code, ("earlier",))
    assert (after.policy_version, after.due_at) == (2, before.due_at - timedelta(hours=8))
    assert {milestone for milestone, _ in after.fired} == {"unclaimed", "earlier"}
    entries = await store.read(lambda tx: tx.audit.of_object(case.id))
    (moved,) = [entry for entry in entries if entry.act is Act.CLOCK_MOVED]
    assert (moved.facts["from"], moved.facts["to"]) == ("1", "2")
    again = await store.write(move, rules, TRIAGE, after=None)
    assert [(each.from_version, each.to_version) for each in again] == [(2, 2)]
    assert (
        len([e for e in await store.read(lambda tx: tx.audit.of_object(case.id)) if e.act is Act.CLOCK_MOVED])
        == 1
    )


async def test_a_promise_is_never_set_back(store: Store) -> None:
    case = await store.write(a_case)
    rules = with_version(TRIAGE, milestones=steps("breached 72h"), limit="72h")

    (refused,) = await store.write(move, rules, TRIAGE, after=None)

    assert refused.refused == SET_BACK
    (kept,) = await store.read(lambda tx: tx.clocks.of_case(case.id))
    assert (kept.policy_version, kept.due_at - kept.started_at) == (1, timedelta(hours=48))


async def test_a_policy_that_is_switched_off_stops_and_leaves_nobody_escalating(
    store: Store, clock: SettableClock
) -> None:
    await store.write(a_person, roles=[Role.HEAD])
    case = await store.write(a_case)
    await store.write(lambda tx: start_clock(tx, some_rules(), POLICE, wakes=False, case_id=case.id))
    rules = with_version(POLICE, off=True)

    (done,) = await store.write(move, rules, POLICE, after=None)

    assert done.stops
    clock.advance(timedelta(days=30))
    before = [row for row in await store.read(notices) if row.notice.startswith("notice.clock.")]
    await store.write(tick, rules)
    after = [row for row in await store.read(notices) if row.notice.startswith("notice.clock.")]
    assert before == after


async def test_a_new_holiday_moves_running_clocks_and_no_promise(store: Store, clock: SettableClock) -> None:
    rules = some_rules()
    case = await store.write(a_case)
    counted = await store.write(lambda tx: start_clock(tx, rules, POLICE, wakes=False, case_id=case.id))
    await store.write(note_counted, rules)
    tomorrow = rules.calendar.local(clock.at).date() + timedelta(days=1)
    closed = {**rules.calendar.closed_days, tomorrow: "Synthetic holiday"}
    changed = replace(rules, calendar=replace(rules.calendar, closed_days=closed))
    assert await store.read(is_counted, rules)
    assert not await store.read(is_counted, changed)

    done = await store.write(recount, changed, after=None)

    assert (done.seen, done.changed) == (2, 1)
    now = {each.policy_id: each for each in await store.read(lambda tx: tx.clocks.of_case(case.id))}
    assert now[POLICE].due_at == counted.due_at + timedelta(days=1)
    assert now[POLICE].next_fire_at is not None
    assert now[TRIAGE].due_at - now[TRIAGE].started_at == timedelta(hours=48)
    entries = await store.read(lambda tx: tx.audit.of_object(case.id))
    assert [entry.act for entry in entries].count(Act.CLOCK_RECOUNTED) == 1


CHANGED = """
[[clock]]
id = "triage48"
version = 2
limit = "36h"
limit_is_promise = true
before_closing = []
milestone = [
    { id = "unclaimed", at = "6h", only_if = "unclaimed", notify = ["duty_officer"] },
    { id = "breached", at = "36h", notify = ["head"] },
]
"""


def test_the_past_runs_again_on_paper_and_differences_are_counted() -> None:
    changed = ClockPolicies.model_validate(tomllib.loads(CHANGED)).newest(TRIAGE)
    now = local("2026-03-27 12:00")
    quick = a_clock("2026-03-16 09:00", policy=changed)
    past = [
        # Decided after 30 hours; taken after 4, so that nobody heard of its being unclaimed.
        Past(
            clock=stopped(quick, at=local("2026-03-17 15:00")),
            claims=[(local("2026-03-16 13:00"), True)],
        ),
        # Decided after 40 hours, and never taken before.
        Past(clock=stopped(quick, at=local("2026-03-18 01:00"))),
        # A Friday evening: decided on Monday at nine, 64 hours later.
        Past(
            clock=stopped(a_clock("2026-03-20 17:00", policy=changed), at=local("2026-03-23 09:00")),
        ),
    ]

    tally = replay(changed, OFFICE_CALENDAR, past, now=now)

    assert (tally.clocks, tally.breaches) == (3, 2)
    # Unclaimed of the second at 15:00; of the third what waited for Monday at eight: one of each.
    assert tally.notices == {Audience.DUTY_OFFICER: 2, Audience.HEAD: 1}
    assert tally.at_night == 0
    assert date(2026, 3, 23).weekday() == 0


async def test_a_clock_that_stands_still_never_becomes_one_that_cannot(store: Store) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)
    clock = await store.write(lambda tx: start_clock(tx, some_rules(), POLICE, wakes=False, case_id=case.id))
    reason = some_rules().policies.pause_reasons[0]
    await store.write(lambda tx: pause_clock(tx, some_rules(), clock, reason=reason, by=officer.id))
    rules = with_version(POLICE, pausable=False, limit_is_promise=True)

    (refused,) = await store.write(move, rules, POLICE, after=None)
    await store.write(lambda tx: unpause_clock(tx, some_rules(), tx.clocks.get(clock.id)))
    (moved,) = await store.write(move, rules, POLICE, after=None)

    assert (refused.refused, moved.refused) == (STANDS_STILL, None)
    now = await store.read(lambda tx: tx.clocks.get(clock.id))
    assert (now.policy_version, now.paused_since) == (2, None)
