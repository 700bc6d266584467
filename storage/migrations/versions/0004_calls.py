"""A call that a reporter wants, and the codes of the hours in which it is safe."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Who asked before this stands in sealed answers only: their cases show it where the answers are read.
    op.add_column("cases", sa.Column("call", types.Json()))


def downgrade() -> None:
    op.drop_column("cases", "call")
