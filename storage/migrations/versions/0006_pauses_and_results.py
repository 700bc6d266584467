"""Pauses of a clock and what a person stopped it with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types
from storage.errors import NoWayBackError

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clocks", sa.Column("paused_since", types.Instant()))
    op.add_column("clocks", sa.Column("pauses", types.Json()))
    op.add_column("clocks", sa.Column("result", sa.String(40)))


def downgrade() -> None:
    standing = sa.text("SELECT count(*) FROM clocks WHERE paused_since IS NOT NULL AND stopped_at IS NULL")
    if number := op.get_bind().scalar(standing):
        # The earlier version knows no pause: such a clock would never ring again.
        raise NoWayBackError(
            f"{number} clocks stand still: let each of them run on first, on its case's page."
        )
    for name in ("result", "pauses", "paused_since"):
        op.drop_column("clocks", name)
