"""What waits to be said about one case is found by an index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    waiting = sa.text("state = 'pending' AND case_id IS NOT NULL")
    op.create_index("ix_outbox_case", "outbox", ["case_id"], sqlite_where=waiting, postgresql_where=waiting)


def downgrade() -> None:
    op.drop_index("ix_outbox_case", table_name="outbox")
