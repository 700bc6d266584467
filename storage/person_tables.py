"""The tables about people whom cases are about: marks in place of names, searches, and links between cases."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, LargeBinary, String, Table, UniqueConstraint

from storage.columns import metadata, seq
from storage.types import Id, Instant

person_marks = Table(
    "person_marks",
    metadata,
    seq(),
    Column("case_id", Id, ForeignKey("cases.id"), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("digest", LargeBinary, nullable=False, index=True),
    UniqueConstraint("case_id", "kind", "digest"),
    implicit_returning=False,
)

person_searches = Table(
    "person_searches",
    metadata,
    seq(),
    Column("id", Id, nullable=False, unique=True),
    Column("by", Id, nullable=False),
    Column("at", Instant, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("digest", LargeBinary, nullable=False),
    Column("purpose", LargeBinary, nullable=False),
    Column("found", Boolean, nullable=False),
    implicit_returning=False,
)

case_links = Table(
    "case_links",
    metadata,
    seq(),
    Column("id", Id, nullable=False, unique=True),
    Column("case_a", Id, ForeignKey("cases.id"), nullable=False, index=True),
    Column("case_b", Id, ForeignKey("cases.id"), nullable=False, index=True),
    Column("by", Id, nullable=False),
    Column("at", Instant, nullable=False),
    Column("reason", LargeBinary, nullable=False),
    Column("undone_by", Id),
    Column("undone_at", Instant),
    implicit_returning=False,
)
