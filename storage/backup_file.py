"""The backup file: lines of text, compressed and sealed in numbered pieces, so that a change or a cut is noticed.

`magic | salt (16)`, then pieces of `last (1) | length (4) | sealed bytes`. Each file has a key of its own, derived
from the backup key and the salt; a piece is bound to its number and to whether it is the last.
"""

from __future__ import annotations

import base64
import os
import secrets
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from storage.errors import BackupError
from storage.private_file import PRIVATE, read_private

MAGIC = b"TOVHOLDER-BACKUP-1\n"
_SALT_BYTES = 16
_PIECE_BYTES = 1 << 18
_SHORTEST = 20


class BackupKey:
    """What opens backups: a random key or a long passphrase, in a file kept apart from data and keyring alike."""

    def __init__(self, secret: str) -> None:
        if len(secret) < _SHORTEST:
            raise BackupError(f"A backup key has at least {_SHORTEST} characters.")
        self._secret = secret.encode()

    @classmethod
    def create(cls, path: Path) -> BackupKey:
        """A fresh random key in a new file that only its owner can read."""
        secret = base64.b64encode(secrets.token_bytes(32)).decode("ascii")
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
        except FileExistsError as error:
            raise BackupError(f"There is a file at {path} already; it was not touched.") from error
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secret + "\n")
        return cls(secret)

    @classmethod
    def load(cls, path: Path) -> BackupKey:
        """The key of this file; `BackupError` if it is missing, open to others or too short."""
        return cls(read_private(path, called="backup key", fault=BackupError).strip())

    def cipher(self, salt: bytes) -> AESGCM:
        """The cipher of the file with this salt."""
        return AESGCM(Scrypt(salt=salt, length=32, n=1 << 15, r=8, p=1).derive(self._secret))


class BackupWriter:
    """Writes the lines of one backup. The file appears under its name only when it is whole and on disk."""

    def __init__(self, path: Path, key: BackupKey) -> None:
        if path.exists():
            raise BackupError(f"There is a file at {path} already; it was not touched.")
        self._path = path
        self._partial = path.with_name(path.name + ".partial")
        self._salt = secrets.token_bytes(_SALT_BYTES)
        self._cipher = key.cipher(self._salt)
        self._packer = zlib.compressobj()
        self._waiting = bytearray()
        self._number = 0
        handle = os.open(self._partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE)
        self._file: BinaryIO = os.fdopen(handle, "wb")
        self._file.write(MAGIC + self._salt)

    def write(self, line: str) -> None:
        """Add a line."""
        self._waiting += self._packer.compress(line.encode("ascii") + b"\n")
        while len(self._waiting) > _PIECE_BYTES:
            self._put(bytes(self._waiting[:_PIECE_BYTES]), last=False)
            del self._waiting[:_PIECE_BYTES]

    def finish(self) -> None:
        """Seal the last piece and give the file its name."""
        self._put(bytes(self._waiting) + self._packer.flush(), last=True)
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._partial.rename(self._path)
        folder = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def abandon(self) -> None:
        """Remove what was written so far."""
        self._file.close()
        self._partial.unlink(missing_ok=True)

    def _put(self, piece: bytes, *, last: bool) -> None:
        sealed = self._cipher.encrypt(
            _nonce(self._number), piece, _bound(self._salt, self._number, last=last)
        )
        self._file.write(bytes((last,)) + len(sealed).to_bytes(4, "big") + sealed)
        self._number += 1


def read_lines(path: Path, key: BackupKey) -> Iterator[str]:
    """The lines of a backup; `BackupError` when it is damaged, cut short or under another key."""
    unpacker = zlib.decompressobj()
    rest = b""
    for piece in _pieces(path, key):
        *lines, rest = (rest + unpacker.decompress(piece)).split(b"\n")
        yield from (line.decode("ascii") for line in lines)
    if not unpacker.eof or rest:
        raise BackupError("The backup is cut short.")


def _pieces(path: Path, key: BackupKey) -> Iterable[bytes]:
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupError(f"The backup {path} cannot be read.") from error
    with file:
        if file.read(len(MAGIC)) != MAGIC:
            raise BackupError("This is no backup of Tovholder, or one of another version.")
        salt = file.read(_SALT_BYTES)
        if len(salt) != _SALT_BYTES:
            raise BackupError("The backup is cut short.")
        cipher = key.cipher(salt)
        number, last = 0, False
        while not last:
            head = file.read(5)
            length = int.from_bytes(head[1:], "big")
            sealed = file.read(length) if length <= 2 * _PIECE_BYTES else b""
            if len(head) != 5 or len(sealed) != length:  # noqa: PLR2004 - the head of a piece: its flag and length
                raise BackupError("The backup is cut short or damaged.")
            last = bool(head[0])
            try:
                yield cipher.decrypt(_nonce(number), sealed, _bound(salt, number, last=last))
            except InvalidTag as error:
                raise BackupError("The backup is damaged, or the backup key is another.") from error
            number += 1
        if file.read(1):
            raise BackupError("Something follows the end of the backup.")


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


def _bound(salt: bytes, number: int, *, last: bool) -> bytes:
    return MAGIC + salt + number.to_bytes(8, "big") + bytes((last,))
