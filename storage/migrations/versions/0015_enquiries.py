"""What authorities are asked about a case, what was said about it, and to which authority somebody belongs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from storage import types
from storage.migrations.row_security import switch_on

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_CASE = "cases.id"
_TABLES = ("enquiries", "enquiry_words")


def upgrade() -> None:
    op.add_column("people", sa.Column("authority", sa.String(64)))
    op.create_table(
        "enquiries",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("authority", sa.String(64), nullable=False),
        sa.Column("asked_by", types.Id(), nullable=False),
        sa.Column("asked_at", types.Instant(), nullable=False),
        sa.Column("basis", sa.String(64), nullable=False),
        sa.Column("passed", types.Json(), nullable=False),
        sa.Column("necessity", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.String(24), nullable=False),
        sa.Column("confirmed_by", types.Id()),
        sa.Column("clock_id", types.Id()),
        sa.Column("holder", types.Id()),
        sa.Column("ended_at", types.Instant()),
        sa.ForeignKeyConstraint(["case_id"], [_CASE], name=op.f("fk_enquiries_case_id")),
        sa.UniqueConstraint("id", name=op.f("uq_enquiries_id")),
    )
    op.create_index(op.f("ix_enquiries_case_id"), "enquiries", ["case_id"])
    op.create_index(op.f("ix_enquiries_authority"), "enquiries", ["authority"])
    op.create_table(
        "enquiry_words",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("enquiry_id", types.Id(), nullable=False),
        sa.Column("case_id", types.Id(), nullable=False),
        sa.Column("at", types.Instant(), nullable=False),
        sa.Column("by", types.Id(), nullable=False),
        sa.Column("says", sa.String(24), nullable=False),
        sa.Column("basis", sa.String(64)),
        sa.Column("to", types.Id()),
        sa.Column("words", sa.LargeBinary()),
        sa.ForeignKeyConstraint(["enquiry_id"], ["enquiries.id"], name=op.f("fk_enquiry_words_enquiry_id")),
        sa.ForeignKeyConstraint(["case_id"], [_CASE], name=op.f("fk_enquiry_words_case_id")),
        sa.UniqueConstraint("id", name=op.f("uq_enquiry_words_id")),
    )
    op.create_index(op.f("ix_enquiry_words_enquiry_id"), "enquiry_words", ["enquiry_id"])
    switch_on(*_TABLES)


def downgrade() -> None:
    for table in reversed(_TABLES):
        op.drop_table(table)
    op.drop_column("people", "authority")
