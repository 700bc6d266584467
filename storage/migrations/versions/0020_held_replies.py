"""Replies to reporters that can still be taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types
from storage.migrations.row_security import switch_on

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "held_replies",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("by", types.Id(), nullable=False),
        sa.Column("goes_at", types.Instant(), nullable=False),
        sa.Column("taken_back", sa.Boolean(), nullable=False),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_held_replies_case_id")),
        sa.UniqueConstraint("id", name=op.f("uq_held_replies_id")),
    )
    op.create_index(op.f("ix_held_replies_case_id"), "held_replies", ["case_id"])
    op.create_index(op.f("ix_held_replies_goes_at"), "held_replies", ["goes_at"])
    switch_on("held_replies")


def downgrade() -> None:
    op.drop_table("held_replies")
