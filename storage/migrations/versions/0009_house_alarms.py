"""What fails in the house itself, and whom it was told to how often."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0009"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "house_alarms",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("id", types.Id(), nullable=False, unique=True),
        sa.Column("trouble", sa.String(40), nullable=False),
        sa.Column("since", types.Instant(), nullable=False),
        sa.Column("last_seen", types.Instant(), nullable=False),
        sa.Column("tell_at", types.Instant(), nullable=False),
        sa.Column("told_at", types.Instant(), nullable=True),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("ended_at", types.Instant(), nullable=True),
        sa.Column("over_at", types.Instant(), nullable=True),
    )
    still = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_house_alarms_open",
        "house_alarms",
        ["trouble"],
        unique=True,
        sqlite_where=still,
        postgresql_where=still,
    )


def downgrade() -> None:
    op.drop_table("house_alarms")
