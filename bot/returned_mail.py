"""Mails that came back (RFC 3464 and whatever else quotes them): which of ours they were, and who is told of it.

On SQLite one process holds the store. The command that reads a returned mail leaves the names of ours in a folder, and
the process that serves takes them from there; it holds no address and no word of the mail.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Collection, Iterator
from email import message_from_bytes
from email.message import Message
from email.policy import compat32
from pathlib import Path

from storage.store import Store
from triage.notices.returned import take_returned

MOST_BYTES = 10 * 1024 * 1024
"""More of a returned mail is not read."""
_NAME = re.compile(r"<([0-9a-f-]{32,36})@([^<>@\s]+)>")
_QUOTES = frozenset({"message/rfc822", "text/rfc822-headers"})
_GONE = frozenset({"failed"})


def names_in(raw: bytes, *, domain: str) -> frozenset[str]:
    """What stood before the @ of the Message-IDs of our mails that this one says did not arrive.

    A report that says of nobody that it failed (delayed, relayed, delivered) tells of none.
    """
    mail = message_from_bytes(raw[:MOST_BYTES], policy=compat32)
    parts = list(mail.walk())
    actions = {action for part in parts for action in _actions(part)}
    if actions and not actions & _GONE:
        return frozenset()
    found = (header for part in parts if part is not mail for header in _ids(part))
    return frozenset(
        name
        for header in found
        for name, where in _NAME.findall(header)
        if where.casefold() == domain.casefold()
    )


def _actions(part: Message) -> Iterator[str]:
    """What a delivery status says of each recipient; its parts are blocks of headers."""
    if part.get_content_type() == "message/delivery-status" and isinstance(part.get_payload(), list):
        for block in part.get_payload():
            if isinstance(block, Message) and block["Action"]:
                yield str(block["Action"]).strip().casefold()


def _ids(part: Message) -> Iterator[str]:
    """The Message-ID of a mail that stands whole in another, or of its headers alone."""
    if part.get_content_type() not in _QUOTES:
        return
    payload = part.get_payload()
    if isinstance(payload, list):
        quoted = payload
    else:
        decoded = part.get_payload(decode=True)
        quoted = [message_from_bytes(decoded if isinstance(decoded, bytes) else b"", policy=compat32)]
    for each in quoted:
        if isinstance(each, Message) and each["Message-ID"]:
            yield str(each["Message-ID"])


class ReturnedMails:
    """The folder in which the names of mails that came back wait for the process that serves."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def leave(self, names: Collection[str]) -> None:
        """Leave these names; the same ones leave the same file."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        said = "\n".join(sorted(names))
        name = hashlib.sha256(said.encode()).hexdigest()[:16]
        part = self._folder / f"{name}.part"
        part.write_text(said, encoding="ascii")
        part.replace(self._folder / f"{name}.txt")

    async def take(self, store: Store) -> bool:
        """Note what was left, each file once it is noted being removed; there is never more at once."""
        for path in await asyncio.to_thread(self._left):
            names = (await asyncio.to_thread(path.read_text, encoding="ascii")).split()
            await store.write(take_returned, names=names)
            await asyncio.to_thread(path.unlink, missing_ok=True)
        return False

    def _left(self) -> list[Path]:
        return sorted(self._folder.glob("*.txt")) if self._folder.is_dir() else []
