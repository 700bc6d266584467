"""Mails that were written as files, for the console to show while there is no mail server."""

from __future__ import annotations

import asyncio
import email
import email.policy
from collections.abc import Sequence
from email.utils import parsedate_to_datetime
from pathlib import Path

from admin.parts import WrittenMail


class WrittenMails:
    """The folder that `FileCarrier` writes to."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @property
    def place(self) -> str:
        """The folder as the operator would type it."""
        return str(self._folder)

    async def read(self, *, limit: int) -> Sequence[WrittenMail]:
        """The latest mails, newest first."""
        return await asyncio.to_thread(self._read, limit)

    def _read(self, limit: int) -> Sequence[WrittenMail]:
        if not self._folder.is_dir():
            return ()
        paths = sorted(self._folder.glob("*.eml"), key=lambda path: path.stat().st_mtime, reverse=True)
        return [_written(path) for path in paths[:limit]]


def _written(path: Path) -> WrittenMail:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(("plain",))
    return WrittenMail(
        name=path.name,
        at=parsedate_to_datetime(str(message["Date"])),
        to=str(message["To"]),
        subject=str(message["Subject"]),
        body=body.get_content() if body is not None else "",
    )
