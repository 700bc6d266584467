"""What the watchdog asks of the database: numbers and times of what waits, and nothing of what it says."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select, text

from storage.house_tables import leases
from storage.rows import DueClocks, Failing
from storage.tables import PENDING, clocks, inputs, outbox
from storage.types import Instant
from storage.work import Work
from triage.ids import ClockPolicyId
from triage.notices.outbox import Lane, Via

_K, _O = clocks.c, outbox.c
_DUE = (
    select(
        _K.policy_id,
        _K.policy_version,
        func.count().label("number"),
        func.min(_K.next_fire_at).label("oldest"),
    )
    .where(
        # As the index has it, word for word.
        text("stopped_at IS NULL AND next_fire_at IS NOT NULL"),
        _K.next_fire_at <= bindparam("now", type_=Instant()),
    )
    .group_by(_K.policy_id, _K.policy_version)
)
_FAILING = (
    select(_O.lane, _O.via, func.count().label("number"))
    .where(PENDING, _O.attempts > 1)
    .group_by(_O.lane, _O.via)
)
_TAKEN = (
    select(inputs.c.at)
    .where(inputs.c.source == bindparam("of_source"), inputs.c.at > bindparam("since", type_=Instant()))
    .order_by(inputs.c.at.desc())
    .limit(1)
)
_HELD = (
    select(leases.c.name)
    .where(
        leases.c.name.like(bindparam("pattern")),
        leases.c.until > bindparam("now", type_=Instant()),
    )
    .order_by(leases.c.name)
)
_BYTES = {
    "postgresql": text("SELECT pg_database_size(current_database())"),
    "sqlite": text("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"),
}


class Watching:
    """Read by the watchdog, in one picture of the data."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def due_clocks(self) -> Sequence[DueClocks]:
        """Clocks that are due now and have not been looked at, by the version of their policy."""
        return [
            DueClocks(ClockPolicyId(row.policy_id), row.policy_version, row.number, row.oldest)
            for row in self._work.all(_DUE, {"now": self._work.now})
        ]

    def failing(self) -> Sequence[Failing]:
        """Messages that were tried more than once and still wait, by lane and channel."""
        return [Failing(Lane(row.lane), Via(row.via), row.number) for row in self._work.all(_FAILING)]

    def last_input_at(self, source: str) -> datetime | None:
        """When something was last taken from this source; None if nothing was within a day."""
        since = self._work.now - timedelta(days=1)
        row = self._work.one(_TAKEN, {"of_source": source, "since": since})
        return None if row is None else row.at

    def holders(self, prefix: str) -> Sequence[str]:
        """What stands behind this prefix in the names of leases that are held now."""
        rows = self._work.all(_HELD, {"pattern": f"{prefix}%", "now": self._work.now})
        return [row.name.removeprefix(prefix) for row in rows]

    def database_bytes(self) -> int:
        """How large the database is on its disk."""
        return int(self._work.run(_BYTES[self.engine]).scalar_one())

    @property
    def engine(self) -> str:
        """`postgresql` or `sqlite`."""
        return self._work.connection.dialect.name
