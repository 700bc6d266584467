"""Audit entries: appended in the act's own transaction, never changed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from sqlalchemy import bindparam, insert, select

from storage.house_tables import audit_entries
from storage.types import Id
from storage.work import Work
from triage.audit import Act, Actor, AuditEntry
from triage.ids import PersonId

_ADD = insert(audit_entries)
_OF_OBJECT = (
    select(audit_entries)
    .where(audit_entries.c.object_id == bindparam("object_id", type_=Id()))
    .order_by(audit_entries.c.seq)
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
