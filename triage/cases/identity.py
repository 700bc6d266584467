"""Opening who a reporter is: for a reason, with a fresh factor, and with a second person who has agreed.

One person is enough where the reporter wants a call, for they gave the number to be called; while nobody has answered
an alarm of the case; and where nobody else is there who could agree, which stands in the audit.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from triage.access.table import Right, allowed, allowed_on
from triage.audit import Act
from triage.cases.case import Case, EventKind
from triage.cases.records import Alarm
from triage.cases.steps import record
from triage.cases.words import Done, cleaned
from triage.clocks.keep import notice_time
from triage.clocks.policy import Audience
from triage.ids import CaseCode, CaseId, IdentityRequestId, PersonId
from triage.notices.notice import Subject, about_case, case_topic
from triage.notices.telling import tell
from triage.people.person import Person, is_fresh
from triage.ports import Transaction
from triage.refusals import Reason, Refused
from triage.rules import Rules

AGREED_FOR = timedelta(hours=1)
"""How long whoever asked can open it once somebody has agreed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who the reporter is, as they gave it; `removed` identity numbers were taken out of the reader's reason."""

    answers: tuple[Mapping[str, object], ...] = field(repr=False)
    removed: int = 0


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

    alone: bool
    """They may open it without a second person; see above for when."""
    until: datetime | None
    """Until when they may open it because somebody agreed; None if nobody has, or it is over."""
    reason: str = field(repr=False)
    """What they gave as their reason when they asked, for as long as they may open it."""
    waiting: IdentityRequest | None
    """The latest request of anybody that waits for a second person."""


class IdentityRequests(Protocol):
    """What was asked, and whether somebody agreed. The reasons are sealed with the words of their cases."""

    def add(self, request: IdentityRequest) -> None:
        """Insert one; an earlier one of the same person on the case that waits is overtaken."""

    def of_case(self, case_id: CaseId) -> Sequence[IdentityRequest]:
        """Those of a case, the latest first."""

    def end(self, request: IdentityRequest) -> None:
        """Note how it ended."""

    def waiting_for(self, person_id: PersonId, *, limit: int) -> Sequence[CaseCode]:
        """The cases in which somebody else's request waits, but for those in which this person has a conflict."""


def standing(
    tx: Transaction, case: Case, *, by: PersonId, alarms: Sequence[Alarm], people: Iterable[Person]
) -> Standing:
    """How opening who the reporter is stands for this person; `alarms` are the case's, `people` everybody."""
    requests = tx.identity_requests.of_case(case.id)
    own = next((each for each in requests if each.asked_by == by), None)
    until = None if own is None else _agreed_until(own, tx.now)
    return Standing(
        alone=case.call is not None
        or any(alarm.answered_at is None for alarm in alarms)
        or not any(each.id != by and allowed_on(each, Right.AGREE_TO_IDENTITY, case) for each in people),
        until=until,
        reason="" if own is None or until is None else own.reason,
        waiting=_waiting(requests),
    )


def read_identity(
    tx: Transaction,
    rules: Rules,
    *,
    code: CaseCode,
    by: PersonId,
    reason: str,
    verified_at: datetime | None,
    breaks_glass: bool = False,
) -> Identity | IdentityRequest | Refused:
    """Open who the reporter is, for a reason that stays in the timeline; or ask, where a second person must agree.

    In somebody else's case only for those who may break the glass and say that they do (`breaks_glass`): head and data
    protection officer are told, and nobody is waited for.
    `verified_at` is when the reader last gave a second factor; one that is not fresh is refused.
    """
    reader = tx.people.get(by)
    case = tx.cases.find(code)
    if case is None or not allowed_on(reader, Right.READ_CASE, case):
        return Refused(Reason.NOT_FOUND)
    breaks = not allowed_on(reader, Right.READ_IDENTITY, case)
    if breaks and not (breaks_glass and allowed_on(reader, Right.BREAK_GLASS, case)):
        return Refused(Reason.NOT_ALLOWED)
    if not is_fresh(verified_at, tx.now):
        return Refused(Reason.SECOND_FACTOR_NEEDED)
    said = cleaned(rules, reason, empty=Reason.REASON_NEEDED)
    if isinstance(said, Refused):
        return said
    stands = standing(tx, case, by=by, alarms=tx.alarms.of_case(case.id), people=tx.people.all())
    if not (breaks or stands.alone or stands.until):
        return _ask(tx, rules, case, by=by, reason=said.words)
    kind = EventKind.GLASS_BROKEN if breaks else EventKind.IDENTITY_READ
    facts = {"glass": "broken"} if breaks else {"alone": "yes"} if stands.alone else {}
    record(tx, case, kind, Act.IDENTITY_READ, by=by, facts=facts, words=said.words)
    if breaks:
        _tell_of_broken_glass(tx, rules, case, by)
    submissions = tx.cases.submissions(case.id, identity=True)
    return Identity(answers=tuple(each.identity for each in submissions), removed=said.removed)


def end_identity_request(tx: Transaction, *, case_id: CaseId, by: PersonId, agrees: bool) -> Done | Refused:
    """Be the second person, and agree or say no, on a closed case too. Whoever asked may only take theirs back."""
    case = tx.cases.lock(case_id)
    if not allowed_on(tx.people.get(by), Right.AGREE_TO_IDENTITY, case):
        return Refused(Reason.NOT_ALLOWED)
    request = _waiting(tx.identity_requests.of_case(case_id))
    if request is None:
        return Refused(Reason.NOT_WAITING)
    if agrees and request.asked_by == by:
        return Refused(Reason.SAME_PERSON)
    tx.identity_requests.end(replace(request, ended_at=tx.now, ended_by=by, agreed=agrees))
    tx.outbox.supersede(topic=case_topic(case_id, Subject.IDENTITY_WAITS))
    kind = EventKind.IDENTITY_AGREED if agrees else EventKind.IDENTITY_DECLINED
    facts = {"person": str(request.asked_by)}
    record(tx, case, kind, Act.IDENTITY_AGREED if agrees else Act.IDENTITY_DECLINED, by=by, facts=facts)
    return Done(case)


def identity_requests_for(tx: Transaction, *, by: PersonId, limit: int) -> Sequence[CaseCode]:
    """The cases in which somebody waits for this person, or another one, to agree."""
    if not allowed(tx.people.get(by), Right.READ_QUEUE):
        return ()
    return tx.identity_requests.waiting_for(by, limit=limit)


def _agreed_until(request: IdentityRequest, now: datetime) -> datetime | None:
    if not request.agreed or request.ended_at is None:
        return None
    until = request.ended_at + AGREED_FOR
    return until if now < until else None


def _waiting(requests: Sequence[IdentityRequest]) -> IdentityRequest | None:
    return next((each for each in requests if each.ended_at is None), None)


def _ask(tx: Transaction, rules: Rules, case: Case, *, by: PersonId, reason: str) -> IdentityRequest:
    request = IdentityRequest(
        id=IdentityRequestId(tx.new_id()), case_id=case.id, asked_by=by, asked_at=tx.now, reason=reason
    )
    tx.identity_requests.add(request)
    record(tx, case, EventKind.IDENTITY_ASKED, Act.IDENTITY_ASKED, by=by, words=reason)
    tell(
        tx,
        rules,
        about_case(case, Subject.IDENTITY_WAITS, occasion=request.id),
        (Audience.DUTY_OFFICER, Audience.HEAD),
        not_before=notice_time(tx, rules, wakes=False),
        wakes=False,
        told_already=(by,),
    )
    return request


def _tell_of_broken_glass(tx: Transaction, rules: Rules, case: Case, by: PersonId) -> None:
    occasion = tx.new_id()
    # Nothing takes it back, and no later one overtakes it.
    topic = f"{case_topic(case.id, Subject.GLASS_BROKEN)}:{occasion}"
    notice = about_case(case, Subject.GLASS_BROKEN, occasion=occasion, topic=topic)
    tell(
        tx,
        rules,
        notice,
        (Audience.HEAD, Audience.DPO),
        not_before=notice_time(tx, rules, wakes=False),
        wakes=False,
        told_already=(by,),
    )
