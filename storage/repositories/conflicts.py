"""The condition by which a case is hidden from whoever has a conflict of interest in it."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import ColumnElement, and_, bindparam, or_

from storage.tables import cases
from triage.ids import PersonId

_NOBODY = "nobody"


def named(reader: PersonId | None) -> str:
    """The parameter of `may_know`; None is the house itself, which counts and shows nobody anything."""
    return _NOBODY if reader is None else str(reader)


def may_know() -> ColumnElement[bool]:
    """Whether the reader, the parameter `reader` as `named` gives it, may know of the case; also of none."""
    return or_(cases.c.conflicts.is_(None), cases.c.conflicts.not_like("%" + bindparam("reader") + "%"))


def may_know_of(case_id: ColumnElement[UUID]) -> ColumnElement[bool]:
    """The same of a row to which its case is joined from outside, by this column; also of a row about none.

    A case that row security keeps from the reader is not there to be joined, and must not pass for none.
    """
    return and_(or_(case_id.is_(None), cases.c.id.is_not(None)), may_know())
