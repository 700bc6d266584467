"""What staff write down for somebody who called, wrote or came: how it may have come, and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from pydantic import Field, field_validator

from triage.cases.records import TOLD_TO_US, Late, Source
from triage.parts import Part
from triage.refusals import Reason, Refused

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""Nothing that is written down today was received earlier: a year before it is a slip of the pen."""


class TakingDown(Part):
    """The ways in that the desk offers, and from when on a late entry needs a reason."""

    sources: tuple[Source, ...] = Field(default=TOLD_TO_US, min_length=1)
    reason_after_days: int = Field(default=30, ge=1)

    @field_validator("sources")
    @classmethod
    def _told_to_us(cls, sources: tuple[Source, ...]) -> tuple[Source, ...]:
        if strange := [each.value for each in sources if each not in TOLD_TO_US]:
            raise ValueError(f"staff do not write down what comes by {', '.join(strange)}")
        return sources

    def needs_reason(self, received_at: datetime, *, now: datetime) -> bool:
        """Whether it was received so long ago that somebody must say why it comes only now."""
        return now - received_at > timedelta(days=self.reason_after_days)

    def check(self, received_at: datetime, *, now: datetime, late: Late | None) -> Refused | None:
        """Why nothing can have been received then; None when it can."""
        if received_at > now:
            return Refused(Reason.RECEIVED_IN_FUTURE)
        if received_at < EARLIEST:
            return Refused(Reason.RECEIVED_BEFORE_US)
        if self.needs_reason(received_at, now=now) and late is None:
            return Refused(Reason.RECEIVED_LONG_AGO)
        return None
