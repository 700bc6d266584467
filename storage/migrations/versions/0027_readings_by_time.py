"""What was read is found by when it was, so that a week of long ago is asked for as quickly as this one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0024"
branch_labels = None
depends_on = None

_BY_PLACE = {"ix_audit_readings": ["seq"], "ix_audit_readings_by": ["actor", "seq"]}
_BY_TIME = {"ix_audit_readings": ["at", "seq"], "ix_audit_readings_by": ["actor", "at", "seq"]}


def upgrade() -> None:
    _replace(_BY_TIME)


def downgrade() -> None:
    _replace(_BY_PLACE)


def _replace(indexes: Mapping[str, Sequence[str]]) -> None:
    where = sa.text("act IN ('case:read', 'identity:read', 'alarm:read', 'queue:read')")
    for name, columns in indexes.items():
        op.drop_index(name, "audit_entries")
        op.create_index(name, "audit_entries", list(columns), sqlite_where=where, postgresql_where=where)
