"""The condition by which a case is hidden from whoever has a conflict of interest in it."""

from __future__ import annotations

from sqlalchemy import bindparam, or_
from sqlalchemy.sql.elements import ColumnElement

from storage.tables import cases
from triage.ids import PersonId

_NOBODY = "nobody"


def named(reader: PersonId | None) -> str:
    """The parameter of `may_know`; None is the house itself, which counts and shows nobody anything."""
    return _NOBODY if reader is None else str(reader)


def may_know() -> ColumnElement[bool]:
    """Whether the reader, the parameter `reader` as `named` gives it, may know of the case; also of none."""
    return or_(cases.c.conflicts.is_(None), cases.c.conflicts.not_like("%" + bindparam("reader") + "%"))
