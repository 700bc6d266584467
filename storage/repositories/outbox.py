"""The outbox as use cases write into it; what senders do with the rows stands in `sending.py`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    Executable,
    Row,
    and_,
    bindparam,
    case,
    exists,
    literal_column,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.elements import ColumnElement

from storage.house_tables import people
from storage.repositories import contact
from storage.repositories.conflicts import may_know_of, named
from storage.repositories.contact import CONTACT_ENDED
from storage.repositories.notices import SqlNotices
from storage.repositories.sending import Sending, in_the_way, payload_place
from storage.rows import Claimed
from storage.tables import PENDING, cases, outbox
from storage.types import Id, Instant, to_json
from triage.ids import CaseCode, CaseId, NoticeId, OutboxId, PersonId
from triage.notices.outbox import Lane, OutboxState, Outgoing, Undelivered, Via

_O = outbox.c
_earlier = outbox.alias("earlier")
_NOW = bindparam("created_at", type_=Instant())
# A row that stands in the way, and that this process is not sending itself just now, must go out first.
_MUST_WAIT = exists().where(
    literal_column("earlier.state = 'pending'"),
    _earlier.c.peer == bindparam("peer"),
    _earlier.c.via == bindparam("via"),
    _earlier.c.lane == bindparam("lane"),
    in_the_way(_earlier, _NOW),
    or_(
        _earlier.c.lease_by.is_(None),
        _earlier.c.lease_by != bindparam("holder", type_=_O.lease_by.type),
        _earlier.c.lease_until <= _NOW,
    ),
)
_BORN_LEASED: dict[str, ColumnElement[Any]] = {
    "lease_by": case((_MUST_WAIT, null()), else_=bindparam("holder", type_=_O.lease_by.type)),
    "lease_until": case((_MUST_WAIT, null()), else_=bindparam("until", type_=Instant())),
    "attempts": case((_MUST_WAIT, 0), else_=1),
}
_TAKE_BACK = (
    update(outbox)
    .where(PENDING, or_(_O.lease_until.is_(None), _O.lease_until <= bindparam("now", type_=Instant())))
    .values(state=OutboxState.SUPERSEDED.value, payload=None, sealed=None)
)
_SUPERSEDE = _TAKE_BACK.where(
    literal_column("outbox.topic IS NOT NULL"), _O.topic.in_(bindparam("row_topics", expanding=True))
)
_SUPERSEDE_OF_CASE = _TAKE_BACK.where(
    literal_column("outbox.case_id IS NOT NULL"),
    _O.case_id == bindparam("row_case", type_=Id()),
    _O.person_id == bindparam("row_person", type_=Id()),
).returning(_O.notice_id)
_SUPERSEDE_FOR_ONE = _SUPERSEDE.where(_O.person_id == bindparam("row_person", type_=Id()))
_SUPERSEDE_FOR_HOUSE = _SUPERSEDE.where(_O.person_id.is_(None), _O.via == bindparam("row_via"))
# A row that is about nobody's case and for no member of staff is a line of a conversation that became no case.
_IS_A_TASK = and_(
    literal_column("outbox.state = 'dead'"),
    _O.last_error != CONTACT_ENDED,
    or_(_O.person_id.is_not(None), _O.case_id.is_not(None)),
)
_TASKS = (
    select(_O.id, _O.lane, _O.via, _O.created_at, _O.last_error, cases.c.code, people.c.name)
    .select_from(
        outbox.outerjoin(cases, cases.c.id == _O.case_id).outerjoin(people, people.c.id == _O.person_id)
    )
    .where(_IS_A_TASK, may_know_of(_O.case_id))
)
_UNDELIVERED = _TASKS.order_by(_O.lane.desc(), _O.created_at, _O.seq).limit(bindparam("row_limit"))
_FIND_UNDELIVERED = _TASKS.where(_O.id == bindparam("id", type_=Id()))
_SETTLE = (
    update(outbox)
    .where(_O.id == bindparam("row_id", type_=Id()), _IS_A_TASK)
    .values(state=OutboxState.SETTLED.value, payload=None, sealed=None)
)


class SqlOutbox(Sending):
    """The port `Outbox` on both engines, with the sender's side beside it."""

    __slots__ = ()

    def add(self, row: Outgoing, *, leased: bool) -> bool:
        """Write the row; False if its `dedupe` value is there already or the conversation's contact has ended.

        A leased row is handed to the store's listener once the transaction is committed. When earlier rows of
        its peer must go first it is born unleased, for a sender to claim in its turn.
        """
        work = self._work
        now = work.now
        values = _values(row, now=now)
        address = None
        if row.conversation_id is not None:
            held = contact.find(work, row.conversation_id)
            if held is None or held.contact is None:
                return False
            values["payload"], values["sealed"] = (
                None,
                held.contact.seal_text(payload_place(row.id), to_json(dict(row.payload))),
            )
            address = held.address
        if leased and row.not_before <= now:
            return self._add_leased(row, values, address)
        return work.insert_if_absent(outbox, values)

    def add_all(self, rows: Collection[Outgoing]) -> None:
        values = [_values(row, now=self._work.now) for row in rows]
        if any(row.conversation_id is not None for row in rows):
            raise ValueError("what is for a reporter is sealed: write it with `add`")
        self._work.insert_absent(outbox, values)

    def take_back(self, what: Iterable[tuple[str, PersonId]]) -> None:
        topics: defaultdict[PersonId, list[str]] = defaultdict(list)
        for topic, person_id in what:
            topics[person_id].append(topic)
        for person_id, theirs in topics.items():
            where = {"row_topics": theirs, "row_person": person_id, "now": self._work.now}
            self._work.run(_SUPERSEDE_FOR_ONE, where)

    def take_back_of_case(self, case_id: CaseId, person_id: PersonId) -> Collection[NoticeId]:
        where = {"row_case": case_id, "row_person": person_id, "now": self._work.now}
        rows = self._work.all(_SUPERSEDE_OF_CASE, where)
        return {NoticeId(row.notice_id) for row in rows if row.notice_id is not None}

    def supersede(self, *, topic: str) -> int:
        return self._work.changed(_SUPERSEDE, {"row_topics": [topic], "now": self._work.now})

    def supersede_for_house(self, *, topic: str, via: Via) -> None:
        where = {"row_topics": [topic], "row_via": via.value, "now": self._work.now}
        self._work.run(_SUPERSEDE_FOR_HOUSE, where)

    def undelivered(self, *, reader: PersonId | None, limit: int) -> Sequence[Undelivered]:
        given_up = self._notices.undelivered(reader=reader, limit=limit)
        where = {"row_limit": limit, "reader": named(reader)}
        rows = [_undelivered(row) for row in self._work.all(_UNDELIVERED, where)]
        return [*given_up, *rows][:limit]

    def find_undelivered(self, outbox_id: OutboxId, *, reader: PersonId | None) -> Undelivered | None:
        row = self._work.one(_FIND_UNDELIVERED, {"id": outbox_id, "reader": named(reader)})
        if row is None:
            return self._notices.find_undelivered(outbox_id, reader=reader)
        return _undelivered(row)

    def settle(self, outbox_id: OutboxId) -> bool:
        return self._work.changed(_SETTLE, {"row_id": outbox_id}) == 1 or self._notices.settle(outbox_id)

    @property
    def _notices(self) -> SqlNotices:
        return SqlNotices(self._work)

    def _add_leased(self, row: Outgoing, values: dict[str, Any], address: str | None) -> bool:
        house = self._work.house
        del values["attempts"]
        values |= {"holder": house.holder, "until": self._work.now + house.lease}
        born = self._work.one(_insert_leased(self._work.connection.dialect.name), values)
        if born is None:
            return False
        if born.attempts:
            self._work.leased.append(
                Claimed(
                    id=row.id,
                    lane=row.lane,
                    via=row.via,
                    peer=row.peer,
                    payload=row.payload,
                    attempts=1,
                    created_at=self._work.now,
                    address=address,
                    dedupe=row.dedupe,
                    topic=row.topic,
                    conversation_id=row.conversation_id,
                    case_id=row.case_id,
                    person_id=row.person_id,
                )
            )
        return True


def _values(row: Outgoing, *, now: datetime) -> dict[str, Any]:
    return {
        "id": row.id,
        "state": OutboxState.PENDING.value,
        "lane": row.lane.value,
        "via": row.via.value,
        "peer": row.peer,
        "payload": dict(row.payload),
        "sealed": None,
        "created_at": now,
        "not_before": row.not_before,
        "attempts": 0,
        "dedupe": row.dedupe,
        "conversation_id": row.conversation_id,
        "case_id": row.case_id,
        "person_id": row.person_id,
        "notice_id": row.notice_id,
        "topic": row.topic,
    }


def _undelivered(row: Row[Any]) -> Undelivered:
    return Undelivered(
        id=OutboxId(row.id),
        lane=Lane(row.lane),
        via=Via(row.via),
        at=row.created_at,
        error=row.last_error,
        case_code=None if row.code is None else CaseCode(row.code),
        person=row.name,
    )


_GIVEN = (
    "id",
    "state",
    "lane",
    "via",
    "peer",
    "payload",
    "sealed",
    "created_at",
    "not_before",
    "dedupe",
    "conversation_id",
    "case_id",
    "person_id",
    "notice_id",
    "topic",
)


@cache
def _insert_leased(dialect: str) -> Executable:
    columns: dict[str, ColumnElement[Any]] = {name: bindparam(name) for name in _GIVEN}
    columns |= _BORN_LEASED
    if dialect == "postgresql":
        return postgresql.insert(outbox).values(columns).on_conflict_do_nothing().returning(_O.attempts)
    return sqlite.insert(outbox).values(columns).on_conflict_do_nothing().returning(_O.attempts)
