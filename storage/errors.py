"""What can be wrong with a store, its keys or its envelopes."""

from __future__ import annotations


class StorageError(Exception):
    """Something is wrong with the store or its keys; the message is a sentence for the operator."""


class AlreadyOpenError(StorageError):
    """Another process has this SQLite store open."""


class NotMigratedError(StorageError):
    """The database's tables are not those of this version."""


class NoWayBackError(StorageError):
    """An earlier version could not keep what the tables hold now; says what to do first. Nothing was changed."""


class KeyringError(StorageError):
    """The key file is missing, open to others, broken or not the one that this store was written with."""


class NoKeyError(StorageError):
    """Something sealed was asked for in a store that was opened without a keyring."""


class EnvelopeError(StorageError):
    """A sealed value is damaged, was moved, or belongs to another key."""


class KeyErasedError(StorageError):
    """The data key was destroyed: what was sealed under it is gone for good."""


class LostRaceError(StorageError):
    """A row changed between reading and saving: the code that saved had not locked it."""


class BackupError(StorageError):
    """A backup file is damaged, cut short, sealed under another key or does not fit the target."""
