"""The tables of the coordination: what authorities are asked, what was said about it, and what rules propose."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, LargeBinary, String, Table

from storage.columns import metadata, partial, seq
from storage.types import Id, Instant, Json

enquiries = Table(
    "enquiries",
    metadata,
    seq(),
    Column("id", Id, nullable=False, unique=True),
    Column("case_id", Id, ForeignKey("cases.id"), nullable=False, index=True),
    Column("authority", String(64), nullable=False, index=True),
    Column("asked_by", Id, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("basis", String(64), nullable=False),
    # Which answers of which submissions were passed on: the answers themselves stand there and nowhere else.
    Column("passed", Json, nullable=False),
    Column("necessity", LargeBinary, nullable=False),
    Column("state", String(24), nullable=False),
    Column("confirmed_by", Id),
    Column("clock_id", Id),
    Column("holder", Id),
    Column("ended_at", Instant),
    partial("ix_enquiries_open", "case_id", "state", where="ended_at IS NULL"),
    implicit_returning=False,
)

enquiry_words = Table(
    "enquiry_words",
    metadata,
    seq(),
    Column("id", Id, nullable=False, unique=True),
    Column("enquiry_id", Id, ForeignKey("enquiries.id"), nullable=False, index=True),
    Column("case_id", Id, ForeignKey("cases.id"), nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Id, nullable=False),
    Column("says", String(24), nullable=False),
    Column("basis", String(64)),
    Column("to", Id),
    Column("words", LargeBinary),
    implicit_returning=False,
)

proposal_answers = Table(
    "proposal_answers",
    metadata,
    seq(),
    Column("case_id", Id, ForeignKey("cases.id"), nullable=False, index=True),
    Column("rule", String(64), nullable=False),
    Column("target", String(16), nullable=False),
    Column("code", String(64), nullable=False),
    Column("taken", Boolean, nullable=False),
    Column("by", Id, nullable=False),
    Column("at", Instant, nullable=False),
    implicit_returning=False,
)
