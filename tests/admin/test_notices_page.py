"""The page of notices: what became of each, how the ways out stand, and no code for whom it is not meant."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import select

from admin.parts import HOME
from storage.store import Store
from storage.tables import outbox
from storage.transaction import Transaction
from tests.admin.house import Console, open_console
from tests.support.stores import SettableClock
from triage.ids import OutboxId
from triage.notices.outbox import Via
from triage.people.person import Role

PAGE = f"{HOME}/notices"


@pytest.fixture
def engine() -> str:
    """Drawing is the same on both engines; the use cases are asked on both in `tests/cases`."""
    return "sqlite"


@pytest.fixture
async def console(store: Store, clock: SettableClock) -> AsyncIterator[Console]:
    """One whose mails leave the house."""
    async with open_console(store, clock) as opened:
        yield opened


def _rows(tx: Transaction) -> list[OutboxId]:
    return [OutboxId(row.id) for row in tx._work.all(select(outbox.c.id).where(outbox.c.via == Via.MAIL))]


async def test_it_says_what_became_of_a_notice_and_names_the_case_to_those_who_read_the_queue(
    console: Console,
) -> None:
    head = await console.come_in(Role.HEAD)
    assert "Ingen beskeder endnu." in (await head.get(PAGE)).text
    await console.someone(Role.DUTY_OFFICER, name="Testperson Vagt", on_duty=True)
    case = await console.report()

    waits = await head.get(PAGE)
    assert f"{case.code}: ny henvendelse" in waits.words
    assert "Til Testperson Vagt" in waits.words
    assert "Mail: venter på at blive sendt" in waits.words

    [row] = await console.store.read(_rows)
    await console.store.write(lambda tx: tx.outbox.retry(row, not_before=tx.now, error="timed_out"))
    assert "Mail: ikke sendt endnu, prøves igen: vejen virkede ikke timed_out" in (await head.get(PAGE)).words
    await console.store.write(lambda tx: tx.outbox.mark_sent([(row, "name")]))
    assert "Mail: sendt" in (await head.get(PAGE)).words
    await console.store.write(lambda tx: tx.notices.mail_returned("name"))
    assert "Mail: kom ikke frem: mailen kom retur mail_returned" in (await head.get(PAGE)).words

    seen = await (await console.come_in(Role.ADMINISTRATOR)).get(PAGE)
    assert "En sag: ny henvendelse" in seen.words
    assert case.code not in seen.text


async def test_a_mail_that_became_a_file_is_not_said_to_be_sent(
    console: Console, store: Store, clock: SettableClock, tmp_path: Path
) -> None:
    await console.someone(Role.DUTY_OFFICER, on_duty=True)
    await console.report()
    [row] = await console.store.read(_rows)
    await console.store.write(lambda tx: tx.outbox.mark_sent([(row, "name")]))

    async with open_console(store, clock, mails=tmp_path) as filing:
        said = (await (await filing.come_in(Role.HEAD)).get(PAGE)).words

    assert ["Mail Bliver til filer." in said, "Mail: lagt i en fil" in said, "sendt" in said] == [
        True,
        True,
        False,
    ]


async def test_a_way_that_does_not_work_says_so_and_since_when(console: Console) -> None:
    head = await console.come_in(Role.HEAD)
    assert (await head.get(PAGE)).words.count("Virker.") == 2
    await console.store.write(lambda tx: tx.notices.channel_failed(Via.MAIL, error="smtp_554"))
    page = await head.get(PAGE)
    assert "Mail Virker ikke siden" in page.words
    assert '<li class="failing"><strong>Mail</strong>' in page.text
    await console.store.write(lambda tx: tx.notices.confirm([], [Via.MAIL]))
    assert "Mail Virker igen siden" in (await head.get(PAGE)).words


async def test_a_number_is_given_on_ones_own_page_and_what_is_none_comes_back_with_what_was_typed(
    console: Console,
) -> None:
    browser = await console.come_in()
    refused = await browser.send(f"{HOME}/me", f"{HOME}/me/sms", {"number": "12 34"})
    assert "Skriv nummeret med + og landekode" in refused.words
    assert 'value="12 34"' in refused.text
    await browser.send(f"{HOME}/me", f"{HOME}/me/sms", {"number": "+45 12345678"})
    kept = await browser.get(f"{HOME}/me")
    assert "+4512345678" in kept.words
    await browser.send(f"{HOME}/me", f"{HOME}/me/no-sms")
    assert "+4512345678" not in (await browser.get(f"{HOME}/me")).words
