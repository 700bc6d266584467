"""Who was at a case last when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types
from storage.migrations.row_security import switch_on

revision = "0022"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "presences",
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("person_id", types.Id(), nullable=False),
        sa.Column("seen_at", types.Instant(), nullable=False),
        sa.PrimaryKeyConstraint("case_id", "person_id", name=op.f("pk_presences")),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_presences_case_id")),
    )
    op.create_index(op.f("ix_presences_seen_at"), "presences", ["seen_at"])
    switch_on("presences")


def downgrade() -> None:
    op.drop_table("presences")
