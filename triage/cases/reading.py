"""Reading: what staff see of a case and of the queue, each reading with its audit entry."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from triage.access.table import Right, allowed, allowed_on
from triage.audit import Act
from triage.cases.case import DECIDED, Case, CaseEvent, CaseState, EventKind, QueuePlace, Show
from triage.cases.identity_requests import Standing, standing
from triage.cases.linking import SeenLink, links_seen, with_links
from triage.cases.presence import Others, note_here
from triage.cases.reach import next_safe
from triage.cases.records import Alarm, Direction, HeldReply, Message, Submission
from triage.cases.steps import is_explained, main_of, nearest_of
from triage.cases.task import Task
from triage.clocks.clock import Clock, time_left
from triage.ids import AlarmId, CaseCode, CaseId, PersonId
from triage.people.person import Person
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

QUEUE_LIMIT = 200
DECIDED_LIMIT = 50
COUNTED = 1_000
"""So many waiting cases are counted; of more it is said that there are more."""
ALARMS_LIMIT = 100
CALLS_LIMIT = 20
PROMISES_LIMIT = 20
SOON = timedelta(days=1)
"""A deadline of a decided case stands on the first page from so long before it runs out."""
_NOTHING = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseView:
    """A case as staff read it. Who the reporter is stays shut: see `triage.cases.identity`."""

    case: Case
    submissions: tuple[Submission, ...]
    messages: tuple[Message, ...]
    timeline: tuple[CaseEvent, ...]
    clocks: tuple[Clock, ...]
    alarms: tuple[Alarm, ...]
    held: tuple[HeldReply, ...]
    """Replies that can still be taken back."""
    tasks: tuple[Task, ...]
    """Those that are open, the first due first."""
    others: Others
    """Who is at the case now, beside the reader."""
    links: tuple[SeenLink, ...]
    """Those to other cases of which the reader may know, undone ones too."""
    people: Mapping[PersonId, Person]
    rights: frozenset[Right]
    """What the reader may do with this case, for drawing it."""
    identity: Standing
    """How opening who the reporter is stands for the reader."""
    can_reply: bool
    overdue: bool
    overdue_explained: bool


class Why(StrEnum):
    """Why a case stands in the queue; shown as the text `console.why.<code>`."""

    NEW = "new"
    UNDECIDED = "undecided"
    SECOND_PERSON = "second_person"
    RECEIPT = "receipt"
    ADDITION = "addition"
    DECIDED = "decided"
    """It waits for nobody's decision; among what waits for others, for the answer of an authority."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueRow:
    """A case in the queue with the clock that runs out first, and how long that leaves."""

    case: Case
    clock: Clock | None
    left: timedelta | None
    holder: Person | None
    has_more: bool = False
    """Whether the reporter wrote something that nobody of the house has opened."""
    call_at: datetime | None = None
    """When the call that is wanted is safe next; None where none is wanted, or the reporter did not say when."""

    @property
    def place(self) -> QueuePlace:
        """Where it stands in the queue."""
        return QueuePlace(
            acute=self.case.acute,
            due_at=None if self.clock is None else self.clock.due_at,
            received_at=self.case.received_at,
            id=self.case.id,
        )

    @property
    def why(self) -> Why:
        """What it waits for."""
        return why_waiting(self.case)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueView:
    """What waits, in the only order there is: alarms, then acute cases, then time left, then arrival.

    Or, where the reader asked for some of it only, the open cases that are so. `as_of` is the time that `left` was
    measured at. `further` is the place behind which more cases wait than stand
    here; None when these are the last. `waiting_count` is how many wait in all, exact up to `COUNTED`. Nobody on duty
    is `None`, and the page says so.
    """

    as_of: datetime
    alarms: tuple[Alarm, ...]
    waiting: tuple[QueueRow, ...]
    further: QueuePlace | None
    more: bool
    """Whether there are more such cases than stand here, to which no place leads."""
    waiting_count: int
    decided: tuple[QueueRow, ...]
    calls: tuple[QueueRow, ...]
    """The calls that are wanted in cases that the reader or nobody holds, by arrival."""
    more_calls: bool
    promises: tuple[QueueRow, ...]
    """Decided cases of which a deadline has passed, or will within a day: in the queue they stand no more."""
    on_duty: Person | None


def why_waiting(case: Case) -> Why:
    """What a case in the queue waits for: first what somebody else must do, then what is new about it."""
    if case.kind_asked is not None or case.state is CaseState.AWAITS_SECOND_PERSON:
        return Why.SECOND_PERSON
    if case.state is CaseState.AWAITS_RECEIPT:
        return Why.RECEIPT
    if case.addition_at is not None:
        return Why.ADDITION
    if case.state in DECIDED:
        return Why.DECIDED
    return Why.NEW if case.state is CaseState.RECEIVED else Why.UNDECIDED


def read_case(
    tx: Transaction, rules: Rules, *, code: CaseCode, by: PersonId, sheet: str | None = None
) -> CaseView | Refused:
    """Open a case. The reading is an audit entry, the first one is what the reporter is told as "read".

    For a minute colleagues see that the reader is here. With `sheet` it is opened to tell the receiver of this code of
    it, which only those may who may decide.
    """
    reader = tx.people.get(by)
    found = tx.cases.find(code)
    if found is None or not allowed_on(reader, Right.READ_CASE if sheet is None else Right.DECIDE, found):
        # A case that one may not see and a case that does not exist look the same.
        return Refused(Reason.NOT_FOUND)
    case = found
    if found.first_read_at is None:
        case = tx.cases.lock(found.id)
        if case.first_read_at is None:
            case = tx.cases.save(replace(case, first_read_at=tx.now))
    facts = {} if sheet is None else {"sheet": sheet}
    tx.audit.record(Act.CASE_READ, actor=by, object_id=case.id, facts=facts)
    messages = tx.messages.of_case(case.id)
    unread = [
        message.id
        for message in messages
        if message.direction is Direction.FROM_REPORTER and message.read_at is None
    ]
    if unread:
        tx.messages.mark_read(unread, at=tx.now)
    return _view(tx, rules, case, reader, tuple(messages))


def read_queue(
    tx: Transaction,
    rules: Rules,
    *,
    by: PersonId,
    again: bool = False,
    after: QueuePlace | None = None,
    show: Show = Show.QUEUE,
    limit: int = QUEUE_LIMIT,
) -> QueueView | Refused:
    """What waits for somebody: the first `limit` cases, or with `after` those behind that place.

    With `show` it is the open cases of that kind.

    With `again` a page that stands open is refreshed, which is no new reading. The queue holds codes, times and
    flags, and no word of anybody.
    """
    if not allowed(tx.people.get(by), Right.READ_QUEUE):
        return Refused(Reason.NOT_ALLOWED)
    if not again:
        tx.audit.record(Act.QUEUE_READ, actor=by)
    in_order = show is Show.QUEUE
    if in_order:
        found = tx.cases.queue(reader=by, limit=limit + 1, after=after)
    else:
        found = tx.cases.shown(reader=by, show=show, limit=limit + 1)
    calls = tx.cases.to_call(reader=by, limit=CALLS_LIMIT + 1, own=True)
    waiting = found[:limit]
    decided = tx.cases.decided(reader=by, limit=DECIDED_LIMIT)
    promised = tx.cases.promised(reader=by, until=tx.now + SOON, limit=PROMISES_LIMIT, decided=True)
    rows = queue_rows(tx, rules, waiting)
    return QueueView(
        as_of=tx.now,
        alarms=tuple(tx.alarms.waiting(reader=by, limit=ALARMS_LIMIT)),
        waiting=rows,
        further=rows[-1].place if in_order and len(found) > limit else None,
        more=not in_order and len(found) > limit,
        waiting_count=len(found)
        if in_order and after is None and len(found) <= limit
        else tx.cases.count_waiting(reader=by, most=COUNTED + 1),
        calls=_rows(tx, rules, calls[:CALLS_LIMIT], {}),
        more_calls=len(calls) > CALLS_LIMIT,
        promises=queue_rows(tx, rules, promised),
        decided=_rows(tx, rules, decided, {}),
        on_duty=tx.people.on_duty(),
    )


def queue_rows(tx: Transaction, rules: Rules, cases: Sequence[Case]) -> tuple[QueueRow, ...]:
    """These cases as rows, each with the clock that runs out first, in the order in which they come."""
    clocks: dict[object, list[Clock]] = {case.id: [] for case in cases}
    for clock in tx.clocks.of_cases([case.id for case in cases]):
        clocks[clock.case_id].append(clock)
    nearest = ((case, nearest_of(rules, case, clocks[case.id])) for case in cases)
    running: dict[object, Clock] = {case.id: clock for case, clock in nearest if clock is not None}
    return _rows(tx, rules, cases, running, tx.messages.unread_in([case.id for case in cases]))


def read_alarm(tx: Transaction, *, alarm_id: AlarmId, by: PersonId) -> Alarm | Refused:
    """Open an alarm; the reading is an audit entry."""
    if not allowed(tx.people.get(by), Right.ANSWER_ALARM):
        return Refused(Reason.NOT_ALLOWED)
    alarm = tx.alarms.lock(alarm_id)
    if alarm is None or (alarm.case_id is not None and by in tx.cases.get(alarm.case_id).conflicts):
        return Refused(Reason.NOT_FOUND)
    tx.audit.record(Act.ALARM_READ, actor=by, object_id=alarm_id)
    return alarm


def _view(
    tx: Transaction, rules: Rules, case: Case, reader: Person, messages: tuple[Message, ...]
) -> CaseView:
    clocks = tuple(tx.clocks.of_case(case.id))
    main = main_of(rules, case, clocks)
    links = links_seen(tx, case, by=reader.id)
    timeline = with_links(tx.cases.timeline(case.id), links)
    alarms = tuple(tx.alarms.of_case(case.id))
    people = tx.people.all()
    conversation_id = tx.reporters.conversation_of(case.id)
    writable = conversation_id is not None and tx.reporters.can_be_written_to(conversation_id)
    return CaseView(
        case=case,
        submissions=tuple(tx.cases.submissions(case.id, identity=False)),
        messages=messages,
        timeline=timeline,
        clocks=clocks,
        alarms=alarms,
        held=tuple(tx.messages.held_of_case(case.id)),
        tasks=tuple(tx.tasks.of_case(case.id)),
        others=note_here(tx, case, by=reader.id),
        links=links,
        people={person.id: person for person in people},
        rights=frozenset(right for right in Right if allowed_on(reader, right, case)),
        identity=standing(tx, case, by=reader.id, alarms=alarms, people=people),
        can_reply=case.closed_at is None
        and not any(event.kind is EventKind.CONTACT_ENDED for event in timeline)
        and (writable or tx.reporters.receipt_of(case.id) is not None),
        overdue=main is not None and time_left(main, tx.now) < _NOTHING,
        overdue_explained=is_explained(timeline),
    )


def _rows(
    tx: Transaction,
    rules: Rules,
    cases: Iterable[Case],
    running: Mapping[object, Clock],
    unread: Collection[CaseId] = (),
) -> tuple[QueueRow, ...]:
    people = {person.id: person for person in tx.people.all()}
    return tuple(
        QueueRow(
            case=case,
            has_more=case.id in unread,
            clock=running.get(case.id),
            left=time_left(running[case.id], tx.now) if case.id in running else None,
            holder=None if case.assignee is None else people.get(case.assignee),
            call_at=None if case.call is None else next_safe(rules, case.call, tx.now),
        )
        for case in cases
    )
