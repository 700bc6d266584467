"""Running clocks under other rules: a newer version of their policy, or another calendar.

Both go through all running clocks a few at a time, each few one transaction, so that a desk works on meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from triage.audit import Act, Actor
from triage.clocks.clock import Clock, NoDeadlineError, due, moved, recounted
from triage.clocks.firing import fire
from triage.clocks.keep import stop_clock
from triage.clocks.policy import ClockPolicy, UnknownPolicyError
from triage.ids import CaseCode, ClockId, ClockPolicyId
from triage.ports import Transaction
from triage.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """What becomes of one running clock under the newest version of its policy. All times are aware UTC.

    `fires` are the steps that come at once. With `refused` the clock stays as it is: its promise would be set back,
    the calendar has no deadline for it, or it stands still and the newest version is one that never does. With `stops`
    the newest version switches the clock off.
    """

    clock_id: ClockId
    case_code: CaseCode | None
    from_version: int
    to_version: int
    due_before: datetime
    due_after: datetime
    fires: tuple[str, ...] = ()
    stops: bool = False
    refused: str | None = None


SET_BACK = "set_back"
NO_DEADLINE = "no_deadline"
STANDS_STILL = "stands_still"


def preview_move(
    tx: Transaction, rules: Rules, policy_id: ClockPolicyId, *, after: ClockId | None, limit: int = 200
) -> Sequence[Move]:
    """What `move` would do to the next clocks behind `after`; changes nothing."""
    policy = rules.policies.newest(policy_id)
    return [
        _planned(tx, rules, policy, clock)[0]
        for clock in tx.clocks.running(after=after, limit=limit, policy_id=policy_id)
    ]


def move(
    tx: Transaction, rules: Rules, policy_id: ClockPolicyId, *, after: ClockId | None, limit: int = 200
) -> Sequence[Move]:
    """Let the next running clocks behind `after` follow the newest version of their policy.

    A promise to those outside is never set back: such a clock keeps its version. What has fired stays fired; what
    lies behind it already fires now, and is told once.
    """
    policy = rules.policies.newest(policy_id)
    done = []
    for clock in _locked(tx, tx.clocks.running(after=after, limit=limit, policy_id=policy_id)):
        planned, other = _planned(tx, rules, policy, clock)
        done.append(planned)
        if other is None or planned.from_version == planned.to_version:
            continue
        facts = {
            "policy": str(policy_id),
            "from": str(planned.from_version),
            "to": str(planned.to_version),
            "due_before": planned.due_before.isoformat(),
            "due_after": planned.due_after.isoformat(),
        }
        tx.audit.record(Act.CLOCK_MOVED, actor=Actor.OPERATOR, object_id=_about(clock), facts=facts)
        if planned.stops:
            stop_clock(tx, rules, clock)
            continue
        tx.clocks.save(other)
        fire(tx, rules, other)
    return done


@dataclass(frozen=True, slots=True, kw_only=True)
class Recounted:
    """How far a recount got: the clock to go on behind, how many were looked at, and how many deadlines moved."""

    last: ClockId | None
    seen: int
    changed: int


def recount(tx: Transaction, rules: Rules, *, after: ClockId | None, limit: int = 200) -> Recounted:
    """Work out the next running clocks behind `after` by the calendar as it is now.

    A clock whose policy is not known, or that the calendar has no deadline for any more, stays as it is.
    """
    clocks = tx.clocks.running(after=after, limit=limit)
    changed = 0
    for clock in _locked(tx, clocks):
        try:
            policy = rules.policies.get(clock.policy_id, clock.policy_version)
            now = recounted(policy, rules.calendar, clock)
        except (UnknownPolicyError, NoDeadlineError):
            continue
        if now == clock:
            continue
        tx.clocks.save(now)
        if now.due_at != clock.due_at:
            changed += 1
            facts = {
                "policy": str(clock.policy_id),
                "due_before": clock.due_at.isoformat(),
                "due_after": now.due_at.isoformat(),
            }
            tx.audit.record(Act.CLOCK_RECOUNTED, actor=Actor.SYSTEM, object_id=_about(clock), facts=facts)
    return Recounted(last=clocks[-1].id if clocks else None, seen=len(clocks), changed=changed)


def _locked(tx: Transaction, clocks: Sequence[Clock]) -> Sequence[Clock]:
    """These clocks as they are once they and their cases are held, without those that have stopped meanwhile.

    Cases before clocks, as everybody else: writing a clock's deadline writes its case's place in the queue.
    """
    ids = [clock.id for clock in clocks]
    tx.cases.lock_all({clock.case_id for clock in clocks if clock.case_id is not None})
    tx.clocks.lock(ids)
    now = tx.clocks.get_all(ids)
    return [now[each] for each in ids if now[each].stopped_at is None]


def is_counted(tx: Transaction, rules: Rules) -> bool:
    """Whether the running clocks were counted by the calendar as it is now."""
    return tx.clocks.counted_by() == rules.calendar.fingerprint


def note_counted(tx: Transaction, rules: Rules) -> None:
    """Note that they all were."""
    tx.clocks.set_counted_by(rules.calendar.fingerprint)


def _planned(tx: Transaction, rules: Rules, policy: ClockPolicy, clock: Clock) -> tuple[Move, Clock | None]:
    """The plan for one clock, and the clock as it would be; None where it stays or stops."""
    case = None if clock.case_id is None else tx.cases.get(clock.case_id)
    refused: str | None = None
    other: Clock | None = None
    try:
        other = moved(policy, rules.calendar, clock)
    except NoDeadlineError:
        refused = NO_DEADLINE
    if other is not None and policy.limit_is_promise and other.due_at > clock.due_at:
        refused, other = SET_BACK, None
    if clock.paused_since is not None and not policy.pausable:
        refused, other = STANDS_STILL, None
    fires = (
        () if other is None else tuple(each.milestone for each in due(policy, rules.calendar, other, tx.now))
    )
    planned = Move(
        clock_id=clock.id,
        case_code=None if case is None else case.code,
        from_version=clock.policy_version,
        to_version=policy.version,
        due_before=clock.due_at,
        due_after=clock.due_at if other is None else other.due_at,
        fires=() if policy.off else fires,
        stops=policy.off,
        refused=None if policy.off else refused,
    )
    return planned, clock if policy.off else other


def _about(clock: Clock) -> UUID:
    return clock.case_id or clock.alarm_id or clock.id
