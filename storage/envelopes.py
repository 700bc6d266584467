"""Sealed values: AES-256-GCM, bound to the place they stand in, and padded so that their length says little.

An envelope is `version | algorithm | length of key reference | key reference | nonce (12) | ciphertext and tag`.
The authenticated data is `tovholder|table|column|row id|version`, so that an envelope that was moved to another
row, column or table never opens.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from storage.errors import EnvelopeError

VERSION = 1
ALGORITHM_AES_256_GCM = 1
KEY_BYTES = 32
BLOCK = 512
_NONCE_BYTES = 12
_LENGTH_BYTES = 4
_HEAD = bytes((VERSION, ALGORITHM_AES_256_GCM))


class Place(NamedTuple):
    """Where a sealed value stands."""

    table: str
    column: str
    row: str


@dataclass(frozen=True, slots=True)
class DataKey:
    """A key that seals values; `reference` stands in clear in each envelope and says which key it needs."""

    reference: bytes
    cipher: AESGCM

    @staticmethod
    def of(reference: str, key: bytes) -> DataKey:
        """The key of these 32 bytes."""
        return DataKey(reference.encode("ascii"), AESGCM(key))

    def seal(self, place: Place, plaintext: bytes) -> bytes:
        """An envelope for this place, padded to whole blocks of 512 bytes."""
        return seal_exactly(self.cipher, self.reference, _bound_to(place), _padded(plaintext))

    def open(self, place: Place, envelope: bytes) -> bytes:
        """What was sealed for this place; `EnvelopeError` if the envelope is not whole, not here or not ours."""
        reference, nonce, sealed = split(envelope)
        if reference != self.reference:
            raise EnvelopeError("A sealed value belongs to another key.")
        return _unpadded(open_exactly(self.cipher, nonce, sealed, _bound_to(place)))

    def seal_text(self, place: Place, text: str) -> bytes:
        """An envelope around text; whatever a person managed to type survives, lone surrogates too."""
        return self.seal(place, text.encode("utf-8", "surrogatepass"))

    def open_text(self, place: Place, envelope: bytes) -> str:
        """The text that `seal_text` sealed."""
        return self.open(place, envelope).decode("utf-8", "surrogatepass")


def seal_exactly(cipher: AESGCM, reference: bytes, bound_to: bytes, plaintext: bytes) -> bytes:
    """An envelope without padding, for values whose length is no secret (wrapped keys)."""
    nonce = os.urandom(_NONCE_BYTES)
    return b"".join(
        (_HEAD, bytes((len(reference),)), reference, nonce, cipher.encrypt(nonce, plaintext, bound_to))
    )


def open_exactly(cipher: AESGCM, nonce: bytes, sealed: bytes, bound_to: bytes) -> bytes:
    """The plaintext; `EnvelopeError` if it was changed or is bound to something else."""
    try:
        return cipher.decrypt(nonce, sealed, bound_to)
    except InvalidTag as error:
        raise EnvelopeError("A sealed value is damaged or was moved.") from error


def split(envelope: bytes) -> tuple[bytes, bytes, bytes]:
    """The key reference, the nonce and the sealed bytes of an envelope; `EnvelopeError` if it is none."""
    if envelope[:2] != _HEAD or len(envelope) < len(_HEAD) + 1:
        raise EnvelopeError("A sealed value has a form that this version does not know.")
    start = len(_HEAD) + 1
    middle = start + envelope[start - 1]
    end = middle + _NONCE_BYTES
    if len(envelope) <= end:
        raise EnvelopeError("A sealed value was cut short.")
    return envelope[start:middle], envelope[middle:end], envelope[end:]


def _bound_to(place: Place) -> bytes:
    return f"tovholder|{place.table}|{place.column}|{place.row}|{VERSION}".encode()


def _padded(plaintext: bytes) -> bytes:
    used = _LENGTH_BYTES + len(plaintext)
    return len(plaintext).to_bytes(_LENGTH_BYTES, "big") + plaintext + bytes(-used % BLOCK)


def _unpadded(padded: bytes) -> bytes:
    length = int.from_bytes(padded[:_LENGTH_BYTES], "big")
    if len(padded) < _LENGTH_BYTES + length:
        raise EnvelopeError("A sealed value was cut short.")
    return padded[_LENGTH_BYTES : _LENGTH_BYTES + length]
