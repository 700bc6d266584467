"""How senders take rows out of the outbox: by lease, each peer's in their order, so that none is lost or doubled.

Order holds within one peer, channel and lane. An earlier row stands in the way of later ones while it could go out
now or was tried before. It does not while it waits for its first moment (a notice kept for staffed hours must not
hold up one that wakes people), nor, on the escalation lane, while it waits for a further try.

Notices to one person that wake nobody and may go at the same moment are claimed together, to go out as one message.
While the clockwork is catching up they wait for it (at most `GATHER`), so that an outage ends in one message and not
in one for each round. Notices that wake have a peer of their own (see `triage.notices.outbox`): they wait for no other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    Row,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.selectable import FromClause

from storage.envelopes import Place
from storage.errors import EnvelopeError, KeyErasedError
from storage.repositories import contact
from storage.repositories.contact import CONTACT_ENDED
from storage.rows import Claimed, DeadLetter, LaneHealth
from storage.tables import PENDING, clocks, outbox
from storage.types import Id, Instant
from storage.work import Work
from triage.ids import CaseId, ConversationId, OutboxId, PersonId
from triage.notices.outbox import WAKING_PEER, Lane, OutboxState, Via, may_go_along

GATHER: Final = timedelta(seconds=45)
"""A notice that wakes nobody waits so long at most for a clockwork that is catching up."""

_GATHERED_AT_ONCE = 10_000
_O = outbox.c
_NOW = bindparam("now", type_=Instant())


def in_the_way(earlier: FromClause, now: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether a pending row keeps later rows of its peer, channel and lane waiting."""
    return or_(
        earlier.c.not_before <= now,
        and_(earlier.c.attempts > 0, earlier.c.lane != Lane.ESCALATION.value),
    )


_earlier = outbox.alias("earlier")
_FREE = or_(_O.lease_until.is_(None), _O.lease_until <= _NOW)
_CLAIMABLE = (
    select(_O.seq)
    .where(
        PENDING,
        _O.lane == bindparam("row_lane"),
        _O.via == bindparam("row_via"),
        _O.not_before <= _NOW,
        _FREE,
        or_(_O.conversation_id.is_(None), bindparam("has_key", type_=_O.attempts.type) == 1),
        or_(
            _O.person_id.is_(None),
            _O.peer.startswith(WAKING_PEER),
            _O.created_at <= bindparam("gathered", type_=Instant()),
        ),
        ~exists().where(
            literal_column("earlier.state = 'pending'"),
            _earlier.c.peer == _O.peer,
            _earlier.c.via == _O.via,
            _earlier.c.lane == _O.lane,
            _earlier.c.seq < _O.seq,
            in_the_way(_earlier, _NOW),
        ),
    )
    .order_by(_O.not_before, _O.seq)
    .limit(bindparam("row_limit"))
    .with_for_update(skip_locked=True, of=outbox)
)
_ALONG = (
    select(outbox)
    .where(
        PENDING,
        _O.peer.in_(bindparam("peers", expanding=True)),
        _O.via == bindparam("row_via"),
        _O.lane == bindparam("row_lane"),
        _O.not_before <= _NOW,
        _FREE,
        _O.conversation_id.is_(None),
        _O.person_id.is_not(None),
    )
    .order_by(_O.seq)
    .limit(_GATHERED_AT_ONCE)
    .with_for_update(skip_locked=True, of=outbox)
)
_BEHIND = (
    select(clocks.c.id)
    .where(
        literal_column("clocks.stopped_at IS NULL AND clocks.next_fire_at IS NOT NULL"),
        clocks.c.next_fire_at <= _NOW,
    )
    .limit(1)
)
_LEASE = (
    update(outbox)
    .where(_O.seq.in_(bindparam("rows", expanding=True)))
    .values(
        attempts=_O.attempts + 1,
        lease_by=bindparam("holder"),
        lease_until=bindparam("until", type_=Instant()),
    )
)
_ROWS = select(outbox).where(_O.seq.in_(bindparam("rows", expanding=True))).order_by(_O.not_before, _O.seq)
_BY_ID = _O.id == bindparam("row_id", type_=Id())
_SENT = (
    update(outbox)
    .where(_BY_ID, _O.state != OutboxState.SENT.value)
    .values(
        state=OutboxState.SENT.value,
        sent_at=bindparam("at", type_=Instant()),
        remote_id=bindparam("remote"),
        payload=None,
        sealed=None,
        lease_by=None,
        lease_until=None,
        last_error=None,
    )
)
_RETRY = (
    update(outbox)
    .where(_BY_ID, PENDING)
    .values(
        not_before=bindparam("at", type_=Instant()),
        last_error=bindparam("error"),
        lease_by=None,
        lease_until=None,
    )
)
_RELEASE = (
    update(outbox)
    .where(_BY_ID, PENDING)
    .values(
        attempts=case((_O.attempts > 0, _O.attempts - 1), else_=0),
        lease_by=None,
        lease_until=None,
    )
)
_until = bindparam("until", type_=Instant())
_BACK_OFF = (
    update(outbox)
    .where(PENDING, _O.via == bindparam("row_via"), _O.peer == bindparam("row_peer"))
    .values(
        not_before=case((_O.not_before < _until, _until), else_=_O.not_before),
        lease_by=None,
        lease_until=None,
    )
)
_BURY = (
    update(outbox)
    .where(_BY_ID, PENDING)
    .values(
        state=OutboxState.DEAD.value,
        last_error=bindparam("error"),
        lease_by=None,
        lease_until=None,
    )
)
_REMOTE_ID = select(_O.remote_id).where(_O.id == bindparam("id", type_=Id()))
_OLDEST = (
    select(_O.not_before)
    .where(
        PENDING,
        _O.lane == bindparam("row_lane"),
        _O.via == bindparam("row_via"),
        _O.not_before <= _NOW,
    )
    .order_by(_O.not_before)
    .limit(1)
)
_NEXT = (
    select(_O.not_before)
    .where(PENDING, _O.lane == bindparam("row_lane"), _O.via == bindparam("row_via"))
    .order_by(_O.not_before)
    .limit(1)
)
_WAITING = select(_O.lane, _O.via, func.count().label("number")).where(PENDING).group_by(_O.lane, _O.via)
_DEAD_WHERE: ColumnElement[Any] = literal_column("outbox.state = 'dead'")
_DEAD_COUNT = (
    select(_O.lane, _O.via, func.count().label("number")).where(_DEAD_WHERE).group_by(_O.lane, _O.via)
)
_DEAD = select(outbox).where(_DEAD_WHERE).order_by(_O.created_at, _O.seq).limit(bindparam("row_limit"))


class Sending:
    """The sender's side of the outbox."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def claim(self, lane: Lane, via: Via, *, holder: str, limit: int, lease: timedelta) -> list[Claimed]:
        """Take up to `limit` rows for this holder until the lease ends, those due longest first, one for each peer.

        A notice that wakes nobody takes along those that may go with it. A row whose contact has ended dies here.
        Without a keyring only rows without words are taken.
        """
        now = self._work.now
        where = {
            "row_lane": lane.value,
            "row_via": via.value,
            "now": now,
            "row_limit": limit,
            "has_key": int(self._work.house.keyring is not None),
            "gathered": now - GATHER if self._clockwork_is_behind(lane) else now,
        }
        numbers = [row.seq for row in self._work.all(_CLAIMABLE, where)]
        if not numbers:
            return []
        self._lease(numbers, holder=holder, until=now + lease)
        claimed = []
        for row in self._work.all(_ROWS, {"rows": numbers}):
            try:
                opened = self._opened(row)
            except (EnvelopeError, KeyErasedError):
                # One damaged row must not keep the whole lane from ever being claimed.
                self.bury(OutboxId(row.id), error="unreadable")
                continue
            if opened is None:
                self.bury(OutboxId(row.id), error=CONTACT_ENDED)
            else:
                claimed.append(opened)
        return self._gathered(claimed, {**where, "holder": holder, "until": now + lease})

    def mark_sent(self, sent: Iterable[tuple[OutboxId, str | None]]) -> None:
        """Note that these rows went out, each with the id that the other side gave it, and forget what they said."""
        values = [{"row_id": each, "remote": remote, "at": self._work.now} for each, remote in sent]
        if values:
            self._work.run(_SENT, values)

    def retry(self, outbox_id: OutboxId, *, not_before: datetime, error: str) -> None:
        """Let the row go again, not before this instant."""
        self._work.run(_RETRY, {"row_id": outbox_id, "at": not_before, "error": _code(error)})

    def release(self, outbox_ids: Iterable[OutboxId]) -> None:
        """Give rows back untried, for whoever claims them in their turn."""
        values = [{"row_id": each} for each in outbox_ids]
        if values:
            self._work.run(_RELEASE, values)

    def back_off_peer(self, via: Via, peer: str, *, until: datetime) -> None:
        """Let nothing go to this peer before that instant: the channel said that it gets too much."""
        self._work.run(_BACK_OFF, {"row_via": via.value, "row_peer": peer, "until": until})

    def bury(self, outbox_id: OutboxId, *, error: str) -> None:
        """Give the row up; staff see it as a task."""
        self._work.run(_BURY, {"row_id": outbox_id, "error": _code(error)})

    def dead_letters(self, *, limit: int) -> Sequence[DeadLetter]:
        """Rows that were given up, oldest first."""
        return [
            DeadLetter(
                id=OutboxId(row.id),
                lane=Lane(row.lane),
                via=Via(row.via),
                created_at=row.created_at,
                attempts=row.attempts,
                error=row.last_error or "",
                case_id=None if row.case_id is None else CaseId(row.case_id),
                person_id=None if row.person_id is None else PersonId(row.person_id),
            )
            for row in self._work.all(_DEAD, {"row_limit": limit})
        ]

    def remote_id_of(self, outbox_id: OutboxId) -> str | None:
        """What the other side calls the row, once it was sent."""
        row = self._work.one(_REMOTE_ID, {"id": outbox_id})
        return None if row is None else row.remote_id

    def oldest_waiting(self, lane: Lane, via: Via) -> datetime | None:
        """Since when the longest-waiting row that may go has waited; None if none does."""
        where = {"row_lane": lane.value, "row_via": via.value, "now": self._work.now}
        row = self._work.one(_OLDEST, where)
        return None if row is None else row.not_before

    def next_at(self, lane: Lane, via: Via) -> datetime | None:
        """When the next row may go, perhaps already past; a sender need not look before. Leases are not counted."""
        row = self._work.one(_NEXT, {"row_lane": lane.value, "row_via": via.value})
        return None if row is None else row.not_before

    def health(self) -> Sequence[LaneHealth]:
        """Each lane of each channel in which something waits or died."""
        waiting = {(row.lane, row.via): row.number for row in self._work.all(_WAITING)}
        dead = {(row.lane, row.via): row.number for row in self._work.all(_DEAD_COUNT)}
        return [
            LaneHealth(
                lane=Lane(lane),
                via=Via(via),
                waiting=waiting.get((lane, via), 0),
                oldest_due_at=self.oldest_waiting(Lane(lane), Via(via)),
                dead=dead.get((lane, via), 0),
            )
            for lane, via in sorted({*waiting, *dead})
        ]

    def _clockwork_is_behind(self, lane: Lane) -> bool:
        """Whether milestones have come that are not recorded yet: their notices belong into the same message."""
        return lane is Lane.ESCALATION and self._work.one(_BEHIND, {"now": self._work.now}) is not None

    def _lease(self, numbers: Sequence[int], *, holder: str, until: datetime) -> None:
        self._work.run(_LEASE, {"rows": numbers, "holder": holder, "until": until})

    def _gathered(self, claimed: list[Claimed], where: Mapping[str, Any]) -> list[Claimed]:
        """Each claimed notice with those of its person that may go along, leased as it is."""
        heads = [each.peer for each in claimed if may_go_along(each.payload) and each.person_id is not None]
        if not heads or where["row_lane"] != Lane.ESCALATION.value:
            return claimed
        asked = {"row_lane": where["row_lane"], "row_via": where["row_via"], "now": where["now"]}
        found = [
            row for row in self._work.all(_ALONG, {**asked, "peers": heads}) if may_go_along(row.payload)
        ]
        if not found:
            return claimed
        self._lease([row.seq for row in found], holder=where["holder"], until=where["until"])
        along: dict[str, list[Claimed]] = {}
        for row in found:
            along.setdefault(row.peer, []).append(replace(self._read(row), attempts=row.attempts + 1))
        return [
            replace(each, along=tuple(along.get(each.peer, ()))) if each.peer in heads else each
            for each in claimed
        ]

    def _opened(self, row: Row[Any]) -> Claimed | None:
        if row.conversation_id is None:
            return self._read(row)
        held = contact.find(self._work, ConversationId(row.conversation_id))
        if held is None or held.contact is None or row.sealed is None:
            return None
        payload = json.loads(held.contact.open_text(payload_place(row.id), row.sealed))
        return replace(self._read(row), payload=payload, address=held.address)

    @staticmethod
    def _read(row: Row[Any]) -> Claimed:
        """The row as it stands, its words still shut."""
        return Claimed(
            id=OutboxId(row.id),
            lane=Lane(row.lane),
            via=Via(row.via),
            peer=row.peer,
            payload=row.payload or {},
            attempts=row.attempts,
            created_at=row.created_at,
            dedupe=row.dedupe,
            topic=row.topic,
            conversation_id=None if row.conversation_id is None else ConversationId(row.conversation_id),
            case_id=None if row.case_id is None else CaseId(row.case_id),
            person_id=None if row.person_id is None else PersonId(row.person_id),
        )


def payload_place(outbox_id: object) -> Place:
    """Where a row's sealed payload stands."""
    return Place("outbox", "sealed", str(outbox_id))


def _code(error: str) -> str:
    return error.replace("\0", "")[:200]
