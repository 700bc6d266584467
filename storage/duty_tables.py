"""The tables of the roster: shifts, absences, deputies, and handovers of the duty."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, LargeBinary, SmallInteger, String, Table

from storage.columns import metadata, partial, seq
from storage.types import Id, Instant

shifts = Table(
    "shifts",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    # No two begin at once, whatever became of the lock that keeps them from overlapping.
    Column("starts_at", Instant, nullable=False, unique=True),
    Column("ends_at", Instant, nullable=False, index=True),
    Column("source", String(64)),
    Column("begun", Boolean, nullable=False),
    partial("ix_shifts_not_begun", "starts_at", where="NOT begun"),
)

absences = Table(
    "absences",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("starts_at", Instant, nullable=False),
    Column("ends_at", Instant, nullable=False, index=True),
)

deputies = Table(
    "deputies",
    metadata,
    Column("person_id", Id, ForeignKey("people.id"), primary_key=True),
    Column("place", SmallInteger, primary_key=True, autoincrement=False),
    Column("deputy_id", Id, ForeignKey("people.id"), nullable=False),
)

handovers = Table(
    "handovers",
    metadata,
    seq(),
    Column("id", Id, nullable=False, unique=True),
    Column("asked_at", Instant, nullable=False),
    Column("from_id", Id),
    Column("to_id", Id),
    Column("shift_id", Id, unique=True),
    Column("climbs_at", Instant),
    Column("climbed", SmallInteger, nullable=False),
    Column("accepted_at", Instant),
    Column("accepted_by", Id),
    Column("overtaken_at", Instant),
    # Sealed under the house's own key: it belongs to no reporter.
    Column("note", LargeBinary),
    partial("ix_handovers_climbs", "climbs_at", where="climbs_at IS NOT NULL"),
    implicit_returning=False,
)
