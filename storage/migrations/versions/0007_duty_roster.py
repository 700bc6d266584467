"""Shifts, absences, deputies, and handovers of the duty."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from storage import types

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_PERSON = "people.id"
_SHIFTS = sa.table("shifts", sa.column("starts_at", types.Instant()))


def upgrade() -> None:
    op.create_table(
        "shifts",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("person_id", types.Id(), nullable=False),
        sa.Column("starts_at", types.Instant(), nullable=False),
        sa.Column("ends_at", types.Instant(), nullable=False),
        sa.Column("source", sa.String(64)),
        sa.Column("begun", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], [_PERSON], name=op.f("fk_shifts_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shifts")),
        sa.UniqueConstraint("starts_at", name=op.f("uq_shifts_starts_at")),
    )
    op.create_index(op.f("ix_shifts_ends_at"), "shifts", ["ends_at"])
    _partial("ix_shifts_not_begun", "shifts", "starts_at", where="NOT begun")
    op.create_table(
        "absences",
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("person_id", types.Id(), nullable=False),
        sa.Column("starts_at", types.Instant(), nullable=False),
        sa.Column("ends_at", types.Instant(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], [_PERSON], name=op.f("fk_absences_person_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absences")),
    )
    op.create_index(op.f("ix_absences_ends_at"), "absences", ["ends_at"])
    op.create_table(
        "deputies",
        sa.Column("person_id", types.Id(), nullable=False),
        sa.Column("place", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("deputy_id", types.Id(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], [_PERSON], name=op.f("fk_deputies_person_id")),
        sa.ForeignKeyConstraint(["deputy_id"], [_PERSON], name=op.f("fk_deputies_deputy_id")),
        sa.PrimaryKeyConstraint("person_id", "place", name=op.f("pk_deputies")),
    )
    op.create_table(
        "handovers",
        sa.Column("seq", types.Sequence, autoincrement=True, primary_key=True),
        sa.Column("id", types.Id(), nullable=False),
        sa.Column("asked_at", types.Instant(), nullable=False),
        sa.Column("from_id", types.Id()),
        sa.Column("to_id", types.Id()),
        sa.Column("shift_id", types.Id()),
        sa.Column("climbs_at", types.Instant()),
        sa.Column("climbed", sa.SmallInteger(), nullable=False),
        sa.Column("accepted_at", types.Instant()),
        sa.Column("accepted_by", types.Id()),
        sa.Column("overtaken_at", types.Instant()),
        sa.Column("note", sa.LargeBinary()),
        sa.UniqueConstraint("id", name=op.f("uq_handovers_id")),
        sa.UniqueConstraint("shift_id", name=op.f("uq_handovers_shift_id")),
    )
    _partial("ix_handovers_climbs", "handovers", "climbs_at", where="climbs_at IS NOT NULL")


def downgrade() -> None:
    # Who took it by hand before the last shift began has it no longer, and the earlier version knows no shift.
    since = op.get_bind().scalar(sa.text("SELECT value FROM meta WHERE name = 'on_duty_since'"))
    now = datetime.now(UTC)
    begun = sa.select(sa.func.max(_SHIFTS.c.starts_at)).where(_SHIFTS.c.starts_at <= now)
    last = op.get_bind().scalar(begun)
    if since is not None and last is not None and last > datetime.fromisoformat(since):
        op.execute(sa.text("UPDATE meta SET value = NULL WHERE name = 'on_duty'"))
    for table in ("handovers", "deputies", "absences", "shifts"):
        op.drop_table(table)
    # Who took the duty by hand was known before; since when was not.
    op.execute(sa.text("DELETE FROM meta WHERE name IN ('on_duty_since', 'on_duty_left', 'roster')"))


def _partial(name: str, table: str, column: str, *, where: str) -> None:
    condition = sa.text(where)
    op.create_index(name, table, [column], sqlite_where=condition, postgresql_where=condition)
