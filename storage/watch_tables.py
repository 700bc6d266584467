"""The table of what failed in the house itself. It names nobody and no case."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table

from storage.columns import metadata, partial, seq
from storage.types import Id, Instant

house_alarms = Table(
    "house_alarms",
    metadata,
    seq(),
    Column("id", Id, nullable=False, unique=True),
    Column("trouble", String(40), nullable=False),
    Column("since", Instant, nullable=False),
    Column("last_seen", Instant, nullable=False),
    Column("tell_at", Instant, nullable=False),
    Column("told_at", Instant),
    Column("told", Integer, nullable=False),
    Column("ended_at", Instant),
    Column("over_at", Instant),
    partial("uq_house_alarms_open", "trouble", where="ended_at IS NULL", unique=True),
    implicit_returning=False,
)
