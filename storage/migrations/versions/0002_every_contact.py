"""Additions, and a change of kind that waits for a second person."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_UNSEEN = sa.text(
    """
    UPDATE cases SET waits = :yes, addition_at = (
        SELECT min(at) FROM messages
        WHERE case_id = cases.id AND direction = 'from_reporter' AND read_at IS NULL
    )
    WHERE state IN ('triaged', 'forwarded') AND EXISTS (
        SELECT 1 FROM messages
        WHERE case_id = cases.id AND direction = 'from_reporter' AND read_at IS NULL
    )
    """
).bindparams(sa.bindparam("yes", value=True, type_=sa.Boolean))
_DECIDED_WAITS_NO_MORE = sa.text(
    "UPDATE cases SET waits = :no WHERE state IN ('triaged', 'forwarded')"
).bindparams(sa.bindparam("no", value=False, type_=sa.Boolean))


def _new() -> list[sa.Column[Any]]:
    return [
        sa.Column("addition_at", types.Instant()),
        sa.Column("kind_asked", sa.String(length=64)),
        sa.Column("kind_asked_because", sa.String(length=64)),
        sa.Column("kind_asked_by", types.Id()),
        sa.Column("kind_asked_at", types.Instant()),
    ]


def upgrade() -> None:
    for column in _new():
        op.add_column("cases", column)
    # Words that nobody has read in a case that is decided were in no list: they are in the queue from now on.
    op.execute(_UNSEEN)


def downgrade() -> None:
    op.execute(_DECIDED_WAITS_NO_MORE)
    for column in reversed(_new()):
        op.drop_column("cases", column.name)
