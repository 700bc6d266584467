from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

import bot.i18n
from bot.i18n import read_texts
from storage.store import Store, open_store
from tests.support.builders import a_case, a_person, notices, some_rules, waiting_notices
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.case import EventKind
from triage.cases.handle import claim
from triage.clocks.keep import Ticked, tick
from triage.clocks.policy import ClockPolicies
from triage.ids import CaseId, ClockPolicyId
from triage.notices.notice import NOTICE_KEYS, clock_keys
from triage.people.duty import leave_duty
from triage.people.person import Role

RULES = some_rules()
LOCALES = Path(bot.i18n.__file__).parent / "locales"

AFTER_SENDING = [
    *("again", "still", "breached", "an_hour"),
    *("unclaimed", "halfway", "three_quarters", "last_hours", "breached"),
]
"""The steps that fire on an acute case; the first page went out before it was one."""


async def fired(store: Store, case_id: CaseId) -> list[str]:
    timeline = await store.read(lambda tx: tx.cases.timeline(case_id))
    return [event.facts["milestone"] for event in timeline if event.kind is EventKind.ESCALATED]


async def test_each_step_of_the_48_hours_fires_once_and_reaches_whom_it_should(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True)
    head = await store.write(a_person, roles=[Role.HEAD])
    chair = await store.write(a_person, roles=[Role.CHAIR])
    case = await store.write(a_case)

    for _ in range(50):
        clock.advance(timedelta(hours=1))
        await store.write(tick, RULES)
        await store.write(tick, RULES)

    assert await fired(store, case.id) == ["unclaimed", "halfway", "three_quarters", "last_hours", "breached"]
    told: dict[str, set[object]] = {}
    for row in await store.read(notices):
        told.setdefault(row.notice, set()).add(row.person_id)
    assert told["notice.triage48.breached"] == {head.id, chair.id}
    assert officer.id in told["notice.triage48.halfway"]


async def test_a_later_notice_of_one_clock_takes_back_the_one_that_still_waits(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True)
    await store.write(a_case)
    # 21 h and 9 h in Copenhagen: the first waits for the morning and has nothing left to say then.
    clock.advance(timedelta(hours=12))
    await store.write(tick, RULES)
    before = await store.read(waiting_notices)
    clock.advance(timedelta(hours=12))
    await store.write(tick, RULES)

    after = await store.read(waiting_notices)
    assert ("notice.triage48.unclaimed", officer.id, "mail") in before
    assert ("notice.triage48.unclaimed", officer.id, "mail") not in after
    assert ("notice.triage48.halfway", officer.id, "mail") in after


async def test_after_an_outage_all_is_recorded_and_each_person_hears_once_how_late_it_is(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True)
    head = await store.write(a_person, roles=[Role.HEAD, Role.CHAIR])
    case = await store.write(a_case)

    clock.advance(timedelta(hours=72))
    ticked = await store.write(tick, RULES)

    assert ticked == Ticked(clocks=1, milestones=5, more=False, fired={ClockPolicyId("triage48"): 5})
    assert await fired(store, case.id) == ["unclaimed", "halfway", "three_quarters", "last_hours", "breached"]
    rows = [row for row in await store.read(notices) if row.notice.startswith("notice.triage48")]
    assert sorted((row.notice, str(row.person_id)) for row in rows) == sorted(
        [("notice.triage48.halfway", str(officer.id)), ("notice.triage48.breached", str(head.id))]
    )
    [late] = [row.payload["params"]["late_minutes"] for row in rows if row.person_id == head.id]
    assert late == str(24 * 60)


async def test_ticking_needs_no_key(store: Store, clock: SettableClock, database_url: str) -> None:
    await store.write(a_person, on_duty=True)
    case = await store.write(a_case, acute=True)
    await store.close()
    keyless = open_store(database_url, clock=clock, keyring=None)
    await keyless.open()
    clock.advance(timedelta(hours=49))

    ticked = await keyless.write(tick, RULES)

    assert ticked.milestones > 5
    assert "breached" in await fired(keyless, case.id)
    await keyless.close()


async def test_an_escalation_stands_in_timeline_and_audit_without_words(
    store: Store, clock: SettableClock
) -> None:
    await store.write(a_person, on_duty=True)
    case = await store.write(a_case)
    clock.advance(timedelta(hours=12))
    await store.write(tick, RULES)

    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    entry = (await store.read(lambda tx: tx.audit.of_object(case.id)))[-1]
    assert (event.kind, event.words, event.by) == (EventKind.ESCALATED, None, None)
    assert entry.act is Act.CASE_ESCALATED
    assert entry.facts == event.facts
    assert entry.facts["milestone"] == "unclaimed"


async def test_a_claimed_case_is_not_called_unclaimed(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_case)
    await store.write(claim, RULES, case_id=case.id, by=officer.id)

    clock.advance(timedelta(hours=13))
    await store.write(tick, RULES)

    assert await fired(store, case.id) == []
    assert await store.read(waiting_notices) == []


async def test_a_claim_takes_back_the_notice_that_nobody_has_claimed(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True)
    case = await store.write(a_case)
    clock.advance(timedelta(hours=12))
    await store.write(tick, RULES)
    assert "notice.triage48.unclaimed" in [notice for notice, _, _ in await store.read(waiting_notices)]

    await store.write(claim, RULES, case_id=case.id, by=officer.id)

    assert await store.read(waiting_notices) == []


async def test_whoever_left_the_duty_is_not_told_and_the_climb_stands_in_the_timeline(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True)
    head = await store.write(a_person, roles=[Role.HEAD])
    case = await store.write(a_case)
    await store.write(leave_duty, by=officer.id)

    clock.advance(timedelta(hours=12))
    await store.write(tick, RULES)

    assert (await store.read(waiting_notices))[-1] == ("notice.triage48.unclaimed", head.id, "mail")
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    assert event.facts["instead_of_duty_officer"] == "head"


async def test_the_steering_group_hears_counts_and_codes_only(store: Store, clock: SettableClock) -> None:
    member = await store.write(a_person, roles=[Role.STEERING])
    case = await store.write(a_case, acute=True)

    clock.advance(timedelta(hours=49))
    await store.write(tick, RULES)

    rows = await store.read(notices)
    assert {row.person_id for row in rows} == {member.id}
    assert {row.notice for row in rows if row.payload} == {"notice.counts", "notice.counts_unanswered"}
    assert {row.payload["params"]["code"] for row in rows if row.payload} <= {case.code, ""}
    assert all(set(row.payload["params"]) == {"count", "code"} for row in rows if row.payload)


async def test_a_clock_of_an_unknown_policy_does_not_keep_the_others_silent(
    store: Store, clock: SettableClock
) -> None:
    await store.write(a_person, on_duty=True)
    case = await store.write(a_case, acute=True)
    known = ClockPolicies(clocks=tuple(each for each in RULES.policies.clocks if each.id != "acute_check"))
    clock.advance(timedelta(hours=12))

    ticked = await store.write(tick, replace(RULES, policies=known))

    assert (len(ticked.unreadable), ticked.more) == (1, False)
    assert "unclaimed" in await fired(store, case.id)


async def test_more_clocks_that_nobody_can_read_than_a_round_takes_keep_nobody_silent(
    store: Store, clock: SettableClock
) -> None:
    await store.write(a_person, on_duty=True)
    cases = [await store.write(a_case, acute=True) for _ in range(3)]
    known = ClockPolicies(clocks=tuple(each for each in RULES.policies.clocks if each.id != "acute_check"))
    clock.advance(timedelta(hours=12))

    ticked = await store.write(tick, replace(RULES, policies=known), limit=2)
    rest = await store.write(tick, replace(RULES, policies=known), limit=2)

    assert (ticked.milestones, ticked.more, rest.milestones, rest.more) == (2, True, 1, False)
    assert len(ticked.unreadable) == 2
    assert all(["unclaimed" in await fired(store, case.id) for case in cases])


async def test_a_full_round_says_that_there_is_more(store: Store, clock: SettableClock) -> None:
    for _ in range(3):
        await store.write(a_case)
    clock.advance(timedelta(hours=13))

    rounds = [await store.write(tick, RULES, limit=2) for _ in range(3)]

    assert [(each.clocks, each.more) for each in rounds] == [(2, True), (1, False), (0, False)]


async def test_processes_that_tick_at_once_fire_each_step_once(store: Store, clock: SettableClock) -> None:
    await store.write(a_person, on_duty=True)
    cases = [await store.write(a_case, acute=True) for _ in range(5)]

    for _ in range(7):
        clock.advance(timedelta(hours=8))
        await asyncio.gather(*(store.write(tick, RULES, limit=3) for _ in range(8)))

    for case in cases:
        assert sorted(await fired(store, case.id)) == sorted(AFTER_SENDING)


@pytest.mark.parametrize("lang", ["da", "en"])
def test_every_notice_has_its_words(lang: str) -> None:
    texts = read_texts([LOCALES], lang)
    roots = {*NOTICE_KEYS.values(), *clock_keys(RULES.policies)}

    wanted = {f"{root}.{part}" for root in roots for part in ("subject", "body")}
    assert wanted - set(texts) == set()
