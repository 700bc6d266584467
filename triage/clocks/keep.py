"""Keeping the clocks: starting and stopping them, and telling people what has come due.

Nothing here reads or writes a word of anybody, so it runs where no key is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from triage.audit import Act, Actor
from triage.cases.case import Case, CaseEvent, EventKind
from triage.clocks.clock import (
    Clock,
    Due,
    coalesce,
    due,
    let_go,
    paused,
    rescheduled,
    running_on,
    start,
    stopped,
    with_claim,
    with_fired,
)
from triage.clocks.counting import Pause
from triage.clocks.policy import Audience, ClockPolicy, UnknownPolicyError
from triage.ids import AlarmId, CaseId, ClockId, ClockPolicyId, PersonId
from triage.notices.climbing import end_ladder, note_told
from triage.notices.ladder import Heard, held_back
from triage.notices.notice import NOTICE_KEYS, Notice, Subject, clock_key, clock_topic, tell
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
    fired, _ = _fire(tx, rules, clock, telling=True)
    for other in others:
        held_by = _held_by(rules, other)
        if policy_id in held_by and not any(
            each.lasts and each.held_by == policy_id for each in other.pauses
        ):
            _pause(tx, rules, other, Pause(since=tx.now, reason=HELD, held_by=policy_id))
    return fired


def tick(tx: Transaction, rules: Rules, *, limit: int = 100) -> Ticked:
    """Fire what has come due on up to `limit` clocks; each step once, however many processes tick."""
    clocks = tx.clocks.due(limit=limit)
    fired: Counter[ClockPolicyId] = Counter()
    unreadable: list[ClockId] = []
    for clock in clocks:
        try:
            _policy(rules, clock)
        except UnknownPolicyError:
            # One clock that cannot be read must not keep the others from ringing.
            unreadable.append(clock.id)
            continue
        _, recorded = _fire(tx, rules, clock, telling=True)
        fired[clock.policy_id] += recorded
    more = len(clocks) == limit and len(unreadable) < limit
    return Ticked(
        clocks=len(clocks),
        milestones=fired.total(),
        more=more,
        unreadable=tuple(unreadable),
        fired=+fired,
    )


def stop_clock(tx: Transaction, rules: Rules, clock: Clock, *, result: str | None = None) -> Clock:
    """Stop a clock now. What came due since the last tick is recorded, but nobody is told of what is over.

    Clocks of the case that it held run on.
    """
    if clock.stopped_at is not None:
        return clock
    fired, _ = _fire(tx, rules, clock, telling=False)
    ended = stopped(fired, at=tx.now, result=result)
    tx.clocks.save(ended)
    end_ladder(tx, ended.id)
    for topic in _topics(ended.id):
        tx.outbox.supersede(topic=topic, person_id=None)
    if ended.case_id is not None:
        _let_others_go(tx, rules, ended, ended.case_id)
    return ended


def pause_clock(tx: Transaction, rules: Rules, clock: Clock, *, reason: str, by: PersonId) -> Clock:
    """Let a clock's time stand still, for a reason that is a code. What came due before is recorded and told."""
    fired, _ = _fire(tx, rules, clock, telling=True)
    return _pause(tx, rules, fired, Pause(since=tx.now, reason=reason, by=by))


def unpause_clock(tx: Transaction, rules: Rules, clock: Clock) -> Clock:
    """End the pause that a person made; another clock that holds this one holds it on."""
    return _let_go(tx, rules, clock, held_by=None)


def resume_clock(tx: Transaction, rules: Rules, clock: Clock, *, claimed: bool) -> Clock:
    """Let a stopped clock run on as if it never had stopped: time went on all the while, and what came due fires."""
    if clock.stopped_at is None:
        return clock
    policy = _policy(rules, clock)
    resumed = with_claim(policy, rules.calendar, running_on(clock), claimed=claimed)
    tx.clocks.save(resumed)
    fired, _ = _fire(tx, rules, resumed, telling=True)
    return fired


def stop_clocks(
    tx: Transaction, rules: Rules, case_id: CaseId, *, policies: Collection[ClockPolicyId] | None = None
) -> Sequence[Clock]:
    """Stop the case's clocks of these policies, or all of them."""
    clocks = tx.clocks.of_case(case_id)
    return [
        stop_clock(tx, rules, clock) for clock in clocks if policies is None or clock.policy_id in policies
    ]


def claim_changes(tx: Transaction, rules: Rules, clock: Clock, *, claimed: bool) -> Clock:
    """Tell a clock that somebody now holds its case, or that nobody does any longer.

    What waits to be said about the case being unclaimed is taken back.
    """
    if clock.stopped_at is not None or clock.claimed is claimed:
        return clock
    # What came before the claim was true when it came: fire it, or a step between two ticks would vanish.
    fired, _ = _fire(tx, rules, clock, telling=True)
    changed = with_claim(_policy(rules, fired), rules.calendar, fired, claimed=claimed)
    tx.clocks.save(changed)
    if claimed:
        tx.outbox.supersede(topic=_unclaimed_topic(clock.id), person_id=None)
    return changed


def carry(tx: Transaction, clock: Clock, *, case_id: CaseId) -> Clock:
    """Let an alarm's clock run for the case as well; it runs on as it was."""
    carried = replace(clock, case_id=case_id)
    tx.clocks.save(carried)
    return carried


def fire(tx: Transaction, rules: Rules, clock: Clock) -> Clock:
    """The clock with what is due on it recorded and told, and saved."""
    fired, _ = _fire(tx, rules, clock, telling=True)
    return fired


def notice_time(tx: Transaction, rules: Rules, *, wakes: bool) -> datetime:
    """When a notice may go out: now if it wakes people or somebody is at work, else when somebody next is."""
    if wakes:
        return tx.now
    return rules.calendar.next_staffed(tx.now) or tx.now


def _runs(clock: Clock, policy_id: ClockPolicyId) -> bool:
    return clock.policy_id == policy_id and clock.stopped_at is None


def _held_by(rules: Rules, clock: Clock) -> tuple[ClockPolicyId, ...]:
    if clock.stopped_at is not None:
        return ()
    try:
        return _policy(rules, clock).held_by
    except UnknownPolicyError:
        return ()


def _pause(tx: Transaction, rules: Rules, clock: Clock, pause: Pause) -> Clock:
    fired, _ = _fire(tx, rules, clock, telling=True)
    standing = paused(_policy(rules, fired), rules.calendar, fired, pause)
    tx.clocks.save(standing)
    return standing


def _let_go(tx: Transaction, rules: Rules, clock: Clock, *, held_by: ClockPolicyId | None) -> Clock:
    running = let_go(_policy(rules, clock), rules.calendar, clock, at=tx.now, held_by=held_by)
    tx.clocks.save(running)
    fired, _ = _fire(tx, rules, running, telling=True)
    return fired


def _let_others_go(tx: Transaction, rules: Rules, ended: Clock, case_id: CaseId) -> None:
    others = tx.clocks.of_case(case_id)
    if any(_runs(other, ended.policy_id) for other in others):
        return
    for other in others:
        holds = any(each.lasts and each.held_by == ended.policy_id for each in other.pauses)
        if holds and other.stopped_at is None:
            _let_go(tx, rules, other, held_by=ended.policy_id)


def _policy(rules: Rules, clock: Clock) -> ClockPolicy:
    return rules.policies.get(clock.policy_id, clock.policy_version)


def _fire(tx: Transaction, rules: Rules, clock: Clock, *, telling: bool) -> tuple[Clock, int]:
    """Record what is due and save the clock; the clock, and how many steps were recorded here."""
    policy = _policy(rules, clock)
    dues = due(policy, rules.calendar, clock, tx.now)
    recorded = [
        found for found in dues if tx.clocks.record(clock.id, found.milestone, found.occurrence, at=tx.now)
    ]
    if recorded:
        case = None if clock.case_id is None else tx.cases.get(clock.case_id)
        climbed = _tell_all(tx, rules, policy, clock, case, recorded) if telling else {}
        for found in recorded:
            _write_down(tx, clock, found, climbed)
    fired = (
        with_fired(policy, rules.calendar, clock, dues)
        if dues
        else rescheduled(policy, rules.calendar, clock)
    )
    if fired != clock:
        tx.clocks.save(fired)
    return fired, len(recorded)


def _tell_all(  # noqa: PLR0917 - private, and each of another type
    tx: Transaction,
    rules: Rules,
    policy: ClockPolicy,
    clock: Clock,
    case: Case | None,
    recorded: Sequence[Due],
) -> Mapping[Audience, Audience | None]:
    told = coalesce(recorded)
    people: frozenset[PersonId] = frozenset()
    climbed: dict[Audience, Audience | None] = {}
    ladder, heard = tx.ladders.lock(clock.id), list[Heard]()
    # Latest first: whoever stands behind two audiences hears what stands now, once.
    for found in sorted(set(told.values()), key=lambda each: each.fell_due_at, reverse=True):
        audiences = [audience for audience, theirs in told.items() if theirs == found]
        notice = _notice(policy, clock, case, found)
        not_before = held_back(ladder, clock, found, now=tx.now)
        result = tell(
            tx,
            rules,
            notice,
            audiences,
            not_before=not_before,
            wakes=clock.wakes,
            told_already=people,
        )
        people |= result.people
        climbed |= result.climbed
        heard += [Heard(person=person, rung=rung, at=not_before) for person, rung in result.heard.items()]
    note_told(tx, rules, clock, ladder, heard)
    return climbed


def _key(policy: ClockPolicy, case: Case | None, found: Due) -> str:
    """The first page of an alarm says that nothing was sent yet; every later one says which step it is."""
    if case is None and found.milestone == policy.milestones[0].id:
        return NOTICE_KEYS[Subject.NOTHING_SENT]
    return clock_key(policy, found.milestone)


def _notice(policy: ClockPolicy, clock: Clock, case: Case | None, found: Due) -> Notice:
    unclaimed = any(each.id == found.milestone and each.only_if == "unclaimed" for each in policy.milestones)
    plain, of_unclaimed = _topics(clock.id)
    return Notice(
        key=_key(policy, case, found),
        occasion=f"{clock.id}|{found.milestone}|{found.occurrence}",
        topic=of_unclaimed if unclaimed else plain,
        overtakes=(plain,) if unclaimed else (of_unclaimed,),
        about=_about(clock),
        clock_id=clock.id,
        case_id=clock.case_id,
        case_code=None if case is None else case.code,
        assignee=None if case is None else case.assignee,
        due_at=clock.due_at,
        fell_due_at=found.fell_due_at,
        late_minutes=int(found.lateness.total_seconds()) // 60,
        ahead=case is not None and policy.lies_ahead(found.milestone),
    )


def _write_down(
    tx: Transaction, clock: Clock, found: Due, climbed: Mapping[Audience, Audience | None]
) -> None:
    facts = {
        "policy": str(clock.policy_id),
        "milestone": found.milestone,
        "occurrence": str(found.occurrence),
        "fell_due_at": found.fell_due_at.isoformat(),
    }
    for audience in found.audiences:
        if audience in climbed:
            rung = climbed[audience]
            facts[f"instead_of_{audience}"] = "nobody" if rung is None else rung.value
    tx.audit.record(Act.CASE_ESCALATED, actor=Actor.SYSTEM, object_id=_about(clock), facts=facts)
    if clock.case_id is not None:
        event = CaseEvent(
            id=tx.new_id(),
            case_id=clock.case_id,
            kind=EventKind.ESCALATED,
            at=tx.now,
            by=None,
            facts=facts,
        )
        tx.cases.record(event)


def _about(clock: Clock) -> UUID:
    return clock.case_id or clock.alarm_id or clock.id


def _topics(clock_id: ClockId) -> tuple[str, str]:
    return clock_topic(clock_id), _unclaimed_topic(clock_id)


def _unclaimed_topic(clock_id: ClockId) -> str:
    return f"{clock_topic(clock_id)}:unclaimed"
