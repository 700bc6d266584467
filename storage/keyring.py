"""The keyring: the master keys, kept in a file apart from the data. Without it the data cannot be read.

The file is JSON: `{"active": id, "keys": {id: base64}, "digests": base64}`. The active key wraps new data keys;
the others only open what they once wrapped. `digests` is the root of all keyed hashes and is never changed, so
that a reporter is recognised after the master key was.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from storage.envelopes import KEY_BYTES, VERSION, DataKey, open_exactly, seal_exactly, split
from storage.errors import EnvelopeError, KeyringError
from storage.private_file import PRIVATE, read_private

_DIGESTS = "digests"
_CHECKED = b"tovholder key check"


class Part(StrEnum):
    """What a data key seals: each owner has one for each part, so that each can be shut or destroyed apart."""

    BODY = "body"
    IDENTITY = "identity"
    CONTACT = "contact"
    DRAFT = "draft"


class House(StrEnum):
    """What is sealed under the house's own keys, because it belongs to no reporter."""

    PEOPLE = "people"
    PARKED = "parked"
    HANDOVER = "handover"
    SEARCHES = "searches"


class Keyring:
    """Master keys in memory. Never printed, never written anywhere but to its own file."""

    def __init__(self, *, active: str, keys: Mapping[str, bytes], digests: bytes) -> None:
        if active not in keys:
            raise KeyringError("The key file names an active key that it does not hold.")
        if any(len(key) != KEY_BYTES for key in (*keys.values(), digests)):
            raise KeyringError("The key file holds a key that is not 32 bytes long.")
        if any(not (name.isascii() and 0 < len(name) <= 32) or name == _DIGESTS for name in keys):  # noqa: PLR2004 - an id fits in an envelope's head
            raise KeyringError("The key file holds a key whose id is not 1 to 32 plain letters.")
        self._active = active
        self._keys = dict(keys)
        self._digests = digests
        self._wrapping = {name: AESGCM(_derived(key, "wrap")) for name, key in keys.items()}
        self._house = {
            (name, purpose): DataKey.of(name, _derived(key, f"house|{purpose}"))
            for name, key in keys.items()
            for purpose in House
        }
        self._purposes: dict[str, bytes] = {}

    @classmethod
    def create(cls, path: Path) -> Keyring:
        """A fresh keyring in a new file that only its owner can read; `KeyringError` if the file exists."""
        name = f"k{secrets.token_hex(4)}"
        document = {
            "active": name,
            "keys": {name: base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii")},
            "digests": base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode("ascii"),
        }
        fresh = path.with_name(f"{path.name}.{secrets.token_hex(6)}")
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        try:
            with os.fdopen(handle, "w", encoding="ascii") as file:
                json.dump(document, file, indent=2)
                file.write("\n")
                file.flush()
                os.fsync(file.fileno())
            # The name appears with the whole file behind it: of two processes that start at once, one makes the
            # key, and the other finds it complete.
            path.hardlink_to(fresh)
        except FileExistsError as error:
            raise KeyringError(f"There is a key file at {path} already; it was not touched.") from error
        finally:
            fresh.unlink(missing_ok=True)
        return cls.load(path)

    @classmethod
    def load(cls, path: Path) -> Keyring:
        """The keyring of this file; `KeyringError` if it is missing, open to others or broken."""
        return cls.parse(read_private(path, called="key file", fault=KeyringError))

    @classmethod
    def parse(cls, text: str) -> Keyring:
        """The keyring that this text describes; `KeyringError` if it is broken."""
        try:
            document = json.loads(text)
            keys = {str(name): base64.b64decode(key, validate=True) for name, key in document["keys"].items()}
            digests = base64.b64decode(document["digests"], validate=True)
            active = str(document["active"])
        except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
            raise KeyringError("The key file is not a keyring.") from error
        return cls(active=active, keys=keys, digests=digests)

    @property
    def active(self) -> str:
        """The id of the key that wraps new data keys."""
        return self._active

    def checks(self) -> Mapping[str, bytes]:
        """For each key a value that tells it from every other and gives nothing of it away."""
        roots = {**self._keys, _DIGESTS: self._digests}
        return {name: hmac.digest(_derived(key, "check"), _CHECKED, sha256) for name, key in roots.items()}

    def digest(self, purpose: str, secret: bytes) -> bytes:
        """A keyed hash (HMAC-SHA256) under a key of this purpose alone."""
        key = self._purposes.get(purpose)
        if key is None:
            key = self._purposes[purpose] = _derived(self._digests, f"digest|{purpose}")
        return hmac.digest(key, secret, sha256)

    def new_key(self, owner: str, part: Part) -> tuple[DataKey, bytes]:
        """A fresh data key, open and wrapped. Destroying the wrapped form destroys all that it sealed."""
        key = secrets.token_bytes(KEY_BYTES)
        name = self._active
        wrapped = seal_exactly(self._wrapping[name], name.encode("ascii"), _wrap_bound(owner, part), key)
        return DataKey.of(part, key), wrapped

    def open_key(self, wrapped: bytes, owner: str, part: Part) -> DataKey:
        """The data key; `EnvelopeError` if it was damaged, moved to another owner or part, or its master is gone."""
        reference, nonce, sealed = split(wrapped)
        cipher = self._wrapping.get(reference.decode("ascii", "replace"))
        if cipher is None:
            raise EnvelopeError("A data key was wrapped under a master key that the keyring does not hold.")
        return DataKey.of(part, open_exactly(cipher, nonce, sealed, _wrap_bound(owner, part)))

    def house_key(self, purpose: House) -> DataKey:
        """The key that seals what belongs to the house."""
        return self._house[(self._active, purpose)]

    def house_key_of(self, envelope: bytes, purpose: House) -> DataKey:
        """The key that such an envelope was sealed under; `EnvelopeError` if the keyring does not hold it."""
        reference, _, _ = split(envelope)
        key = self._house.get((reference.decode("ascii", "replace"), purpose))
        if key is None:
            raise EnvelopeError("A value was sealed under a master key that the keyring does not hold.")
        return key


def _derived(key: bytes, purpose: str) -> bytes:
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"tovholder|{purpose}".encode()).derive(
        key
    )


def _wrap_bound(owner: str, part: Part) -> bytes:
    return f"tovholder|key|{owner}|{part}|{VERSION}".encode()
