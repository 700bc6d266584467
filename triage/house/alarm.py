"""House alarms: something in the house itself fails, and somebody must be told once, again, and when it is over.

An alarm is one row from the first round that saw the trouble to the last. It is told once it has lasted as long as its
check allows, again after an hour, then once a day, and once when it ends; never twice within an hour about the same
trouble. What ends before it was told leaves no trace.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from triage.audit import Act, Actor
from triage.clocks.keep import notice_time
from triage.clocks.policy import Audience
from triage.house.records import HouseAlarm, Trouble
from triage.ids import PersonId
from triage.notices.audience import Standing
from triage.notices.notice import Notice
from triage.notices.outbox import Via
from triage.notices.telling import Telling
from triage.people.person import Person, Role
from triage.ports import Transaction
from triage.rules import Rules

OVER = "notice.house.over"
"""The root of the text that says that a trouble has ended."""

AGAIN_AFTER = timedelta(hours=1)
"""An alarm that lasts is told again after this, and no trouble is told of twice within it."""
THEN_EVERY = timedelta(hours=24)
UNSEEN = timedelta(minutes=2)
"""A trouble that no round saw for so long, because none came, counts from anew: what lay between is not known."""


def house_key(trouble: Trouble) -> str:
    """The root of the text about a trouble: what it means, and what to do now."""
    return f"notice.house.{trouble}"


def raise_house_alarm(
    tx: Transaction,
    rules: Rules,
    trouble: Trouble,
    *,
    after: timedelta,
    wakes: bool,
    down: Collection[Via] = (),
) -> HouseAlarm:
    """Note that a trouble is there, and tell those who must know when it has lasted for `after`.

    Without `wakes` the notice waits for staffed hours. `down` are channels that fail: nobody is told over one of them
    who can be reached over another.
    """
    alarm = _seen(tx, trouble, after)
    if tx.now >= alarm.tell_at:
        notice = Notice(
            key=house_key(trouble),
            occasion=f"house:{alarm.id}:{alarm.told}",
            topic=_topic(trouble),
            overtakes=(_topic_of_end(trouble),),
            about=alarm.id,
            fell_due_at=alarm.since,
            trouble=trouble.value,
        )
        not_before = notice_time(tx, rules, wakes=wakes)
        people = _tell(tx, rules, notice, trouble, not_before=not_before, wakes=wakes, down=down)
        wait = AGAIN_AFTER if alarm.told == 0 else THEN_EVERY
        alarm = replace(alarm, told=alarm.told + 1, told_at=tx.now, tell_at=tx.now + wait)
        _audit(tx, Act.HOUSE_ALARM_RAISED, alarm, people)
    tx.house_alarms.save(alarm)
    return alarm


def end_house_alarm(
    tx: Transaction, rules: Rules, trouble: Trouble, *, down: Collection[Via] = ()
) -> HouseAlarm | None:
    """Note that a trouble is over; the alarm that ended, or None if there was none or nobody had been told of it.

    Its end is told an hour after the last notice at the earliest, so that trouble that comes and goes is not told of
    all the time.
    """
    alarm = tx.house_alarms.lock_latest(trouble)
    if alarm is None or alarm.ended_at is not None:
        return None
    if alarm.told_at is None:
        tx.house_alarms.drop(alarm.id)
        return None
    ended = replace(alarm, ended_at=tx.now, over_at=max(tx.now, alarm.told_at + AGAIN_AFTER))
    notice = Notice(
        key=OVER,
        occasion=f"house:{alarm.id}:over:{tx.now.isoformat()}",
        topic=_topic_of_end(trouble),
        overtakes=(_topic(trouble),),
        about=alarm.id,
        fell_due_at=tx.now,
        trouble=trouble.value,
    )
    not_before = ended.over_at or tx.now
    people = _tell(tx, rules, notice, trouble, not_before=not_before, wakes=False, down=down)
    _audit(tx, Act.HOUSE_ALARM_ENDED, ended, people)
    tx.house_alarms.save(ended)
    return ended


def _seen(tx: Transaction, trouble: Trouble, after: timedelta) -> HouseAlarm:
    """The alarm of this trouble, locked: the one that is there, the one that has just ended, or a new one."""
    now = tx.now
    alarm = tx.house_alarms.lock_latest(trouble)
    if alarm is None or (alarm.over_at is not None and alarm.over_at <= now):
        quiet = now if alarm is None or alarm.over_at is None else alarm.over_at + AGAIN_AFTER
        fresh = HouseAlarm(
            id=tx.new_id(), trouble=trouble, since=now, last_seen=now, tell_at=max(now + after, quiet)
        )
        if tx.house_alarms.add(fresh):
            return fresh
        # Another process saw it in the same moment.
        alarm = tx.house_alarms.lock_latest(trouble) or fresh
    if alarm.ended_at is not None:
        # It came back before anybody was told that it was over.
        tx.outbox.supersede(topic=_topic_of_end(trouble))
        alarm = replace(alarm, ended_at=None, over_at=None)
    if alarm.told == 0 and now - alarm.last_seen > UNSEEN:
        alarm = replace(alarm, since=now, tell_at=max(now + after, alarm.tell_at))
    return replace(alarm, last_seen=now)


def _tell(
    tx: Transaction,
    rules: Rules,
    notice: Notice,
    trouble: Trouble,
    *,
    not_before: datetime,
    wakes: bool,
    down: Collection[Via],
) -> tuple[Person, ...]:
    telling = Telling(tx, rules)
    telling.tell_house(notice, not_before=not_before, wakes=wakes)
    people = _whom(tx, rules, trouble)
    for person in people:
        telling.tell_person(notice, person, not_before=not_before, wakes=wakes, avoid=down)
    telling.write()
    return people


def _whom(tx: Transaction, rules: Rules, trouble: Trouble) -> tuple[Person, ...]:
    """Administrators and the head, or who stands in for one who is away; a missing officer is the head's matter alone.

    Where there is no head the next on the ladder is told, unless there is an administrator.
    """
    found = Standing(tx, rules).find(Audience.HEAD, assignee=None)
    told: dict[PersonId, Person] = {}
    if trouble is not Trouble.NOBODY_ON_DUTY:
        told |= {person.id: person for person in tx.people.with_role(Role.ADMINISTRATOR)}
    if not (found.climbed and told):
        told |= {person.id: person for person in found.people}
    return tuple(told.values())


def _audit(tx: Transaction, act: Act, alarm: HouseAlarm, people: Iterable[Person]) -> None:
    facts = {"trouble": alarm.trouble.value, "time": str(alarm.told), "told": str(len(tuple(people)))}
    tx.audit.record(act, actor=Actor.SYSTEM, object_id=alarm.id, facts=facts)


def _topic(trouble: Trouble) -> str:
    return f"house:{trouble}"


def _topic_of_end(trouble: Trouble) -> str:
    return f"house:{trouble}:over"
