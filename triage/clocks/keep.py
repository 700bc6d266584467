"""Keeping the clocks: starting and stopping them, and telling people what has come due.

Nothing here reads or writes a word of anybody, so it runs where no key is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from triage.case_ports import PolicyVersion
from triage.clocks.clock import Clock, let_go, paused, running_on, start, stopped, with_claim
from triage.clocks.counting import Pause
from triage.clocks.firing import fire, fire_all, policy_of, topics_of
from triage.clocks.policy import UnknownPolicyError
from triage.ids import AlarmId, CaseId, ClockId, ClockPolicyId, PersonId
from triage.notices.climbing import end_ladder
from triage.ports import Transaction
from triage.rules import Rules

ACUTE_CHECK = ClockPolicyId("acute_check")
"""Somebody says what was done about an alarm. A trigger's own data may name another clock."""

HELD = "held"
"""The reason of a pause that no person made: another clock of the case holds this one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticked:
    """One round of the clockwork. With `more` another round is due at once.

    `unreadable` clocks run under a policy version that this process does not know: somebody must be told.
    """

    clocks: int
    milestones: int
    more: bool
    unreadable: tuple[ClockId, ...] = ()
    fired: Mapping[ClockPolicyId, int] = field(default_factory=dict)
    """How many steps of each policy were recorded."""


def start_clock(
    tx: Transaction,
    rules: Rules,
    policy_id: ClockPolicyId,
    *,
    wakes: bool,
    case_id: CaseId | None = None,
    alarm_id: AlarmId | None = None,
    claimed: bool = False,
    since: datetime | None = None,
    date: datetime | None = None,
) -> Clock:
    """Start a clock under the newest version of its policy; a step that is due at once fires at once.

    It runs from now, or from `since`: a clock that should have run from then is born with its true time left. One
    that counts from a date needs `date`. It is born held where a clock of the case holds it, and holds others.
    """
    policy = rules.policies.newest(policy_id)
    others = () if case_id is None else tx.clocks.of_case(case_id)
    clock = start(
        policy,
        rules.calendar,
        clock_id=ClockId(tx.new_id()),
        at=tx.now if since is None else since,
        wakes=wakes,
        case_id=case_id,
        alarm_id=alarm_id,
        claimed=claimed,
        date=date,
        pauses=tuple(
            Pause(since=tx.now, reason=HELD, held_by=gate)
            for gate in policy.held_by
            if any(_runs(other, gate) for other in others)
        ),
    )
    tx.clocks.add(clock)
    fired = fire(tx, rules, clock)
    for other in others:
        held_by = _held_by(rules, other)
        if policy_id in held_by and not any(
            each.lasts and each.held_by == policy_id for each in other.pauses
        ):
            _pause(tx, rules, other, Pause(since=tx.now, reason=HELD, held_by=policy_id))
    return fired


def tick(tx: Transaction, rules: Rules, *, limit: int = 100) -> Ticked:
    """Fire what has come due on up to `limit` clocks; each step once, however many processes tick."""
    readable, unreadable = _due(tx, rules, limit)
    fired: Counter[ClockPolicyId] = Counter()
    for each in fire_all(tx, rules, readable):
        fired[each.clock.policy_id] += each.steps
    return Ticked(
        clocks=len(readable) + len(unreadable),
        milestones=fired.total(),
        more=len(readable) == limit,
        unreadable=tuple(clock.id for clock in unreadable),
        fired=+fired,
    )


def stop_clock(tx: Transaction, rules: Rules, clock: Clock, *, result: str | None = None) -> Clock:
    """Stop a clock now. What came due since the last tick is recorded, but nobody is told of what is over.

    Clocks of the case that it held run on.
    """
    if clock.stopped_at is not None:
        return clock
    fired = fire(tx, rules, clock, telling=False)
    ended = stopped(fired, at=tx.now, result=result)
    tx.clocks.save(ended)
    end_ladder(tx, ended.id)
    for topic in topics_of(ended.id):
        tx.outbox.supersede(topic=topic)
    if ended.case_id is not None:
        _let_others_go(tx, rules, ended, ended.case_id)
    return ended


def pause_clock(tx: Transaction, rules: Rules, clock: Clock, *, reason: str, by: PersonId) -> Clock:
    """Let a clock's time stand still, for a reason that is a code. What came due before is recorded and told."""
    fired = fire(tx, rules, clock)
    return _pause(tx, rules, fired, Pause(since=tx.now, reason=reason, by=by))


def unpause_clock(tx: Transaction, rules: Rules, clock: Clock) -> Clock:
    """End the pause that a person made; another clock that holds this one holds it on."""
    return _let_go(tx, rules, clock, held_by=None)


def resume_clock(tx: Transaction, rules: Rules, clock: Clock, *, claimed: bool) -> Clock:
    """Let a stopped clock run on as if it never had stopped: time went on all the while, and what came due fires."""
    if clock.stopped_at is None:
        return clock
    policy = policy_of(rules, clock)
    resumed = with_claim(policy, rules.calendar, running_on(clock), claimed=claimed)
    tx.clocks.save(resumed)
    return fire(tx, rules, resumed)


def stop_clocks(
    tx: Transaction, rules: Rules, case_id: CaseId, *, policies: Collection[ClockPolicyId] | None = None
) -> Sequence[Clock]:
    """Stop the case's clocks of these policies, or all of them."""
    clocks = tx.clocks.of_case(case_id)
    return [
        stop_clock(tx, rules, clock) for clock in clocks if policies is None or clock.policy_id in policies
    ]


def claim_changes(tx: Transaction, rules: Rules, clock: Clock, *, claimed: bool) -> Clock:
    """Tell a clock that somebody holds its case now, or that nobody does any longer.

    What waits to be said about its being unclaimed is taken back once somebody holds it. Once nobody does, a step that
    tells of that fires, at once if it is past.
    """
    if clock.stopped_at is not None or clock.claimed == claimed:
        return clock
    # What came before was true when it came: fire it, or a step between two ticks would vanish.
    fired = fire(tx, rules, clock)
    changed = with_claim(policy_of(rules, fired), rules.calendar, fired, claimed=claimed)
    tx.clocks.save(changed)
    if not claimed:
        return fire(tx, rules, changed)
    tx.outbox.supersede(topic=topics_of(clock.id)[1])
    return changed


def carry(tx: Transaction, clock: Clock, *, case_id: CaseId) -> Clock:
    """Let an alarm's clock run for the case as well; it runs on as it was."""
    carried = replace(clock, case_id=case_id)
    tx.clocks.save(carried)
    return carried


def notice_time(tx: Transaction, rules: Rules, *, wakes: bool) -> datetime:
    """When a notice may go out: now if it wakes people or somebody is at work, else when somebody next is."""
    if wakes:
        return tx.now
    return rules.calendar.next_staffed(tx.now) or tx.now


def _runs(clock: Clock, policy_id: ClockPolicyId) -> bool:
    return clock.policy_id == policy_id and clock.stopped_at is None


def _due(tx: Transaction, rules: Rules, limit: int) -> tuple[Sequence[Clock], Sequence[Clock]]:
    """Clocks that are due and can be read, up to `limit`, and such as cannot.

    One that cannot be read must not keep the others from ringing, however many there are of it.
    """
    unreadable: list[Clock] = []
    while True:
        but: set[PolicyVersion] = {(clock.policy_id, clock.policy_version) for clock in unreadable}
        clocks = tx.clocks.due(limit=limit, but=but)
        unknown = [clock for clock in clocks if not _is_known(rules, clock)]
        unreadable += unknown
        if not unknown or len(clocks) < limit:
            return [clock for clock in clocks if _is_known(rules, clock)], unreadable


def _is_known(rules: Rules, clock: Clock) -> bool:
    try:
        policy_of(rules, clock)
    except UnknownPolicyError:
        return False
    return True


def _held_by(rules: Rules, clock: Clock) -> tuple[ClockPolicyId, ...]:
    if clock.stopped_at is not None or not _is_known(rules, clock):
        return ()
    return policy_of(rules, clock).held_by


def _pause(tx: Transaction, rules: Rules, clock: Clock, pause: Pause) -> Clock:
    fired = fire(tx, rules, clock)
    standing = paused(policy_of(rules, fired), rules.calendar, fired, pause)
    tx.clocks.save(standing)
    return standing


def _let_go(tx: Transaction, rules: Rules, clock: Clock, *, held_by: ClockPolicyId | None) -> Clock:
    running = let_go(policy_of(rules, clock), rules.calendar, clock, at=tx.now, held_by=held_by)
    tx.clocks.save(running)
    return fire(tx, rules, running)


def _let_others_go(tx: Transaction, rules: Rules, ended: Clock, case_id: CaseId) -> None:
    others = tx.clocks.of_case(case_id)
    if any(_runs(other, ended.policy_id) for other in others):
        return
    for other in others:
        holds = any(each.lasts and each.held_by == ended.policy_id for each in other.pauses)
        if holds and other.stopped_at is None:
            _let_go(tx, rules, other, held_by=ended.policy_id)
