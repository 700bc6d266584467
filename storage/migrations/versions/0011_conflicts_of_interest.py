"""Who has a conflict of interest in a case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("conflicts", sa.Text()))


def downgrade() -> None:
    op.drop_column("cases", "conflicts")
