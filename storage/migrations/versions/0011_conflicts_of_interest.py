"""Who has a conflict of interest in a case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage.errors import NoWayBackError

revision = "0011"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("cases", sa.Column("conflicts", sa.Text()))


def downgrade() -> None:
    hidden = sa.text("SELECT count(*) FROM cases WHERE conflicts IS NOT NULL")
    if number := op.get_bind().scalar(hidden):
        # The earlier version would show each of these cases to those who are kept out of it.
        raise NoWayBackError(
            f"{number} cases are hidden from somebody: an earlier version could not hide them."
        )
    op.drop_column("cases", "conflicts")
