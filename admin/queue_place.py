"""A place in the queue as an address holds it, so that the next cases are found without counting."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from uuid import UUID

from triage.cases.case import QueuePlace
from triage.ids import CaseId

AFTER = "after"
"""The parameter of the queue's address."""

_START = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN = re.compile(r"([01])-(\d{1,17})?-(\d{1,17})-([0-9a-f]{32})", re.ASCII)


def written(place: QueuePlace) -> str:
    """The place as flag, instants in microseconds, and id."""
    due = "" if place.due_at is None else _microseconds(place.due_at)
    return f"{place.acute:d}-{due}-{_microseconds(place.received_at)}-{place.id.hex}"


def parse(text: str) -> QueuePlace | None:
    """The place that was written so; None for anything else, and the queue then begins at its beginning."""
    found = _WRITTEN.fullmatch(text)
    if found is None:
        return None
    acute, due, received, case_id = found.groups()
    return QueuePlace(
        acute=acute == "1",
        due_at=None if due is None else _instant(due),
        received_at=_instant(received),
        id=CaseId(UUID(hex=case_id)),
    )


def _microseconds(at: datetime) -> str:
    return str((at - _START) // timedelta(microseconds=1))


def _instant(written_at: str) -> datetime:
    return _START + timedelta(microseconds=int(written_at))
