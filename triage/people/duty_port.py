"""What the roster asks of the store: the port `Duty` of a transaction (see `triage.ports`)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from triage.ids import AbsenceId, HandoverId, PersonId, ShiftId
from triage.people.handover import Handover
from triage.people.roster import Absence, Roster, Shift


class Duty(Protocol):
    """The roster: shifts, absences, deputies, and the handing over from one officer to the next."""

    def lock(self) -> None:
        """Lock the roster until the transaction ends, so that two who change it at once do so in turn."""

    def is_kept(self, *, since: datetime) -> bool:
        """Whether any shift ends after this instant: a house may keep no roster at all."""

    def roster(self, start: datetime, end: datetime) -> Roster:
        """All that bears on who has the duty from `start` to `end`."""

    def add_shift(self, shift: Shift) -> None:
        """Insert a shift."""

    def find_shift(self, shift_id: ShiftId) -> Shift | None:
        """The shift of this id."""

    def save_shift(self, shift: Shift) -> None:
        """Write a shift back."""

    def remove_shift(self, shift_id: ShiftId) -> bool:
        """Take a shift away; False if there is none."""

    def has_begun(self) -> bool:
        """Whether a shift has begun of which `note_begun` was not said; for looking only."""

    def lock_begun(self, *, limit: int) -> Sequence[Shift]:
        """Shifts that have begun and of which `note_begun` was not said, locked, in order.

        Those that another process holds are passed over.
        """

    def note_begun(self, shift_id: ShiftId) -> None:
        """Note that the beginning of the shift was seen to."""

    def absences(self, *, since: datetime) -> Sequence[Absence]:
        """Absences that end after this instant, in order."""

    def add_absence(self, absence: Absence) -> None:
        """Insert an absence."""

    def find_absence(self, absence_id: AbsenceId) -> Absence | None:
        """The absence of this id."""

    def remove_absence(self, absence_id: AbsenceId) -> bool:
        """Take an absence away; False if there is none."""

    def deputies(self) -> Mapping[PersonId, tuple[PersonId, ...]]:
        """Everybody's deputies, in order."""

    def set_deputies(self, person_id: PersonId, deputies: Sequence[PersonId]) -> None:
        """Give a person these deputies instead of theirs."""

    def add_handover(self, handover: Handover) -> bool:
        """Insert a handover; False if the beginning of its shift asked for one already.

        Notes of all but this one and the one before are erased.
        """

    def lock_handover(self, handover_id: HandoverId) -> Handover | None:
        """The handover, locked until the transaction ends."""

    def waiting_handovers(self) -> Sequence[Handover]:
        """The handover that waits to be accepted, if one does; for showing only, and without its note."""

    def waiting_handover(self) -> Handover | None:
        """The handover that waits to be accepted, locked."""

    def last_handovers(self, *, limit: int) -> Sequence[Handover]:
        """The latest handovers, newest first, with their notes as far as those are kept."""

    def save_handover(self, handover: Handover) -> None:
        """Write a handover back, its note aside."""

    def due_handovers(self, *, limit: int) -> Sequence[Handover]:
        """Handovers whose `climbs_at` has passed, locked, without notes; those another holds are passed over."""
