"""Cases with their data keys, their timeline and their submissions."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import (
    Row,
    bindparam,
    insert,
    select,
    update,
)

from storage.envelopes import DataKey, Place
from storage.errors import LostRaceError
from storage.keyring import Part
from storage.repositories.case_lists import (
    COLUMNS,
    COUNT_WAITING,
    DECIDED,
    HELD_BY,
    NO_CLOCK,
    OWN_TO_CALL,
    PROMISED,
    QUEUE,
    QUEUE_BEHIND,
    QUEUE_NOT_ACUTE,
    STILL_PROMISED,
    TO_CALL,
    found,
    shown,
)
from storage.repositories.case_rows import case_of, maybe_person, values_of
from storage.repositories.conflicts import named
from storage.tables import case_events, case_keys, cases, submissions
from storage.types import Id, to_json
from storage.work import Work, erased
from triage.access.reader import reader
from triage.cases.case import Case, CaseEvent, EventKind, QueuePlace, Show
from triage.cases.records import Channel, Submission
from triage.cases.searching import FoundPlace, Wanted
from triage.ids import CaseCode, CaseId, ConversationId, PersonId, SubmissionId

_GET = COLUMNS.where(cases.c.id == bindparam("id", type_=Id()))
_GET_ALL = COLUMNS.where(cases.c.id.in_(bindparam("ids", expanding=True, type_=Id())))
# What is recorded about a case refers to its id, which no change of it touches: a clock that rings waits for nobody.
_LOCK = _GET.with_for_update(key_share=True)
# In one order, so that two who lock several never wait for each other.
_LOCK_ALL = (
    select(cases.c.id)
    .where(cases.c.id.in_(bindparam("ids", expanding=True, type_=Id())))
    .order_by(cases.c.id)
    .with_for_update(key_share=True)
)
_FIND = COLUMNS.where(cases.c.code == bindparam("code"))
_INSERT = insert(cases)
_SAVE = update(cases).where(
    cases.c.id == bindparam("row_id", type_=Id()), cases.c.revision == bindparam("row_revision")
)
_ADD_KEY = insert(case_keys)
_KEY = select(case_keys.c.wrapped).where(
    case_keys.c.owner == bindparam("owner", type_=Id()), case_keys.c.part == bindparam("part")
)
_ADD_EVENT = insert(case_events)
_TIMES = (
    select(case_events.c.case_id, case_events.c.at)
    .where(
        case_events.c.case_id.in_(bindparam("case_ids", expanding=True, type_=Id())),
        case_events.c.kind == bindparam("of_kind"),
    )
    .order_by(case_events.c.seq)
)
_TIMELINE = (
    select(case_events)
    .where(case_events.c.case_id == bindparam("case_id", type_=Id()))
    .order_by(case_events.c.seq)
)
_ADD_SUBMISSION = insert(submissions)
_SUBMISSIONS = (
    select(submissions)
    .where(submissions.c.case_id == bindparam("case_id", type_=Id()))
    .order_by(submissions.c.seq)
)


class SqlCases:
    """The port `Cases` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, case: Case) -> None:
        self._work.run(_INSERT, {"id": case.id, "due_at": NO_CLOCK, **values_of(case)})
        for part in (Part.BODY, Part.IDENTITY):
            _, wrapped = self._work.keyring.new_key(str(case.id), part)
            self._work.run(_ADD_KEY, {"owner": case.id, "part": part.value, "wrapped": wrapped})

    def lock(self, case_id: CaseId) -> Case:
        return case_of(_there(self._work.one(_LOCK, {"id": case_id})))

    def lock_all(self, case_ids: Collection[CaseId]) -> None:
        if case_ids:
            self._work.all(_LOCK_ALL, {"ids": list(case_ids)})

    def find(self, code: CaseCode) -> Case | None:
        row = self._work.one(_FIND, {"code": code})
        return None if row is None else case_of(row)

    def get(self, case_id: CaseId) -> Case:
        return case_of(_there(self._work.one(_GET, {"id": case_id})))

    def look(self, case_id: CaseId) -> Case | None:
        row = self._work.one(_GET, {"id": case_id})
        return None if row is None else case_of(row)

    def get_all(self, case_ids: Collection[CaseId]) -> Mapping[CaseId, Case]:
        if not case_ids:
            return {}
        found = [case_of(row) for row in self._work.all(_GET_ALL, {"ids": list(case_ids)})]
        if len(found) != len(set(case_ids)):
            raise LookupError("There is no such case.")
        return {case.id: case for case in found}

    def save(self, case: Case) -> Case:
        saved = replace(case, revision=case.revision + 1)
        values = {"row_id": case.id, "row_revision": case.revision, **values_of(saved)}
        if reader() in case.conflicts:
            # Whoever keeps themself out sees nothing of it from here on; what is still to be done is the house's.
            self._work.read_for_the_house()
        if self._work.changed(_SAVE, values) != 1:
            raise LostRaceError("The case changed since it was read: lock it before changing it.")
        return saved

    def queue(
        self, *, reader: PersonId | None, limit: int, after: QueuePlace | None = None
    ) -> Sequence[Case]:
        where = {"limit": limit, "reader": named(reader)}
        if after is None:
            return [case_of(row) for row in self._work.all(QUEUE, where)]
        place = {
            "acute": after.acute,
            "due_at": after.due_at or NO_CLOCK,
            "received_at": after.received_at,
            "id": after.id,
        }
        rows = list(self._work.all(QUEUE_BEHIND, {**where, **place}))
        if after.acute and len(rows) < limit:
            rows += self._work.all(QUEUE_NOT_ACUTE, {**where, "limit": limit - len(rows)})
        return [case_of(row) for row in rows]

    def count_waiting(self, *, reader: PersonId, most: int) -> int:
        where = {"reader": named(reader), "limit": most}
        return int(self._work.run(COUNT_WAITING, where).scalar_one())

    def shown(self, *, reader: PersonId, show: Show, limit: int) -> Sequence[Case]:
        where = {"limit": limit, "reader": named(reader)}
        return [case_of(row) for row in self._work.all(shown(show, reader, self._work.now), where)]

    def promised(
        self, *, reader: PersonId, until: datetime, limit: int, decided: bool = False
    ) -> Sequence[Case]:
        where = {"limit": limit, "reader": named(reader), "until": until}
        return [case_of(row) for row in self._work.all(STILL_PROMISED if decided else PROMISED, where)]

    def to_call(self, *, reader: PersonId, limit: int, own: bool = False) -> Sequence[Case]:
        where = {"limit": limit, "reader": named(reader)}
        rows = (
            self._work.all(OWN_TO_CALL, {**where, "person": reader})
            if own
            else self._work.all(TO_CALL, where)
        )
        return [case_of(row) for row in rows]

    def search(
        self, *, reader: PersonId, wanted: Wanted, after: FoundPlace | None, limit: int
    ) -> Sequence[Case]:
        where = {"limit": limit, "reader": named(reader)}
        return [case_of(row) for row in self._work.all(found(wanted, after), where)]

    def held_by(self, person_id: PersonId) -> Sequence[Case]:
        # Whoever shuts somebody out lets go of all their cases, of those too that are hidden from themself.
        self._work.read_for_the_house()
        return [case_of(row) for row in self._work.all(HELD_BY, {"person": person_id})]

    def decided(self, *, reader: PersonId | None, limit: int) -> Sequence[Case]:
        where = {"limit": limit, "reader": named(reader)}
        return [case_of(row) for row in self._work.all(DECIDED, where)]

    def record(self, *events: CaseEvent) -> None:
        self._work.run_all(_ADD_EVENT, [self._event_values(event) for event in events])

    def times_of(self, kind: EventKind, case_ids: Collection[CaseId]) -> Mapping[CaseId, Sequence[datetime]]:
        found: defaultdict[CaseId, list[datetime]] = defaultdict(list)
        if case_ids:
            for row in self._work.all(_TIMES, {"case_ids": list(case_ids), "of_kind": kind.value}):
                found[CaseId(row.case_id)].append(row.at)
        return found

    def timeline(self, case_id: CaseId) -> Sequence[CaseEvent]:
        rows = self._work.all(_TIMELINE, {"case_id": case_id})
        if not any(row.words is not None for row in rows):
            return [_event(row, words=None) for row in rows]
        key = case_key(self._work, case_id, Part.BODY)
        return [
            _event(
                row,
                words=None
                if row.words is None
                else key.open_text(Place("case_events", "words", str(row.id)), row.words),
            )
            for row in rows
        ]

    def add_submission(self, submission: Submission) -> None:
        sealed = {
            part.value: case_key(self._work, submission.case_id, part).seal_text(
                Place("submissions", part.value, str(submission.id)), to_json(dict(answers))
            )
            for part, answers in ((Part.BODY, submission.body), (Part.IDENTITY, submission.identity))
        }
        self._work.run(
            _ADD_SUBMISSION,
            {
                "id": submission.id,
                "case_id": submission.case_id,
                "conversation_id": submission.conversation_id,
                "channel": submission.channel.value,
                "hotline": submission.hotline,
                "kind": submission.kind,
                "language": submission.language,
                "flow_id": submission.flow_id,
                "flow_version": submission.flow_version,
                "fingerprint": submission.fingerprint,
                "received_at": submission.received_at,
                "clear": dict(submission.clear),
                **sealed,
            },
        )

    def submissions(self, case_id: CaseId, *, identity: bool) -> Sequence[Submission]:
        rows = self._work.all(_SUBMISSIONS, {"case_id": case_id})
        if not rows:
            return []
        body = case_key(self._work, case_id, Part.BODY)
        who = case_key(self._work, case_id, Part.IDENTITY) if identity else None
        return [
            Submission(
                id=SubmissionId(row.id),
                case_id=CaseId(row.case_id),
                conversation_id=ConversationId(row.conversation_id),
                channel=Channel(row.channel),
                hotline=row.hotline,
                kind=row.kind,
                language=row.language,
                flow_id=row.flow_id,
                flow_version=row.flow_version,
                fingerprint=row.fingerprint,
                received_at=row.received_at,
                clear=_answers(row.clear),
                body=_opened(body, row, "body"),
                identity={} if who is None else _opened(who, row, "identity"),
            )
            for row in rows
        ]

    def _event_values(self, event: CaseEvent) -> dict[str, Any]:
        words = None
        if event.words is not None:
            key = case_key(self._work, event.case_id, Part.BODY)
            words = key.seal_text(Place("case_events", "words", str(event.id)), event.words)
        return {
            "id": event.id,
            "case_id": event.case_id,
            "kind": event.kind.value,
            "at": event.at,
            "by": event.by,
            "facts": dict(event.facts),
            "words": words,
        }


def case_key(work: Work, case_id: CaseId, part: Part) -> DataKey:
    """The open data key of a case's part; `KeyErasedError` if it was destroyed."""
    row = work.one(_KEY, {"owner": case_id, "part": part.value})
    if row is None:
        raise erased("case")
    return work.keyring.open_key(row.wrapped, str(case_id), part)


def _there(row: Row[Any] | None) -> Row[Any]:
    if row is None:
        raise LookupError("There is no such case.")
    return row


def _event(row: Row[Any], *, words: str | None) -> CaseEvent:
    return CaseEvent(
        id=row.id,
        case_id=CaseId(row.case_id),
        kind=EventKind(row.kind),
        at=row.at,
        by=maybe_person(row.by),
        facts=row.facts,
        words=words,
    )


def _opened(key: DataKey, row: Row[Any], column: str) -> Mapping[str, object]:
    return _answers(
        json.loads(key.open_text(Place("submissions", column, str(row.id)), getattr(row, column)))
    )


def _answers(plain: Mapping[str, object]) -> Mapping[str, object]:
    # An answer of several codes is a tuple in the core, and JSON knows no tuples.
    return {question: tuple(value) if isinstance(value, list) else value for question, value in plain.items()}
