"""What the process itself keeps in the store: updates it could not digest, leases, and the sweeping of old rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Column, Table, bindparam, delete, func, or_, select, update

from storage.duty_tables import absences, handovers, shifts
from storage.envelopes import Place
from storage.house_tables import leases, sessions, throttles, tickets
from storage.keyring import House
from storage.notice_tables import notices
from storage.presence_tables import presences
from storage.rows import ParkedUpdate
from storage.tables import inputs, outbox, parked
from storage.types import Id, Instant
from storage.watch_tables import house_alarms
from storage.work import Work
from triage.notices.outbox import Lane, OutboxState, ParkedNotice

_WAITING = select(parked).order_by(parked.c.at, parked.c.id).limit(bindparam("limit"))
_NOTICES = (
    select(parked.c.id, parked.c.at, parked.c.error)
    .order_by(parked.c.at, parked.c.id)
    .limit(bindparam("limit"))
)
_RESOLVE = delete(parked).where(parked.c.id == bindparam("row_id", type_=Id()))
_TAKE = (
    update(leases)
    .where(
        leases.c.name == bindparam("row_name"),
        or_(leases.c.holder == bindparam("me"), leases.c.until <= bindparam("now", type_=Instant())),
    )
    .values(holder=bindparam("me"), until=bindparam("until", type_=Instant()))
)


class Parked:
    """Updates that a handler raised on, sealed, until somebody has looked."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def park(self, raw: bytes, *, error: str) -> UUID:
        """Keep the update's bytes and the class of what was raised; the row's id."""
        fresh = self._work.house.new_id()
        sealed = self._work.keyring.house_key(House.PARKED).seal(_place(fresh), raw)
        self._work.insert_if_absent(
            parked, {"id": fresh, "at": self._work.now, "error": error[:128], "update": sealed}
        )
        return fresh

    def waiting(self, *, limit: int) -> Sequence[ParkedUpdate]:
        """Parked updates, oldest first."""
        return [
            ParkedUpdate(
                id=row.id,
                at=row.at,
                error=row.error,
                update=self._work.keyring.house_key_of(row.update, House.PARKED).open(
                    _place(row.id), row.update
                ),
            )
            for row in self._work.all(_WAITING, {"limit": limit})
        ]

    def notices(self, *, limit: int) -> Sequence[ParkedNotice]:
        """That updates are parked, oldest first, without opening them."""
        return [
            ParkedNotice(id=row.id, at=row.at, error=row.error)
            for row in self._work.all(_NOTICES, {"limit": limit})
        ]

    def count(self) -> int:
        """How many wait."""
        return int(self._work.run(select(func.count()).select_from(parked)).scalar_one())

    def resolve(self, parked_id: UUID) -> bool:
        """Destroy a parked update; False if it is gone already."""
        return self._work.changed(_RESOLVE, {"row_id": parked_id}) == 1


class Leases:
    """Who does what only one process may do, such as polling. A lease that is not renewed falls free."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def try_take(self, name: str, holder: str, ttl: timedelta) -> bool:
        """Take or renew the lease for `ttl`; False while another holds it."""
        now = self._work.now
        if self._work.insert_if_absent(leases, {"name": name, "holder": holder, "until": now + ttl}):
            return True
        return (
            self._work.changed(_TAKE, {"row_name": name, "me": holder, "now": now, "until": now + ttl}) == 1
        )

    def release(self, name: str, holder: str) -> None:
        """Give the lease back, if it is still this holder's."""
        self._work.run(delete(leases).where(leases.c.name == name, leases.c.holder == holder))


class Housekeeping:
    """Sweeping what has served its time. Each call takes at most `limit` rows, so that no sweep holds up a step."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def sweep(
        self,
        *,
        inputs_before: datetime,
        sent_before: datetime,
        notices_before: datetime,
        roster_before: datetime,
        presences_before: datetime,
        limit: int,
    ) -> int:
        """Forget inputs, sent rows and notices older than these, and sessions, tickets and counts that ran out.

        Shifts and absences that ended before `roster_before` go too, but for the last shift that began: it says that
        what was taken by hand before it is over. Handovers and alarms of the house that are over go with the notices,
        and leases that were not renewed since `sent_before`. Of who was at a case nothing is kept that is older than
        `presences_before`.

        Telegram may repeat an update for 24 hours; keep inputs well beyond that. How many rows went.
        """
        now = self._work.now
        count = self._forget_by_time(inputs, inputs.c.at, inputs_before, limit)
        count += self._forget_by_time(presences, presences.c.seen_at, presences_before, limit)
        count += self._forget_sent(sent_before, limit)
        count += self._forget_notices(notices_before, limit)
        count += self._forget_shifts(roster_before, limit) + self._forget_handovers(notices_before, limit)
        for table, key, column, before in (
            (outbox, outbox.c.seq, outbox.c.sent_at, notices_before),
            (sessions, sessions.c.digest, sessions.c.expires_at, now),
            (tickets, tickets.c.digest, tickets.c.expires_at, now),
            (throttles, throttles.c.key, throttles.c.full_at, now),
            (absences, absences.c.id, absences.c.ends_at, roster_before),
            (leases, leases.c.name, leases.c.until, sent_before),
            (house_alarms, house_alarms.c.seq, house_alarms.c.over_at, notices_before),
        ):
            gone = select(key).where(column <= before).order_by(column).limit(limit)
            count += self._work.changed(delete(table).where(key.in_(gone)))
        return count

    def _forget_shifts(self, before: datetime, limit: int) -> int:
        begun = select(func.max(shifts.c.starts_at)).where(shifts.c.starts_at <= self._work.now)
        last = begun.scalar_subquery()
        gone = (
            select(shifts.c.id)
            .where(shifts.c.ends_at <= before, shifts.c.starts_at < last)
            .order_by(shifts.c.ends_at)
            .limit(limit)
        )
        return self._work.changed(delete(shifts).where(shifts.c.id.in_(gone)))

    def _forget_handovers(self, before: datetime, limit: int) -> int:
        over = or_(handovers.c.accepted_at.is_not(None), handovers.c.overtaken_at.is_not(None))
        # The last one's note stands on the page of handing over.
        kept = select(func.max(handovers.c.seq)).scalar_subquery()
        gone = (
            select(handovers.c.seq)
            .where(handovers.c.asked_at <= before, over, handovers.c.seq < kept)
            .order_by(handovers.c.seq)
            .limit(limit)
        )
        return self._work.changed(delete(handovers).where(handovers.c.seq.in_(gone)))

    def _forget_sent(self, before: datetime, limit: int) -> int:
        """Sent rows of conversations; those of notices are kept as long as the notices are."""
        gone = (
            select(outbox.c.seq)
            .where(outbox.c.sent_at <= before, outbox.c.lane == Lane.CONVERSATION.value)
            .order_by(outbox.c.sent_at)
            .limit(limit)
        )
        return self._work.changed(delete(outbox).where(outbox.c.seq.in_(gone)))

    def _forget_notices(self, before: datetime, limit: int) -> int:
        """Notices, and what of them is over without having been sent; one that nobody took stays somebody's task."""
        seen_to = or_(
            notices.c.given_up_at.is_(None),
            notices.c.confirmed_at.is_not(None),
            notices.c.settled_at.is_not(None),
        )
        gone = [
            row.id
            for row in self._work.run(
                select(notices.c.id)
                .where(notices.c.written_at <= before, seen_to)
                .order_by(notices.c.written_at)
                .limit(limit)
            )
        ]
        if not gone:
            return 0
        over = outbox.c.state.in_((OutboxState.SUPERSEDED.value, OutboxState.SETTLED.value))
        count = self._work.changed(delete(outbox).where(outbox.c.notice_id.in_(gone), over))
        return count + self._work.changed(delete(notices).where(notices.c.id.in_(gone)))

    def _forget_by_time(self, table: Table, at: Column[datetime], before: datetime, limit: int) -> int:
        # By time alone: the key has two columns. The bound is the instant of the last row of this sweep.
        last = select(at).where(at <= before).order_by(at).limit(limit).subquery()
        bound = self._work.run(select(func.max(last.c[at.name]))).scalar_one()
        return 0 if bound is None else self._work.changed(delete(table).where(at <= bound))


def _place(parked_id: object) -> Place:
    return Place("parked", "update", str(parked_id))
