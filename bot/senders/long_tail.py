"""The long tail of channels: whatever the optional library `apprise` can reach. It is imported only where it is set."""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Sequence
from typing import Protocol, cast

from bot.senders.delivery import Delivery, Later, Sent
from bot.senders.words import NoticeWords
from storage.rows import Claimed


class BadAddressError(ValueError):
    """The library is missing, or knows no such address; says which, without repeating it."""


class _Library(Protocol):
    def add(self, servers: str) -> bool: ...

    async def async_notify(self, body: str, title: str) -> bool | None: ...


def _added(library: _Library, address: str) -> bool:
    # The first address loads every plug-in there is, and some of them warn of what they stand on.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return library.add(address)


class AppriseCarrier:
    """Tells each notice once, to all addresses together; those that took it hear it again if another did not."""

    def __init__(self, addresses: Sequence[str], words: NoticeWords) -> None:
        try:
            library = importlib.import_module("apprise")
        except ImportError as error:
            raise BadAddressError(
                "TOVHOLDER_APPRISE__URLS needs a library that is not here: install tovholder[notify]"
            ) from error
        # It logs addresses, and an address holds a secret.
        logging.getLogger("apprise").setLevel(logging.CRITICAL)
        self._words = words
        self._library = cast("_Library", library.Apprise())
        for number, address in enumerate(addresses, start=1):
            if not _added(self._library, address):
                raise BadAddressError(
                    f"TOVHOLDER_APPRISE__URLS: apprise knows no address such as number {number}"
                )

    async def carry(self, letter: Claimed) -> Delivery:
        """Tell it; whatever goes wrong is the other side's, for the library does not say what it was."""
        told = await self._library.async_notify(
            body=self._words.body(letter.payload), title=self._words.subject(letter.payload)
        )
        return Sent() if told else Later(error="not_told", channel=True)
