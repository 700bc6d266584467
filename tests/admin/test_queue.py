from __future__ import annotations

import asyncio
import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from admin.desk import left
from admin.parts import HOME
from admin.queue_place import parse, written
from storage.store import Store
from storage.transaction import Transaction
from tests.admin.house import Console, open_console
from tests.support.builders import a_conversation
from tests.support.profiles import shipped
from tests.support.stores import MONDAY_MORNING, SettableClock
from triage.cases.acute import raise_alarm
from triage.cases.case import QueuePlace
from triage.cases.records import Alarm
from triage.ids import CaseId
from triage.people.person import Role


def an_alarm(tx: Transaction, trigger: str = "danger_yes") -> Alarm:
    conversation = a_conversation(tx)
    return raise_alarm(tx, shipped().rules(), conversation_id=conversation.id, trigger=trigger)


def test_time_left_is_written_as_the_script_writes_it() -> None:
    said = [left(timedelta(seconds=each)) for each in (0, 59, 60, 172_800, -1, -60, -3_601)]

    assert said == ["0:00", "0:00", "0:01", "48:00", "−0:01", "−0:01", "−1:01"]


async def test_an_empty_queue_teaches(console: Console) -> None:
    words = (await (await console.come_in()).get(HOME)).words

    assert "Der venter ingen sager." in words
    assert "et ur på 48 timer" in words


async def test_the_order_is_acute_then_time_left_then_arrival(console: Console) -> None:
    person = await console.someone()
    first = await console.report()
    console.clock.advance(timedelta(hours=1))
    second = await console.report()
    acute = await console.report(acute=True)
    browser = await console.sign_in(person)

    page = (await browser.get(HOME)).text
    page = page[page.index('class="queue"') :]
    places = [page.index(case.code) for case in (acute, first, second)]

    assert places == sorted(places)


async def test_an_alarm_with_nothing_sent_stands_first_and_is_answered_by_a_code(console: Console) -> None:
    browser = await console.come_in()
    alarm = await console.store.write(an_alarm)
    path = f"{HOME}/alarm/{alarm.id}"

    queue = await browser.get(HOME)
    offered = re.findall(r'name="action" value="(\w+)"', (await browser.get(path)).text)
    missing = await browser.send(path, path)
    done = await browser.send(path, path, {"action": "none_needed"})
    after = await browser.get(path)

    assert offered == ["called_emergency", "called_police", "none_needed"]
    assert "Akut, intet sendt endnu" in queue.words
    assert (missing.status, done.location) == (422, f"{HOME}?said=alarm_answered")
    assert "Akut, intet sendt endnu" not in (await browser.get(HOME)).words
    assert "Ikke nødvendigt at gøre noget" in after.words


async def test_of_two_who_answer_an_alarm_the_second_is_told(console: Console) -> None:
    one, two = await console.come_in(), await console.come_in(Role.HEAD)
    alarm = await console.store.write(an_alarm)
    path = f"{HOME}/alarm/{alarm.id}"
    page = await two.get(path)
    await one.send(path, path, {"action": "called_police"})

    late = await two.post(path, {**page.form(path), "action": "none_needed"})

    assert late.status == 409
    assert "En anden kom først" in late.words or "svarede" in late.words


async def test_the_page_says_who_has_the_duty_and_when_nobody_has(console: Console) -> None:
    officer, head = await console.come_in(name="Testperson Vagt"), await console.come_in(Role.HEAD)
    nobody = (await officer.get(HOME)).words

    await officer.send(HOME, f"{HOME}/duty/take")
    own, others = (await officer.get(HOME)).words, (await head.get(HOME)).words
    await officer.send(HOME, f"{HOME}/duty/leave")

    assert "Ingen har vagten." in nobody
    assert "Du har vagten." in own
    assert "Testperson Vagt har vagten." in others
    assert "Ingen har vagten." in (await head.get(HOME)).words


async def test_the_page_says_who_is_told_of_danger_while_nobody_has_the_duty(console: Console) -> None:
    officer = await console.come_in()
    alone = (await officer.get(HOME)).words
    await console.someone(Role.HEAD, name="Testperson Leder")
    led = (await officer.get(HOME)).words

    assert "Ingen andre står på stigen, så ingen får besked, når noget er akut." in alone
    assert "Akutte beskeder går i stedet til Testperson Leder." in led


@pytest.mark.parametrize(
    ("trigger", "hours", "expected"),
    [
        (
            "danger_yes",
            0,
            "0:12 siden den slog til. Svar nu, hvis du kan – fristen er 30 minutter, regnet fra den slog",
        ),
        ("danger_unsure", -4, "fristen er 30 minutter, regnet fra mandag kl. 8."),
        ("danger_yes", 1, "1:12 siden den slog til. Svar nu – fristen var mandag kl. 9.30."),
        ("danger_yes", -4, "fristen er 30 minutter, men uden for arbejdstiden løber den til mandag kl. 8."),
    ],
)
async def test_an_alarm_says_how_long_it_has_waited_and_from_when_its_limit_is_counted(
    console: Console, trigger: str, hours: int, expected: str
) -> None:
    console.clock.advance(timedelta(hours=min(hours, 0)))
    alarm = await console.store.write(lambda tx: an_alarm(tx, trigger))
    console.clock.advance(timedelta(hours=max(hours, 0), minutes=12))
    browser = await console.come_in()

    queue, page = await browser.get(HOME), await browser.get(f"{HOME}/alarm/{alarm.id}")

    assert expected in page.words
    assert expected.rpartition("Svar nu")[2] in queue.words
    assert "siden den slog til" in queue.words
    assert "data-left" not in page.text


async def test_a_case_that_comes_is_announced_on_the_open_line(console: Console) -> None:
    browser = await console.come_in()

    async def first_event() -> bytes:
        async with browser.session.get(f"{console.address}{HOME}/live") as response:
            assert response.content_type == "text/event-stream"
            async for line in response.content:
                if line.startswith(b"data"):
                    return line
        return b""

    waiting = asyncio.create_task(first_event())
    await asyncio.sleep(0.2)
    await console.report()

    assert await asyncio.wait_for(waiting, 10) == b"data: queue\n"


async def test_the_open_line_ends_with_the_session_and_does_not_keep_it_alive(console: Console) -> None:
    browser = await console.come_in()

    async def until_the_end() -> int:
        async with browser.session.get(f"{console.address}{HOME}/live") as response:
            await response.read()
            return response.status

    waiting = asyncio.create_task(until_the_end())
    await asyncio.sleep(0.2)
    console.clock.advance(timedelta(minutes=21))

    assert await asyncio.wait_for(waiting, 10) == 200
    assert (await browser.get(f"{HOME}/live")).status == 204


async def test_decided_cases_have_a_page_of_their_own(console: Console) -> None:
    browser = await console.come_in()
    case = await console.report()
    decision = {"outcome": "advice_only", "reason": "Talt.", "local_action": "no", "to_unit": "no"}
    await browser.act(case.code, "decide", decision)

    assert case.code not in (await browser.get(HOME)).words
    assert f"{case.code} Pårørende Kun rådgivning" in (await browser.get(f"{HOME}/decided")).words


async def test_a_long_queue_says_that_there_are_more_and_leads_to_them(
    store: Store, clock: SettableClock
) -> None:
    async with open_console(store, clock, queue_limit=2) as console:
        made = []
        for _ in range(5):
            made.append(await console.report())
            clock.advance(timedelta(minutes=10))
        browser = await console.come_in()
        pages = [await browser.get(HOME)]
        while (onward := re.search(r'href="(/desk\?after=[0-9a-f-]+)"', pages[-1].text)) is not None:
            pages.append(await browser.get(onward[1]))

    assert [codes_on(page.text) for page in pages] == [
        [case.code for case in each] for each in (made[:2], made[2:4], made[4:])
    ]
    assert "I køen 5" in pages[0].words
    assert [f'href="{HOME}">Til begyndelsen af køen' in page.text for page in pages] == [False, True, True]
    assert re.findall(r'data-live="([^"]*)"', pages[1].text) == [
        f"{HOME}/live?{pages[0].text.partition('?after=')[2].partition(chr(34))[0]}".replace("?", "?after=")
    ]


@pytest.mark.parametrize("after", ["", "K-1234567", "1-2-3-4", "0-99999999999999999999-1-" + "0" * 32, "%00"])
async def test_a_place_that_is_none_begins_at_the_beginning(console: Console, after: str) -> None:
    case = await console.report()
    browser = await console.come_in()

    answer = await browser.get(f"{HOME}?after={after}")

    assert (answer.status, codes_on(answer.text)) == (200, [case.code])


@pytest.mark.parametrize("due_at", [None, MONDAY_MORNING + timedelta(microseconds=1)])
def test_a_place_in_the_queue_is_read_as_it_was_written(due_at: datetime | None) -> None:
    place = QueuePlace(acute=True, due_at=due_at, received_at=MONDAY_MORNING, id=CaseId(UUID(int=7)))

    assert parse(written(place)) == place


def codes_on(page: str) -> list[str]:
    """The codes of the cases in the queue, in their order."""
    return re.findall(r'<span class="id"><strong>([^<]+)</strong>', page)
