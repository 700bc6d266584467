"""The acute path: an alarm stands from the answer that raised it until a named person says what was done."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from triage.access.table import Right, allowed, allowed_on
from triage.audit import Act, Actor
from triage.cases.case import Case, CaseEvent, EventKind
from triage.cases.receive import carry_alarm
from triage.cases.records import Alarm
from triage.cases.words import Cleaned, Done, cleaned, remark
from triage.clocks.keep import start_clock, stop_clock
from triage.ids import AlarmId, CaseId, ClockPolicyId, ConversationId, PersonId
from triage.ports import Transaction
from triage.profile import AcuteTrigger
from triage.refusals import Reason, Refused
from triage.rules import Rules

STAFF_TRIGGER = "staff"
"""The trigger that a member of staff pulls; a profile without one lets staff set the flag only."""


class Action(StrEnum):
    """What was done about an alarm; shown as the text `alarm.action.<code>`."""

    CALLED_EMERGENCY = "called_emergency"
    CALLED_POLICE = "called_police"
    CALLED_REPORTER = "called_reporter"
    NONE_NEEDED = "none_needed"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class AlarmAnswered:
    """The alarm with its answer; `removed` identity numbers were taken out of the words, which the writer is told."""

    alarm: Alarm
    removed: int = 0


_NEED_A_CASE = frozenset({Action.CALLED_REPORTER, Action.OTHER})
"""Until something was sent nobody knows whom to call, and no key seals words."""


def possible_actions(alarm: Alarm) -> tuple[Action, ...]:
    """What can have been done about this alarm, in the order in which it is offered."""
    return tuple(action for action in Action if alarm.case_id is not None or action not in _NEED_A_CASE)


def raise_alarm(
    tx: Transaction,
    rules: Rules,
    *,
    conversation_id: ConversationId,
    trigger: str,
    case_id: CaseId | None = None,
    by: PersonId | None = None,
) -> Alarm:
    """Raise the conversation's alarm and page the officer on duty; repeated taps find the same alarm.

    It is the alarm of the case, or without one of what is being written: one of an earlier report stays where it is.

    What a trigger wakes is profile data. One that wakes, after one that does not, makes the alarm wake and pages
    at once. The clock runs on the conversation: it needs no case, and a draft that expires does not stop it.
    Raises `KeyError` for a trigger that the profile does not know.
    """
    pulled = rules.organisation.get_trigger(trigger)
    found = tx.alarms.open_of(conversation_id, case_id=case_id)
    if found is not None:
        if case_id is not None and found.case_id is None:
            found = carry_alarm(tx, found, case_id=case_id)
        if found.wakes or not pulled.wakes:
            return found
        return _wake(tx, rules, found, pulled, by)
    alarm = Alarm(
        id=AlarmId(tx.new_id()),
        conversation_id=conversation_id,
        trigger=pulled.id,
        raised_at=tx.now,
        wakes=pulled.wakes,
        case_id=case_id,
    )
    tx.alarms.add(alarm)
    _record(tx, alarm, by)
    _start(tx, rules, alarm, pulled)
    return alarm


def answer_alarm(
    tx: Transaction, rules: Rules, *, alarm_id: AlarmId, by: PersonId, action: Action, words: str = ""
) -> AlarmAnswered | Refused:
    """Say what was done about an alarm, which stops its clock.

    Words are sealed in the case's timeline, so an alarm that has no case yet takes none and is answered by a code, and
    only by one that can be true: see `possible_actions`.
    """
    if not allowed(tx.people.get(by), Right.ANSWER_ALARM):
        return Refused(Reason.NOT_ALLOWED)
    seen = tx.alarms.find(alarm_id)
    # The case before its clocks, as everybody else: else two would wait for each other.
    case = None if seen is None or seen.case_id is None else tx.cases.lock(seen.case_id)
    alarm = tx.alarms.lock(alarm_id)
    if alarm is None or (case is not None and by in case.conflicts):
        return Refused(Reason.NOT_FOUND)
    if alarm.answered_at is not None:
        return Refused(Reason.SOMEONE_ELSE_WAS_FIRST)
    if action not in possible_actions(alarm) or (alarm.case_id is None and words.strip()):
        return Refused(Reason.NOT_ALLOWED)
    said = remark(rules, words, needed=action is Action.OTHER)
    if isinstance(said, Refused):
        return said
    answered = replace(alarm, answered_at=tx.now, answered_by=by, action=action.value)
    tx.alarms.save(answered)
    for clock in tx.clocks.of_alarm(alarm.id):
        stop_clock(tx, rules, clock)
    facts = {"action": action.value}
    tx.audit.record(Act.ALARM_ANSWERED, actor=by, object_id=alarm.id, facts=facts)
    if alarm.case_id is not None:
        event = CaseEvent(
            id=tx.new_id(),
            case_id=alarm.case_id,
            kind=EventKind.ACUTE_ANSWERED,
            at=tx.now,
            by=by,
            facts=facts,
            words=said.words,
        )
        tx.cases.record(event)
    return AlarmAnswered(answered, said.removed)


def mark_acute(
    tx: Transaction, rules: Rules, *, case_id: CaseId, by: PersonId, reason: str
) -> Done | Refused:
    """Set a case's acute flag by staff, with a reason, and start the acute check on it."""
    case = tx.cases.lock(case_id)
    if not allowed_on(tx.people.get(by), Right.MARK_ACUTE, case):
        return Refused(Reason.NOT_ALLOWED)
    if case.closed_at is not None:
        return Refused(Reason.CLOSED)
    said = cleaned(rules, reason, empty=Reason.REASON_NEEDED)
    if isinstance(said, Refused):
        return said
    if case.acute and any(alarm.answered_at is None for alarm in tx.alarms.of_case(case_id)):
        return Refused(Reason.SOMEONE_ELSE_WAS_FIRST)
    marked = tx.cases.save(replace(case, acute=True))
    _write_down(tx, marked, by, said)
    known = any(trigger.id == STAFF_TRIGGER for trigger in rules.organisation.acute)
    submissions = tx.cases.submissions(case_id, identity=False)
    if known and submissions:
        conversation = submissions[0].conversation_id
        raise_alarm(tx, rules, conversation_id=conversation, trigger=STAFF_TRIGGER, case_id=case_id, by=by)
    return Done(marked, said.removed)


def _wake(tx: Transaction, rules: Rules, alarm: Alarm, pulled: AcuteTrigger, by: PersonId | None) -> Alarm:
    woken = replace(alarm, trigger=pulled.id, wakes=True)
    tx.alarms.save(woken)
    _record(tx, woken, by)
    for clock in tx.clocks.of_alarm(alarm.id):
        stop_clock(tx, rules, clock)
    _start(tx, rules, woken, pulled)
    return woken


def _start(tx: Transaction, rules: Rules, alarm: Alarm, pulled: AcuteTrigger) -> None:
    start_clock(
        tx,
        rules,
        ClockPolicyId(pulled.clock),
        wakes=alarm.wakes,
        case_id=alarm.case_id,
        alarm_id=alarm.id,
    )


def _record(tx: Transaction, alarm: Alarm, by: PersonId | None) -> None:
    facts = {"trigger": alarm.trigger, "wakes": "yes" if alarm.wakes else "no"}
    tx.audit.record(Act.ALARM_RAISED, actor=by or Actor.REPORTER, object_id=alarm.id, facts=facts)


def _write_down(tx: Transaction, case: Case, by: PersonId, said: Cleaned) -> None:
    event = CaseEvent(
        id=tx.new_id(),
        case_id=case.id,
        kind=EventKind.MARKED_ACUTE,
        at=tx.now,
        by=by,
        words=said.words,
    )
    tx.cases.record(event)
    tx.audit.record(Act.CASE_MARKED_ACUTE, actor=by, object_id=case.id)
