"""Climbing: who was told and said nothing is passed over, and the next rung of the ladder is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from triage.audit import Act, Actor
from triage.cases.case import Case, CaseEvent, EventKind
from triage.clocks.clock import Clock
from triage.clocks.policy import Audience, UnknownPolicyError
from triage.ids import PersonId
from triage.notices.audience import next_above
from triage.notices.ladder import Heard, Ladder, at_rest, ended, quiet_over, told
from triage.notices.notice import NOTICE_KEYS, Notice, Subject, clock_topic, tell
from triage.ports import Transaction
from triage.rules import Rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Climbed:
    """One round: how many ladders were looked at, and on how many somebody was told. With `more` another is due."""

    ladders: int
    told: int
    more: bool


def climb(tx: Transaction, rules: Rules, *, limit: int = 100) -> Climbed:
    """Tell the next rung where nobody answered in time, and remind the same one where the agreed time has gone by.

    Each rung of a clock is told once, however many processes look. What wakes nobody waits for staffed hours, and
    whoever answers by then has answered in time. A clock that has a step to tell tells it first; of one whose time
    stands still nobody hears before its next step.
    """
    ladders = tx.ladders.due(limit=limit)
    heard = moved = 0
    for ladder in ladders:
        clock = tx.clocks.get(ladder.clock_id)
        if _has_a_step_to_tell(rules, clock, tx.now):
            continue
        moved += 1
        opens_at = tx.now if clock.wakes else rules.calendar.next_staffed(tx.now) or tx.now
        if clock.stopped_at is not None:
            tx.ladders.save(ended(ladder, at=tx.now))
        elif clock.paused_since is not None:
            tx.ladders.save(at_rest(ladder))
        elif opens_at > tx.now:
            tx.ladders.save(_waiting(ladder, opens_at))
        elif ladder.quiet_until is not None:
            heard += _remind(tx, rules, clock, ladder)
        else:
            heard += _climb(tx, rules, clock, ladder)
    return Climbed(ladders=len(ladders), told=heard, more=len(ladders) == limit and moved > 0)


def _has_a_step_to_tell(rules: Rules, clock: Clock, now: datetime) -> bool:
    if clock.next_fire_at is None or clock.next_fire_at > now:
        return False
    try:
        rules.policies.get(clock.policy_id, clock.policy_version)
    except UnknownPolicyError:
        # Nobody can tell its steps; those who were told of it may still be silent.
        return False
    return True


def _waiting(ladder: Ladder, until: datetime) -> Ladder:
    quiet_until = None if ladder.quiet_until is None else until
    return replace(ladder, climbs_at=until, quiet_until=quiet_until)


def _climb(tx: Transaction, rules: Rules, clock: Clock, ladder: Ladder) -> int:
    case = None if clock.case_id is None else tx.cases.get(clock.case_id)
    assignee = None if case is None else case.assignee
    rung = next_above(tx, rules, ladder.rung, assignee=assignee, told=ladder.told_people)
    if rung is None:
        # There is nobody above who does not know; the clock's own steps go on.
        tx.ladders.save(replace(ladder, climbs_at=None))
        return 0
    subject = Subject.NOT_ACKNOWLEDGED_ALARM if case is None else Subject.NOT_ACKNOWLEDGED
    notice = replace(_notice(clock, case, subject, occasion=f"{clock.id}|climb|{rung}"), silent=ladder.rung)
    result = tell(
        tx,
        rules,
        notice,
        (rung,),
        not_before=tx.now,
        wakes=clock.wakes,
        told_already=ladder.told_people,
    )
    _save(tx, rules, clock, ladder, result.heard)
    _record(
        tx, clock, EventKind.CLIMBED, Act.LADDER_CLIMBED, {"silent": ladder.rung.value, "told": rung.value}
    )
    return 1


def _remind(tx: Transaction, rules: Rules, clock: Clock, ladder: Ladder) -> int:
    case = None if clock.case_id is None else tx.cases.get(clock.case_id)
    by = ladder.acknowledged_by
    rung = (None if by is None else ladder.rung_of(by)) or ladder.rung
    subject = Subject.QUIET_OVER_ALARM if case is None else Subject.QUIET_OVER
    since = ladder.acknowledged_at or ladder.told_at
    notice = _notice(clock, case, subject, occasion=f"{clock.id}|quiet_over|{since:%Y%m%dT%H%M%S}")
    # Whoever a step's notice has reached only now was reminded by it.
    reached = {
        each.person for each in ladder.heard if ladder.quiet_until is None or each.at >= ladder.quiet_until
    }
    result = tell(tx, rules, notice, (rung,), not_before=tx.now, wakes=clock.wakes, told_already=reached)
    over = quiet_over(ladder, rules, clock, now=tx.now)
    _save(tx, rules, clock, over, result.heard)
    _record(tx, clock, EventKind.QUIET_OVER, Act.LADDER_REMINDED, {"told": rung.value})
    return 1


def _notice(clock: Clock, case: Case | None, subject: Subject, *, occasion: str) -> Notice:
    return Notice(
        key=NOTICE_KEYS[subject],
        occasion=occasion,
        topic=clock_topic(clock.id),
        about=clock.case_id or clock.alarm_id or clock.id,
        clock_id=clock.id,
        case_id=clock.case_id,
        case_code=None if case is None else case.code,
        assignee=None if case is None else case.assignee,
        due_at=clock.due_at,
        policy=clock.policy_id,
    )


def _save(
    tx: Transaction, rules: Rules, clock: Clock, ladder: Ladder, people: Mapping[PersonId, Audience]
) -> None:
    heard = [Heard(person=person, rung=rung, at=tx.now) for person, rung in people.items()]
    tx.ladders.save(told(ladder, rules, clock, heard, now=tx.now) or ladder)


def _record(tx: Transaction, clock: Clock, kind: EventKind, act: Act, facts: Mapping[str, str]) -> None:
    known = {"policy": str(clock.policy_id), **facts}
    about = clock.case_id or clock.alarm_id or clock.id
    tx.audit.record(act, actor=Actor.SYSTEM, object_id=about, facts=known)
    if clock.case_id is not None:
        event = CaseEvent(id=tx.new_id(), case_id=clock.case_id, kind=kind, at=tx.now, by=None, facts=known)
        tx.cases.record(event)
