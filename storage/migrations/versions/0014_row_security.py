"""On PostgreSQL a case is not there for a reader who has a conflict of interest in it, whatever a question forgot."""

from __future__ import annotations

from storage.migrations.row_security import switch_off, switch_on

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_TABLES = ("cases", "case_keys", "case_events", "submissions", "messages", "alarms")


def upgrade() -> None:
    switch_on(*_TABLES)


def downgrade() -> None:
    switch_off(*reversed(_TABLES))
