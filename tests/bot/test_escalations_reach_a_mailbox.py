"""A case that nobody decides climbs, mail by mail, to real mailboxes; and no mail says anything about it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from bot.settings import Settings, SmtpSettings
from bot.wiring import Parts, wire
from bot.workers import ClockWork
from storage.keyring import Keyring
from storage.store import Store
from storage.tables import outbox
from storage.transaction import Transaction
from tests.support.builders import a_person, a_submission
from tests.support.mailbox import open_mailbox
from tests.support.patience import PATIENCE
from tests.support.stores import SettableClock
from triage.cases.case import Case
from triage.notices.outbox import Lane, Via
from triage.people.person import Role

HOURS = (12, 24, 36, 44, 48)
SECRET_WORDS = "Ingen mail må indeholde denne sætning"


@contextlib.asynccontextmanager
async def post_house(
    store: Store, keyring: Keyring, folder: Path, clock: SettableClock, smtp: SmtpSettings
) -> AsyncIterator[Parts]:
    """The post over this store, sending mail."""
    settings = Settings(
        data_dir=folder, smtp=smtp, staff_url="https://desk.example.org", send_outside_trial=True
    )
    parts = wire(settings, keyring=keyring, store=store, now=lambda: clock.at)
    loops = [asyncio.create_task(parts.post.run_lane(lane, Via.MAIL)) for lane in Lane]
    try:
        yield parts
    finally:
        for loop in loops:
            loop.cancel()
        await asyncio.gather(*loops, return_exceptions=True)
        await parts.post.drain(seconds=3)


def _staff(tx: Transaction) -> None:
    a_person(tx, roles=[Role.DUTY_OFFICER], on_duty=True)
    a_person(tx, roles=[Role.HEAD])
    a_person(tx, roles=[Role.CHAIR], language="da")
    a_person(tx, roles=[Role.STEERING])


def _report(tx: Transaction) -> Case:
    return a_submission(tx, body={"story": SECRET_WORDS})


def _deferred(tx: Transaction) -> bool:
    [row] = tx._work.all(select(outbox).where(outbox.c.via == Via.MAIL))
    return row.last_error is not None and row.lease_by is None


async def test_every_step_of_the_48_hours_reaches_those_it_is_meant_for(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> None:
    async with open_mailbox() as mailbox:
        smtp = SmtpSettings(host="127.0.0.1", port=mailbox.port, starttls=False)
        async with post_house(store, keyring, tmp_path, clock, smtp) as parts:
            await store.write(_staff)
            case = await store.write(_report)
            await mailbox.wait_for(1)
            work = ClockWork(store, parts.rules, asyncio.get_running_loop().time)
            began = clock.at
            # Each step is looked at in staffed hours of its own day: notices of a calm case wait for them.
            calendar = parts.rules.calendar
            looks = sorted({calendar.next_staffed(began + timedelta(hours=each)) or began for each in HOURS})
            for look in looks:
                clock.at = look
                before = len(mailbox.mails)
                await work.round()
                await mailbox.wait_for(before + 1)
            await mailbox.wait_for(8)
            await asyncio.sleep(0.2)
            assert len(mailbox.mails) == 8
            contents = [mail.get_content() for mail in mailbox.mails]
            assert all(
                case.code in f"{mail['Subject']} {said}"
                for mail, said in zip(mailbox.mails, contents, strict=True)
            )
            recipients = {str(mail["To"]) for mail in mailbox.mails}
            assert len(recipients) == 4
            for mail in mailbox.mails:
                content = mail.as_string()
                assert SECRET_WORDS not in content
                assert mail["Message-ID"]
            ids = [mail["Message-ID"] for mail in mailbox.mails]
            assert len(set(ids)) == len(ids)


async def test_a_mail_that_the_server_defers_goes_again_under_the_same_id(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> None:
    async with open_mailbox() as mailbox:
        mailbox.answers = ["451 come back later"]
        smtp = SmtpSettings(host="127.0.0.1", port=mailbox.port, starttls=False)
        async with post_house(store, keyring, tmp_path, clock, smtp):
            await store.write(_staff)
            await store.write(_report)
            # The next try is counted from when the answer was written down, so time moves only after that.
            async with asyncio.timeout(PATIENCE):
                while not await store.read(_deferred):
                    await asyncio.sleep(0.02)
            assert (mailbox.answers, mailbox.mails) == ([], [])
            clock.advance(timedelta(minutes=5))
            [mail] = await mailbox.wait_for(1)
            assert mail["Auto-Submitted"] == "auto-generated"


async def test_without_a_mail_server_each_mail_is_a_file_that_a_mail_program_opens(
    store: Store, keyring: Keyring, tmp_path: Path, clock: SettableClock
) -> None:
    async with post_house(store, keyring, tmp_path, clock, SmtpSettings()) as parts:
        await store.write(_staff)
        case = await store.write(_report)
        folder = parts.settings.mail_folder
        await _until(lambda: folder.is_dir() and len(list(folder.glob("*.eml"))) == 1)
        from bot.mail_folder import WrittenMails  # noqa: PLC0415 - read back as the console does

        [written] = await WrittenMails(folder).read(limit=10)
        assert case.code in written.subject
        assert f"https://desk.example.org/case/{case.code}" in written.body
        assert SECRET_WORDS not in written.body


async def _until(holds: object, *, seconds: float = 10) -> None:
    async with asyncio.timeout(seconds):
        while not holds():  # type: ignore[operator]
            await asyncio.sleep(0.02)
