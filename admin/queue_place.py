"""What the first page shows, as its address holds it: which cases, and behind which place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from triage.cases.case import QueuePlace, Show
from triage.ids import CaseId

AFTER, SHOW = "after", "show"
"""The parameters of the queue's address."""

_START = datetime(1970, 1, 1, tzinfo=UTC)
_WRITTEN = re.compile(r"([01])-(\d{1,17})?-(\d{1,17})-([0-9a-f]{32})", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody wants to see of the queue."""

    show: Show = Show.QUEUE
    after: QueuePlace | None = None

    @property
    def query(self) -> str:
        """As the address of the page holds it, with its question mark; empty for the beginning of the queue."""
        if self.show is not Show.QUEUE:
            return f"?{SHOW}={self.show}"
        return "" if self.after is None else f"?{AFTER}={written(self.after)}"


def wish_of(query: Mapping[str, str]) -> Wish:
    """What this address wishes for; the queue from its beginning where it holds nothing that we know."""
    show = query.get(SHOW, "")
    if show in set(Show) - {Show.QUEUE}:
        return Wish(show=Show(show))
    return Wish(after=parse(query.get(AFTER, "")))


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
