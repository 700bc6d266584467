"""The tables of what staff are told: each notice to each person, and how the channels stand."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, String, Table, UniqueConstraint

from storage.columns import metadata, partial, seq
from storage.types import Id, Instant, Json

notices = Table(
    "notices",
    metadata,
    seq(),
    Column("id", Id, nullable=False, unique=True),
    Column("occasion", String(200), nullable=False),
    Column("person_id", Id, nullable=False),
    Column("key", String(120), nullable=False),
    Column("about", Id, nullable=False),
    Column("case_id", Id),
    # Codes, times and numbers: no word of anybody.
    Column("facts", Json, nullable=False),
    Column("audience", String(24), nullable=False),
    Column("wakes", Boolean, nullable=False),
    Column("written_at", Instant, nullable=False, index=True),
    Column("not_before", Instant, nullable=False),
    Column("check_at", Instant),
    Column("confirmed_at", Instant),
    Column("given_up_at", Instant),
    Column("settled_at", Instant),
    UniqueConstraint("occasion", "person_id"),
    partial("ix_notices_check_at", "check_at", where="check_at IS NOT NULL"),
    partial("ix_notices_given_up", "given_up_at", where="given_up_at IS NOT NULL"),
    implicit_returning=False,
)

channels = Table(
    "channels",
    metadata,
    Column("via", String(16), primary_key=True),
    Column("failing_since", Instant),
    Column("error", String(200)),
    Column("changed_at", Instant, nullable=False),
)
