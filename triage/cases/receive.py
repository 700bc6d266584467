"""Receiving a contact: the case opens, the clock of its kind runs, and the officer on duty is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from triage.audit import Act, Actor
from triage.cases.case import Case, CaseEvent, EventKind
from triage.cases.person_marks import marks_of
from triage.cases.reach import asks_for_call
from triage.cases.records import Alarm, Channel, Submission, TakenDown, source_of
from triage.clocks.clock import Clock
from triage.clocks.events import REACHABLE, RECEIVED, happened
from triage.clocks.keep import carry, notice_time, start_clock
from triage.clocks.policy import Audience, ClockPolicy
from triage.ids import CaseCode, CaseId, ConversationId, SubmissionId, case_code
from triage.notices.notice import Subject, about_case
from triage.notices.telling import tell
from triage.ports import Transaction
from triage.rules import Rules

_RANDOM_BYTES = 5


def receive(
    tx: Transaction,
    rules: Rules,
    *,
    conversation_id: ConversationId,
    channel: Channel,
    hotline: str,
    kind: str,
    language: str,
    flow_id: str,
    flow_version: int,
    fingerprint: str,
    clear: Mapping[str, object],
    body: Mapping[str, object],
    identity: Mapping[str, object],
    municipality: str | None = None,
    acute: bool = False,
    taken_down: TakenDown | None = None,
) -> Case:
    """Open a case with this submission and start the clock on it, from the moment at which it was received.

    The answers are taken as the dialog cleaned and sorted them. An unanswered alarm that they raised goes over to
    the case with its clock, and the case is acute; `acute` makes it so too where the answers speak of danger
    but the alarm was answered before. Where staff wrote the report down, `taken_down` says who, how it came and
    when: what has come due since is recorded at once, and told once to each audience.
    """
    received_at = tx.now if taken_down is None else taken_down.received_at
    alarm = tx.alarms.open_of(conversation_id)
    case = Case(
        id=CaseId(tx.new_id()),
        code=_unused_code(tx),
        hotline=hotline,
        kind=kind,
        received_at=received_at,
        source=source_of(channel) if taken_down is None else taken_down.source,
        acute=acute or alarm is not None,
        municipality=municipality,
        call=asks_for_call(rules, clear, body),
    )
    tx.cases.add(case)
    tx.cases.add_submission(
        Submission(
            id=SubmissionId(tx.new_id()),
            case_id=case.id,
            conversation_id=conversation_id,
            channel=channel,
            hotline=hotline,
            kind=kind,
            language=language,
            flow_id=flow_id,
            flow_version=flow_version,
            fingerprint=fingerprint,
            received_at=received_at,
            clear=clear,
            body=body,
            identity=identity,
        )
    )
    tx.persons.add_marks(case.id, marks_of(tx.digest, rules.organisation.person_search, body))
    _record(tx, case, channel, taken_down)
    if alarm is not None:
        carry_alarm(tx, alarm, case_id=case.id)
    clock = start_clock(tx, rules, rules.main_clock(kind), wakes=False, case_id=case.id, since=received_at)
    reachable = case.call is not None or tx.reporters.can_be_written_to(conversation_id)
    events = (RECEIVED, REACHABLE) if reachable else (RECEIVED,)
    happened(tx, rules, case, *events, clear=clear, since=received_at)
    wakes = alarm is not None and alarm.wakes
    if wakes or Audience.DUTY_OFFICER not in _told_of(rules.policies.newest(clock.policy_id), clock):
        _tell(tx, rules, case, due_at=clock.due_at, wakes=wakes)
    return case


def carry_alarm(tx: Transaction, alarm: Alarm, *, case_id: CaseId) -> Alarm:
    """Let an unanswered alarm and its clock go over to a case; the clock runs on as it was."""
    carried = replace(alarm, case_id=case_id)
    tx.alarms.save(carried)
    for clock in tx.clocks.of_alarm(alarm.id):
        carry(tx, clock, case_id=case_id)
    return carried


def new_case_topic(case_id: CaseId) -> str:
    """The topic of the notice that a case came; it is taken back once somebody holds the case."""
    return f"case:{case_id}:new"


def _unused_code(tx: Transaction) -> CaseCode:
    code = case_code(tx.new_secret(_RANDOM_BYTES))
    while tx.cases.find(code) is not None:
        code = case_code(tx.new_secret(_RANDOM_BYTES))
    return code


def _told_of(policy: ClockPolicy, clock: Clock) -> frozenset[Audience]:
    """Whom a clock that is born late has told already: a second notice would say less than the first."""
    return frozenset(each for milestone, _ in clock.fired for each in policy.audiences(milestone))


def _record(tx: Transaction, case: Case, channel: Channel, taken_down: TakenDown | None) -> None:
    facts = {"channel": channel.value, "kind": case.kind, "acute": "yes" if case.acute else "no"}
    by = None if taken_down is None else taken_down.by
    if taken_down is not None:
        facts |= {"source": taken_down.source.value, "received": taken_down.received_at.isoformat()}
        if taken_down.late is not None:
            facts["late"] = taken_down.late.value
    event = CaseEvent(id=tx.new_id(), case_id=case.id, kind=EventKind.RECEIVED, at=tx.now, by=by, facts=facts)
    tx.cases.record(event)
    tx.audit.record(Act.CASE_OPENED, actor=by or Actor.REPORTER, object_id=case.id, facts=facts)


def _tell(tx: Transaction, rules: Rules, case: Case, *, due_at: datetime, wakes: bool) -> None:
    topic = new_case_topic(case.id)
    notice = about_case(case, Subject.CASE_RECEIVED, occasion=0, topic=topic, due_at=due_at)
    not_before = notice_time(tx, rules, wakes=wakes)
    tell(tx, rules, notice, (Audience.DUTY_OFFICER,), not_before=not_before, wakes=wakes)
