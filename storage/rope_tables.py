"""The tables of the rope: how far the telling of a clock has come."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, String, Table

from storage.columns import metadata, partial
from storage.types import Id, Instant, Json

ladders = Table(
    "ladders",
    metadata,
    Column("clock_id", Id, ForeignKey("clocks.id"), primary_key=True),
    Column("rung", String(24), nullable=False),
    Column("told_at", Instant, nullable=False),
    Column("climbs_at", Instant),
    # Ids of staff, each with the rung and the instant at which they were last told.
    Column("heard", Json, nullable=False),
    Column("acknowledged_by", Id),
    Column("acknowledged_at", Instant),
    Column("quiet_until", Instant),
    Column("ended_at", Instant),
    partial("ix_ladders_to_climb", "climbs_at", where="ended_at IS NULL AND climbs_at IS NOT NULL"),
)
