"""Recovery codes, as keyed hashes."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import delete, func, insert, select, update

from storage.house_tables import recovery_codes
from storage.work import Work
from triage.ids import PersonId

_C = recovery_codes.c


class SqlRecoveryCodes:
    """The port `RecoveryCodes` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def replace_all(self, person_id: PersonId, digests: Collection[bytes]) -> None:
        self.drop_all(person_id)
        now = self._work.now
        rows = [{"digest": digest, "person_id": person_id, "created_at": now} for digest in digests]
        self._work.run_all(insert(recovery_codes), rows)

    def use(self, person_id: PersonId, digest: bytes) -> bool:
        fresh = update(recovery_codes).where(
            _C.digest == digest, _C.person_id == person_id, _C.used_at.is_(None)
        )
        return self._work.changed(fresh.values(used_at=self._work.now)) == 1

    def left(self, person_id: PersonId) -> int:
        fresh = select(func.count()).where(_C.person_id == person_id, _C.used_at.is_(None))
        return int(self._work.run(fresh).scalar_one())

    def drop_all(self, person_id: PersonId) -> None:
        self._work.run(delete(recovery_codes).where(_C.person_id == person_id))
