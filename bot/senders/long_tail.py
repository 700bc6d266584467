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
from triage.ids import OutboxId

MOST_REMEMBERED = 1000
"""Of so many notices it is known which addresses took them."""


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
    """Tells each notice to all addresses. Those that took it do not hear it again while another refuses it."""

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
        self._libraries: list[_Library] = []
        # In this process only: after a restart one that took it may hear it again, which is better than never.
        self._told: dict[OutboxId, set[int]] = {}
        for number, address in enumerate(addresses, start=1):
            self._libraries.append(cast("_Library", library.Apprise()))
            if not _added(self._libraries[-1], address):
                raise BadAddressError(
                    f"TOVHOLDER_APPRISE__URLS: apprise knows no address such as number {number}"
                )

    async def carry(self, letter: Claimed) -> Delivery:
        """Tell it; whatever goes wrong is the other side's, for the library does not say what it was."""
        told = self._told.setdefault(letter.id, set())
        for number, library in enumerate(self._libraries):
            if number not in told and await library.async_notify(
                body=self._words.body(letter.payload), title=self._words.subject(letter.payload)
            ):
                told.add(number)
        if len(told) == len(self._libraries):
            del self._told[letter.id]
            return Sent()
        while len(self._told) > MOST_REMEMBERED:
            del self._told[next(iter(self._told))]
        return Later(error="not_told", channel=True)
