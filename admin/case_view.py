"""What stands on a case's page: the report in words, its clocks opened up, one timeline, and which acts are drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from admin.forwarding import Elsewhere, elsewhere
from admin.ladder_view import LadderLine, ladder_lines
from admin.report import Report, Speaker, archived_flow, report
from handlers.dialog.flow import Flow
from handlers.dialog.ports import IntakeTransaction
from triage.access.table import Right, allowed, allowed_on
from triage.cases.calls import CallTask, call_task
from triage.cases.case import DECIDED, UNDECIDED, Case, CaseEvent, CaseState, EventKind
from triage.cases.classify import can_change
from triage.cases.reach import may_notify
from triage.cases.reading import CaseView, read_case
from triage.cases.receivers import receivers_of
from triage.cases.records import Alarm
from triage.cases.steps import main_of, nearest_of
from triage.cases.trail import TrailLine, readers_of
from triage.clocks.clock import Clock, steps_ahead, time_left
from triage.clocks.explain import Line, account
from triage.clocks.policy import Basis, UnknownPolicyError
from triage.clocks.span import Span
from triage.coordination.overview import Overview, overview
from triage.coordination.proposals import ProposalAnswer
from triage.ids import AlarmId, CaseCode, ClockId, PersonId
from triage.kinds import Receiver
from triage.people.person import Person, PersonState
from triage.refusals import Refused
from triage.rules import Rules

_MAY_BE_SENT_ON = UNDECIDED | {CaseState.AWAITS_RECEIPT}


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A warning step of a clock: when it comes, and whether it has."""

    milestone: str
    at: datetime
    fired: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockView:
    """A clock and how it was computed. `limit` and `basis` are None under a policy that is not known any more."""

    clock: Clock
    left: timedelta
    since: timedelta
    """How long ago it began."""
    running: bool
    limit: Span | None
    basis: Basis | None
    results: tuple[str, ...]
    """What a person may stop it with."""
    pausable: bool
    stands_by_hand: bool
    """Whether a person let it stand still, and it still does."""
    steps: tuple[Step, ...]
    account: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A case as it was read, with the flows of its submissions and the time of the reading."""

    now: datetime
    view: CaseView
    has_contact: bool
    """Whether there is a way to write to the reporter that could be destroyed."""
    ladders: Mapping[ClockId, LadderLine]
    readers: Sequence[TrailLine]
    unit: Overview
    proposal_answers: Sequence[ProposalAnswer]
    flows: Mapping[str, Flow | None] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePageView:
    """Everything that the page draws. `acts` are the forms that stand on it."""

    case: Case
    reports: tuple[Report, ...]
    clock: ClockView | None
    """The one that runs out first, as in the queue; where none does, the one that holds or held the promise."""
    clocks: tuple[ClockView, ...]
    addition: ClockView | None
    """The clock on what the reporter added, while it runs."""
    ladders: Mapping[ClockId, LadderLine]
    """Of each running clock that has told somebody: whom, and who has it."""
    alarms: tuple[Alarm, ...]
    corrected: frozenset[AlarmId]
    """Those raised by an answer that was changed before the report was sent."""
    acts: frozenset[str]
    decided_by_me: bool
    reason: str | None = field(repr=False)
    """The words of the latest decision."""
    asked_reason: str | None = field(repr=False)
    """The words of whoever asked last for another kind."""
    timeline: tuple[CaseEvent, ...]
    names: Mapping[PersonId, str]
    staff: tuple[Person, ...]
    readers: tuple[TrailLine, ...]
    """Who read the case last, where the reader may know."""
    kept_out: tuple[Person, ...]
    """Those with a conflict of interest in the case."""
    may_be_kept_out: tuple[Person, ...]
    """Whom the reader may name as having one, themself first; empty where it can only be about themself."""
    has_identity: bool
    is_told: bool
    """Whether the answers of the reporter let us write to them that there is a reply."""
    call: CallTask | None
    """The call that the reporter wants and nobody has made."""
    elsewhere: Elsewhere | None
    """Who helps where the person lives, as long as the case may be sent on."""
    receivers: tuple[Receiver, ...]
    """Whom the reader may have to tell of the case, outside of the house."""


def open_case(tx: IntakeTransaction, rules: Rules, *, code: CaseCode, by: PersonId) -> Opened | Refused:
    """Read a case, which is an audit entry, and the flows that its reports were given to."""
    view = read_case(tx, rules, code=code, by=by)
    if isinstance(view, Refused):
        return view
    flows = {each.fingerprint: archived_flow(tx, each) for each in view.submissions}
    contact = tx.reporters.conversation_of(view.case.id) is not None
    ladders = ladder_lines(tx, rules, view.clocks, by=by)
    readers = readers_of(tx, view.case, by=by)
    return Opened(
        now=tx.now,
        view=view,
        has_contact=contact,
        ladders=ladders,
        readers=readers,
        unit=overview(tx, rules, view.case),
        proposal_answers=tx.proposal_answers.of_case(view.case.id),
        flows=flows,
    )


def case_page(opened: Opened, rules: Rules, speaker: Speaker, *, by: PersonId) -> CasePageView:
    """What to draw of an opened case for this reader."""
    view, now = opened.view, opened.now
    case = view.case
    reports = tuple(report(each, opened.flows.get(each.fingerprint), speaker) for each in view.submissions)
    clocks = tuple(clock_view(each, rules, now) for each in view.clocks)
    shown = nearest_of(rules, case, view.clocks) or main_of(rules, case, view.clocks)
    decision = case.decision
    return CasePageView(
        case=case,
        reports=reports,
        clock=next((each for each in clocks if each.clock == shown), None),
        clocks=clocks,
        addition=next(
            (each for each in clocks if each.running and each.clock.policy_id == rules.addition_clock), None
        ),
        ladders=opened.ladders,
        alarms=tuple(alarm for alarm in view.alarms if alarm.answered_at is None),
        corrected=_corrected(opened),
        acts=_acts(opened, rules, by),
        decided_by_me=decision is not None and decision.decided_by == by,
        reason=_latest_words(view, EventKind.DECIDED),
        asked_reason=_latest_words(view, EventKind.KIND_ASKED),
        timeline=tuple(reversed(view.timeline)),
        names={person.id: person.name for person in view.people.values()},
        staff=tuple(person for person in view.people.values() if person.state is PersonState.ACTIVE),
        readers=tuple(opened.readers),
        kept_out=tuple(person for person in view.people.values() if person.id in case.conflicts),
        may_be_kept_out=_may_be_kept_out(view, opened.unit, by),
        has_identity=any(each.has_identity for each in reports),
        is_told=all(may_notify(rules, {**each.clear, **each.body}) for each in view.submissions[:1]),
        call=call_task(rules, case, view.submissions, now),
        elsewhere=elsewhere(case, view.submissions, rules.organisation, speaker.places, lang=speaker.lang)
        if case.state in _MAY_BE_SENT_ON
        else None,
        receivers=receivers_of(rules, case, view.clocks) if Right.DECIDE in view.rights else (),
    )


def _corrected(opened: Opened) -> frozenset[AlarmId]:
    flows = tuple(flow for flow in opened.flows.values() if flow is not None)
    asked = {trigger for flow in flows for trigger in flow.possible_triggers()}
    stand = {
        trigger
        for each in opened.view.submissions
        if (flow := opened.flows.get(each.fingerprint)) is not None
        for trigger in flow.triggers({**each.clear, **each.body})
    }
    return frozenset(alarm.id for alarm in opened.view.alarms if alarm.trigger in asked - stand)


def clock_view(clock: Clock, rules: Rules, now: datetime) -> ClockView:
    """A clock, and the steps of its policy with the moment of each; of one that has stopped, those that came."""
    try:
        policy = rules.policies.get(clock.policy_id, clock.policy_version)
    except UnknownPolicyError:
        policy = None
    steps = (
        ()
        if policy is None
        else tuple(
            Step(milestone=milestone, at=at, fired=(milestone, occurrence) in clock.fired)
            for milestone, occurrence, at in steps_ahead(policy, rules.calendar, clock)
            if clock.stopped_at is None or (milestone, occurrence) in clock.fired
        )
    )
    return ClockView(
        clock=clock,
        left=time_left(clock, now),
        since=now - clock.started_at,
        running=clock.stopped_at is None,
        limit=None if policy is None else policy.limit,
        basis=None if policy is None else policy.basis,
        results=() if policy is None else policy.results,
        pausable=policy is not None and policy.pausable,
        stands_by_hand=any(pause.lasts and pause.held_by is None for pause in clock.pauses),
        steps=steps,
        account=() if policy is None else account(policy, rules.calendar, clock),
    )


def _latest_words(view: CaseView, kind: EventKind) -> str | None:
    return next((event.words for event in reversed(view.timeline) if event.kind is kind), None)


def _may_be_kept_out(view: CaseView, unit: Overview, by: PersonId) -> tuple[Person, ...]:
    """Whoever could read the case, and for a case of the unit its members, who could read what theirs is asked."""
    if Right.KEEP_OUT not in view.rights:
        return ()
    asked = unit.for_the_unit or bool(unit.enquiries)
    others = (
        person
        for person in view.people.values()
        if person.id != by
        and person.id not in view.case.conflicts
        and (
            allowed_on(person, Right.READ_CASE, view.case)
            or (asked and allowed(person, Right.READ_ENQUIRIES))
        )
    )
    return (view.people[by], *others)


def _acts(opened: Opened, rules: Rules, by: PersonId) -> frozenset[str]:
    view = opened.view
    case, rights = view.case, view.rights
    may_answer = allowed(view.people[by], Right.ANSWER_ALARM)
    alarm_open = any(alarm.answered_at is None for alarm in view.alarms)
    still_open = case.state is not CaseState.CLOSED
    stands = {
        "claim": Right.CLAIM in rights and still_open and case.assignee != by,
        "acute": Right.MARK_ACUTE in rights and still_open and not alarm_open,
        "answer": may_answer and alarm_open,
        "kind": Right.RECLASSIFY in rights and case.kind_asked is None and can_change(rules, case),
        "confirm-kind": Right.CONFIRM in rights and case.kind_asked is not None,
        "decline-kind": Right.CONFIRM in rights and case.kind_asked is not None,
        "seen": Right.SEE_ADDITION in rights and case.addition_at is not None,
        "called": Right.RECORD_CALL in rights and still_open and case.call is not None,
        "decide": Right.DECIDE in rights and case.state in UNDECIDED and case.kind_asked is None,
        "passed-on": Right.DECIDE in rights and bool(receivers_of(rules, case, view.clocks)),
        "confirm": Right.CONFIRM in rights and case.state is CaseState.AWAITS_SECOND_PERSON,
        "decline": Right.CONFIRM in rights
        and case.state in {CaseState.AWAITS_SECOND_PERSON, CaseState.AWAITS_RECEIPT},
        "receipt": Right.RECORD_RECEIPT in rights and case.state is CaseState.AWAITS_RECEIPT,
        "explain": Right.EXPLAIN_OVERDUE in rights and still_open and view.overdue,
        "reply": Right.WRITE_TO_REPORTER in rights and view.can_reply,
        "note": Right.ADD_NOTE in rights and still_open,
        "proposal": Right.ANSWER_PROPOSAL in rights and still_open and bool(rules.routing),
        "task": Right.KEEP_TASK in rights and still_open,
        "close": Right.CLOSE in rights and case.state in DECIDED and not case.waits,
        "reopen": Right.REOPEN in rights and not still_open,
        "end-contact": Right.END_CONTACT in rights and opened.has_contact,
        "conflict": Right.DECLARE_CONFLICT in rights,
        "let-in": Right.LET_BACK_IN in rights and bool(case.conflicts),
        "identity": bool(rights & {Right.READ_IDENTITY, Right.BREAK_GLASS}),
        "glass": Right.READ_IDENTITY not in rights and Right.BREAK_GLASS in rights,
        "identity-agree": Right.AGREE_TO_IDENTITY in rights and bool(view.identity.waiting),
        "link": Right.LINK_CASES in rights,
        "unlink": Right.LINK_CASES in rights,
        "clocks": Right.KEEP_CLOCK in rights,
    }
    return frozenset(name for name, drawn in stands.items() if drawn)
