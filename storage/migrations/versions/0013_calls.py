"""The cases in which a call is wanted are found without reading all of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    where = sa.text("call IS NOT NULL AND closed_at IS NULL")
    op.create_index(
        "ix_cases_to_call", "cases", ["received_at", "id"], sqlite_where=where, postgresql_where=where
    )


def downgrade() -> None:
    op.drop_index("ix_cases_to_call", "cases")
