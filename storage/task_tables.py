"""The tables of what staff ask of each other on a case: tasks, and to open who a reporter is."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, LargeBinary, Table

from storage.columns import metadata, partial, seq
from storage.types import Id, Instant

OPEN = "ended_at IS NULL"

tasks = Table(
    "tasks",
    metadata,
    seq(),
    Column("id", Id, nullable=False, unique=True),
    Column("case_id", Id, ForeignKey("cases.id"), nullable=False, index=True),
    Column("owner", Id),
    Column("due_at", Instant, nullable=False),
    Column("made_by", Id, nullable=False),
    Column("made_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", Id),
    Column("words", LargeBinary, nullable=False),
    partial("ix_tasks_open", "owner", "due_at", where=OPEN),
    implicit_returning=False,
)

identity_requests = Table(
    "identity_requests",
    metadata,
    seq(),
    Column("id", Id, nullable=False, unique=True),
    Column("case_id", Id, ForeignKey("cases.id"), nullable=False, index=True),
    Column("asked_by", Id, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("reason", LargeBinary, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", Id),
    Column("agreed", Boolean, nullable=False),
    # Of a person one waits on a case, whatever comes in at once.
    partial("ix_identity_requests_waiting", "asked_by", "case_id", where=OPEN, unique=True),
    implicit_returning=False,
)
