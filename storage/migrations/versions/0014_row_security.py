"""On PostgreSQL a case is not there for a reader who has a conflict of interest in it, whatever a question forgot."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_READER = "coalesce(current_setting('tovholder.reader', true), '')"
_VISIBLE = "EXISTS (SELECT 1 FROM cases WHERE cases.id = {column})"
# A table of what belongs to cases, and whose case a row is. What is about no case yet is nobody's to hide.
_TABLES = {
    "cases": f"{_READER} = '' OR conflicts IS NULL OR position({_READER} in conflicts) = 0",
    "case_keys": _VISIBLE.format(column="owner"),
    "case_events": _VISIBLE.format(column="case_id"),
    "submissions": _VISIBLE.format(column="case_id"),
    "messages": _VISIBLE.format(column="case_id"),
    "alarms": f"case_id IS NULL OR {_VISIBLE.format(column='case_id')}",
}


def upgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for table, seen in _TABLES.items():
        # Forced: it holds for the owner of the tables as well, but for no superuser.
        op.execute(sa.text(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"))
        op.execute(sa.text(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"))
        op.execute(sa.text(f"CREATE POLICY not_hidden ON {table} USING ({seen}) WITH CHECK (true)"))


def downgrade() -> None:
    if op.get_context().dialect.name != "postgresql":
        return
    for table in reversed(_TABLES):
        op.execute(sa.text(f"DROP POLICY not_hidden ON {table}"))
        op.execute(sa.text(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"))
        op.execute(sa.text(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"))
