"""Audit entries: every act on a case and every read of one, without names and without content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from triage.ids import PersonId


class Act(StrEnum):
    """What was done, as `object:act`."""

    ALARM_RAISED = "alarm:raised"
    ALARM_READ = "alarm:read"
    ALARM_ANSWERED = "alarm:answered"
    CASE_OPENED = "case:opened"
    CASE_READ = "case:read"
    CASE_CLAIMED = "case:claimed"
    CASE_KIND_CHANGED = "case:kind_changed"
    CASE_KIND_ASKED = "case:kind_asked"
    CASE_KIND_DECLINED = "case:kind_declined"
    CASE_ADDITION_SEEN = "case:addition_seen"
    CASE_CALLED = "case:called"
    CASE_HANDED_TO = "case:handed_to"
    CASE_MARKED_ACUTE = "case:marked_acute"
    CASE_DECIDED = "case:decided"
    CASE_CONFIRMED = "case:confirmed"
    CASE_CONFIRMATION_DECLINED = "case:confirmation_declined"
    CASE_RECEIPT_RECORDED = "case:receipt_recorded"
    CASE_OVERDUE_EXPLAINED = "case:overdue_explained"
    CASE_NOTED = "case:noted"
    CASE_KEPT_OUT = "case:kept_out"
    CASE_LET_BACK_IN = "case:let_back_in"
    CASE_RELEASED = "case:released"
    CASE_LINKED = "case:linked"
    CASE_UNLINKED = "case:unlinked"
    CASE_CLOSED = "case:closed"
    CASE_REOPENED = "case:reopened"
    CASE_ESCALATED = "case:escalated"
    ENQUIRY_MADE = "enquiry:made"
    ENQUIRY_AGREED = "enquiry:agreed"
    ENQUIRY_WITHDRAWN = "enquiry:withdrawn"
    ENQUIRY_SAID = "enquiry:said"
    PROPOSAL_TAKEN = "proposal:taken"
    PROPOSAL_DECLINED = "proposal:declined"
    TASK_MADE = "task:made"
    TASK_TAKEN = "task:taken"
    TASK_ENDED = "task:ended"
    CLOCK_STARTED = "clock:started"
    CLOCK_STOPPED = "clock:stopped"
    CLOCK_PAUSED = "clock:paused"
    CLOCK_WENT_ON = "clock:went_on"
    CLOCK_MOVED = "clock:moved"
    CLOCK_RECOUNTED = "clock:recounted"
    IDENTITY_READ = "identity:read"
    IDENTITY_ASKED = "identity:asked"
    IDENTITY_AGREED = "identity:agreed"
    IDENTITY_DECLINED = "identity:declined"
    NOTICE_CLIMBED = "notice:climbed"
    NOTICE_ACKNOWLEDGED = "notice:acknowledged"
    NOTICE_SETTLED = "notice:settled"
    LADDER_CLIMBED = "ladder:climbed"
    LADDER_REMINDED = "ladder:reminded"
    NOTICE_ROUTED = "notice:routed"
    NOTICE_RETURNED = "notice:returned"
    UPDATE_SETTLED = "update:settled"
    MESSAGE_WRITTEN = "message:written"
    MESSAGE_HELD = "message:held"
    MESSAGE_TAKEN_BACK = "message:taken_back"
    MESSAGE_NOT_SENT = "message:not_sent"
    MESSAGE_READ = "message:read"
    CODE_MADE = "code:made"
    CODE_USED = "code:used"
    CODE_REFUSED = "code:refused"
    CONTACT_ENDED = "contact:ended"
    CONTACT_MOVED = "contact:moved"
    QUEUE_READ = "queue:read"
    DUTY_TAKEN = "duty:taken"
    DUTY_LEFT = "duty:left"
    SHIFT_ADDED = "shift:added"
    SHIFT_MOVED = "shift:moved"
    SHIFT_REMOVED = "shift:removed"
    ABSENCE_ADDED = "absence:added"
    ABSENCE_REMOVED = "absence:removed"
    DEPUTIES_SET = "deputies:set"
    HANDOVER_ASKED = "handover:asked"
    HANDOVER_ACCEPTED = "handover:accepted"
    HANDOVER_CLIMBED = "handover:climbed"
    PERSON_INVITED = "person:invited"
    PERSON_JOINED = "person:joined"
    PERSON_CHANGED = "person:changed"
    ROLES_ASKED = "roles:asked"
    ROLES_DECLINED = "roles:declined"
    PERSON_DISABLED = "person:disabled"
    PERSON_RECOVERED = "person:recovered"
    PERSON_LINKED_TELEGRAM = "person:linked_telegram"
    SIGN_IN = "sign_in:done"
    SIGN_IN_FAILED = "sign_in:failed"
    SIGN_IN_THROTTLED = "sign_in:throttled"
    SIGN_OUT = "sign_in:out"
    PERSON_SEARCHED = "person:searched"
    AUDIT_READ = "audit:read"
    BACKUP_MADE = "backup:made"
    HOUSE_ALARM_RAISED = "house_alarm:raised"
    HOUSE_ALARM_ENDED = "house_alarm:ended"


READINGS = (Act.CASE_READ, Act.IDENTITY_READ, Act.ALARM_READ, Act.QUEUE_READ)
"""What tells that a member of staff saw something of a reporter's."""


class Actor(StrEnum):
    """Who acted, where it was no member of staff."""

    REPORTER = "reporter"
    SYSTEM = "system"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One act. `object_id` names the case, person or alarm by its id; `facts` are codes, never words."""

    id: UUID
    at: datetime
    act: Act
    actor: PersonId | Actor
    object_id: UUID | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
