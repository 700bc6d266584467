"""Notices to staff: that something waits, which clock it is on and where; never what anybody said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from uuid import UUID

from triage.cases.case import Case
from triage.clocks.policy import Audience, ClockPolicies, ClockPolicy
from triage.ids import CaseCode, CaseId, ClockId, ClockPolicyId, NoticeId, PersonId


class Whom(StrEnum):
    """Whom a case waits for, as the reader of a notice sees them."""

    YOU = "you"
    HOLDER = "holder"
    DUTY_OFFICER = "duty_officer"


class Subject(StrEnum):
    """What a notice that belongs to no step of a clock is about."""

    CASE_RECEIVED = "case_received"
    NOTHING_SENT = "nothing_sent"
    REPORTER_WROTE = "reporter_wrote"
    SECOND_PERSON = "second_person"
    IDENTITY_WAITS = "identity_waits"
    COUNTS = "counts"
    COUNTS_UNANSWERED = "counts_unanswered"
    NOT_ACKNOWLEDGED = "not_acknowledged"
    NOT_ACKNOWLEDGED_ALARM = "not_acknowledged_alarm"
    QUIET_OVER = "quiet_over"
    QUIET_OVER_ALARM = "quiet_over_alarm"
    REPORTER_REPLY = "reporter_reply"
    REPORTER_UNREACHABLE = "reporter_unreachable"
    CONTACT_ENDED = "contact_ended"
    NOBODY_HOLDS = "nobody_holds"
    TAKEN_OVER = "taken_over"
    GLASS_BROKEN = "glass_broken"
    IDENTITY_ANSWERED = "identity_answered"
    IDENTITY_ALONE = "identity_alone"
    KEPT_OUT = "kept_out"
    ENQUIRY_WAITS = "enquiry_waits"
    ENQUIRY_SECOND = "enquiry_second"
    ENQUIRY_ANSWERED = "enquiry_answered"
    ROLES_WAIT = "roles_wait"
    AGREES_NO_MORE = "agrees_no_more"
    TASK_GIVEN = "task_given"
    WAY_IN_ADDED = "way_in_added"
    RECOVERY_CODE_USED = "recovery_code_used"
    UPDATE_PARKED = "update_parked"
    OVERDUE = "overdue"
    HANDOVER_ASKED = "handover_asked"
    HANDOVER_WAITS = "handover_waits"
    HANDOVER_NOT_ACCEPTED = "handover_not_accepted"


NOTICE_KEYS: Mapping[Subject, str] = MappingProxyType(
    {
        Subject.CASE_RECEIVED: "notice.case_received",
        Subject.NOTHING_SENT: "notice.acute_check.nothing_sent",
        Subject.REPORTER_WROTE: "notice.reporter_wrote",
        Subject.SECOND_PERSON: "notice.second_person",
        Subject.IDENTITY_WAITS: "notice.identity_waits",
        Subject.COUNTS: "notice.counts",
        Subject.COUNTS_UNANSWERED: "notice.counts_unanswered",
        Subject.NOT_ACKNOWLEDGED: "notice.not_acknowledged",
        Subject.NOT_ACKNOWLEDGED_ALARM: "notice.not_acknowledged_alarm",
        Subject.QUIET_OVER: "notice.quiet_over",
        Subject.QUIET_OVER_ALARM: "notice.quiet_over_alarm",
        Subject.REPORTER_REPLY: "notice.reporter_reply",
        Subject.REPORTER_UNREACHABLE: "notice.reporter_unreachable",
        Subject.CONTACT_ENDED: "notice.contact_ended",
        Subject.NOBODY_HOLDS: "notice.nobody_holds",
        Subject.TAKEN_OVER: "notice.taken_over",
        Subject.GLASS_BROKEN: "notice.glass_broken",
        Subject.IDENTITY_ANSWERED: "notice.identity_answered",
        Subject.IDENTITY_ALONE: "notice.identity_alone",
        Subject.KEPT_OUT: "notice.kept_out",
        Subject.ENQUIRY_WAITS: "notice.enquiry_waits",
        Subject.ENQUIRY_SECOND: "notice.enquiry_second",
        Subject.ENQUIRY_ANSWERED: "notice.enquiry_answered",
        Subject.ROLES_WAIT: "notice.roles_wait",
        Subject.AGREES_NO_MORE: "notice.agrees_no_more",
        Subject.TASK_GIVEN: "notice.task_given",
        Subject.WAY_IN_ADDED: "notice.way_in_added",
        Subject.RECOVERY_CODE_USED: "notice.recovery_code_used",
        Subject.UPDATE_PARKED: "notice.update_parked",
        Subject.OVERDUE: "notice.clock.breached",
        Subject.HANDOVER_ASKED: "notice.handover.asked",
        Subject.HANDOVER_WAITS: "notice.handover.waits",
        Subject.HANDOVER_NOT_ACCEPTED: "notice.handover.not_accepted",
    }
)
"""The roots of the texts; those of clocks follow from their policies, see `clock_keys`."""


READINGS_PAGE, START_PAGE = "readings", "start"
"""Where a notice leads whoever may open no case, as its parameter `page`: to who read the case, or to the start."""


def clock_topic(clock_id: ClockId) -> str:
    """What every notice of a clock is about, so that a later one takes back what still waits."""
    return f"clock:{clock_id}"


def case_topic(case_id: CaseId, subject: Subject) -> str:
    """What notices about a case on this subject are about, so that a later one takes back what still waits."""
    return f"case:{case_id}:{subject}"


def clock_key(policy: ClockPolicy, milestone: str) -> str:
    """The root of the text for a step of a clock."""
    return (
        f"notice.{policy.id}.{milestone}" if policy.own_texts else f"notice.clock.{policy.meaning(milestone)}"
    )


def clock_keys(policies: ClockPolicies) -> frozenset[str]:
    """The roots of the texts for every step that any of these policies can fire."""
    return frozenset(clock_key(policy, step) for policy in policies.clocks for step in policy.step_ids())


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing to tell. It can hold no words of a person: only codes, times and numbers.

    `occasion` makes it one: the same occasion is never told to one person twice. A notice takes back those of the
    same person that still wait under `topic` or one of `overtakes`. `about` is the case's or alarm's id, for the
    audit; `assignee` is who holds the case, and those `kept_out` have a conflict of interest in it and are never told.
    Of the clock `clock_id` a reader can say that they have it; `policy` names it in the text, and `silent` the rung
    that has not answered.
    """

    key: str
    occasion: str
    topic: str
    about: UUID
    clock_id: ClockId | None = None
    case_id: CaseId | None = None
    case_code: CaseCode | None = None
    assignee: PersonId | None = None
    kept_out: frozenset[PersonId] = frozenset()
    overtakes: tuple[str, ...] = ()
    due_at: datetime | None = None
    fell_due_at: datetime | None = None
    late_minutes: int = 0
    ahead: bool = False
    """Whether it tells of a deadline that is still to come: read after that it says that the deadline has passed."""
    policy: ClockPolicyId | None = None
    silent: Audience | None = None
    as_deputy: bool = False
    """Whether the reader is told because somebody else is away; whose deputy somebody is, they know."""
    trouble: str = ""
    """The code of what fails in the house itself, where the notice is about that."""

    @property
    def topics(self) -> tuple[str, ...]:
        """Under which what still waits for its reader is taken back."""
        return (self.topic, *self.overtakes)

    @property
    def params(self) -> Mapping[str, str]:
        """What the text may name, as strings; instants in UTC as ISO 8601. What is not known is empty."""
        return {
            "code": self.case_code or "",
            "due": "" if self.due_at is None else self.due_at.isoformat(),
            "fell_due": "" if self.fell_due_at is None else self.fell_due_at.isoformat(),
            "late_minutes": str(self.late_minutes),
            "clock": self.policy or "",
            "silent": self.silent or "",
            **({"ahead": "yes"} if self.ahead else {}),
            **({"deputy": "yes"} if self.as_deputy else {}),
            **({"trouble": self.trouble} if self.trouble else {}),
        }


def about_case(
    case: Case,
    subject: Subject,
    *,
    occasion: object,
    topic: str | None = None,
    due_at: datetime | None = None,
) -> Notice:
    """A notice about a case that belongs to no step of a clock. Whoever is kept out of the case is not told.

    `occasion` tells it from others on the same subject. A later one on the subject overtakes it, unless it has a
    `topic` of its own.
    """
    return Notice(
        key=NOTICE_KEYS[subject],
        occasion=f"case:{case.id}|{subject}|{occasion}",
        topic=case_topic(case.id, subject) if topic is None else topic,
        about=case.id,
        case_id=case.id,
        case_code=case.code,
        assignee=case.assignee,
        kept_out=case.conflicts,
        due_at=due_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A notice to one person, told as this rung of the ladder.

    At `check_at` it is looked whether any channel took it. None says that one did (`confirmed_at`), that it was taken
    back, or that it was given up (`given_up_at`).
    """

    id: NoticeId
    notice: Notice
    person_id: PersonId
    audience: Audience
    wakes: bool
    written_at: datetime
    not_before: datetime
    check_at: datetime | None = None
    confirmed_at: datetime | None = None
    given_up_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """Who was told, and which audiences were empty, each with the rung told instead, or None for nobody.

    `heard` are those who were told just now, each as a rung; `people` holds those told already as well.
    """

    people: frozenset[PersonId] = frozenset()
    heard: Mapping[PersonId, Audience] = field(default_factory=dict)
    climbed: Mapping[Audience, Audience | None] = field(default_factory=dict)
