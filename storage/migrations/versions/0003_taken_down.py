"""How a contact came, and what staff write down for somebody else."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# Of what was written down in the console nobody noted how it came: that stays said as "other".
_FROM_THE_CHANNEL = sa.text(
    """
    UPDATE cases SET source = coalesce(
        (SELECT channel FROM submissions
         WHERE case_id = cases.id AND channel <> 'console' ORDER BY seq LIMIT 1),
        'other'
    )
    """
)


def upgrade() -> None:
    op.add_column("cases", sa.Column("source", sa.String(16), nullable=False, server_default="other"))
    op.execute(_FROM_THE_CHANNEL)
    op.create_table(
        "taken_down",
        sa.Column("conversation_id", types.Id(), nullable=False),
        sa.Column("by", types.Id(), nullable=False),
        sa.Column("source", sa.String(16), nullable=False),
        sa.Column("received_at", types.Instant(), nullable=False),
        sa.Column("late", sa.String(24), nullable=True),
        sa.PrimaryKeyConstraint("conversation_id", name=op.f("pk_taken_down")),
    )
    op.create_index(op.f("ix_taken_down_by"), "taken_down", ["by"])


def downgrade() -> None:
    op.drop_table("taken_down")
    op.drop_column("cases", "source")
