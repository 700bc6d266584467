"""The storage is really down: PostgreSQL stopped, SQLite full. Nobody is told that something was kept which was not."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from itertools import count

import pytest

from bot import runtime
from storage.store import Store
from storage.transaction import Transaction
from tests.house.browser import Browser
from tests.house.markers import Markers
from tests.house.staff import HOME
from tests.house.telling import begin, tell
from tests.house.whole import House
from tests.support.botapi.person import Person
from tests.support.postgres import PostgresServer
from tests.support.telegram_talks import TO_HOME, TO_KIND, press_through
from triage.faults import StoreUnavailableError
from triage.people.person import Role

LONG = "Han går på gåsegården på Ærø. " + "åøæ " * 700
"""So long that it needs room of its own in any store."""
TO_THE_STORY = (
    ("answer", "no"),
    ("answer", "relative"),
    ("act", "go_on"),
    ("answer", "anonymous"),
    ("answer", "child"),
    ("answer", "15_17"),
    ("act", "abroad"),
)
RECOVERS_WITHIN = 30.0
_numbers = count(1)


@dataclass(kw_only=True)
class Storage:
    """The storage under a running house, which a test takes away and gives back."""

    store: Store
    server: PostgresServer | None

    async def fail(self) -> None:
        """Stop PostgreSQL without a word; on SQLite, let there be no more room."""
        if self.server is not None:
            await asyncio.to_thread(self.server.stop_immediately)
            return
        await self.store.write(_limit)
        for size in (4000, 400, 40):
            while True:
                try:
                    await self.store.write(_fill, size)
                except StoreUnavailableError:
                    break

    async def recover(self) -> None:
        """Start it again, or give room; the house is not touched."""
        if self.server is not None:
            await asyncio.to_thread(self.server.start_again)
        else:
            await self.store.write(_unlimit)


def _limit(tx: Transaction) -> None:
    tx._work.connection.exec_driver_sql("PRAGMA max_page_count = 1")


def _unlimit(tx: Transaction) -> None:
    tx._work.connection.exec_driver_sql("PRAGMA max_page_count = 1000000000")


def _fill(tx: Transaction, size: int) -> None:
    tx.parked.park(b"x" * size, error=f"Filler{next(_numbers)}")


@pytest.fixture
def storage(house: House, engine: str, request: pytest.FixtureRequest) -> Storage:
    """The storage of the house."""
    server = request.getfixturevalue("postgres_server") if engine == "postgresql" else None
    return Storage(store=house.store, server=server)


async def told_of(house: House, path: str, status: int) -> None:
    """Wait until the address answers so."""
    browser = await house.browser()
    async with asyncio.timeout(RECOVERS_WITHIN):
        while (await browser.get(path)).status != status:
            await asyncio.sleep(0.1)


async def to_the_story(house: House, number: int) -> Person:
    """Somebody in the chat who is asked to tell."""
    person = house.api.person(number)
    await person.start()
    await press_through(person, *TO_KIND, *TO_HOME)
    await person.wait_reply(containing="De næste svar er private")
    await person.press("Skriv her")
    await person.wait_reply(containing="Fortæl med dine egne ord")
    return person


async def test_telegram_keeps_what_was_not_stored_and_it_is_taken_once_the_storage_is_back(
    house: House, storage: Storage, caplog: pytest.LogCaptureFixture
) -> None:
    people = [await to_the_story(house, 4711 + number) for number in range(3)]
    attempts = house.api.records.webhook_attempts
    await storage.fail()
    before = Counter(attempts)
    caplog.clear()
    for person in people:
        await person.say(LONG)
    async with asyncio.timeout(20):
        while attempts["503"] - before["503"] < 5:
            await asyncio.sleep(0.05)
    assert attempts["ok"] == before["ok"]
    assert house.api.pending() == len(people)
    assert all("Hvornår" not in person.last.text for person in people)
    lines = len(caplog.records)
    tries = sum(attempts.values()) - sum(before.values())

    loop = asyncio.get_running_loop()
    await storage.recover()
    began = loop.time()
    async with asyncio.timeout(RECOVERS_WITHIN):
        await asyncio.gather(*(person.wait_reply(containing="Hvornår", timeout=29) for person in people))
    took = loop.time() - began

    await house.settled()
    said = [sum("Hvornår blev du" in message.text for message in person.messages) for person in people]
    assert said == [1, 1, 1]
    print(f"storage back after {took:.1f} s; {tries} refused deliveries, {lines} log lines meanwhile")
    # A line for each refused delivery and each round of a worker, and none for a line.
    assert lines < 10 * tries + 100
    assert not [record for record in caplog.records if record.levelno >= logging.CRITICAL]


async def test_the_page_keeps_the_typed_text_and_sending_it_again_works(
    house: House, storage: Storage
) -> None:
    browser = await house.browser()
    page = await begin(browser)
    for button in TO_THE_STORY:
        page = await browser.follow(await browser.send(page.form("/", holding=button[1]), button))
    form = page.form("/", holding="answer")
    await storage.fail()

    refused = await browser.send(form, ("answer", LONG))
    assert refused.status == 503
    assert "ikke gemt" in refused.words.lower()
    assert "prøv igen" in refused.words.lower()
    again = refused.form("/", holding="answer")
    assert " ".join(again.texts["answer"].split()) == " ".join(LONG.split())
    still = await browser.send(again)
    assert still.status == 503
    await storage.recover()

    async with asyncio.timeout(RECOVERS_WITHIN):
        answer = await browser.send(still.form("/", holding="answer"))
        while answer.status == 503:
            await asyncio.sleep(0.1)
            answer = await browser.send(answer.form("/", holding="answer"))
    page = await browser.follow(answer)
    assert "Hvornår blev du bekymret" in page.words
    assert LONG.split(".", maxsplit=1)[0] in page.words


async def test_the_console_gives_back_what_was_typed_and_takes_it_later(
    house: House, storage: Storage
) -> None:
    case = await a_case(house)
    officer = await house.come_in(await house.someone(Role.DUTY_OFFICER))
    here = f"{HOME}/case/{case}"
    form = (await officer.get(here)).form(f"{here}/note")
    await storage.fail()

    refused = await officer.send(form, ("words", LONG))
    assert refused.status == 503
    assert "ikke gemt" in refused.words.lower()
    await storage.recover()

    async with asyncio.timeout(RECOVERS_WITHIN):
        while (answer := await officer.send(form, ("words", LONG))).status == 503:
            assert "ikke gemt" in answer.words.lower()
            await asyncio.sleep(0.1)
    await officer.send(form, ("words", LONG))
    page = await officer.follow(answer)
    assert page.words.count(LONG.strip()) == 1


async def a_case(house: House) -> str:
    """A case by the web; its code."""
    browser = await house.browser()
    review = await tell(browser, Markers())
    await browser.send(review.form("/", holding="send"), ("act", "send"))
    return await house.store.read(lambda tx: str(tx.cases.queue(reader=None, limit=1)[0].code))


async def test_the_health_page_says_so_and_says_when_it_is_over(
    house: House, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime, "_REFUSED_SECONDS", 3.0)
    browser: Browser = await house.browser()
    assert (await browser.get("/healthz")).status == 200
    person = await to_the_story(house, 4711)
    await storage.fail()
    await person.say(LONG)
    await told_of(house, "/healthz", 503)
    for path in ("/", f"{HOME}/sign-in", "/kode"):
        answer = await browser.get(path)
        assert answer.status in {200, 503}
    await storage.recover()
    await told_of(house, "/healthz", 200)
