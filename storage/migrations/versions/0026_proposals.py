"""What was said to what the routing rules propose."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types
from storage.migrations.row_security import switch_on

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proposal_answers",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("rule", sa.String(64), nullable=False),
        sa.Column("target", sa.String(16), nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("taken", sa.Boolean(), nullable=False),
        sa.Column("by", types.Id(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_proposal_answers_case_id")),
    )
    op.create_index(op.f("ix_proposal_answers_case_id"), "proposal_answers", ["case_id"])
    switch_on("proposal_answers")


def downgrade() -> None:
    op.drop_table("proposal_answers")
