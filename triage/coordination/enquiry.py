"""An enquiry: one authority of the coordination unit is asked about a case, and what it was told with that."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from triage.ids import CaseId, ClockId, EnquiryId, EnquiryWordId, PersonId, SubmissionId


class EnquiryState(StrEnum):
    """Where an enquiry stands. It waits for a second person of the secretariat before the authority hears of it."""

    AWAITS_SECOND_PERSON = "awaits_second_person"
    WAITS = "waits"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({EnquiryState.AWAITS_SECOND_PERSON, EnquiryState.WAITS})
"""States in which the enquiry is not over."""


class Says(StrEnum):
    """What was said about an enquiry: the answers of the authority, and what the secretariat explained."""

    NOTHING_KNOWN = "nothing_known"
    SHARED = "shared"
    CANNOT_SHARE = "cannot_share"
    NEED_TIME = "need_time"
    WRONG_RECEIVER = "wrong_receiver"
    WHY_ASKED = "why_asked"
    HANDED_ON = "handed_on"
    CONFLICT = "conflict"
    """They know somebody in the case, and see nothing of it from then on; their colleagues do."""
    EXPLAINED = "explained"


ANSWERS = tuple(each for each in Says if each is not Says.EXPLAINED)
"""What an authority may say, in the order in which it is offered."""

ENDS = frozenset({Says.NOTHING_KNOWN, Says.SHARED, Says.CANNOT_SHARE, Says.WRONG_RECEIVER})
"""Answers after which nothing more is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """One answer of a report that is passed on: which question of which submission."""

    submission_id: SubmissionId
    question: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnquiryWord:
    """One thing that was said about an enquiry. `basis` is what sharing rests on; `to` is to whom it was handed."""

    id: EnquiryWordId
    at: datetime
    by: PersonId
    says: Says
    basis: str | None = None
    to: PersonId | None = None
    words: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Enquiry:
    """What one authority is asked, and what it was told by that: `passed` answers, for `necessity`, on a legal `basis`.

    Only its members see it, and only what was passed. `holder` is the colleague to whom it was handed; without one it
    is for all of them. `clock_id` runs from when they were asked until they have answered.
    """

    id: EnquiryId
    case_id: CaseId
    authority: str
    asked_by: PersonId
    asked_at: datetime
    basis: str
    passed: tuple[Passed, ...]
    state: EnquiryState
    necessity: str = field(repr=False)
    confirmed_by: PersonId | None = None
    clock_id: ClockId | None = None
    holder: PersonId | None = None
    ended_at: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is not over."""
        return self.state in OPEN
