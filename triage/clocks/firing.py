"""Firing: what has come due on clocks is recorded and told, each step exactly once however many processes look.

A round over many clocks reads and writes in lists, so that a step costs the same few statements for one as for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from triage.audit import Act, Actor, AuditEntry
from triage.cases.case import Case, CaseEvent, EventKind
from triage.clocks.clock import Clock, Due, coalesce, due, rescheduled, with_fired
from triage.clocks.policy import Audience, ClockPolicy
from triage.ids import ClockId, PersonId
from triage.notices.ladder import Heard, Ladder, held_back, told
from triage.notices.notice import NOTICE_KEYS, Notice, Subject, clock_key, clock_topic
from triage.notices.telling import Telling
from triage.ports import Transaction
from triage.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Fired:
    """A clock after what was due on it, and how many steps were recorded just now."""

    clock: Clock
    steps: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ringing:
    """A clock with steps that this transaction has recorded, and the case that it runs for."""

    clock: Clock
    policy: ClockPolicy
    recorded: Sequence[Due]
    case: Case | None

    @property
    def about(self) -> UUID:
        return self.clock.case_id or self.clock.alarm_id or self.clock.id


def policy_of(rules: Rules, clock: Clock) -> ClockPolicy:
    """The version of its policy that a clock runs under; `UnknownPolicyError` if these rules do not have it."""
    return rules.policies.get(clock.policy_id, clock.policy_version)


def topics_of(clock_id: ClockId) -> tuple[str, str]:
    """What the notices of a clock are about: all of them, and those that tell that nobody holds its case."""
    plain = clock_topic(clock_id)
    return plain, f"{plain}:unclaimed"


def fire(tx: Transaction, rules: Rules, clock: Clock, *, telling: bool = True) -> Clock:
    """The clock with what is due on it recorded, told unless it is over (`telling`), and saved."""
    [fired] = fire_all(tx, rules, [clock], telling=telling)
    return fired.clock


def fire_all(
    tx: Transaction, rules: Rules, clocks: Sequence[Clock], *, telling: bool = True
) -> Sequence[Fired]:
    """As `fire`, for many clocks at once; what came of each, in their order."""
    came = {clock.id: due(policy_of(rules, clock), rules.calendar, clock, tx.now) for clock in clocks}
    firings = [(clock_id, *found.key) for clock_id, dues in came.items() for found in dues]
    # Whoever fires holds the clock: else two would wait for each other, one for the row of the step, one for the clock.
    tx.clocks.lock({clock_id for clock_id, *_ in firings})
    recorded = tx.clocks.record(firings, at=tx.now)
    new = {
        clock_id: [found for found in dues if (clock_id, *found.key) in recorded]
        for clock_id, dues in came.items()
    }
    _tell_and_write_down(tx, rules, [clock for clock in clocks if new[clock.id]], new, telling=telling)
    fired = [Fired(clock=_after(rules, clock, came[clock.id]), steps=len(new[clock.id])) for clock in clocks]
    tx.clocks.reschedule(
        [each.clock for each, clock in zip(fired, clocks, strict=True) if each.clock != clock]
    )
    return fired


def _after(rules: Rules, clock: Clock, dues: Sequence[Due]) -> Clock:
    policy = policy_of(rules, clock)
    if not dues:
        return rescheduled(policy, rules.calendar, clock)
    return with_fired(policy, rules.calendar, clock, dues)


def _tell_and_write_down(
    tx: Transaction,
    rules: Rules,
    clocks: Sequence[Clock],
    recorded: Mapping[ClockId, Sequence[Due]],
    *,
    telling: bool,
) -> None:
    if not clocks:
        return
    cases = tx.cases.get_all({clock.case_id for clock in clocks if clock.case_id is not None})
    ringing = [
        _Ringing(
            clock=clock,
            policy=policy_of(rules, clock),
            recorded=recorded[clock.id],
            case=None if clock.case_id is None else cases[clock.case_id],
        )
        for clock in clocks
    ]
    climbed: Mapping[ClockId, Mapping[Audience, Audience | None]] = {}
    if telling:
        climbed = _tell_all(tx, rules, ringing)
    _write_down(tx, ringing, climbed)


def _tell_all(
    tx: Transaction, rules: Rules, ringing: Sequence[_Ringing]
) -> Mapping[ClockId, Mapping[Audience, Audience | None]]:
    """Tell of each clock's steps; for each the audiences that were empty, with the rung told instead."""
    telling = Telling(tx, rules)
    ladders = tx.ladders.lock_all([each.clock.id for each in ringing])
    changed: list[Ladder] = []
    climbed: dict[ClockId, Mapping[Audience, Audience | None]] = {}
    for each in ringing:
        before = ladders.get(each.clock.id)
        heard, climbed[each.clock.id] = _tell(tx, telling, each, before)
        after = told(before, rules, each.clock, heard, now=tx.now)
        if after is not None and after != before:
            changed.append(after)
    telling.write()
    tx.ladders.save(*changed)
    return climbed


def _tell(
    tx: Transaction, telling: Telling, ringing: _Ringing, ladder: Ladder | None
) -> tuple[Sequence[Heard], Mapping[Audience, Audience | None]]:
    clock, theirs = ringing.clock, coalesce(ringing.recorded)
    people: frozenset[PersonId] = frozenset()
    climbed: dict[Audience, Audience | None] = {}
    heard: list[Heard] = []
    # Latest first: whoever stands behind two audiences hears what stands now, once; and so does the house.
    in_order = sorted(ringing.recorded, key=lambda each: each.fell_due_at)
    latest_first = [each for each in reversed(in_order) if each in theirs.values()]
    for found in latest_first:
        notice = _notice(ringing, found)
        not_before = held_back(ladder, clock, found, now=tx.now)
        if found == latest_first[0]:
            telling.tell_house(notice, not_before=not_before, wakes=clock.wakes)
        result = telling.tell(
            notice,
            [audience for audience, step in theirs.items() if step == found],
            not_before=not_before,
            wakes=clock.wakes,
            told_already=people,
        )
        people |= result.people
        climbed |= result.climbed
        heard += [Heard(person=person, rung=rung, at=not_before) for person, rung in result.heard.items()]
    return heard, climbed


def _notice(ringing: _Ringing, found: Due) -> Notice:
    clock, policy, case = ringing.clock, ringing.policy, ringing.case
    unclaimed = any(each.id == found.milestone and each.only_if == "unclaimed" for each in policy.milestones)
    plain, of_unclaimed = topics_of(clock.id)
    return Notice(
        key=_key(policy, case, found),
        occasion=f"{clock.id}|{found.milestone}|{found.occurrence}",
        topic=of_unclaimed if unclaimed else plain,
        overtakes=(plain,) if unclaimed else (of_unclaimed,),
        about=ringing.about,
        clock_id=clock.id,
        case_id=clock.case_id,
        case_code=None if case is None else case.code,
        assignee=None if case is None else case.assignee,
        kept_out=frozenset() if case is None else case.conflicts,
        due_at=clock.due_at,
        fell_due_at=found.fell_due_at,
        late_minutes=int(found.lateness.total_seconds()) // 60,
        ahead=case is not None and policy.lies_ahead(found.milestone),
    )


def _key(policy: ClockPolicy, case: Case | None, found: Due) -> str:
    """The first page of an alarm says that nothing was sent yet; every later one says which step it is."""
    if case is None and found.milestone == policy.milestones[0].id:
        return NOTICE_KEYS[Subject.NOTHING_SENT]
    return clock_key(policy, found.milestone)


def _write_down(
    tx: Transaction,
    ringing: Iterable[_Ringing],
    climbed: Mapping[ClockId, Mapping[Audience, Audience | None]],
) -> None:
    entries: list[AuditEntry] = []
    events: list[CaseEvent] = []
    for each in ringing:
        for found in each.recorded:
            facts = _facts(each.clock, found, climbed.get(each.clock.id, {}))
            entries.append(
                AuditEntry(
                    id=tx.new_id(),
                    at=tx.now,
                    act=Act.CASE_ESCALATED,
                    actor=Actor.SYSTEM,
                    object_id=each.about,
                    facts=facts,
                )
            )
            if each.clock.case_id is not None:
                events.append(
                    CaseEvent(
                        id=tx.new_id(),
                        case_id=each.clock.case_id,
                        kind=EventKind.ESCALATED,
                        at=tx.now,
                        by=None,
                        facts=facts,
                    )
                )
    tx.audit.add(entries)
    tx.cases.record(*events)


def _facts(clock: Clock, found: Due, climbed: Mapping[Audience, Audience | None]) -> Mapping[str, str]:
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
    return facts
