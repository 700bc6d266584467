"""The commands about clocks: trying changed rules on what has been, and letting running clocks follow them."""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, time, timedelta

from bot.profile import Profile, load_profile
from bot.profile_files import parse
from bot.says import Says, write
from bot.settings import Settings
from bot.wiring import SettingsError, load_keyring
from storage.store import DatabaseClock, Store, open_store
from storage.transaction import Transaction
from triage.cases.case import EventKind
from triage.clocks.calendar import Calendar
from triage.clocks.clock import Clock
from triage.clocks.moving import Move, move, preview_move
from triage.clocks.policy import Audience, ClockPolicies, ClockPolicy, UnknownPolicyError
from triage.clocks.replay import Past, Tally, replay
from triage.ids import CaseId, ClockId, ClockPolicyId

AT_ONCE = 200
_A_YEAR = timedelta(days=365)


async def simulate(settings: Settings, given: argparse.Namespace) -> int:
    """Replay past clocks under the rules of a file and under those in force, and say what would have been different.

    Reads the store and changes nothing.
    """
    profile = load_profile(settings.profile)
    says = Says(profile.translator())
    tried = parse(ClockPolicies, given.file)
    store = _opened(settings)
    await store.open()
    try:
        now: datetime = await store.read(_now)
        since = _since(profile, given.since) if given.since else now - _A_YEAR
        past = [each async for each in _past(store, since)]
    finally:
        await store.close()
    says.say("cli.clocks.replayed", clocks=len(past), since=since.astimezone(profile.zone).date().isoformat())
    calendar = profile.calendar()
    same: list[str] = []
    for policy in tried.all_newest():
        of_it = [each for each in past if each.clock.policy_id == policy.id]
        if not of_it:
            continue
        if policy in profile.clocks.clocks:
            same.append(policy.id)
            continue
        before, after = _both(profile.clocks, policy, calendar, of_it, now)
        _show(says, policy, before, after)
    if same:
        says.say("cli.clocks.same", policies=", ".join(same))
    return 0


async def move_clocks(settings: Settings, given: argparse.Namespace) -> int:
    """Let running clocks of a policy follow its newest version; without `--yes` only say what would become of each."""
    profile = load_profile(settings.profile)
    says = Says(profile.translator())
    rules = profile.rules()
    policy_id = ClockPolicyId(given.policy)
    try:
        newest = profile.clocks.newest(policy_id)
    except UnknownPolicyError as error:
        known = ", ".join(sorted({policy.id for policy in profile.clocks.clocks}))
        raise SettingsError(f"There is no clock {policy_id}, only: {known}") from error
    store = _opened(settings)
    await store.open()
    moves: list[Move] = []
    try:
        after: ClockId | None = None
        while True:
            use_case = move if given.yes else preview_move
            found: Sequence[Move] = await store.write(use_case, rules, policy_id, after=after, limit=AT_ONCE)
            moves += found
            if len(found) < AT_ONCE:
                break
            after = found[-1].clock_id
    finally:
        await store.close()
    for each in moves:
        if each.from_version != each.to_version:
            write(_line(says, profile, each))
    changing = [each for each in moves if each.from_version != each.to_version and each.refused is None]
    key = "cli.clocks.moved" if given.yes else "cli.clocks.would_move"
    says.say(key, clocks=len(changing), policy=policy_id, version=newest.version, all=len(moves))
    if changing and not given.yes:
        says.say("cli.clocks.say_yes")
    return 0


def _opened(settings: Settings) -> Store:
    keyring, _ = load_keyring(settings, create=False)
    return open_store(settings.store_url, clock=DatabaseClock(), keyring=keyring)


def _since(profile: Profile, written: str) -> datetime:
    try:
        day = datetime.strptime(written, "%Y-%m-%d").date()  # noqa: DTZ007 - the zone is the organisation's
    except ValueError as error:
        raise SettingsError(f"--since: {written} is not a date such as 2026-01-31") from error
    return datetime.combine(day, time(0), profile.zone)


async def _past(store: Store, since: datetime) -> AsyncIterator[Past]:
    after: ClockId | None = None
    while True:
        clocks, claims = await store.read(_read, since, after)
        for clock in clocks:
            yield _as_it_ran(clock, () if clock.case_id is None else claims.get(clock.case_id, ()))
        if len(clocks) < AT_ONCE:
            return
        after = clocks[-1].id


def _read(
    tx: Transaction, since: datetime, after: ClockId | None
) -> tuple[Sequence[Clock], Mapping[CaseId, Sequence[tuple[datetime, bool]]]]:
    """Clocks, and when their cases were taken or made nobody's."""
    clocks = tx.clocks.started_since(since, after=after, limit=AT_ONCE)
    cases = {clock.case_id for clock in clocks if clock.case_id is not None}
    taken, left = (tx.cases.times_of(kind, cases) for kind in (EventKind.CLAIMED, EventKind.RELEASED))
    changes = {
        case: sorted([(at, True) for at in taken.get(case, ())] + [(at, False) for at in left.get(case, ())])
        for case in cases
    }
    return clocks, changes


def _as_it_ran(clock: Clock, changes: Sequence[tuple[datetime, bool]]) -> Past:
    before = [held for at, held in changes if at <= clock.started_at]
    later = [(at, held) for at, held in changes if at > clock.started_at]
    return Past(clock=clock, claimed=before[-1] if before else clock.claimed and not later, claims=later)


def _both(
    policies: ClockPolicies, policy: ClockPolicy, calendar: Calendar, past: Sequence[Past], now: datetime
) -> tuple[Tally, Tally]:
    return (
        replay(policies.newest(policy.id), calendar, past, now=now),
        replay(policy, calendar, past, now=now),
    )


def _show(says: Says, policy: ClockPolicy, before: Tally, after: Tally) -> None:
    write("")
    says.say("cli.clocks.policy", policy=policy.id, version=policy.version, clocks=after.clocks)
    rows = [
        (says.name("cli.clocks.breaches"), before.breaches, after.breaches),
        *(
            (
                says.name("cli.clocks.notices", who=says.name(f"role.{who}")),
                before.notices[who],
                after.notices[who],
            )
            for who in Audience
            if before.notices[who] or after.notices[who]
        ),
        (says.name("cli.clocks.at_night"), before.at_night, after.at_night),
    ]
    if after.without_deadline or before.without_deadline:
        rows.append(
            (says.name("cli.clocks.without_deadline"), before.without_deadline, after.without_deadline)
        )
    wide = max(len(name) for name, _, _ in rows)
    for name, was, would in rows:
        difference = f"{would - was:+d}" if would != was else ""
        write(f"  {name:<{wide}} {was:>7} → {would:>7} {difference}".rstrip())


def _line(says: Says, profile: Profile, each: Move) -> str:
    name = each.case_code or str(each.clock_id)
    words = profile.translator()

    def when(at: datetime) -> str:
        return words.date_time(at, says.language)

    if each.stops:
        return says.name("cli.clocks.stops", name=name)
    if each.refused is not None:
        return says.name(f"cli.clocks.refused.{each.refused}", name=name, due=when(each.due_before))
    line = says.name(
        "cli.clocks.line",
        name=name,
        from_version=each.from_version,
        to_version=each.to_version,
        before=when(each.due_before),
        after=when(each.due_after),
    )
    if each.fires:
        steps = ", ".join(_step(says, step) for step in each.fires)
        line = f"{line} {says.name('cli.clocks.fires', steps=steps)}"
    return line


def _step(says: Says, milestone: str) -> str:
    key = f"console.milestone.{milestone}"
    return says.name(key) if says.has(key) else milestone


def _now(tx: Transaction) -> datetime:
    return tx.now
