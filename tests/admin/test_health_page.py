"""The page about the house: in words, whole for who looks after it, short for who is on duty, and never of a case."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from admin.parts import HOME
from storage.store import Store
from storage.transaction import Transaction
from tests.admin.house import Console, open_console
from tests.support.builders import some_rules
from tests.support.stores import SettableClock
from triage.house.alarm import end_house_alarm, raise_house_alarm
from triage.house.records import Trouble
from triage.house.report import Address, HouseReport, SeenLane, SeenPing, SeenWebhook, State
from triage.notices.outbox import Lane, Via
from triage.people.person import Role

HEALTH = f"{HOME}/health"
RULES = some_rules()


@pytest.fixture
def engine() -> str:
    """Drawing is the same on both engines."""
    return "sqlite"


def a_report(tx: Transaction, *troubles: Trouble, ago: timedelta = timedelta(), seen: bool = False) -> None:
    """A house in which these troubles were told, another is over, and a few numbers are known."""
    for trouble in troubles:
        raise_house_alarm(tx, RULES, trouble, after=timedelta(), wakes=True)
    if troubles:
        raise_house_alarm(tx, RULES, Trouble.BACKUP_OLD, after=timedelta(), wakes=False)
        end_house_alarm(tx, RULES, Trouble.BACKUP_OLD)
    states = dict.fromkeys(Trouble, State.WELL) | dict.fromkeys(troubles, State.TROUBLE)
    silent = State.WELL if seen else State.UNKNOWN
    tx.house_alarms.put_report(
        HouseReport(
            at=tx.now - ago,
            by="process-1",
            version="0.1.0",
            engine="sqlite",
            states=states | {Trouble.SECOND_POLLER: State.OFF, Trouble.WEBHOOK_SILENT: silent},
            lanes=(
                SeenLane(
                    lane=Lane.ESCALATION,
                    via=Via.MAIL,
                    waiting=12,
                    since=tx.now - timedelta(minutes=9),
                    failing=3,
                    dead=1,
                ),
                SeenLane(lane=Lane.CONVERSATION, via=Via.TELEGRAM, waiting=2, since=None, failing=0, dead=0),
            ),
            clocks_looked_at=tx.now,
            replicas=("process-1", "process-2"),
            database_bytes=42_000_000,
            webhook=SeenWebhook(
                address=Address.FOREIGN, pending=7, error_at=datetime(2026, 5, 4, tzinfo=UTC)
            ),
            ping=SeenPing(failing_since=tx.now - timedelta(hours=1)),
            updates_taken_at=tx.now,
        )
    )


async def test_whoever_looks_after_the_house_sees_each_check_and_number_in_words(console: Console) -> None:
    for role in (Role.ADMINISTRATOR, Role.HEAD):
        browser = await console.come_in(role)
        await console.store.write(a_report, Trouble.MAIL_FAILING)
        page = await browser.get(HEALTH)

        assert page.status == 200
        for words in (
            "Noget virker ikke.",
            "Mails kan ikke sendes.",
            "Virker ikke siden mandag kl. 9",
            "Vides ikke",
            "Ser ikke efter",
            "Til personalet · Mail",
            "9 minutter",
            "en fremmed adresse",
            "Kommer ikke frem siden mandag kl. 8",
            "SQLite, 42 MB",
            "der kører 2",
            "Sikkerhedskopi mandag kl. 9 – mandag kl. 9",
        ):
            assert words in page.words, words


async def test_in_a_house_that_is_well_the_page_says_so(console: Console) -> None:
    browser = await console.come_in(Role.HEAD)
    await console.store.write(a_report)

    unsure = await browser.get(HEALTH)
    await console.store.write(a_report, seen=True)
    page = await browser.get(HEALTH)

    assert "Alt virker." not in unsure.words
    assert "Intet, vi ved af, er galt. Noget er ikke set endnu." in unsure.words
    assert "Alt virker." in page.words
    assert "Virker ikke nu" not in page.words


async def test_while_mails_become_files_nobody_is_told_that_mail_works(
    store: Store, clock: SettableClock, console: Console
) -> None:
    browser = await console.come_in(Role.HEAD)
    await console.store.write(a_report, seen=True)
    as_files = await browser.get(HEALTH)
    async with open_console(store, clock) as sending:
        sent = await (await sending.come_in(Role.HEAD)).get(HEALTH)

    assert "Ingen mail forlader systemet" in as_files.words
    assert "Mail Bliver til filer" in as_files.words
    assert "Ingen mail forlader systemet" not in sent.words
    assert "Bliver til filer" not in sent.words


async def test_the_officer_on_duty_sees_the_short_form(console: Console) -> None:
    browser = await console.come_in(Role.DUTY_OFFICER)
    await console.store.write(a_report, Trouble.MAIL_FAILING)

    page = await browser.get(HEALTH)

    assert "Mails kan ikke sendes." in page.words
    for words in ("Til personalet · Mail", "fremmed adresse", "SQLite", "i alt"):
        assert words not in page.words


async def test_a_house_that_nobody_watches_is_told_from_one_that_has_just_begun(console: Console) -> None:
    browser = await console.come_in(Role.HEAD)
    before = await browser.get(HEALTH)
    await console.store.write(a_report, ago=timedelta(minutes=3))
    after = await browser.get(HEALTH)

    assert "ikke set efter endnu" in before.words
    assert "Alt virker" not in before.words + after.words
    assert "Ingen holder øje." in after.words
