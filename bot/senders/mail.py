"""Carries notices as mail: to a mail server, or into files that a mail program opens."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from pathlib import Path

import aiosmtplib

from bot.senders.delivery import Delivery, Later, Never, Sent
from bot.senders.digest import Digest
from bot.senders.words import NoticeWords
from bot.settings import SmtpSettings
from storage.rows import Claimed

SMTP_SECONDS = 20.0
"""How long one answer of the server may take; the post bounds the whole."""
TLS_PORT = 465
"""On this port a mail server speaks TLS from the first byte, without STARTTLS."""
_PERMANENT = 500
_BAD_ADDRESS = Never(error="bad_address", unreachable=True)
_MAILBOX_GONE = frozenset({510, 511, 550, 551, 553, 556})


class MailLetters:
    """Builds the mail of a notice: plain text, neutral, the same Message-ID for the same row however often it goes.

    Several notices in one mail are named by their own Message-IDs under `References`, so that each can be found.
    """

    def __init__(self, words: NoticeWords, *, sender: str, now: Callable[[], datetime]) -> None:
        self._words = words
        self._sender = sender
        self._now = now

    def build(self, letter: Claimed) -> EmailMessage | None:
        """The mail; None when the address is none. A line break in it can never become a new header."""
        payload: Mapping[str, object] = letter.payload
        message = EmailMessage(policy=SMTP)
        message["From"] = self._sender
        try:
            address = Address(addr_spec=str(payload["to"]))
            address.addr_spec.encode("ascii")
        except (ValueError, HeaderParseError):
            return None
        message["To"] = address
        digest = Digest(self._words, letter) if letter.along else None
        message["Subject"] = self._words.subject(payload) if digest is None else digest.subject()
        message["Date"] = format_datetime(self._now())
        # A repeat after a crash is the same mail to a mail program, so it can be recognised as one.
        message["Message-ID"] = self._named(letter_name(letter))
        if digest is not None:
            message["References"] = " ".join(self._named(row_name(row)) for row in letter.rows)
        message["Auto-Submitted"] = "auto-generated"
        said = self._words.mail(payload) if digest is None else self._gathered(digest, letter)
        message.set_content(said, charset="utf-8", cte="quoted-printable")
        return message

    def _gathered(self, digest: Digest, letter: Claimed) -> str:
        offers = "\n".join(self._words.offers(row.payload for row in letter.rows))
        return f"{digest.body()}\n\n{offers}" if offers else digest.body()

    def _named(self, name: str) -> str:
        domain = self._sender.rpartition("@")[2].strip("> ") or "localhost"
        return f"<{name}@{domain}>"


def row_name(row: Claimed) -> str:
    """What stands before the @ of a row's Message-ID."""
    return str(row.payload.get("message_id", row.id))


def letter_name(letter: Claimed) -> str:
    """The same of the whole letter: the same rows give the same name."""
    if not letter.along:
        return row_name(letter)
    return hashlib.sha256("|".join(sorted(map(row_name, letter.rows))).encode()).hexdigest()[:32]


class SmtpCarrier:
    """Hands mails to a mail server."""

    def __init__(self, letters: MailLetters, settings: SmtpSettings) -> None:
        self._letters = letters
        self._settings = settings

    async def carry(self, letter: Claimed) -> Delivery:
        """Send one mail; 4xx and dead lines come back as later, an unknown mailbox as never."""
        message = self._letters.build(letter)
        if message is None:
            return _BAD_ADDRESS
        try:
            await self._send(message)
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = {refused.code for refused in error.recipients}
            gone = bool(codes & _MAILBOX_GONE)
            return (
                Never(error="mailbox_refused", unreachable=True) if gone else Later(error="recipient_later")
            )
        except aiosmtplib.SMTPResponseException as error:
            if error.code >= _PERMANENT:
                return Later(error=f"smtp_{error.code}", after=300, channel=True)
            return Later(error=f"smtp_{error.code}")
        except (TimeoutError, aiosmtplib.SMTPException, OSError) as error:
            return Later(error=type(error).__name__, channel=True)
        # By this name a mail that comes back is found again.
        return Sent(letter_name(letter))

    async def _send(self, message: EmailMessage) -> None:
        given = self._settings
        await aiosmtplib.send(
            message,
            hostname=given.host,
            port=given.port,
            username=given.username or None,
            password=given.password.get_secret_value() if given.password else None,
            use_tls=given.port == TLS_PORT,
            start_tls=given.starttls and given.port != TLS_PORT,
            timeout=SMTP_SECONDS,
        )


class FileCarrier:
    """Writes each mail as a file, for a house that has no mail server yet."""

    def __init__(self, letters: MailLetters, folder: Path) -> None:
        self._letters = letters
        self._folder = folder

    async def carry(self, letter: Claimed) -> Delivery:
        """Write the mail under a name of its own; the same rows write the same file again."""
        message = self._letters.build(letter)
        if message is None:
            return _BAD_ADDRESS
        try:
            await asyncio.to_thread(self._write, letter, bytes(message))
        except OSError as error:
            return Later(error=type(error).__name__, channel=True)
        return Sent(letter_name(letter))

    def _write(self, letter: Claimed, content: bytes) -> None:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        rows = "|".join(sorted(str(row.id) for row in letter.rows))
        name = hashlib.sha256(rows.encode()).hexdigest()[:16]
        whole, part = self._folder / f"{name}.eml", self._folder / f"{name}.part"
        part.write_bytes(content)
        part.replace(whole)
