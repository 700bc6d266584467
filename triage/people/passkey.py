"""A passkey: a key pair of a person's own device that lets them in without password and code (WebAuthn)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from triage.ids import PasskeyId, PersonId


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """What the house keeps of it: no secret. `name` is the person's own word for the device."""

    id: PasskeyId
    person_id: PersonId
    credential_id: bytes = field(repr=False)
    public_key: bytes = field(repr=False)
    sign_count: int
    name: str
    created_at: datetime
    used_at: datetime | None = None


class Passkeys(Protocol):
    """Everybody's passkeys."""

    def add(self, passkey: Passkey) -> bool:
        """Insert one; False if its credential is known already."""

    def lock(self, credential_id: bytes) -> Passkey | None:
        """The one of this credential, locked until the transaction ends."""

    def of_person(self, person_id: PersonId) -> Sequence[Passkey]:
        """A person's, the oldest first."""

    def used(self, passkey: Passkey) -> None:
        """Note when it was used last, and its count."""

    def drop(self, person_id: PersonId, passkey_id: PasskeyId) -> bool:
        """Take one of this person's away; False if there is none."""

    def drop_all(self, person_id: PersonId) -> int:
        """Take all of a person's away; how many those were."""
