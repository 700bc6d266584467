"""The second person who agrees before it is opened who a reporter is: asked for a reason, for an hour, and by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from triage.access.table import Right, allowed, allowed_on
from triage.audit import Act
from triage.cases.acute import STAFF_TRIGGER
from triage.cases.case import Case, EventKind
from triage.cases.records import Alarm
from triage.cases.second_person import tell_who_can_be_second
from triage.cases.steps import record
from triage.cases.words import Done
from triage.clocks.keep import notice_time
from triage.ids import CaseCode, CaseId, IdentityRequestId, PersonId
from triage.notices.notice import Subject, about_case, case_topic
from triage.notices.telling import tell_person
from triage.people.person import Person
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

AGREED_FOR = timedelta(hours=1)
"""How long whoever asked can open it once somebody has agreed."""


class Alone(StrEnum):
    """Why one person is enough. What staff can bring about is told to head and data protection officer."""

    CALL = "call"
    """The reporter wants a call, for which they gave their number."""
    ALARM = "alarm"
    """Nobody has answered an alarm that the reporter's own answers raised."""
    STAFF_ALARM = "staff_alarm"
    """Nobody has answered an alarm that staff raised."""
    NOBODY = "nobody"
    """Nobody else is there who could agree."""

    @property
    def is_told(self) -> bool:
        """Whether it is told that one person was enough."""
        return self in {Alone.STAFF_ALARM, Alone.NOBODY}


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRequest:
    """That somebody wants to open who a reporter is, until a second person agrees or says no."""

    id: IdentityRequestId
    case_id: CaseId
    asked_by: PersonId
    asked_at: datetime
    reason: str = field(repr=False)
    ended_at: datetime | None = None
    ended_by: PersonId | None = None
    agreed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How opening who a reporter is stands for one person."""

    alone: Alone | None
    """Why they may open it without a second person; None if they may not."""
    agreed: IdentityRequest | None
    """Their own request, as long as they may open it because somebody agreed, who could still do so."""
    waiting: tuple[IdentityRequest, ...]
    """Every request that waits for a second person, the oldest first."""

    @property
    def until(self) -> datetime | None:
        """Until when they may open it because somebody agreed."""
        ended = None if self.agreed is None else self.agreed.ended_at
        return None if ended is None else ended + AGREED_FOR


class IdentityRequests(Protocol):
    """What was asked, and whether somebody agreed. The reasons are sealed with the words of their cases."""

    def add(self, request: IdentityRequest) -> None:
        """Insert one; of a person none waits on the case."""

    def of_case(self, case_id: CaseId) -> Sequence[IdentityRequest]:
        """Those of a case, the latest first."""

    def end(self, request: IdentityRequest) -> None:
        """Note how it ended."""

    def leave(
        self, person_id: PersonId, *, case_id: CaseId | None = None
    ) -> Mapping[IdentityRequestId, CaseId]:
        """End what this person waits for, everywhere or on one case; which those were. It needs no key."""

    def waiting_for(self, person_id: PersonId, *, limit: int) -> Sequence[CaseCode]:
        """The cases in which somebody else's request waits, but for those in which this person has a conflict."""


def standing(
    tx: Transaction, case: Case, *, by: PersonId, alarms: Sequence[Alarm], people: Iterable[Person]
) -> Standing:
    """How opening who the reporter is stands for this person; `alarms` are the case's, `people` everybody."""
    requests = tx.identity_requests.of_case(case.id)
    can_agree = {each.id for each in people if allowed_on(each, Right.AGREE_TO_IDENTITY, case)}
    own = next((each for each in requests if each.asked_by == by), None)
    return Standing(
        alone=_alone(case, alarms, others_agree=bool(can_agree - {by})),
        agreed=own if own is not None and own.ended_by in can_agree and _holds(own, tx.now) else None,
        waiting=tuple(each for each in reversed(requests) if each.ended_at is None),
    )


def ask_second(tx: Transaction, rules: Rules, case: Case, *, by: PersonId, reason: str) -> IdentityRequest:
    """Ask a second person to agree; the case is locked. What the same person asked before is overtaken."""
    leave_identity_requests(tx, by, case_id=case.id)
    request = IdentityRequest(
        id=IdentityRequestId(tx.new_id()), case_id=case.id, asked_by=by, asked_at=tx.now, reason=reason
    )
    tx.identity_requests.add(request)
    record(tx, case, EventKind.IDENTITY_ASKED, Act.IDENTITY_ASKED, by=by, words=reason)
    topic = _topic(case.id, request.id)
    notice = about_case(case, Subject.IDENTITY_WAITS, occasion=request.id, topic=topic)
    tell_who_can_be_second(tx, rules, notice, but=by)
    return request


def end_identity_request(
    tx: Transaction,
    rules: Rules,
    *,
    case_id: CaseId,
    by: PersonId,
    request_id: IdentityRequestId,
    agrees: bool,
) -> Done | Refused:
    """Be the second person, and agree or say no, on a closed case too, which is told to whoever asked.

    Whoever asked may only take theirs back.
    """
    case = tx.cases.lock(case_id)
    if not allowed_on(tx.people.get(by), Right.AGREE_TO_IDENTITY, case):
        return Refused(Reason.NOT_ALLOWED)
    found = (each for each in tx.identity_requests.of_case(case_id) if each.id == request_id)
    request = next(found, None)
    if request is None or request.ended_at is not None:
        return Refused(Reason.NOT_WAITING)
    if agrees and request.asked_by == by:
        return Refused(Reason.SAME_PERSON)
    tx.identity_requests.end(replace(request, ended_at=tx.now, ended_by=by, agreed=agrees))
    tx.outbox.supersede(topic=_topic(case_id, request_id))
    kind = EventKind.IDENTITY_AGREED if agrees else EventKind.IDENTITY_DECLINED
    facts = {"person": str(request.asked_by)}
    record(tx, case, kind, Act.IDENTITY_AGREED if agrees else Act.IDENTITY_DECLINED, by=by, facts=facts)
    if request.asked_by != by:
        topic = f"{case_topic(case_id, Subject.IDENTITY_ANSWERED)}:{request_id}"
        notice = about_case(case, Subject.IDENTITY_ANSWERED, occasion=request_id, topic=topic)
        at = notice_time(tx, rules, wakes=False)
        tell_person(tx, rules, notice, tx.people.get(request.asked_by), not_before=at, wakes=False)
    return Done(case)


def identity_requests_for(tx: Transaction, *, by: PersonId, limit: int) -> Sequence[CaseCode]:
    """The cases in which somebody waits for this person, or another one, to agree."""
    if not allowed(tx.people.get(by), Right.READ_QUEUE):
        return ()
    return tx.identity_requests.waiting_for(by, limit=limit)


def leave_identity_requests(tx: Transaction, person_id: PersonId, *, case_id: CaseId | None = None) -> None:
    """End what somebody waits for, who opens it otherwise, asks anew, or may not any more."""
    for request_id, of_case in tx.identity_requests.leave(person_id, case_id=case_id).items():
        tx.outbox.supersede(topic=_topic(of_case, request_id))


def _alone(case: Case, alarms: Sequence[Alarm], *, others_agree: bool) -> Alone | None:
    unanswered = [each for each in alarms if each.answered_at is None]
    if case.call is not None:
        return Alone.CALL
    if any(each.trigger != STAFF_TRIGGER for each in unanswered):
        return Alone.ALARM
    if unanswered:
        return Alone.STAFF_ALARM
    return None if others_agree else Alone.NOBODY


def _holds(request: IdentityRequest, now: datetime) -> bool:
    return request.agreed and request.ended_at is not None and now < request.ended_at + AGREED_FOR


def _topic(case_id: CaseId, request_id: IdentityRequestId) -> str:
    return f"{case_topic(case_id, Subject.IDENTITY_WAITS)}:{request_id}"
