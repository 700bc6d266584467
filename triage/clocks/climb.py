"""Climbing: who was told and said nothing is passed over, and the next rung of the ladder is told."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from triage.audit import Act, Actor, AuditEntry
from triage.cases.case import Case, CaseEvent, EventKind
from triage.clocks.clock import Clock
from triage.clocks.policy import Audience, UnknownPolicyError
from triage.ids import CaseId, PersonId
from triage.notices.ladder import Heard, Ladder, at_rest, ended, quiet_over, told
from triage.notices.notice import NOTICE_KEYS, Notice, Subject, clock_topic
from triage.notices.telling import Telling
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
    clocks = tx.clocks.get_all([ladder.clock_id for ladder in ladders])
    due = [(clocks[ladder.clock_id], ladder) for ladder in ladders]
    ready = [(clock, ladder) for clock, ladder in due if not _has_a_step_to_tell(rules, clock, tx.now)]
    cases = tx.cases.get_all({clock.case_id for clock, _ in ready if clock.case_id is not None})
    climbing = _Climbing(tx, rules, cases)
    for clock, ladder in ready:
        climbing.look(clock, ladder)
    climbing.write()
    return Climbed(ladders=len(ladders), told=climbing.told, more=len(ladders) == limit and len(ready) > 0)


class _Climbing:
    """One round over many ladders: what it does to each is gathered, and written in lists."""

    def __init__(self, tx: Transaction, rules: Rules, cases: Mapping[CaseId, Case]) -> None:
        self.told = 0
        self._tx = tx
        self._rules = rules
        self._cases = cases
        self._telling = Telling(tx, rules)
        self._ladders: list[Ladder] = []
        self._entries: list[AuditEntry] = []
        self._events: list[CaseEvent] = []

    def look(self, clock: Clock, ladder: Ladder) -> None:
        """Take one ladder whose time has come a step on."""
        now, calendar = self._tx.now, self._rules.calendar
        opens_at = now if clock.wakes else calendar.next_staffed(now) or now
        if clock.stopped_at is not None:
            self._ladders.append(ended(ladder, at=now))
        elif clock.paused_since is not None:
            self._ladders.append(at_rest(ladder))
        elif opens_at > now:
            self._ladders.append(_waiting(ladder, opens_at))
        elif ladder.quiet_until is not None:
            self._remind(clock, ladder)
        else:
            self._climb(clock, ladder)

    def write(self) -> None:
        """Put it all into the store."""
        self._telling.write()
        self._tx.ladders.save(*self._ladders)
        self._tx.audit.add(self._entries)
        self._tx.cases.record(*self._events)

    def _climb(self, clock: Clock, ladder: Ladder) -> None:
        case = self._case(clock)
        rung = self._telling.standing.above(
            ladder.rung,
            assignee=None if case is None else case.assignee,
            told=ladder.told_people,
            kept_out=frozenset() if case is None else case.conflicts,
        )
        if rung is None:
            # There is nobody above who does not know; the clock's own steps go on.
            self._ladders.append(replace(ladder, climbs_at=None))
            return
        subject = Subject.NOT_ACKNOWLEDGED_ALARM if case is None else Subject.NOT_ACKNOWLEDGED
        notice = replace(
            _notice(clock, case, subject, occasion=f"{clock.id}|climb|{rung}"), silent=ladder.rung
        )
        self._tell(clock, ladder, notice, rung, told_already=ladder.told_people)
        facts = {"silent": ladder.rung.value, "told": rung.value}
        self._record(clock, EventKind.CLIMBED, Act.LADDER_CLIMBED, facts)

    def _remind(self, clock: Clock, ladder: Ladder) -> None:
        case = self._case(clock)
        by = ladder.acknowledged_by
        rung = (None if by is None else ladder.rung_of(by)) or ladder.rung
        subject = Subject.QUIET_OVER_ALARM if case is None else Subject.QUIET_OVER
        since = ladder.acknowledged_at or ladder.told_at
        notice = _notice(clock, case, subject, occasion=f"{clock.id}|quiet_over|{since:%Y%m%dT%H%M%S}")
        # Whoever a step's notice has reached only now was reminded by it.
        reached = {
            each.person
            for each in ladder.heard
            if ladder.quiet_until is None or each.at >= ladder.quiet_until
        }
        over = quiet_over(ladder, self._rules, clock, now=self._tx.now)
        if self._tell(clock, over, notice, rung, told_already=reached):
            self._record(clock, EventKind.QUIET_OVER, Act.LADDER_REMINDED, {"told": rung.value})

    def _tell(
        self,
        clock: Clock,
        ladder: Ladder,
        notice: Notice,
        rung: Audience,
        *,
        told_already: Collection[PersonId],
    ) -> bool:
        """Tell this rung, the house with it; False if there is nobody who does not know."""
        now = self._tx.now
        result = self._telling.tell(
            notice, (rung,), not_before=now, wakes=clock.wakes, told_already=told_already
        )
        heard = [Heard(person=person, rung=as_, at=now) for person, as_ in result.heard.items()]
        self._ladders.append(told(ladder, self._rules, clock, heard, now=now) or ladder)
        if heard:
            self._telling.tell_house(notice, not_before=now, wakes=clock.wakes)
            self.told += 1
        return bool(heard)

    def _record(self, clock: Clock, kind: EventKind, act: Act, facts: Mapping[str, str]) -> None:
        tx, known = self._tx, {"policy": str(clock.policy_id), **facts}
        self._entries.append(
            AuditEntry(
                id=tx.new_id(),
                at=tx.now,
                act=act,
                actor=Actor.SYSTEM,
                object_id=clock.case_id or clock.alarm_id or clock.id,
                facts=known,
            )
        )
        if clock.case_id is not None:
            self._events.append(
                CaseEvent(id=tx.new_id(), case_id=clock.case_id, kind=kind, at=tx.now, by=None, facts=known)
            )

    def _case(self, clock: Clock) -> Case | None:
        return None if clock.case_id is None else self._cases[clock.case_id]


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
        kept_out=frozenset() if case is None else case.conflicts,
        due_at=clock.due_at,
        policy=clock.policy_id,
    )
