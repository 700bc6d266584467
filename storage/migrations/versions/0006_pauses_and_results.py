"""Pauses of a clock and what a person stopped it with."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("clocks", sa.Column("paused_since", types.Instant()))
    op.add_column("clocks", sa.Column("pauses", types.Json()))
    op.add_column("clocks", sa.Column("result", sa.String(40)))


def downgrade() -> None:
    for name in ("result", "pauses", "paused_since"):
        op.drop_column("clocks", name)
