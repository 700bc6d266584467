"""The table of who was at a case last when."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table

from storage.columns import metadata
from storage.types import Id, Instant

presences = Table(
    "presences",
    metadata,
    Column("case_id", Id, ForeignKey("cases.id"), primary_key=True),
    Column("person_id", Id, primary_key=True),
    Column("seen_at", Instant, nullable=False, index=True),
)
