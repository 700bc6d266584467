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
    op.create_table(
        "alarms",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("conversation_id", types.Id(), nullable=False),
        sa.Column("trigger", sa.String(length=64), nullable=False),
        sa.Column("raised_at", types.Instant(), nullable=False),
        sa.Column("wakes", sa.Boolean(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=True),
        sa.Column("answered_at", types.Instant(), nullable=True),
        sa.Column("answered_by", types.Id(), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    op.create_index(op.f("ix_alarms_case_id"), "alarms", ["case_id"], unique=False)
    op.create_index(op.f("ix_alarms_conversation_id"), "alarms", ["conversation_id"], unique=False)
    op.create_index(
        "ix_alarms_unanswered",
        "alarms",
        ["raised_at"],
        unique=False,
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.create_table(
        "audit_entries",
        sa.Column("seq", types.Sequence, autoincrement=True, nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("actor", sa.String(length=40), nullable=False),
        sa.Column("object_id", types.Id(), nullable=True),
        sa.Column("facts", types.Json(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_audit_entries")),
        sa.UniqueConstraint("id", name=op.f("uq_audit_entries_id")),
    )
    op.create_index(op.f("ix_audit_entries_object_id"), "audit_entries", ["object_id"], unique=False)
    op.create_table(
        "cases",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.Column("hotline", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("received_at", types.Instant(), nullable=False),
        sa.Column("state", sa.String(length=24), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("acute", sa.Boolean(), nullable=False),
        sa.Column("assignee", types.Id(), nullable=True),
        sa.Column("municipality", sa.String(length=64), nullable=True),
        sa.Column("outcome", sa.String(length=64), nullable=True),
        sa.Column("decided_by", types.Id(), nullable=True),
        sa.Column("decided_at", types.Instant(), nullable=True),
        sa.Column("local_action", sa.Boolean(), nullable=True),
        sa.Column("to_unit", sa.Boolean(), nullable=True),
        sa.Column("confirmed_by", types.Id(), nullable=True),
        sa.Column("confirmed_at", types.Instant(), nullable=True),
        sa.Column("receipt_at", types.Instant(), nullable=True),
        sa.Column("first_reply_at", types.Instant(), nullable=True),
        sa.Column("first_read_at", types.Instant(), nullable=True),
        sa.Column("closed_at", types.Instant(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cases")),
        sa.UniqueConstraint("code", name=op.f("uq_cases_code")),
    )
    op.create_index(
        "ix_cases_decided", "cases", ["waits", sa.literal_column("decided_at DESC"), "id"], unique=False
    )
    op.create_index(
        "ix_cases_queue",
        "cases",
        ["waits", sa.literal_column("acute DESC"), "due_at", "received_at", "id"],
        unique=False,
    )
    op.create_table(
        "clocks",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("policy_id", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=True),
        sa.Column("alarm_id", types.Id(), nullable=True),
        sa.Column("started_at", types.Instant(), nullable=False),
        sa.Column("anchor_at", types.Instant(), nullable=False),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("wakes", sa.Boolean(), nullable=False),
        sa.Column("stopped_at", types.Instant(), nullable=True),
        sa.Column("claimed", sa.Boolean(), nullable=False),
        sa.Column("next_fire_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clocks")),
    )
    op.create_index(op.f("ix_clocks_alarm_id"), "clocks", ["alarm_id"], unique=False)
    op.create_index(op.f("ix_clocks_case_id"), "clocks", ["case_id"], unique=False)
    op.create_index(
        "ix_clocks_to_fire",
        "clocks",
        ["next_fire_at"],
        unique=False,
        sqlite_where=sa.text("stopped_at IS NULL AND next_fire_at IS NOT NULL"),
        postgresql_where=sa.text("stopped_at IS NULL AND next_fire_at IS NOT NULL"),
    )
    op.create_table(
        "conversations",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("channel", sa.String(length=16), nullable=False),
        sa.Column("peer_hash", sa.LargeBinary(), nullable=True),
        sa.Column("contact_key", sa.LargeBinary(), nullable=True),
        sa.Column("address", sa.LargeBinary(), nullable=True),
        sa.Column("hotline", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("draft_key", sa.LargeBinary(), nullable=True),
        sa.Column("draft", sa.LargeBinary(), nullable=True),
        sa.Column("writing", sa.String(length=16), nullable=False),
        sa.Column("asked", sa.Text(), nullable=True),
        sa.Column("case_id", types.Id(), nullable=True),
        sa.Column("started_at", types.Instant(), nullable=True),
        sa.Column("expires_at", types.Instant(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        sa.UniqueConstraint("channel", "peer_hash", name=op.f("uq_conversations_channel_peer_hash")),
    )
    op.create_index(
        "ix_conversations_expires_at",
        "conversations",
        ["expires_at"],
        unique=False,
        sqlite_where=sa.text("expires_at IS NOT NULL"),
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.create_table(
        "doors",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("conversation_id", types.Id(), nullable=True),
        sa.Column("case_id", types.Id(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        sa.Column("seen_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_doors")),
    )
    op.create_index(op.f("ix_doors_conversation_id"), "doors", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_doors_expires_at"), "doors", ["expires_at"], unique=False)
    op.create_table(
        "flows",
        sa.Column("fingerprint", sa.String(length=128), nullable=False),
        sa.Column("canonical", sa.Text(), nullable=False),
        sa.Column("archived_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("fingerprint", name=op.f("pk_flows")),
    )
    op.create_table(
        "inputs",
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("source", "key", name=op.f("pk_inputs")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_inputs_at"), "inputs", ["at"], unique=False)
    op.create_table(
        "keyring_checks",
        sa.Column("key_id", sa.String(length=32), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_keyring_checks")),
    )
    op.create_table(
        "leases",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=80), nullable=False),
        sa.Column("until", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leases")),
    )
    op.create_table(
        "links",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("conversation_id", types.Id(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("used_at", types.Instant(), nullable=True),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_links")),
    )
    op.create_index(op.f("ix_links_conversation_id"), "links", ["conversation_id"], unique=False)
    op.create_index(op.f("ix_links_expires_at"), "links", ["expires_at"], unique=False)
    op.create_table(
        "meta",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_meta")),
    )
    op.create_table(
        "outbox",
        sa.Column("seq", types.Sequence, autoincrement=True, nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("lane", sa.String(length=16), nullable=False),
        sa.Column("via", sa.String(length=16), nullable=False),
        sa.Column("peer", sa.String(length=320), nullable=False),
        sa.Column("payload", types.Json(), nullable=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("not_before", types.Instant(), nullable=False),
        sa.Column("dedupe", sa.String(length=200), nullable=True),
        sa.Column("conversation_id", types.Id(), nullable=True),
        sa.Column("case_id", types.Id(), nullable=True),
        sa.Column("person_id", types.Id(), nullable=True),
        sa.Column("topic", sa.String(length=120), nullable=True),
        sa.Column("attempts", sa.SmallInteger(), nullable=False),
        sa.Column("lease_by", sa.String(length=80), nullable=True),
        sa.Column("lease_until", types.Instant(), nullable=True),
        sa.Column("sent_at", types.Instant(), nullable=True),
        sa.Column("remote_id", sa.String(length=80), nullable=True),
        sa.Column("gone_at", types.Instant(), nullable=True),
        sa.Column("last_error", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sa.UniqueConstraint("id", name=op.f("uq_outbox_id")),
    )
    op.create_index(
        "ix_outbox_claim",
        "outbox",
        ["lane", "via", "not_before", "seq"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_outbox_conversation",
        "outbox",
        ["conversation_id"],
        unique=False,
        sqlite_where=sa.text("conversation_id IS NOT NULL"),
        postgresql_where=sa.text("conversation_id IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_dead",
        "outbox",
        ["created_at"],
        unique=False,
        sqlite_where=sa.text("state = 'dead'"),
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.create_index(
        "ix_outbox_peer",
        "outbox",
        ["peer", "via", "lane", "seq"],
        unique=False,
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_outbox_sent_at",
        "outbox",
        ["sent_at"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NOT NULL"),
        postgresql_where=sa.text("sent_at IS NOT NULL"),
    )
    op.create_index(
        "ix_outbox_topic",
        "outbox",
        ["topic", "person_id"],
        unique=False,
        sqlite_where=sa.text("state = 'pending' AND topic IS NOT NULL"),
        postgresql_where=sa.text("state = 'pending' AND topic IS NOT NULL"),
    )
    op.create_index(
        "uq_outbox_dedupe",
        "outbox",
        ["dedupe"],
        unique=True,
        sqlite_where=sa.text("dedupe IS NOT NULL"),
        postgresql_where=sa.text("dedupe IS NOT NULL"),
    )
    op.create_table(
        "parked",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("error", sa.String(length=128), nullable=False),
        sa.Column("update", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parked")),
    )
    op.create_index(op.f("ix_parked_at"), "parked", ["at"], unique=False)
    op.create_table(
        "people",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("email", sa.String(length=320), nullable=False),
        sa.Column("email_key", sa.String(length=320), nullable=False),
        sa.Column("roles", types.Json(), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=False),
        sa.Column("telegram_chat", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_people")),
        sa.UniqueConstraint("email_key", name=op.f("uq_people_email_key")),
        sa.UniqueConstraint("telegram_chat", name=op.f("uq_people_telegram_chat")),
    )
    op.create_table(
        "received_messages",
        sa.Column("conversation_id", types.Id(), nullable=False),
        sa.Column("message", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("conversation_id", "message", name=op.f("pk_received_messages")),
    )
    op.create_table(
        "throttles",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("full_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_throttles")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_throttles_full_at"), "throttles", ["full_at"], unique=False)
    op.create_table(
        "case_events",
        sa.Column("seq", types.Sequence, autoincrement=True, nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("by", types.Id(), nullable=True),
        sa.Column("facts", types.Json(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_case_events_case_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_case_events")),
        sa.UniqueConstraint("id", name=op.f("uq_case_events_id")),
    )
    op.create_index(op.f("ix_case_events_case_id"), "case_events", ["case_id"], unique=False)
    op.create_table(
        "case_keys",
        sa.Column("owner", types.Id(), nullable=False),
        sa.Column("part", sa.String(length=16), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["owner"], ["cases.id"], name=op.f("fk_case_keys_owner")),
        sa.PrimaryKeyConstraint("owner", "part", name=op.f("pk_case_keys")),
    )
    op.create_table(
        "fired",
        sa.Column("clock_id", types.Id(), nullable=False),
        sa.Column("milestone", sa.String(length=64), nullable=False),
        sa.Column("occurrence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["clock_id"], ["clocks.id"], name=op.f("fk_fired_clock_id")),
        sa.PrimaryKeyConstraint("clock_id", "milestone", "occurrence", name=op.f("pk_fired")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "messages",
        sa.Column("seq", types.Sequence, autoincrement=True, nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("direction", sa.String(length=16), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("by", types.Id(), nullable=True),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.Column("read_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_messages_case_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_messages")),
        sa.UniqueConstraint("id", name=op.f("uq_messages_id")),
    )
    op.create_index(op.f("ix_messages_case_id"), "messages", ["case_id"], unique=False)
    op.create_table(
        "receipts",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_receipts_case_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_receipts")),
    )
    op.create_index(op.f("ix_receipts_case_id"), "receipts", ["case_id"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("person_id", types.Id(), nullable=False),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("seen_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("verified_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_sessions_person_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_sessions")),
    )
    op.create_index(op.f("ix_sessions_expires_at"), "sessions", ["expires_at"], unique=False)
    op.create_index(op.f("ix_sessions_person_id"), "sessions", ["person_id"], unique=False)
    op.create_table(
        "submissions",
        sa.Column("seq", types.Sequence, autoincrement=True, nullable=False),
        sa.Column("id", types.Id(), nullable=False),
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
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_submissions_case_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_submissions")),
        sa.UniqueConstraint("id", name=op.f("uq_submissions_id")),
    )
    op.create_index(op.f("ix_submissions_case_id"), "submissions", ["case_id"], unique=False)
    op.create_index(op.f("ix_submissions_conversation_id"), "submissions", ["conversation_id"], unique=False)
    op.create_table(
        "tickets",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("person_id", types.Id(), nullable=True),
        sa.Column("created_at", types.Instant(), nullable=False),
        sa.Column("expires_at", types.Instant(), nullable=False),
        sa.Column("used_at", types.Instant(), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_tickets_person_id")),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_tickets")),
    )
    op.create_index(op.f("ix_tickets_expires_at"), "tickets", ["expires_at"], unique=False)
    op.create_index(op.f("ix_tickets_person_id"), "tickets", ["person_id"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_tickets_person_id"), table_name="tickets")
    op.drop_index(op.f("ix_tickets_expires_at"), table_name="tickets")
    op.drop_table("tickets")
    op.drop_index(op.f("ix_submissions_conversation_id"), table_name="submissions")
    op.drop_index(op.f("ix_submissions_case_id"), table_name="submissions")
    op.drop_table("submissions")
    op.drop_index(op.f("ix_sessions_person_id"), table_name="sessions")
    op.drop_index(op.f("ix_sessions_expires_at"), table_name="sessions")
    op.drop_table("sessions")
    op.drop_index(op.f("ix_receipts_case_id"), table_name="receipts")
    op.drop_table("receipts")
    op.drop_index(op.f("ix_messages_case_id"), table_name="messages")
    op.drop_table("messages")
    op.drop_table("fired")
    op.drop_table("case_keys")
    op.drop_index(op.f("ix_case_events_case_id"), table_name="case_events")
    op.drop_table("case_events")
    op.drop_index(op.f("ix_throttles_full_at"), table_name="throttles")
    op.drop_table("throttles")
    op.drop_table("received_messages")
    op.drop_table("people")
    op.drop_index(op.f("ix_parked_at"), table_name="parked")
    op.drop_table("parked")
    op.drop_index(
        "uq_outbox_dedupe",
        table_name="outbox",
        sqlite_where=sa.text("dedupe IS NOT NULL"),
        postgresql_where=sa.text("dedupe IS NOT NULL"),
    )
    op.drop_index(
        "ix_outbox_topic",
        table_name="outbox",
        sqlite_where=sa.text("state = 'pending' AND topic IS NOT NULL"),
        postgresql_where=sa.text("state = 'pending' AND topic IS NOT NULL"),
    )
    op.drop_index(
        "ix_outbox_sent_at",
        table_name="outbox",
        sqlite_where=sa.text("sent_at IS NOT NULL"),
        postgresql_where=sa.text("sent_at IS NOT NULL"),
    )
    op.drop_index(
        "ix_outbox_peer",
        table_name="outbox",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_index(
        "ix_outbox_dead",
        table_name="outbox",
        sqlite_where=sa.text("state = 'dead'"),
        postgresql_where=sa.text("state = 'dead'"),
    )
    op.drop_index(
        "ix_outbox_conversation",
        table_name="outbox",
        sqlite_where=sa.text("conversation_id IS NOT NULL"),
        postgresql_where=sa.text("conversation_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_outbox_claim",
        table_name="outbox",
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.drop_table("outbox")
    op.drop_table("meta")
    op.drop_index(op.f("ix_links_expires_at"), table_name="links")
    op.drop_index(op.f("ix_links_conversation_id"), table_name="links")
    op.drop_table("links")
    op.drop_table("leases")
    op.drop_table("keyring_checks")
    op.drop_index(op.f("ix_inputs_at"), table_name="inputs")
    op.drop_table("inputs")
    op.drop_table("flows")
    op.drop_index(op.f("ix_doors_expires_at"), table_name="doors")
    op.drop_index(op.f("ix_doors_conversation_id"), table_name="doors")
    op.drop_table("doors")
    op.drop_index(
        "ix_conversations_expires_at",
        table_name="conversations",
        sqlite_where=sa.text("expires_at IS NOT NULL"),
        postgresql_where=sa.text("expires_at IS NOT NULL"),
    )
    op.drop_table("conversations")
    op.drop_index(
        "ix_clocks_to_fire",
        table_name="clocks",
        sqlite_where=sa.text("stopped_at IS NULL AND next_fire_at IS NOT NULL"),
        postgresql_where=sa.text("stopped_at IS NULL AND next_fire_at IS NOT NULL"),
    )
    op.drop_index(op.f("ix_clocks_case_id"), table_name="clocks")
    op.drop_index(op.f("ix_clocks_alarm_id"), table_name="clocks")
    op.drop_table("clocks")
    op.drop_index("ix_cases_queue", table_name="cases")
    op.drop_index("ix_cases_decided", table_name="cases")
    op.drop_table("cases")
    op.drop_index(op.f("ix_audit_entries_object_id"), table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_index(
        "ix_alarms_unanswered",
        table_name="alarms",
        sqlite_where=sa.text("answered_at IS NULL"),
        postgresql_where=sa.text("answered_at IS NULL"),
    )
    op.drop_index(op.f("ix_alarms_conversation_id"), table_name="alarms")
    op.drop_index(op.f("ix_alarms_case_id"), table_name="alarms")
    op.drop_table("alarms")
