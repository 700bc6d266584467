"""What a mail server may say or fail to say, against a real one: nothing is lost, and a repeat has the same id."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from bot.senders.delivery import Later, Never, Sent
from bot.senders.mail import FileCarrier, MailLetters, SmtpCarrier
from bot.senders.words import NoticeWords
from bot.settings import Settings, SmtpSettings
from bot.wiring import mails_leave
from storage.rows import Claimed
from storage.store import Store
from tests.bot.post_house import Round, run_post, write_row
from tests.support.mailbox import Mailbox, open_mailbox
from tests.support.profiles import shipped
from triage.ids import OutboxId
from triage.notices.outbox import Lane, Via

NOW = datetime(2026, 5, 4, 7, tzinfo=UTC)


def letters() -> MailLetters:
    words = NoticeWords(
        translator=shipped().translator(),
        console_url="https://desk.example.org/desk",
        now=lambda: NOW,
    )
    return MailLetters(words, sender="tovholder@example.org", now=lambda: NOW)


def a_notice(to: str = "testperson@example.org") -> Claimed:
    return Claimed(
        id=OutboxId(UUID(int=7)),
        lane=Lane.ESCALATION,
        via=Via.MAIL,
        peer="person:7",
        payload={
            "notice": "notice.case_received",
            "params": {"code": "K7-M4Q", "due": NOW.isoformat(), "fell_due": "", "late_minutes": "0"},
            "language": "en",
            "to": to,
            "message_id": "feed",
        },
        attempts=1,
        created_at=NOW,
    )


def a_carrier(mailbox: Mailbox) -> SmtpCarrier:
    return SmtpCarrier(letters(), SmtpSettings(host="127.0.0.1", port=mailbox.port, starttls=False))


@pytest.mark.parametrize(
    ("answer", "delivery"),
    [
        ("451 busy", Later(error="smtp_451")),
        ("421 closing", Later(error="smtp_421")),
        ("452 full", Later(error="smtp_452")),
        ("554 we do not like it", Later(error="smtp_554", after=300, channel=True)),
    ],
)
async def test_a_refused_mail_goes_again_later_under_the_same_id(answer: str, delivery: Later) -> None:
    async with open_mailbox() as mailbox:
        mailbox.answers = [answer]
        carrier = a_carrier(mailbox)
        assert await carrier.carry(a_notice()) == delivery
        assert await carrier.carry(a_notice()) == Sent("feed")
        assert await carrier.carry(a_notice()) == Sent("feed")
        first, again = mailbox.mails
        assert first["Message-ID"] == again["Message-ID"] == "<feed@example.org>"
        assert first.get_content() == again.get_content()


@contextlib.asynccontextmanager
async def _scripted(**answers: str | None) -> AsyncIterator[int]:
    """A server that says these lines to these commands; None says nothing ever again."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async def say(line: str) -> None:
            writer.write(line.encode() + b"\r\n")
            await writer.drain()

        await say("220 scripted")
        with contextlib.suppress(ConnectionError):
            while line := (await reader.readline()).decode().strip():
                verb = line[:4].upper().strip()
                if verb == "DATA":
                    await say("354 go on")
                    await reader.readuntil(b"\r\n.\r\n")
                answer = answers.get(verb, "250 yes")
                if answer is None:
                    await reader.read()
                    break
                await say(answer)
                if verb == "QUIT":
                    break
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@pytest.mark.parametrize("code", [550, 551, 553])
async def test_a_mailbox_that_does_not_exist_is_given_up_and_seen(code: int) -> None:
    async with _scripted(RCPT=f"{code} no such person") as port:
        carrier = SmtpCarrier(letters(), SmtpSettings(host="127.0.0.1", port=port, starttls=False))
        assert await carrier.carry(a_notice()) == Never(error="mailbox_refused", unreachable=True)


async def test_a_greylisted_recipient_is_tried_again() -> None:
    async with _scripted(RCPT="450 come back in five minutes") as port:
        carrier = SmtpCarrier(letters(), SmtpSettings(host="127.0.0.1", port=port, starttls=False))
        assert await carrier.carry(a_notice()) == Later(error="recipient_later")


async def test_a_server_that_takes_a_mail_and_then_hangs_at_goodbye_has_taken_it() -> None:
    async with _scripted(QUIT="421 gone") as port:
        carrier = SmtpCarrier(letters(), SmtpSettings(host="127.0.0.1", port=port, starttls=False))
        assert await carrier.carry(a_notice()) == Sent("feed")


async def test_a_server_that_hangs_after_the_text_is_given_up_in_time_and_tried_again(store: Store) -> None:
    async with _scripted(DATA=None) as port:
        carrier = SmtpCarrier(letters(), SmtpSettings(host="127.0.0.1", port=port, starttls=False))
        hung = Round(fares=lambda _: carrier.carry(a_notice()))
        async with run_post(store, {Via.MAIL: hung}, lease=timedelta(seconds=1)):
            await store.write(write_row, "hangs", via=Via.MAIL, lane=Lane.ESCALATION)
            await hung.wait_for(1)
            hung.fares = None
            await asyncio.sleep(1.3)
        [waiting] = await store.read(lambda tx: tx.outbox.health())
        assert (waiting.waiting, waiting.dead) == (1, 0)


async def test_nobody_listening_is_a_channel_that_is_down() -> None:
    carrier = SmtpCarrier(letters(), SmtpSettings(host="127.0.0.1", port=1, starttls=False))
    found = await carrier.carry(a_notice())
    assert isinstance(found, Later)
    assert found.channel


async def test_a_server_that_cannot_encrypt_gets_no_mail_where_encryption_is_wanted() -> None:
    async with open_mailbox() as mailbox:
        carrier = SmtpCarrier(letters(), SmtpSettings(host="127.0.0.1", port=mailbox.port, starttls=True))
        found = await carrier.carry(a_notice())
        assert isinstance(found, Later)
        assert mailbox.mails == []


@pytest.mark.parametrize(
    "to", ["a@example.org\r\nBcc: b@example.org", "no address", "æ@example.org", "a@b@c"]
)
@pytest.mark.asvs("1.3.11")
async def test_an_address_that_is_none_becomes_no_header_and_no_mail(to: str, tmp_path: Path) -> None:
    carrier = FileCarrier(letters(), tmp_path)
    assert await carrier.carry(a_notice(to)) == Never(error="bad_address", unreachable=True)
    assert list(tmp_path.iterdir()) == []


async def test_a_mail_that_became_a_file_has_a_name_by_which_it_can_come_back(tmp_path: Path) -> None:
    fared = await FileCarrier(letters(), tmp_path).carry(a_notice())

    assert isinstance(fared, Sent)
    [written] = tmp_path.glob("*.eml")
    assert f"Message-ID: <{fared.remote_id}@" in written.read_text("utf-8")


def test_no_mail_leaves_a_trial_unless_the_operator_says_so() -> None:
    profile = shipped()
    smtp = SmtpSettings(host="mail.example.org")
    assert profile.trial
    assert not mails_leave(Settings(), profile)
    assert not mails_leave(Settings(smtp=smtp), profile)
    assert mails_leave(Settings(smtp=smtp, send_outside_trial=True), profile)
