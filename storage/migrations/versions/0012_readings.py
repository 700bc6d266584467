"""What was read is found by who read it and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    where = sa.text("act IN ('case:read', 'identity:read', 'alarm:read', 'queue:read')")
    for name, columns in (("ix_audit_readings", ["seq"]), ("ix_audit_readings_by", ["actor", "seq"])):
        op.create_index(name, "audit_entries", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    for name in ("ix_audit_readings_by", "ix_audit_readings"):
        op.drop_index(name, "audit_entries")
