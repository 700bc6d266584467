"""Every table of the first version."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _conversation()
    _case()
    _time_and_outbox()
    _house()


def downgrade() -> None:
    for table in (
        "meta",
        "keyring_checks",
        "leases",
        "throttles",
        "sessions",
        "tickets",
        "people",
        "audit_entries",
        "outbox",
        "fired",
        "clocks",
        "alarms",
        "receipts",
        "messages",
        "submissions",
        "case_events",
        "case_keys",
        "cases",
        "parked",
        "inputs",
        "flows",
        "received_messages",
        "doors",
        "links",
        "conversations",
    ):
        op.drop_table(table)


def _partial(name: str, table: str, columns: list[str], *, where: str, unique: bool = False) -> None:
    condition = sa.text(where)
    op.create_index(name, table, columns, unique=unique, sqlite_where=condition, postgresql_where=condition)


def _conversation() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", types.Id(), primary_key=True),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("peer_hash", sa.LargeBinary()),
        sa.Column("contact_key", sa.LargeBinary()),
        sa.Column("address", sa.LargeBinary()),
        sa.Column("hotline", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16)),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("draft_key", sa.LargeBinary()),
        sa.Column("draft", sa.LargeBinary()),
        sa.Column("writing", sa.String(length=16), nullable=False),
        sa.Column("asked", sa.Text()),
        sa.Column("case_id", types.Id()),
        sa.Column("started_at", types.Instant()),
        sa.Column("expires_at", types.Instant()),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.UniqueConstraint("channel", "peer_hash", name="uq_conversations_channel_peer_hash"),
    )
    _partial("ix_conversations_expires_at", "conversations", ["expires_at"], where="expires_at IS NOT NULL")
    op.create_table(
        "links",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("conversation_id", types.Id(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("used_at", types.Instant()),
    )
    op.create_index("ix_links_conversation_id", "links", ["conversation_id"])
    op.create_index("ix_links_expires_at", "links", ["expires_at"])
    op.create_table(
        "doors",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("conversation_id", types.Id()),
        sa.Column("case_id", types.Id()),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("seen_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
    )
    op.create_index("ix_doors_conversation_id", "doors", ["conversation_id"])
    op.create_index("ix_doors_expires_at", "doors", ["expires_at"])
    op.create_table(
        "received_messages",
        sa.Column("conversation_id", types.Id(), primary_key=True),
        sa.Column("message", sa.BigInteger(), autoincrement=False, primary_key=True),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
    )
    op.create_table(
        "flows",
        sa.Column("fingerprint", sa.String(length=128), primary_key=True),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("archived_at", types.Instant(), nullable=False),
    )
    op.create_table(
        "inputs",
        sa.Column("source", sa.String(length=32), primary_key=True),
        sa.Column("key", sa.String(length=128), primary_key=True),
        sa.Column("at", types.Instant(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_inputs_at", "inputs", ["at"])
    op.create_table(
        "parked",
        sa.Column("id", types.Id(), primary_key=True),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("error", sa.String(length=128), nullable=False),
        sa.Column("update", sa.LargeBinary(), nullable=False),
    )
    op.create_index("ix_parked_at", "parked", ["at"])


def _case() -> None:
    op.create_table(
        "cases",
        sa.Column("id", types.Id(), primary_key=True),
        sa.Column("code", sa.String(length=16), nullable=False, unique=True),
        sa.Column("hotline", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("received_at", types.Instant(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("acute", sa.Boolean(), nullable=False),
        sa.Column("assignee", types.Id()),
        sa.Column("municipality", sa.String(length=64)),
        sa.Column("outcome", sa.String(length=64)),
        sa.Column("decided_by", types.Id()),
        sa.Column("decided_at", types.Instant()),
        sa.Column("local_action", sa.Boolean()),
        sa.Column("to_unit", sa.Boolean()),
        sa.Column("confirmed_by", types.Id()),
        sa.Column("confirmed_at", types.Instant()),
        sa.Column("receipt_at", types.Instant()),
        sa.Column("first_reply_at", types.Instant()),
        sa.Column("first_read_at", types.Instant()),
        sa.Column("closed_at", types.Instant()),
        sa.Column("revision", sa.Integer(), nullable=False),
    )
    op.create_index("ix_cases_decided", "cases", ["waits", sa.literal_column("decided_at DESC"), "id"])
    op.create_index(
        "ix_cases_queue", "cases", ["waits", sa.literal_column("acute DESC"), "due_at", "received_at", "id"]
    )
    op.create_table(
        "case_keys",
        sa.Column("owner", types.Id(), primary_key=True),
        sa.Column("part", sa.String(length=16), primary_key=True),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["cases.id"], name="fk_case_keys_owner"),
    )
    op.create_table(
        "case_events",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("id", types.Id(), nullable=False, unique=True),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("by", types.Id()),
        sa.Column("facts", types.Json(), nullable=False),
        sa.Column("words", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_case_events_case_id"),
    )
    op.create_index("ix_case_events_case_id", "case_events", ["case_id"])
    op.create_table(
        "submissions",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("id", types.Id(), nullable=False, unique=True),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("conversation_id", types.Id(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("hotline", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("flow_id", sa.String(length=64), nullable=False),
        sa.Column("flow_version", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.String(length=128), nullable=False),
        sa.Column("received_at", types.Instant(), nullable=False),
        sa.Column("clear", types.Json(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_submissions_case_id"),
    )
    op.create_index("ix_submissions_case_id", "submissions", ["case_id"])
    op.create_index("ix_submissions_conversation_id", "submissions", ["conversation_id"])
    op.create_table(
        "messages",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("id", types.Id(), nullable=False, unique=True),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("by", types.Id()),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("read_at", types.Instant()),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_messages_case_id"),
    )
    op.create_index("ix_messages_case_id", "messages", ["case_id"])
    op.create_table(
        "receipts",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_receipts_case_id"),
    )
    op.create_index("ix_receipts_case_id", "receipts", ["case_id"])
    op.create_table(
        "alarms",
        sa.Column("id", types.Id(), primary_key=True),
        sa.Column("conversation_id", types.Id(), nullable=False),
        sa.Column("trigger", sa.String(length=64), nullable=False),
        sa.Column("raised_at", types.Instant(), nullable=False),
        sa.Column("wakes", sa.Boolean(), nullable=False),
        sa.Column("case_id", types.Id()),
        sa.Column("answered_at", types.Instant()),
        sa.Column("answered_by", types.Id()),
        sa.Column("action", sa.String(length=64)),
    )
    op.create_index("ix_alarms_case_id", "alarms", ["case_id"])
    op.create_index("ix_alarms_conversation_id", "alarms", ["conversation_id"])
    _partial("ix_alarms_unanswered", "alarms", ["raised_at"], where="answered_at IS NULL")


def _time_and_outbox() -> None:
    op.create_table(
        "clocks",
        sa.Column("id", types.Id(), primary_key=True),
        sa.Column("policy_id", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("case_id", types.Id()),
        sa.Column("alarm_id", types.Id()),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("anchor_at", types.Instant(), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("wakes", sa.Boolean(), nullable=False),
        sa.Column("stopped_at", types.Instant()),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("next_fire_at", types.Instant()),
    )
    op.create_index("ix_clocks_alarm_id", "clocks", ["alarm_id"])
    op.create_index("ix_clocks_case_id", "clocks", ["case_id"])
    _partial(
        "ix_clocks_to_fire",
        "clocks",
        ["next_fire_at"],
        where="stopped_at IS NULL AND next_fire_at IS NOT NULL",
    )
    op.create_table(
        "fired",
        sa.Column("clock_id", types.Id(), primary_key=True),
        sa.Column("milestone", sa.String(length=64), primary_key=True),
        sa.Column("occurrence", sa.Integer(), autoincrement=False, primary_key=True),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["clock_id"], ["clocks.id"], name="fk_fired_clock_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "outbox",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("id", types.Id(), nullable=False, unique=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("peer", sa.String(length=320), nullable=False),
        sa.Column("payload", types.Json()),
        sa.Column("sealed", sa.LargeBinary()),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("not_before", types.Instant(), nullable=False),
        sa.Column("dedupe", sa.String(length=200)),
        sa.Column("conversation_id", types.Id()),
        sa.Column("case_id", types.Id()),
        sa.Column("person_id", types.Id()),
        sa.Column("topic", sa.String(length=120)),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("lease_by", sa.String(length=80)),
        sa.Column("lease_until", types.Instant()),
        sa.Column("sent_at", types.Instant()),
        sa.Column("remote_id", sa.String(length=80)),
        sa.Column("gone_at", types.Instant()),
        sa.Column("last_error", sa.String(length=200)),
    )
    _partial("ix_outbox_claim", "outbox", ["lane", "via", "not_before", "seq"], where="state = 'pending'")
    _partial("ix_outbox_conversation", "outbox", ["conversation_id"], where="conversation_id IS NOT NULL")
    _partial("ix_outbox_dead", "outbox", ["created_at"], where="state = 'dead'")
    _partial("ix_outbox_peer", "outbox", ["peer", "via", "lane", "seq"], where="state = 'pending'")
    _partial("ix_outbox_sent_at", "outbox", ["sent_at"], where="sent_at IS NOT NULL")
    _partial(
        "ix_outbox_topic", "outbox", ["topic", "person_id"], where="state = 'pending' AND topic IS NOT NULL"
    )
    _partial("uq_outbox_dedupe", "outbox", ["dedupe"], where="dedupe IS NOT NULL", unique=True)


def _house() -> None:
    op.create_table(
        "audit_entries",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("id", types.Id(), nullable=False, unique=True),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("object_id", types.Id()),
        sa.Column("facts", types.Json(), nullable=False),
    )
    op.create_index("ix_audit_entries_object_id", "audit_entries", ["object_id"])
    op.create_table(
        "people",
        sa.Column("id", types.Id(), primary_key=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False, unique=True),
        sa.Column("roles", types.Json(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("password_hash", sa.Text()),
        sa.Column("totp_secret", sa.LargeBinary()),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=False),
        sa.Column("telegram_chat", sa.BigInteger(), unique=True),
    )
    op.create_table(
        "tickets",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("person_id", types.Id()),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("used_at", types.Instant()),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_tickets_person_id"),
    )
    op.create_index("ix_tickets_expires_at", "tickets", ["expires_at"])
    op.create_index("ix_tickets_person_id", "tickets", ["person_id"])
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("person_id", types.Id(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("seen_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("verified_at", types.Instant()),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name="fk_sessions_person_id"),
    )
    op.create_index("ix_sessions_expires_at", "sessions", ["expires_at"])
    op.create_index("ix_sessions_person_id", "sessions", ["person_id"])
    op.create_table(
        "throttles",
        sa.Column("key", sa.String(length=200), primary_key=True),
        sa.Column("full_at", types.Instant(), nullable=False),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_throttles_full_at", "throttles", ["full_at"])
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), primary_key=True),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("until", types.Instant(), nullable=False),
    )
    op.create_table(
        "keyring_checks",
        sa.Column("key_id", sa.String(length=32), primary_key=True),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
    )
    op.create_table(
        "meta",
        sa.Column("name", sa.String(length=64), primary_key=True),
        sa.Column("value", sa.Text()),
    )
