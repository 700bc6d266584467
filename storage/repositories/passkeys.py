"""Everybody's passkeys. A public key is no secret, so nothing here is sealed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, delete, select, update

from storage.house_tables import passkeys
from storage.types import Id
from storage.work import Work
from triage.ids import PasskeyId, PersonId
from triage.people.passkey import Passkey

_K = passkeys.c
_LOCK = select(passkeys).where(_K.credential_id == bindparam("credential")).with_for_update()
_OF_PERSON = (
    select(passkeys).where(_K.person_id == bindparam("person", type_=Id())).order_by(_K.created_at, _K.id)
)


class SqlPasskeys:
    """The port `Passkeys` on both engines."""

    __slots__ = ("_work",)

    def __init__(self, work: Work) -> None:
        self._work = work

    def add(self, passkey: Passkey) -> bool:
        return self._work.insert_if_absent(
            passkeys,
            {
                "id": passkey.id,
                "person_id": passkey.person_id,
                "credential_id": passkey.credential_id,
                "public_key": passkey.public_key,
                "sign_count": passkey.sign_count,
                "name": passkey.name,
                "created_at": passkey.created_at,
                "used_at": passkey.used_at,
            },
        )

    def lock(self, credential_id: bytes) -> Passkey | None:
        row = self._work.one(_LOCK, {"credential": credential_id})
        return None if row is None else _passkey(row)

    def of_person(self, person_id: PersonId) -> Sequence[Passkey]:
        return [_passkey(row) for row in self._work.all(_OF_PERSON, {"person": person_id})]

    def used(self, passkey: Passkey) -> None:
        values = {"sign_count": passkey.sign_count, "used_at": passkey.used_at}
        self._work.run(update(passkeys).where(_K.id == passkey.id).values(values))

    def drop(self, person_id: PersonId, passkey_id: PasskeyId) -> bool:
        own = delete(passkeys).where(_K.id == passkey_id, _K.person_id == person_id)
        return self._work.changed(own) == 1

    def drop_all(self, person_id: PersonId) -> int:
        return self._work.changed(delete(passkeys).where(_K.person_id == person_id))


def _passkey(row: Row[Any]) -> Passkey:
    return Passkey(
        id=PasskeyId(row.id),
        person_id=PersonId(row.person_id),
        credential_id=bytes(row.credential_id),
        public_key=bytes(row.public_key),
        sign_count=row.sign_count,
        name=row.name,
        created_at=row.created_at,
        used_at=row.used_at,
    )
