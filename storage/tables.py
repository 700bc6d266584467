"""The tables of a contact: conversation, case, time, and what goes out.

Clear columns hold codes, ids and times; whatever holds somebody's words or address is sealed. A `seq` column orders
rows whose times are equal.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
    UniqueConstraint,
    desc,
    literal_column,
)
from sqlalchemy.sql.elements import ColumnElement

from storage.columns import metadata, partial, seq
from storage.types import Id, Instant, Json


def _case_id() -> Column[object]:
    return Column("case_id", Id, ForeignKey("cases.id"), nullable=False, index=True)


# The conversation
conversations = Table(
    "conversations",
    metadata,
    Column("id", Id, primary_key=True),
    Column("channel", String(16), nullable=False),
    Column("peer_hash", LargeBinary),
    Column("contact_key", LargeBinary),
    Column("address", LargeBinary),
    Column("hotline", String(64), nullable=False),
    Column("language", String(16)),
    Column("round", Integer, nullable=False),
    Column("nonce", String(64), nullable=False),
    Column("draft_key", LargeBinary),
    Column("draft", LargeBinary),
    Column("writing", String(16), nullable=False),
    Column("asked", Text),
    Column("case_id", Id),
    Column("started_at", Instant),
    Column("expires_at", Instant),
    Column("revision", Integer, nullable=False),
    UniqueConstraint("channel", "peer_hash"),
    partial("ix_conversations_expires_at", "expires_at", where="expires_at IS NOT NULL"),
)

# What staff write down for somebody else: who does, how it came, and when it was really received.
taken_down = Table(
    "taken_down",
    metadata,
    Column("conversation_id", Id, primary_key=True),
    Column("by", Id, nullable=False, index=True),
    Column("source", String(16), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("late", String(24)),
)

links = Table(
    "links",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("conversation_id", Id, nullable=False, index=True),
    Column("round", Integer, nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
    Column("used_at", Instant),
)

doors = Table(
    "doors",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("conversation_id", Id, index=True),
    Column("case_id", Id),
    Column("confirmed", Boolean, nullable=False),
    Column("seen_at", Instant, nullable=False),
    Column("expires_at", Instant, nullable=False, index=True),
)

received_messages = Table(
    "received_messages",
    metadata,
    Column("conversation_id", Id, primary_key=True),
    Column("message", BigInteger, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    Column("sensitive", Boolean, nullable=False),
)

flows = Table(
    "flows",
    metadata,
    Column("fingerprint", String(128), primary_key=True),
    Column("canonical", Text, nullable=False),
    Column("archived_at", Instant, nullable=False),
)

inputs = Table(
    "inputs",
    metadata,
    Column("source", String(32), primary_key=True),
    Column("key", String(128), primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    sqlite_with_rowid=False,
)

parked = Table(
    "parked",
    metadata,
    Column("id", Id, primary_key=True),
    Column("at", Instant, nullable=False, index=True),
    Column("error", String(128), nullable=False),
    Column("update", LargeBinary, nullable=False),
)

# The case
cases = Table(
    "cases",
    metadata,
    Column("id", Id, primary_key=True),
    Column("code", String(16), nullable=False, unique=True),
    Column("hotline", String(64), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("state", String(24), nullable=False),
    # The repository's own, so that an index gives the queue in its order: whether it waits for somebody,
    # and when the nearest running clock is due (the far future if none runs).
    Column("waits", Boolean, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("acute", Boolean, nullable=False),
    Column("assignee", Id),
    Column("municipality", String(64)),
    Column("outcome", String(64)),
    Column("decided_by", Id),
    Column("decided_at", Instant),
    Column("local_action", Boolean),
    Column("to_unit", Boolean),
    Column("confirmed_by", Id),
    Column("confirmed_at", Instant),
    Column("receipt_at", Instant),
    Column("first_reply_at", Instant),
    Column("first_read_at", Instant),
    Column("closed_at", Instant),
    # Words came after the decision, or somebody asks for another kind without telling whoever wrote.
    Column("addition_at", Instant),
    Column("kind_asked", String(64)),
    Column("kind_asked_because", String(64)),
    Column("kind_asked_by", Id),
    Column("kind_asked_at", Instant),
    Column("source", String(16), nullable=False, server_default="other"),
    # Whoever wrote wants a call: codes of the safe hours.
    Column("call", Json),
    # The ids of those with a conflict of interest, side by side; a condition on a case looks for one of them.
    Column("conflicts", Text),
    Column("revision", Integer, nullable=False),
)
_c = cases.c
Index("ix_cases_queue", _c.waits, desc(_c.acute), _c.due_at, _c.received_at, _c.id)
WANTS_CALL = "call IS NOT NULL AND closed_at IS NULL"
partial("ix_cases_to_call", _c.received_at, _c.id, where=WANTS_CALL)
IS_HELD = "assignee IS NOT NULL AND closed_at IS NULL"
partial("ix_cases_held", _c.assignee, where=IS_HELD)
Index("ix_cases_due", _c.due_at, _c.id)
Index("ix_cases_received", _c.received_at, _c.id)
Index("ix_cases_decided", _c.waits, desc(_c.decided_at), _c.id)

case_keys = Table(
    "case_keys",
    metadata,
    Column("owner", Id, ForeignKey("cases.id"), primary_key=True),
    Column("part", String(16), primary_key=True),
    Column("wrapped", LargeBinary, nullable=False),
)

case_events = Table(
    "case_events",
    metadata,
    seq(),
    Column("id", Id, nullable=False, unique=True),
    _case_id(),
    Column("kind", String(32), nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Id),
    Column("facts", Json, nullable=False),
    Column("words", LargeBinary),
    implicit_returning=False,
)

submissions = Table(
    "submissions",
    metadata,
    seq(),
    Column("id", Id, nullable=False, unique=True),
    _case_id(),
    Column("conversation_id", Id, nullable=False, index=True),
    Column("channel", String(16), nullable=False),
    Column("hotline", String(64), nullable=False),
    Column("kind", String(64), nullable=False),
    Column("language", String(16), nullable=False),
    Column("flow_id", String(64), nullable=False),
    Column("flow_version", Integer, nullable=False),
    Column("fingerprint", String(128), nullable=False),
    Column("received_at", Instant, nullable=False),
    Column("clear", Json, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("identity", LargeBinary, nullable=False),
    implicit_returning=False,
)

messages = Table(
    "messages",
    metadata,
    seq(),
    Column("id", Id, nullable=False, unique=True),
    _case_id(),
    Column("direction", String(16), nullable=False),
    Column("at", Instant, nullable=False),
    Column("by", Id),
    Column("words", LargeBinary, nullable=False),
    Column("read_at", Instant),
    implicit_returning=False,
)

# Replies that can still be taken back.
held_replies = Table(
    "held_replies",
    metadata,
    seq(),
    Column("id", Id, nullable=False, unique=True),
    _case_id(),
    Column("by", Id, nullable=False),
    Column("goes_at", Instant, nullable=False, index=True),
    Column("taken_back", Boolean, nullable=False),
    Column("words", LargeBinary, nullable=False),
    implicit_returning=False,
)

receipts = Table(
    "receipts",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    _case_id(),
    Column("generation", Integer, nullable=False),
    Column("created_at", Instant, nullable=False),
)

alarms = Table(
    "alarms",
    metadata,
    Column("id", Id, primary_key=True),
    Column("conversation_id", Id, nullable=False, index=True),
    Column("trigger", String(64), nullable=False),
    Column("raised_at", Instant, nullable=False),
    Column("wakes", Boolean, nullable=False),
    Column("case_id", Id, index=True),
    Column("answered_at", Instant),
    Column("answered_by", Id),
    Column("action", String(64)),
    partial("ix_alarms_unanswered", "raised_at", where="answered_at IS NULL"),
)

# Time
clocks = Table(
    "clocks",
    metadata,
    Column("id", Id, primary_key=True),
    Column("policy_id", String(64), nullable=False),
    Column("policy_version", Integer, nullable=False),
    Column("case_id", Id, index=True),
    Column("alarm_id", Id, index=True),
    Column("started_at", Instant, nullable=False),
    Column("anchor_at", Instant, nullable=False),
    Column("due_at", Instant, nullable=False),
    Column("wakes", Boolean, nullable=False),
    Column("stopped_at", Instant),
    Column("claimed", Boolean, nullable=False),
    Column("next_fire_at", Instant),
    Column("paused_since", Instant),
    # Codes, ids and instants; None where it was never paused.
    Column("pauses", Json),
    Column("result", String(40)),
    partial("ix_clocks_to_fire", "next_fire_at", where="stopped_at IS NULL AND next_fire_at IS NOT NULL"),
)

fired = Table(
    "fired",
    metadata,
    Column("clock_id", Id, ForeignKey("clocks.id"), primary_key=True),
    Column("milestone", String(64), primary_key=True),
    Column("occurrence", Integer, primary_key=True, autoincrement=False),
    Column("at", Instant, nullable=False),
    sqlite_with_rowid=False,
)

# What goes out
outbox = Table(
    "outbox",
    metadata,
    seq(),
    Column("id", Id, nullable=False, unique=True),
    Column("state", String(12), nullable=False),
    Column("lane", String(16), nullable=False),
    Column("via", String(16), nullable=False),
    Column("peer", String(320), nullable=False),
    # Either in clear (no words in it) or sealed under the conversation's contact key; emptied once it went out.
    Column("payload", Json),
    Column("sealed", LargeBinary),
    Column("created_at", Instant, nullable=False),
    Column("not_before", Instant, nullable=False),
    Column("dedupe", String(200)),
    Column("conversation_id", Id),
    Column("case_id", Id),
    Column("person_id", Id),
    Column("notice_id", Id),
    Column("topic", String(120)),
    Column("attempts", SmallInteger, nullable=False),
    Column("lease_by", String(80)),
    Column("lease_until", Instant),
    Column("sent_at", Instant),
    Column("remote_id", String(80)),
    Column("gone_at", Instant),
    Column("last_error", String(200)),
    partial("uq_outbox_dedupe", "dedupe", where="dedupe IS NOT NULL", unique=True),
    partial("ix_outbox_claim", "lane", "via", "not_before", "seq", where="state = 'pending'"),
    partial("ix_outbox_peer", "peer", "via", "lane", "seq", where="state = 'pending'"),
    partial("ix_outbox_topic", "topic", "person_id", where="state = 'pending' AND topic IS NOT NULL"),
    partial("ix_outbox_case", "case_id", where="state = 'pending' AND case_id IS NOT NULL"),
    partial("ix_outbox_dead", "created_at", where="state = 'dead'"),
    partial("ix_outbox_conversation", "conversation_id", where="conversation_id IS NOT NULL"),
    partial("ix_outbox_notice", "notice_id", where="notice_id IS NOT NULL"),
    partial("ix_outbox_remote_mail", "remote_id", where="via = 'mail' AND remote_id IS NOT NULL"),
    partial("ix_outbox_sent_at", "sent_at", where="sent_at IS NOT NULL"),
    implicit_returning=False,
)
# Written out as the partial indexes have it, so that a prepared statement can use them.
PENDING: ColumnElement[Any] = literal_column("outbox.state = 'pending'")
