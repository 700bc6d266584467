"""Tasks on cases; cases are found by who holds them, and enquiries that nobody has answered by their cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types
from storage.migrations.row_security import switch_on

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tasks",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("owner", types.Id()),
        sa.Column("due_at", types.Instant(), nullable=False),
        sa.Column("made_by", types.Id(), nullable=False),
        sa.Column("made_at", types.Instant(), nullable=False),
        sa.Column("ended_at", types.Instant()),
        sa.Column("ended_by", types.Id()),
        sa.Column("words", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_tasks_case_id")),
        sa.UniqueConstraint("id", name=op.f("uq_tasks_id")),
    )
    op.create_index(op.f("ix_tasks_case_id"), "tasks", ["case_id"])
    is_open = sa.text("ended_at IS NULL")
    op.create_index(
        "ix_tasks_open", "tasks", ["owner", "due_at"], sqlite_where=is_open, postgresql_where=is_open
    )
    switch_on("tasks")
    is_held = sa.text("assignee IS NOT NULL AND closed_at IS NULL")
    op.create_index("ix_cases_held", "cases", ["assignee"], sqlite_where=is_held, postgresql_where=is_held)
    op.create_index(
        "ix_enquiries_open", "enquiries", ["case_id", "state"], sqlite_where=is_open, postgresql_where=is_open
    )


def downgrade() -> None:
    op.drop_index("ix_enquiries_open", "enquiries")
    op.drop_index("ix_cases_held", "cases")
    op.drop_table("tasks")
