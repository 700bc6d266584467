"""Roles that wait for a second person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "role_requests",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("person_id", types.Id(), nullable=False),
        sa.Column("roles", types.Json(), nullable=False),
        sa.Column("authority", sa.String(64)),
        sa.Column("asked_by", types.Id(), nullable=False),
        sa.Column("asked_at", types.Instant(), nullable=False),
        sa.Column("ended_at", types.Instant()),
        sa.Column("ended_by", types.Id()),
        sa.Column("agreed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["people.id"], name=op.f("fk_role_requests_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_requests")),
    )
    where = sa.text("ended_at IS NULL")
    op.create_index(
        "uq_role_requests_waiting",
        "role_requests",
        ["person_id"],
        unique=True,
        sqlite_where=where,
        postgresql_where=where,
    )


def downgrade() -> None:
    op.drop_table("role_requests")
