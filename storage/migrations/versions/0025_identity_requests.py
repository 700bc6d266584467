"""A second person agrees before it is opened who a reporter is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types
from storage.migrations.row_security import switch_on

revision = "0025"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "identity_requests",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("asked_by", types.Id(), nullable=False),
        sa.Column("asked_at", types.Instant(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("ended_at", types.Instant()),
        sa.Column("ended_by", types.Id()),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_identity_requests_case_id")),
        sa.UniqueConstraint("id", name=op.f("uq_identity_requests_id")),
    )
    op.create_index(op.f("ix_identity_requests_case_id"), "identity_requests", ["case_id"])
    waits = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_identity_requests_waiting",
        "identity_requests",
        ["asked_by"],
        sqlite_where=waits,
        postgresql_where=waits,
    )
    switch_on("identity_requests")


def downgrade() -> None:
    op.drop_table("identity_requests")
