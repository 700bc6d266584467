"""Marks by which cases are found for the person they are about, searches by them, and links between cases."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types
from storage.migrations.row_security import switch_on

revision = "0024"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "person_marks",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_person_marks_case_id")),
        sa.UniqueConstraint("case_id", "kind", "digest", name=op.f("uq_person_marks_case_id_kind_digest")),
    )
    op.create_index(op.f("ix_person_marks_digest"), "person_marks", ["digest"])
    op.create_table(
        "person_searches",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("by", types.Id(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("purpose", sa.LargeBinary(), nullable=False),
        sa.Column("found", sa.Boolean(), nullable=False),
        sa.UniqueConstraint("id", name=op.f("uq_person_searches_id")),
    )
    op.create_table(
        "case_links",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("case_a", types.Id(), nullable=False),
        sa.Column("case_b", types.Id(), nullable=False),
        sa.Column("by", types.Id(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("reason", sa.LargeBinary(), nullable=False),
        sa.Column("undone_by", types.Id()),
        sa.Column("undone_at", types.Instant()),
        sa.ForeignKeyConstraint(["case_a"], ["cases.id"], name=op.f("fk_case_links_case_a")),
        sa.ForeignKeyConstraint(["case_b"], ["cases.id"], name=op.f("fk_case_links_case_b")),
        sa.UniqueConstraint("id", name=op.f("uq_case_links_id")),
    )
    op.create_index(op.f("ix_case_links_case_a"), "case_links", ["case_a"])
    op.create_index(op.f("ix_case_links_case_b"), "case_links", ["case_b"])
    switch_on("person_marks", "case_links")


def downgrade() -> None:
    op.drop_table("case_links")
    op.drop_table("person_searches")
    op.drop_table("person_marks")
