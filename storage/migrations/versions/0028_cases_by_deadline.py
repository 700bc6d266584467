"""Open cases by the nearest deadline that runs, whether anybody waits for a decision or not."""

from __future__ import annotations

from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_cases_due", "cases", ["due_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_cases_due", "cases")
