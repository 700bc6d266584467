from __future__ import annotations

import asyncio
import os
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from playwright.async_api import Browser as Chromium

from admin.parts import HOME
from storage.transaction import Transaction
from tests.admin.house import Browser, Console
from tests.admin.test_hostile_words import CORPUS, tree
from tests.admin.test_looks import enter
from tests.support.browsing import DESK, PHONE, browse
from triage.cases.case import Case
from triage.ids import OutboxId
from triage.notices.outbox import Lane, Outgoing, Via
from triage.people.person import Person, Role

MARKER = "Testord, som ingen side viser"
TITLE = "Ikke leveret"
PARKED = "Kunne ikke læses"


@pytest.fixture
def engine() -> str:
    """Drawing is the same on both engines; the use cases are asked on both in `tests/cases`."""
    return "sqlite"


def undelivered(
    tx: Transaction,
    *,
    case: Case | None = None,
    person: Person | None = None,
    via: Via = Via.MAIL,
    error: str = "mailbox_refused",
) -> OutboxId:
    """A row that was given up: for this member of staff, or for the reporter of the case."""
    row = Outgoing(
        id=OutboxId(tx.new_id()),
        lane=Lane.CONVERSATION if person is None else Lane.ESCALATION,
        via=via,
        peer=f"peer:{tx.new_id()}",
        payload={"notice": "notice.counts", "params": {"words": MARKER}, "to": "x@example.org"},
        not_before=tx.now,
        case_id=None if case is None else case.id,
        person_id=None if person is None else person.id,
    )
    assert tx.outbox.add(row, leased=False)
    tx.outbox.bury(row.id, error=error)
    return row.id


def parked(tx: Transaction, *, error: str = "KeyError") -> UUID:
    return tx.parked.park(MARKER.encode(), error=error)


async def first_page(browser: Browser) -> str:
    answer = await browser.get(HOME)
    return (await browser.get(answer.location)).text if answer.status == 303 else answer.text


async def test_nothing_is_drawn_where_nothing_is_to_do(console: Console) -> None:
    for roles in ((Role.HEAD,), (Role.ADMINISTRATOR,)):
        page = await first_page(await console.come_in(*roles))
        assert (TITLE in page, PARKED in page, "tasks" in page) == (False, False, False)


async def test_each_kind_says_whom_how_about_which_case_and_what_to_do(console: Console) -> None:
    person = await console.someone(Role.HEAD, name="Testperson Leder")
    case = await console.report()
    for error, via in (("mailbox_refused", Via.MAIL), ("smtp_451", Via.MAIL), ("forbidden", Via.TELEGRAM)):
        await console.store.write(undelivered, case=case, person=person, via=via, error=error)
    await console.store.write(undelivered, case=case, via=Via.TELEGRAM, error="forbidden")

    page = await (await console.come_in()).get(HOME)

    assert "Til Testperson Leder, på mail" in page.words
    assert "Se på mailadressen: den tager ikke imod." in page.words
    assert "Se på mailadressen og mailserveren" in page.words
    assert "Til Testperson Leder, på Telegram" in page.words
    assert "Til indsenderen, på Telegram" in page.words
    assert "Ring, hvis der står et nummer i sagen." in page.words
    assert page.text.count(f'<a href="{HOME}/case/{case.code}">{case.code}</a>') == 4
    assert MARKER not in page.text


async def test_it_is_red_only_when_an_escalation_is_among_it(console: Console) -> None:
    person, case = await console.someone(Role.HEAD), await console.report()
    browser = await console.come_in()
    await console.store.write(undelivered, case=case, via=Via.TELEGRAM)
    quiet = (await browser.get(HOME)).text
    await console.store.write(undelivered, case=case, person=person)
    urgent = (await browser.get(HOME)).text

    assert '<section class="card" aria-labelledby="undelivered">' in quiet
    assert '<section class="card danger" aria-labelledby="undelivered">' in urgent


async def test_saying_that_one_saw_to_it_ends_it_and_the_second_person_is_told(console: Console) -> None:
    person, case = await console.someone(Role.HEAD), await console.report()
    one, two = await console.come_in(), await console.come_in(Role.HEAD)
    row = await console.store.write(undelivered, case=case, person=person)
    path = f"{HOME}/undelivered/{row}"
    form, late = (await one.get(HOME)).form(path), (await two.get(HOME)).form(path)

    done = await one.post(path, form)
    repeated = await one.post(path, form)
    second = await two.post(path, late)

    assert done.location == repeated.location == f"{HOME}?said=settled"
    assert second.location == f"{HOME}?said=settled_already"
    assert "Det er noteret, at du har" in (await one.get(done.location)).words
    assert TITLE not in (await two.get(HOME)).text


@pytest.mark.parametrize("role", Role)
async def test_each_role_sees_on_its_first_page_what_is_its_to_see_to(console: Console, role: Role) -> None:
    person, case = await console.someone(Role.HEAD, name="Testperson Leder"), await console.report()
    await console.store.write(undelivered, case=case, person=person)
    to_reporter = await console.store.write(undelivered, case=case, via=Via.TELEGRAM)
    lies = await console.store.write(parked)
    browser = await console.come_in(role)

    page = await first_page(browser)
    about_staff, about_reporter = page.count("Til Testperson Leder, på mail"), page.count("Til indsenderen")
    token = (await browser.get(f"{HOME}/me")).form(f"{HOME}/sign-out")["csrf"]
    tried = {
        path: (await browser.post(HOME + path, {"csrf": token, "input": uuid4().hex})).status
        for path in (f"/parked/{lies}", f"/undelivered/{to_reporter}")
    }
    left = await console.store.read(lambda tx: len(tx.outbox.undelivered(reader=None, limit=9)))

    desk = role in {Role.DUTY_OFFICER, Role.HEAD}
    reads, sees_parked = desk or role is Role.ADMINISTRATOR, role in {Role.HEAD, Role.ADMINISTRATOR}
    assert (about_staff, about_reporter, PARKED in page) == (int(reads), int(desk), sees_parked)
    assert list(tried.values()) == [303 if sees_parked else 404, 303 if reads else 404]
    assert left == (1 if desk else 2)
    assert await console.store.read(lambda tx: tx.parked.count()) == (0 if sees_parked else 1)
    if role is Role.ADMINISTRATOR:
        assert case.code not in page


async def test_the_administrator_sees_to_both_in_their_own_first_room(console: Console) -> None:
    person = await console.someone(Role.HEAD)
    row, lies = await console.store.write(undelivered, person=person), await console.store.write(parked)
    browser = await console.come_in(Role.ADMINISTRATOR)
    room = f"{HOME}/people"

    page = await browser.get(room)
    settled = await browser.send(room, f"{HOME}/undelivered/{row}")
    gone = await browser.send(room, f"{HOME}/parked/{lies}")

    assert "KeyError" in page.words
    assert MARKER not in page.text
    assert (settled.location, gone.location) == (f"{room}?said=settled", f"{room}?said=parked_settled")
    after = await browser.get(gone.location)
    assert "Beskeden er slettet" in after.words
    assert (TITLE in after.text, PARKED in after.text) == (False, False)


async def test_looking_settles_nothing_and_an_id_of_nothing_is_no_page(console: Console) -> None:
    person = await console.someone(Role.HEAD)
    row, lies = await console.store.write(undelivered, person=person), await console.store.write(parked)
    browser = await console.come_in(*Role)
    token = (await browser.get(f"{HOME}/me")).form(f"{HOME}/sign-out")["csrf"]
    looked = [
        (await browser.get(f"{HOME}/{path}")).status for path in (f"undelivered/{row}", f"parked/{lies}")
    ]
    no_id = [
        (await browser.post(f"{HOME}/{path}/x", {"csrf": token})).status for path in ("undelivered", "parked")
    ]
    strange = await browser.post(f"{HOME}/undelivered/{row}", {"input": "1"})

    assert looked == [405, 405]
    assert no_id == [404, 404]
    assert strange.status == 403
    assert await console.store.read(lambda tx: len(tx.outbox.undelivered(reader=None, limit=9))) == 1
    assert await console.store.read(lambda tx: tx.parked.count()) == 1


async def test_an_open_page_is_told_when_something_did_not_arrive(console: Console) -> None:
    person = await console.someone(Role.HEAD)
    browser = await console.come_in()

    async def first_event() -> bytes:
        async with browser.session.get(f"{console.address}{HOME}/live") as response:
            async for line in response.content:
                if line.startswith(b"data"):
                    return line
        return b""

    waiting = asyncio.create_task(first_event())
    await asyncio.sleep(0.2)
    await console.store.write(undelivered, person=person)

    assert await asyncio.wait_for(waiting, 10) == b"data: queue\n"


async def test_names_and_faults_never_become_a_part_of_the_page(console: Console) -> None:
    browser = await console.come_in(Role.HEAD)
    pages = []
    for words in ("almindelige ord", *CORPUS):
        person = await console.someone(Role.HEAD, name=words)
        row = await console.store.write(undelivered, person=person, error=words)
        lies = await console.store.write(parked, error=words)
        pages.append(tree((await browser.get(HOME)).text))
        for path in (f"undelivered/{row}", f"parked/{lies}"):
            assert (await browser.send(HOME, f"{HOME}/{path}")).status == 303

    assert [page for page in pages if page != pages[0]] == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [DESK, PHONE])
async def test_the_first_pages_are_sound_with_such_tasks(
    console: Console, chromium: Chromium, width: int
) -> None:
    head = await console.someone(Role.HEAD, name="Testperson Leder")
    administrator = await console.someone(Role.ADMINISTRATOR)
    case = await console.report()
    await console.store.write(undelivered, case=case, via=Via.TELEGRAM, error="forbidden")
    await console.store.write(parked)
    pictures = os.environ.get("TOVHOLDER_TEST_PICTURES")
    wrong: list[str] = []
    async with browse(chromium, width=width) as view:

        async def look(name: str) -> None:
            wrong.extend(f"{name}: {each}" for each in (*await view.axe(), *view.complaints))
            if await view.scrolls_sideways():
                wrong.append(f"{name}: scrolls sideways")
            if pictures:
                await view.picture(Path(pictures), f"{width}-{name}")

        await enter(view.page, console, head)
        await look("tasks-quiet")
        await console.store.write(undelivered, case=case, person=head)
        await console.store.write(undelivered, person=head, via=Via.TELEGRAM, error="forbidden")
        await view.page.wait_for_selector("#live .danger #undelivered")
        await look("tasks-urgent")
        await view.page.click("form[action*=undelivered] button >> nth=0")
        await view.page.wait_for_selector(".done")
        await look("tasks-settled")
        await view.page.context.clear_cookies()
        await enter(view.page, console, administrator)
        await look("tasks-administrator")

    assert wrong == []
