"""How far the telling of a clock has come, and who has said that they have it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0010"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A clock that has told people before this gets its row at its next step: nobody is told at once of old silence.
    op.create_table(
        "ladders",
        sa.Column(
            "clock_id", types.Id(), sa.ForeignKey("clocks.id", name="fk_ladders_clock_id"), nullable=False
        ),
        sa.Column("rung", sa.String(24), nullable=False),
        sa.Column("told_at", types.Instant(), nullable=False),
        sa.Column("climbs_at", types.Instant()),
        sa.Column("heard", types.Json(), nullable=False),
        sa.Column("acknowledged_by", types.Id()),
        sa.Column("acknowledged_at", types.Instant()),
        sa.Column("quiet_until", types.Instant()),
        sa.Column("ended_at", types.Instant()),
        sa.PrimaryKeyConstraint("clock_id", name="pk_ladders"),
    )
    climbs = sa.text("ended_at IS NULL AND climbs_at IS NOT NULL")
    op.create_index(
        "ix_ladders_to_climb", "ladders", ["climbs_at"], sqlite_where=climbs, postgresql_where=climbs
    )


def downgrade() -> None:
    op.drop_table("ladders")
