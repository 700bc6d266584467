"""Routing around: a notice that no channel takes goes on by another, then to the next rung of the ladder."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime

from triage.audit import Act, Actor
from triage.cases.case import Case
from triage.clocks.keep import notice_time
from triage.clocks.policy import Audience
from triage.ids import PersonId
from triage.notices.audience import rungs
from triage.notices.ladder import Heard, told
from triage.notices.life import CHECK_AFTER
from triage.notices.notice import Written
from triage.notices.outbox import OutboxState, Via
from triage.notices.telling import Telling, all_ways_to, row_by
from triage.people.person import PersonState
from triage.ports import Transaction
from triage.rules import Rules

_TRIED_IN = (Via.TELEGRAM, Via.MAIL, Via.SMS)


def route_on(tx: Transaction, rules: Rules, *, limit: int = 100) -> int:
    """Take each notice that is stuck one step on; how many were looked at. Each step is taken once, whoever looks."""
    stuck = tx.notices.stuck(limit=limit, channels=rules.channels, after=CHECK_AFTER)
    for written in stuck:
        _step(tx, rules, written)
    return len(stuck)


def tell_instead(tx: Transaction, rules: Rules, case: Case, written: Written) -> None:
    """Tell what was taken back from its reader to whoever stands in their place now, as the case stands now."""
    notice = replace(written.notice, assignee=case.assignee, kept_out=case.conflicts, as_deputy=False)
    at = max(written.not_before, tx.now)
    knows = tx.notices.people_of(notice.occasion)
    telling = Telling(tx, rules)
    result = telling.tell(notice, (written.audience,), not_before=at, wakes=written.wakes, told_already=knows)
    telling.write()
    _note_heard(tx, rules, written, result.heard, at)


def _step(tx: Transaction, rules: Rules, written: Written) -> None:
    ways = tx.notices.ways(written.id)
    taken_back = bool(ways) and all(state is OutboxState.SUPERSEDED for state in ways.values())
    case_id = written.notice.case_id
    kept_out = frozenset() if case_id is None else tx.cases.get(case_id).conflicts
    if taken_back or _is_over(tx, written) or written.person_id in kept_out:
        tx.notices.save(replace(written, check_at=None))
        return
    if not _by_another_channel(tx, rules, written, tried=ways):
        _to_the_next_rung(tx, rules, written, kept_out)


def _is_over(tx: Transaction, written: Written) -> bool:
    """Whether its clock has stopped or stands still, or somebody has it: then nobody more needs to hear of it."""
    clock_id = written.notice.clock_id
    if clock_id is None:
        return False
    clock, ladder = tx.clocks.get(clock_id), tx.ladders.find(clock_id)
    if clock.stopped_at is not None or clock.paused_since is not None:
        return True
    return ladder is not None and (ladder.is_held or ladder.is_quiet(tx.now))


def _by_another_channel(tx: Transaction, rules: Rules, written: Written, *, tried: Collection[Via]) -> bool:
    person = tx.people.get(written.person_id)
    left = {via: to for via, to in all_ways_to(rules, person).items() if via not in tried}
    if not left or person.state is not PersonState.ACTIVE:
        return False
    via = min(left, key=_TRIED_IN.index)
    at = notice_time(tx, rules, wakes=written.wakes)
    tx.outbox.add_all([row_by(tx, rules, written, person, via, left[via], not_before=at)])
    tx.notices.save(replace(written, check_at=at + CHECK_AFTER))
    _record(tx, written, {"to": "channel", "via": via.value})
    return True


def _to_the_next_rung(tx: Transaction, rules: Rules, written: Written, kept_out: frozenset[PersonId]) -> None:
    """Give it up as not delivered, which makes it a task, and tell somebody who has not been told."""
    tx.notices.save(replace(written, check_at=None, given_up_at=tx.now))
    notice = replace(written.notice, kept_out=kept_out)
    knows = tx.notices.people_of(notice.occasion)
    at = notice_time(tx, rules, wakes=written.wakes)
    telling = Telling(tx, rules)
    for rung in rungs(rules.organisation.ladder, written.audience)[1:]:
        found = telling.standing.find(rung, assignee=notice.assignee, at=at, kept_out=kept_out)
        if any(person.id not in knows for person in found.people):
            result = telling.tell(notice, (rung,), not_before=at, wakes=written.wakes, told_already=knows)
            telling.write()
            _note_heard(tx, rules, written, result.heard, at)
            _record(tx, written, {"to": "rung", "rung": rung.value})
            return
    _record(tx, written, {"to": "nobody"})


def _note_heard(
    tx: Transaction, rules: Rules, written: Written, people: Mapping[PersonId, Audience], at: datetime
) -> None:
    """Whoever was told of a clock stands on its ladder: they may say that they have it."""
    clock_id = written.notice.clock_id
    if clock_id is None:
        return
    heard = [Heard(person=person, rung=rung, at=at) for person, rung in people.items()]
    ladder = tx.ladders.lock(clock_id)
    after = told(ladder, rules, tx.clocks.get(clock_id), heard, now=tx.now)
    if after is not None and after != ladder:
        tx.ladders.save(after)


def _record(tx: Transaction, written: Written, where: dict[str, str]) -> None:
    facts = {"notice": written.notice.key, "meant_for": written.audience.value, **where}
    tx.audit.record(Act.NOTICE_ROUTED, actor=Actor.SYSTEM, object_id=written.notice.about, facts=facts)
