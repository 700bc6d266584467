"""What a caller of the store may meet when it could not keep its promise: nothing was stored, or nobody knows yet."""

from __future__ import annotations


class StoreUnavailableError(Exception):
    """The store did not say that it stored this: tell the person so and let them try again."""


class StoreDownError(StoreUnavailableError):
    """The store cannot be reached, its disk is full or its commit failed: nothing was stored."""


class StoreBusyError(StoreUnavailableError):
    """More waits for the store than it takes on, or it waited too long for a lock: nothing was stored."""


class FateUnknownError(StoreUnavailableError):
    """The connection broke during the commit: it may have been stored. Repeating the same input settles it."""
