"""A real mail server on loopback that keeps what it is handed, and can refuse as real ones do."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage, Message
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.support.patience import PATIENCE

_NAME = re.compile(r"<([^@<>]+)@")


def told_by(mail: Message) -> set[str]:
    """The notices that a mail tells of, by what stands before the @ of their Message-IDs: one, or each it gathers."""
    return set(_NAME.findall(f"{mail['Message-ID']} {mail['References'] or ''}"))


def mail_name(dedupe: str) -> str:
    """How the mail of the notice with this `dedupe` value is named, as it can be worked out from outside."""
    return hashlib.sha256(dedupe.encode()).hexdigest()[:32]


@dataclass
class Mailbox:
    """What arrived, as a mail program would read it. `answers` are given to the next mails instead of taking them."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - the library's name
        """Take a mail, or refuse it."""
        del server, session
        if self.answers:
            return self.answers.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=default)
        assert isinstance(message, EmailMessage)
        self.mails.append(message)
        return "250 kept"

    async def wait_for(self, number: int, *, seconds: float = PATIENCE) -> list[EmailMessage]:
        """The mails, once there are so many."""
        async with asyncio.timeout(seconds):
            while len(self.mails) < number:
                await asyncio.sleep(0.02)
        return self.mails


@contextlib.asynccontextmanager
async def open_mailbox() -> AsyncIterator[Mailbox]:
    """Listen until the block ends."""
    mailbox = Mailbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(mailbox, loop=loop), "127.0.0.1", 0)
    mailbox.port = server.sockets[0].getsockname()[1]
    try:
        yield mailbox
    finally:
        server.close()
        await server.wait_closed()
