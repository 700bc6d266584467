"""For whom the transactions of this task read. The store may keep from a reader what is hidden from them: a second net.

The first is the table of rights and the conditions of each question; this one holds where one of those was forgotten.
Without a reader the house itself reads: its clocks, its post, and reporters, who are nobody's readers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from triage.ids import PersonId

_READER: ContextVar[PersonId | None] = ContextVar("reader", default=None)


def reader() -> PersonId | None:
    """Who reads now; None is the house."""
    return _READER.get()


@contextmanager
def reading_for(person_id: PersonId) -> Iterator[None]:
    """Within this block every transaction of this task reads for the person."""
    token = _READER.set(person_id)
    try:
        yield
    finally:
        _READER.reset(token)
