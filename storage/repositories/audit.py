"""Audit entries: appended in the act's own transaction, never changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, insert, or_, select, text, tuple_

from storage.house_tables import IS_A_READING, audit_entries, people
from storage.repositories.conflicts import may_know, may_know_of, named
from storage.tables import alarms, cases
from storage.types import Id, Instant
from storage.work import Work
from triage.audit import Act, Actor, AuditEntry
from triage.cases.trail import Reading
from triage.ids import CaseCode, CaseId, PersonId

_ADD = insert(audit_entries)
_OF_OBJECT = (
    select(audit_entries)
    .where(audit_entries.c.object_id == bindparam("object_id", type_=Id()))
    .order_by(audit_entries.c.seq)
)
_A = audit_entries.c
# Asked for each reading by itself and not joined, so that no more are looked at than stand on a page.
_CODE = select(cases.c.code).where(cases.c.id == _A.object_id, may_know()).scalar_subquery()
# Of an alarm it is the alarm that was read: its case may have come later, and is not named.
_ALARM = (
    select(alarms.c.id)
    .select_from(alarms.outerjoin(cases, cases.c.id == alarms.c.case_id))
    .where(alarms.c.id == _A.object_id, may_know_of(alarms.c.case_id))
    .scalar_subquery()
)
_READINGS = (
    select(_A.seq, _A.at, _A.act, _A.actor, _A.object_id, _A.facts, _CODE.label("code"))
    .where(
        text(IS_A_READING),
        _A.actor.not_in([actor.value for actor in Actor]),
        or_(_A.object_id.is_(None), _CODE.is_not(None), _ALARM.is_not(None)),
    )
    .order_by(_A.at.desc(), _A.seq.desc())
    .limit(bindparam("row_limit"))
)
_AT = select(_A.at).where(_A.seq == bindparam("seq"))
_NAMES = select(people.c.id, people.c.name).where(
    people.c.id.in_(bindparam("ids", expanding=True, type_=Id()))
)
_ACTORS = {actor.value: actor for actor in Actor}


class SqlAudit:
    """The port `Audit` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def record(
        self,
        act: Act,
        *,
        actor: PersonId | Actor,
        object_id: UUID | None = None,
        facts: Mapping[str, str] | None = None,
    ) -> None:
        entry = AuditEntry(
            id=self._work.house.new_id(),
            at=self._work.now,
            act=act,
            actor=actor,
            object_id=object_id,
            facts=facts or {},
        )
        self.add([entry])

    def add(self, entries: Collection[AuditEntry]) -> None:
        self._work.run_all(
            _ADD,
            [
                {
                    "id": entry.id,
                    "at": entry.at,
                    "act": entry.act.value,
                    "actor": entry.actor.value if isinstance(entry.actor, Actor) else str(entry.actor),
                    "object_id": entry.object_id,
                    "facts": dict(entry.facts),
                }
                for entry in entries
            ],
        )

    def of_object(self, object_id: UUID) -> Sequence[AuditEntry]:
        return [
            AuditEntry(
                id=row.id,
                at=row.at,
                act=Act(row.act),
                actor=_ACTORS.get(row.actor) or PersonId(UUID(row.actor)),
                object_id=row.object_id,
                facts=row.facts,
            )
            for row in self._work.all(_OF_OBJECT, {"object_id": object_id})
        ]

    def readings(
        self,
        *,
        reader: PersonId,
        limit: int,
        actor: PersonId | None = None,
        case_id: CaseId | None = None,
        before: int | None = None,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Sequence[Reading]:
        query = _READINGS
        # By time and not by place alone: a week of long ago is found by the index.
        place = None if before is None else self._work.one(_AT, {"seq": before})
        if actor is not None:
            query = query.where(_A.actor == str(actor))
        if case_id is not None:
            query = query.where(_A.object_id == case_id)
        if place is not None:
            behind = tuple_(bindparam("at", place.at, type_=Instant()), bindparam("before", before))
            query = query.where(tuple_(_A.at, _A.seq) < behind)
        if since is not None:
            query = query.where(_A.at >= since)
        if until is not None:
            query = query.where(_A.at < until)
        rows = self._work.all(query, {"row_limit": limit, "reader": named(reader)})
        # Who did it stands in an entry as text.
        ids = {UUID(row.actor) for row in rows}
        names = {row.id: row.name for row in self._work.all(_NAMES, {"ids": list(ids)})} if ids else {}
        return [
            Reading(
                place=row.seq,
                at=row.at,
                act=Act(row.act),
                person_id=PersonId(UUID(row.actor)),
                person=names.get(UUID(row.actor), ""),
                object_id=row.object_id,
                code=None if row.code is None else CaseCode(row.code),
                glass_broken="glass" in row.facts,
                sheet=row.facts.get("sheet", ""),
            )
            for row in rows
        ]
