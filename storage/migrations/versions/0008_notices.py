"""Each notice to each person, how the channels stand, and a telephone number that wakes somebody."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0008"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Rows that wait from before belong to no notice: they go out as they would have, and nothing routes them around.
    op.add_column("outbox", sa.Column("notice_id", types.Id()))
    op.add_column("people", sa.Column("telegram_failed_at", types.Instant()))
    op.add_column("people", sa.Column("sms", sa.String(16)))
    _partial("ix_outbox_notice", "outbox", "notice_id", "notice_id IS NOT NULL")
    _partial("ix_outbox_remote_mail", "outbox", "remote_id", "via = 'mail' AND remote_id IS NOT NULL")
    op.create_table(
        "notices",
        sa.Column("seq", types.Sequence, autoincrement=True, nullable=False),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("occasion", sa.String(200), nullable=False),
        sa.Column("person_id", types.Id(), nullable=False),
        sa.Column("key", sa.String(120), nullable=False),
        sa.Column("about", types.Id(), nullable=False),
        sa.Column("case_id", types.Id()),
        sa.Column("facts", types.Json(), nullable=False),
        sa.Column("audience", sa.String(24), nullable=False),
        sa.Column("wakes", sa.Boolean(), nullable=False),
        sa.Column("written_at", types.Instant(), nullable=False),
        sa.Column("not_before", types.Instant(), nullable=False),
        sa.Column("check_at", types.Instant()),
        sa.Column("confirmed_at", types.Instant()),
        sa.Column("given_up_at", types.Instant()),
        sa.Column("settled_at", types.Instant()),
        sa.PrimaryKeyConstraint("seq", name="pk_notices"),
        sa.UniqueConstraint("id", name="uq_notices_id"),
        sa.UniqueConstraint("occasion", "person_id", name="uq_notices_occasion_person_id"),
    )
    op.create_index("ix_notices_written_at", "notices", ["written_at"])
    _partial("ix_notices_check_at", "notices", "check_at", "check_at IS NOT NULL")
    _partial("ix_notices_given_up", "notices", "given_up_at", "given_up_at IS NOT NULL")
    op.create_table(
        "channels",
        sa.Column("via", sa.String(16), nullable=False),
        sa.Column("failing_since", types.Instant()),
        sa.Column("error", sa.String(200)),
        sa.Column("changed_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("via", name="pk_channels"),
    )


def downgrade() -> None:
    op.drop_table("channels")
    op.drop_table("notices")
    op.drop_index("ix_outbox_remote_mail", table_name="outbox")
    op.drop_index("ix_outbox_notice", table_name="outbox")
    op.drop_column("people", "sms")
    op.drop_column("people", "telegram_failed_at")
    op.drop_column("outbox", "notice_id")


def _partial(name: str, table: str, column: str, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, [column], sqlite_where=condition, postgresql_where=condition)
