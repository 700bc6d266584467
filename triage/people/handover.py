"""The handing over of the duty: what one officer leaves to the next, and whether it was accepted."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from triage.ids import HandoverId, PersonId, ShiftId


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One handing over. `shift_id` is the shift whose beginning asked for it; None where an officer did.

    It waits until somebody accepts it, or until a later one takes its place (`overtaken_at`). `climbs_at` is when
    others are told that nobody has accepted it; `climbed` is how often they were. The note is sealed at rest, and
    erased once two later ones have come.
    """

    id: HandoverId
    asked_at: datetime
    from_id: PersonId | None = None
    to_id: PersonId | None = None
    shift_id: ShiftId | None = None
    climbs_at: datetime | None = None
    climbed: int = 0
    accepted_at: datetime | None = None
    accepted_by: PersonId | None = None
    overtaken_at: datetime | None = None
    note: str | None = field(default=None, repr=False)

    @property
    def waits(self) -> bool:
        """Whether it is still to be accepted."""
        return self.accepted_at is None and self.overtaken_at is None
