"""Notices to people and how the channels stand, as use cases and the post write them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import BindParameter, Row, and_, bindparam, exists, literal_column, or_, select, update
from sqlalchemy.sql.elements import ColumnElement

from storage.house_tables import audit_entries, people
from storage.notice_tables import channels, notices
from storage.repositories.conflicts import may_know_of, named
from storage.tables import PENDING, cases, outbox
from storage.types import Id, Instant
from storage.work import Work
from triage.audit import Act
from triage.clocks.policy import Audience
from triage.ids import CaseCode, CaseId, ClockId, ClockPolicyId, NoticeId, OutboxId, PersonId
from triage.notices.life import ChannelHealth, Life, Way
from triage.notices.notice import Notice, Written
from triage.notices.outbox import Lane, OutboxState, Undelivered, Via

_N, _O = notices.c, outbox.c
_NOW = bindparam("now", type_=Instant())
_WAITS: ColumnElement[Any] = literal_column("notices.check_at IS NOT NULL")
_OF_NOTICE = _O.notice_id == _N.id
# A row that failed and waits for its next try, or whose channel takes nothing, is no reason to wait for it.
_ROW_STUCK = or_(
    and_(
        _O.last_error.is_not(None),
        or_(_O.lease_until.is_(None), _O.lease_until <= _NOW),
    ),
    _O.via.in_(bindparam("failing", expanding=True)),
    _O.via.not_in(bindparam("known", expanding=True)),
)
_STUCK = (
    select(notices)
    .where(
        _WAITS,
        _N.check_at <= bindparam("soon", type_=Instant()),
        _N.not_before <= _NOW,
        ~exists().where(PENDING, _OF_NOTICE, ~_ROW_STUCK),
        or_(
            _N.check_at <= _NOW,
            ~exists().where(PENDING, _OF_NOTICE, _O.via.not_in(bindparam("down", expanding=True))),
        ),
    )
    .order_by(_N.check_at, _N.seq)
    .limit(bindparam("row_limit"))
    .with_for_update(skip_locked=True, of=notices)
)
_SAVE = (
    update(notices)
    .where(_N.id == bindparam("row_id", type_=Id()))
    .values(
        check_at=bindparam("at", type_=Instant()),
        given_up_at=bindparam("given_up", type_=Instant()),
    )
)
_UNTOLD = (
    select(notices)
    .where(_N.id.in_(bindparam("ids", expanding=True)), _N.confirmed_at.is_(None))
    .order_by(_N.seq)
)
_ROWS: BindParameter[Any] = bindparam("rows", expanding=True)
_CONFIRM = (
    update(notices)
    .where(
        _N.confirmed_at.is_(None),
        _N.id.in_(select(_O.notice_id).where(_O.id.in_(_ROWS), _O.notice_id.is_not(None))),
    )
    .values(confirmed_at=_NOW, check_at=None)
)
_HEAL = (
    update(channels)
    .where(
        channels.c.failing_since.is_not(None),
        channels.c.via.in_(bindparam("vias", expanding=True)),
    )
    .values(failing_since=None, error=None, changed_at=_NOW)
)
_FAIL = (
    update(channels)
    .where(channels.c.via == bindparam("row_via"), channels.c.failing_since.is_(None))
    .values(failing_since=_NOW, error=bindparam("why"), changed_at=_NOW)
)
_RETURN = (
    update(outbox)
    .where(
        _O.via == Via.MAIL.value,
        _O.remote_id == bindparam("name"),
        _O.state == OutboxState.SENT.value,
        _O.person_id.is_not(None),
    )
    .values(state=OutboxState.DEAD.value, last_error=bindparam("why"), sent_at=None)
)
_RETURNED = select(_O.id, _O.notice_id).where(
    _O.via == Via.MAIL.value, _O.remote_id == bindparam("name"), _O.last_error == bindparam("why")
)
# What another channel took as well has reached its reader.
_UNCONFIRM = (
    update(notices)
    .where(
        _N.id.in_(bindparam("ids", expanding=True)),
        ~exists().where(_OF_NOTICE, _O.state == OutboxState.SENT.value),
    )
    .values(confirmed_at=None, check_at=_NOW)
)
_GIVEN_UP = and_(
    literal_column("notices.given_up_at IS NOT NULL"), _N.confirmed_at.is_(None), _N.settled_at.is_(None)
)
_TASKS = (
    select(_N.id, _N.written_at, cases.c.code, people.c.name)
    .select_from(
        notices.outerjoin(cases, cases.c.id == _N.case_id).outerjoin(people, people.c.id == _N.person_id)
    )
    # A row that was given up is a task of its own, and says more.
    .where(
        _GIVEN_UP, ~exists().where(_OF_NOTICE, _O.state == OutboxState.DEAD.value), may_know_of(_N.case_id)
    )
)
_SETTLE = update(notices).where(_N.id == bindparam("row_id", type_=Id()), _GIVEN_UP).values(settled_at=_NOW)
_LATEST = (
    select(notices, cases.c.code, people.c.name)
    .select_from(
        notices.outerjoin(cases, cases.c.id == _N.case_id).outerjoin(people, people.c.id == _N.person_id)
    )
    .where(may_know_of(_N.case_id))
    .order_by(_N.written_at.desc(), _N.seq.desc())
    .limit(bindparam("row_limit"))
)
_WAYS = (
    select(_O.notice_id, _O.via, _O.state, _O.sent_at, _O.last_error, _O.attempts)
    .where(_O.notice_id.in_(bindparam("ids", expanding=True)))
    .order_by(_O.seq)
)
_ANSWERS = (
    select(audit_entries.c.at, audit_entries.c.facts, audit_entries.c.actor)
    .where(
        audit_entries.c.object_id.in_(bindparam("about", expanding=True, type_=Id())),
        audit_entries.c.act == Act.NOTICE_ACKNOWLEDGED.value,
    )
    .order_by(audit_entries.c.seq)
)
_NAMES = select(people.c.id, people.c.name).where(
    people.c.id.in_(bindparam("ids", expanding=True, type_=Id()))
)
_Answer: TypeAlias = tuple[datetime, str]
RETURNED = "mail_returned"
"""The error of a mail that came back."""


class SqlNotices:
    """The port `Notices` on both engines, with what the post notes beside it."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, written: Collection[Written]) -> Collection[NoticeId]:
        rows = self._work.insert_absent(notices, [_values(each) for each in written], returning=(_N.id,))
        return {NoticeId(row.id) for row in rows}

    def save(self, written: Written) -> None:
        self._work.run(_SAVE, {"row_id": written.id, "at": written.check_at, "given_up": written.given_up_at})

    def stuck(self, *, limit: int, channels: Collection[Via], after: timedelta) -> Sequence[Written]:
        now = self._work.now
        failing = {each.via.value: each.failing_since for each in self.channels() if each.failing_since}
        known = {via.value for via in channels}
        down = {via for via, since in failing.items() if since <= now - after}
        where = {
            "now": now,
            "soon": now + after,
            "failing": list(failing),
            "known": list(known),
            "down": [via.value for via in Via if via.value in down or via.value not in known],
            "row_limit": limit,
        }
        return [_written(row) for row in self._work.all(_STUCK, where)]

    def ways(self, notice_id: NoticeId) -> Mapping[Via, OutboxState]:
        rows = self._work.all(_WAYS, {"ids": [notice_id]})
        return {Via(row.via): OutboxState(row.state) for row in rows}

    def people_of(self, occasion: str) -> Collection[PersonId]:
        rows = self._work.all(select(_N.person_id).where(_N.occasion == occasion))
        return {PersonId(row.person_id) for row in rows}

    def untold(self, notice_ids: Collection[NoticeId]) -> Sequence[Written]:
        return [_written(row) for row in self._work.all(_UNTOLD, {"ids": list(notice_ids)})]

    def latest(self, *, reader: PersonId, limit: int, own: bool) -> Sequence[Life]:
        query = _LATEST.where(_N.person_id == reader) if own else _LATEST
        rows = self._work.all(query, {"row_limit": limit, "reader": named(reader)})
        ways: dict[UUID, list[Way]] = {row.id: [] for row in rows}
        for row in self._work.all(_WAYS, {"ids": list(ways)}):
            ways[row.notice_id].append(
                Way(
                    via=Via(row.via),
                    state=OutboxState(row.state),
                    at=row.sent_at,
                    error=row.last_error,
                    attempts=row.attempts,
                )
            )
        answers = self._answers({row.about for row in rows})
        return [_life(row, tuple(ways[row.id]), answers.get(row.facts["clock"], ())) for row in rows]

    def _answers(self, about: Collection[UUID]) -> Mapping[str, Sequence[_Answer]]:
        """Who said when that they have it, by clock, the first one first."""
        rows = self._work.all(_ANSWERS, {"about": list(about)})
        # Who did it stands in an entry as text.
        ids = {UUID(row.actor) for row in rows}
        names = {row.id: row.name for row in self._work.all(_NAMES, {"ids": list(ids)})}
        found: defaultdict[str, list[_Answer]] = defaultdict(list)
        for row in rows:
            found[row.facts.get("clock", "")].append((row.at, names.get(UUID(row.actor), "")))
        return found

    def channels(self) -> Sequence[ChannelHealth]:
        rows = self._work.all(select(channels).order_by(channels.c.via))
        return [
            ChannelHealth(
                via=Via(row.via),
                failing_since=row.failing_since,
                error=row.error,
                changed_at=row.changed_at,
            )
            for row in rows
        ]

    def confirm(self, rows: Iterable[OutboxId], vias: Collection[Via]) -> None:
        """Note that these rows arrived by these channels: their notices have been told, and the channels are well."""
        self._work.run(_CONFIRM, {"rows": list(rows), "now": self._work.now})
        self._work.run(_HEAL, {"vias": [via.value for via in vias], "now": self._work.now})

    def channel_failed(self, via: Via, *, error: str) -> None:
        """Note that a channel takes nothing; since when stands as it was first noted."""
        now = self._work.now
        values = {"via": via.value, "failing_since": now, "error": error[:200], "changed_at": now}
        if not self._work.insert_if_absent(channels, values):
            self._work.run(_FAIL, {"row_via": via.value, "now": now, "why": error[:200]})

    def mail_returned(self, name: str) -> Sequence[OutboxId]:
        if not self._work.changed(_RETURN, {"name": name, "why": RETURNED}):
            return []
        rows = self._work.all(_RETURNED, {"name": name, "why": RETURNED})
        ids = [row.notice_id for row in rows if row.notice_id is not None]
        self._work.run(_UNCONFIRM, {"ids": ids, "now": self._work.now})
        return [OutboxId(row.id) for row in rows]

    def undelivered(self, *, reader: PersonId | None, limit: int) -> Sequence[Undelivered]:
        """Notices that were given up while something of them still tries."""
        query = _TASKS.order_by(_N.given_up_at, _N.seq).limit(limit)
        rows = self._work.all(query, {"reader": named(reader)})
        return [_undelivered(row) for row in rows]

    def find_undelivered(self, notice_id: UUID, *, reader: PersonId | None) -> Undelivered | None:
        """The one of this id, if it is among them."""
        row = self._work.one(_TASKS.where(_N.id == notice_id), {"reader": named(reader)})
        return None if row is None else _undelivered(row)

    def settle(self, notice_id: UUID) -> bool:
        """Note that it was seen to; False if it was not waiting for that."""
        return self._work.changed(_SETTLE, {"row_id": notice_id, "now": self._work.now}) == 1


def _undelivered(row: Row[Any]) -> Undelivered:
    return Undelivered(
        id=OutboxId(row.id),
        lane=Lane.ESCALATION,
        via=None,
        at=row.written_at,
        error="no_channel",
        case_code=None if row.code is None else CaseCode(row.code),
        person=row.name,
    )


def _values(written: Written) -> dict[str, Any]:
    notice = written.notice
    return {
        "id": written.id,
        "occasion": notice.occasion,
        "person_id": written.person_id,
        "key": notice.key,
        "about": notice.about,
        "case_id": notice.case_id,
        "facts": _facts(notice),
        "audience": written.audience.value,
        "wakes": written.wakes,
        "written_at": written.written_at,
        "not_before": written.not_before,
        "check_at": written.check_at,
        "confirmed_at": written.confirmed_at,
        "given_up_at": written.given_up_at,
    }


def _facts(notice: Notice) -> dict[str, object]:
    return {
        "topic": notice.topic,
        "overtakes": list(notice.overtakes),
        "code": notice.case_code,
        "assignee": None if notice.assignee is None else str(notice.assignee),
        "due": _text(notice.due_at),
        "fell_due": _text(notice.fell_due_at),
        "late_minutes": notice.late_minutes,
        "ahead": notice.ahead,
        "as_deputy": notice.as_deputy,
        "clock": None if notice.clock_id is None else str(notice.clock_id),
        "policy": notice.policy,
        "silent": notice.silent,
        "trouble": notice.trouble,
    }


def _written(row: Row[Any]) -> Written:
    facts = row.facts
    notice = Notice(
        key=row.key,
        occasion=row.occasion,
        topic=facts["topic"],
        about=row.about,
        case_id=None if row.case_id is None else CaseId(row.case_id),
        case_code=None if facts["code"] is None else CaseCode(facts["code"]),
        assignee=None if facts["assignee"] is None else PersonId(UUID(facts["assignee"])),
        overtakes=tuple(facts["overtakes"]),
        due_at=_instant(facts["due"]),
        fell_due_at=_instant(facts["fell_due"]),
        late_minutes=facts["late_minutes"],
        # Rows of before 26 November 2026 do not say it.
        ahead=facts.get("ahead", False),
        as_deputy=facts["as_deputy"],
        clock_id=None if facts["clock"] is None else ClockId(UUID(facts["clock"])),
        policy=None if facts["policy"] is None else ClockPolicyId(facts["policy"]),
        trouble=facts["trouble"],
        silent=None if facts["silent"] is None else Audience(facts["silent"]),
    )
    return Written(
        id=NoticeId(row.id),
        notice=notice,
        person_id=PersonId(row.person_id),
        audience=Audience(row.audience),
        wakes=row.wakes,
        written_at=row.written_at,
        not_before=row.not_before,
        check_at=row.check_at,
        confirmed_at=row.confirmed_at,
        given_up_at=row.given_up_at,
    )


def _life(row: Row[Any], ways: tuple[Way, ...], answers: Iterable[_Answer]) -> Life:
    since = max(row.written_at, row.not_before)
    at, by = next((each for each in answers if each[0] >= since), (None, None))
    return Life(
        id=NoticeId(row.id),
        key=row.key,
        case_code=None if row.code is None else CaseCode(row.code),
        person_id=PersonId(row.person_id),
        person=row.name or "",
        wakes=row.wakes,
        written_at=row.written_at,
        not_before=row.not_before,
        confirmed_at=row.confirmed_at,
        given_up_at=row.given_up_at,
        ways=ways,
        answered_at=at,
        answered_by=by,
    )


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()


def _instant(said: str | None) -> datetime | None:
    return None if said is None else datetime.fromisoformat(said)
