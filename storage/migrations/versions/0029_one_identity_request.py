"""Of a person one request to open who a reporter is waits on a case, whatever comes in at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_NAME, _OPEN = "ix_identity_requests_waiting", sa.text("ended_at IS NULL")
# The later of two that wait is what somebody wants to know it for now.
_OVERTAKEN = """
UPDATE identity_requests SET ended_at = asked_at
WHERE ended_at IS NULL AND EXISTS (
    SELECT 1 FROM identity_requests later
    WHERE later.case_id = identity_requests.case_id AND later.asked_by = identity_requests.asked_by
        AND later.ended_at IS NULL AND later.seq > identity_requests.seq
)
"""


def upgrade() -> None:
    op.drop_index(_NAME, "identity_requests")
    op.execute(_OVERTAKEN)
    op.create_index(
        _NAME,
        "identity_requests",
        ["asked_by", "case_id"],
        unique=True,
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )


def downgrade() -> None:
    op.drop_index(_NAME, "identity_requests")
    op.create_index(_NAME, "identity_requests", ["asked_by"], sqlite_where=_OPEN, postgresql_where=_OPEN)
