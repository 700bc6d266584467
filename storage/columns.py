"""What tables are made of: the one metadata, its names, and what several tables have."""

from __future__ import annotations

from sqlalchemy import Column, Index, MetaData, text
from sqlalchemy.sql.elements import ColumnElement

from storage.types import Sequence

_NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}
metadata = MetaData(naming_convention=_NAMES)


def seq() -> Column[int]:
    """What orders rows whose times are equal."""
    return Column("seq", Sequence, primary_key=True, autoincrement=True)


def partial(name: str, *columns: str | ColumnElement[object], where: str, unique: bool = False) -> Index:
    """An index over the rows for which `where` holds."""
    condition = text(where)
    return Index(name, *columns, unique=unique, sqlite_where=condition, postgresql_where=condition)
