"""Cases are found by when they came, without reading all of them."""

from __future__ import annotations

from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_cases_received", "cases", ["received_at", "id"])


def downgrade() -> None:
    op.drop_index("ix_cases_received", "cases")
