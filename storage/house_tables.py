"""The tables of the house: the log, people and their ways in, and what the processes share."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    LargeBinary,
    String,
    Table,
    Text,
)

from storage.columns import metadata, partial, seq
from storage.types import Id, Instant, Json

IS_A_READING = "act IN ('case:read', 'identity:read', 'alarm:read', 'queue:read')"
"""Written out as the indexes have it, so that a prepared statement can use them; see `triage.audit.READINGS`."""

audit_entries = Table(
    "audit_entries",
    metadata,
    seq(),
    Column("id", Id, nullable=False, unique=True),
    Column("at", Instant, nullable=False),
    Column("act", String(40), nullable=False),
    Column("actor", String(40), nullable=False),
    Column("object_id", Id, index=True),
    Column("facts", Json, nullable=False),
    # Only what was read is looked through; of what happens by itself, which is most, these indexes hold nothing.
    partial("ix_audit_readings", "at", "seq", where=IS_A_READING),
    partial("ix_audit_readings_by", "actor", "at", "seq", where=IS_A_READING),
    implicit_returning=False,
)

people = Table(
    "people",
    metadata,
    Column("id", Id, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("email", String(320), nullable=False),
    Column("email_key", String(320), nullable=False, unique=True),
    Column("roles", Json, nullable=False),
    Column("language", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("authority", String(64)),
    Column("password_hash", Text),
    Column("totp_secret", LargeBinary),
    Column("totp_last_step", BigInteger, nullable=False),
    Column("telegram_chat", BigInteger, unique=True),
    Column("telegram_failed_at", Instant),
    Column("sms", String(16)),
)

role_requests = Table(
    "role_requests",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False),
    Column("roles", Json, nullable=False),
    Column("authority", String(64)),
    Column("asked_by", Id, nullable=False),
    Column("asked_at", Instant, nullable=False),
    Column("ended_at", Instant),
    Column("ended_by", Id),
    Column("agreed", Boolean, nullable=False),
    partial("uq_role_requests_waiting", "person_id", where="ended_at IS NULL", unique=True),
)

passkeys = Table(
    "passkeys",
    metadata,
    Column("id", Id, primary_key=True),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False, index=True),
    Column("credential_id", LargeBinary, nullable=False, unique=True),
    Column("public_key", LargeBinary, nullable=False),
    Column("sign_count", BigInteger, nullable=False),
    Column("name", String(60), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("used_at", Instant),
)

tickets = Table(
    "tickets",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("kind", String(24), nullable=False),
    Column("person_id", Id, ForeignKey("people.id"), index=True),
    Column("created_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),
    Column("made_by", Id),
)

sessions = Table(
    "sessions",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("person_id", Id, ForeignKey("people.id"), nullable=False, index=True),
    Column("created_at", Instant, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("verified_at", Instant),
)

throttles = Table(
    "throttles",
    metadata,
    Column("key", String(200), primary_key=True),
    # The instant at which every used try will have come back.
    Column("full_at", Instant, nullable=False, index=True),
    sqlite_with_rowid=False,
)

leases = Table(
    "leases",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("holder", String(80), nullable=False),
    Column("until", Instant, nullable=False),
)

keyring_checks = Table(
    "keyring_checks",
    metadata,
    Column("key_id", String(32), primary_key=True),
    Column("value", LargeBinary, nullable=False),
    Column("created_at", Instant, nullable=False),
)

meta = Table(
    "meta",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("value", Text),
)
