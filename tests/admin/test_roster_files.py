"""The roster as a file on the console: shown first, brought in as a whole, handed out, and what a file must be."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from admin.parts import HOME
from tests.admin.house import Answer, Browser, Console
from tests.admin.test_calendars import GOOGLE, a_file
from triage.ids import PersonId
from triage.people.importing import Entry, Plan, plan_import
from triage.people.person import Person, PersonState, Role
from triage.refusals import Reason, Refused

DUTY = f"{HOME}/duty"


@pytest.fixture
def engine() -> str:
    """Pages stand above the store, whose rules are shown on both engines in `tests/people`."""
    return "sqlite"


async def bring(browser: Browser, file: bytes) -> Answer:
    """Send a file as a browser does."""
    form = aiohttp.FormData()
    page = await browser.get(f"{DUTY}/import")
    for name, value in page_fields(page).items():
        form.add_field(name, value)
    form.add_field("file", file, filename="vagt plan.ics", content_type="text/calendar")
    async with browser.session.post(
        f"{browser.address}{DUTY}/import", data=form, allow_redirects=False
    ) as response:
        return Answer(status=response.status, text=await response.text(), headers=response.headers)


def page_fields(page: Answer) -> dict[str, str]:
    found = page.text.replace(' enctype="multipart/form-data" accept-charset="utf-8"', "")
    return Answer(status=200, text=found, headers={}).form(f"{DUTY}/import")


async def shifts(console: Console) -> list[tuple[PersonId, datetime, datetime]]:
    roster = await console.store.read(lambda tx: tx.duty.roster(tx.now, tx.now + timedelta(days=90)))
    return [(each.person_id, each.start, each.end) for each in roster.shifts]


async def the_people(console: Console) -> tuple[Browser, Person, Person]:
    anne, bo = await console.someone(name="Testperson Anne"), await console.someone(name="Testperson Bo")
    return await console.come_in(Role.HEAD, name="Testperson Leder"), anne, bo


def for_them(file: bytes, anne: Person, bo: Person) -> bytes:
    return file.replace(b"anne@example.org", anne.email.encode()).replace(
        b"bo@example.org", bo.email.encode()
    )


async def test_a_calendar_is_shown_first_then_brought_in_and_changes_nothing_the_second_time(
    console: Console,
) -> None:
    head, anne, bo = await the_people(console)
    file = for_them(GOOGLE, anne, bo)

    preview = await bring(head, file)
    before = await shifts(console)
    done = await head.post(f"{DUTY}/import", preview.form(f"{DUTY}/import"))
    brought = await shifts(console)
    again = await bring(head, file)
    moved = await bring(head, file.replace(b"20260520T140000Z", b"20260520T150000Z"))
    fewer = await bring(
        head,
        file.replace(
            b"DTSTART;TZID=Europe/Copenhagen:20260514T090000", b"STATUS:CANCELLED\r\nDTSTART:20260514T090000"
        ),
    )

    assert (preview.status, before) == (200, [])
    assert "Kommer til 6" in preview.words
    assert done.location == f"{DUTY}?said=roster_imported"
    assert len(brought) == 6
    assert "Filen ændrer ingenting." in again.words
    assert "Ændres 1" in moved.words
    assert "Fjernes 1" in fewer.words
    assert await shifts(console) == brought


async def test_nothing_is_half_brought_in(console: Console) -> None:
    head, anne, bo = await the_people(console)
    preview = await bring(head, for_them(GOOGLE, anne, bo))
    fields = preview.form(f"{DUTY}/import")
    form = {"person": str(bo.id), "date": "2026-05-11", "from": "15", "until": "18"}
    assert (await head.send(DUTY, f"{DUTY}/shift", form)).status == 303

    late = await head.post(f"{DUTY}/import", fields)
    shown = await bring(head, for_them(GOOGLE, anne, bo))
    broken = await head.post(f"{DUTY}/import", {**fields, "entries": "s 1 2"})

    assert late.status == 409
    assert "Planen er ændret, siden du så forslaget." in late.words
    assert "Testperson Bo har vagten fra mandag d. 11. maj kl. 15" in shown.words.replace(
        "\N{NO-BREAK SPACE}", " "
    )
    assert "Hent planen ind" not in shown.words
    assert broken.status == 400
    assert len(await shifts(console)) == 1


async def test_what_goes_out_comes_in_again_unchanged(console: Console) -> None:
    head, anne, bo = await the_people(console)
    await head.post(f"{DUTY}/import", (await bring(head, for_them(GOOGLE, anne, bo))).form(f"{DUTY}/import"))
    await head.send(
        DUTY, f"{DUTY}/shift", {"person": str(anne.id), "date": "2026-05-05", "from": "8", "until": "16"}
    )
    await head.send(DUTY, f"{DUTY}/absence", {"person": str(bo.id), "date": "2026-06-01"})
    there = await shifts(console)

    files = []
    for of in ("", "?of=me", ""):
        async with head.session.get(f"{head.address}{DUTY}/roster.ics{of}") as response:
            assert response.content_type == "text/calendar"
            files.append(await response.read())
    back = await bring(head, files[0])
    swapped = for_them(files[0], anne, bo).replace(b"DTSTART:20260505T060000Z", b"DTSTART:20260505T070000Z")

    assert files[0] == files[2]
    assert files[0].count(b"BEGIN:VEVENT") == 8
    assert files[1].count(b"BEGIN:VEVENT") == 0
    assert b"\r\n" in files[0]
    assert "Filen ændrer ingenting." in back.words
    assert "Uændret: 8." in back.words
    assert "Ændres 1" in (await bring(head, swapped)).words
    assert await shifts(console) == there


async def test_a_file_that_is_none_and_one_of_nobody_are_said(console: Console) -> None:
    head, _, _ = await the_people(console)

    empty = await bring(head, b"")
    broken = await bring(head, b"hello")
    lunch = await bring(
        head, a_file("UID:x\nSUMMARY:Frokost <b>\nDTSTART:20260505T060000Z\nDTEND:20260505T140000Z")
    )

    assert (empty.status, broken.status, lunch.status) == (422, 422, 200)
    assert "Vælg en fil." in empty.words
    assert "Filen er ikke en kalender" in broken.words
    assert "Frokost <b>" in lunch.words
    assert "Den nævner ingen e-mail." in lunch.words
    assert "Filen ændrer ingenting." in lunch.words


@pytest.mark.asvs("5.2.1")
async def test_a_file_is_read_only_from_a_page_of_ours_in_one_form_and_in_bounds(console: Console) -> None:
    head, _, _ = await the_people(console)
    fields = page_fields(await head.get(f"{DUTY}/import"))
    token = f'--b\r\nContent-Disposition: form-data; name="csrf"\r\n\r\n{fields["csrf"]}\r\n'
    bodies = {
        "no boundary": ("multipart/form-data", token + "--b--\r\n"),
        "no token": ("multipart/form-data; boundary=b", "--b--\r\n"),
        "too many parts": ("multipart/form-data; boundary=b", token + "--b\r\n\r\n\r\n" * 600 + "--b--\r\n"),
        "too large": ("multipart/form-data; boundary=b", token + "x" * 600_000),
        "no field": ("multipart/form-data; boundary=b", token + "--b\r\nX: y\r\n\r\nz\r\n--b--\r\n"),
        "another kind": ("application/json", "{}"),
    }

    async def sent(browser: Browser, kind: str, body: str) -> int:
        async with browser.session.post(
            f"{browser.address}{DUTY}/import", headers={"Content-Type": kind}, data=body
        ) as response:
            return response.status

    statuses = {name: await sent(head, *each) for name, each in bodies.items()}
    outside = await sent(await console.browser(), *bodies["no field"])

    assert [statuses[name] for name in ("no boundary", "another kind", "no token")] == [415, 415, 403]
    assert [statuses[name] for name in ("too many parts", "too large", "no field")] == [413, 413, 422]
    assert outside == 401


async def brought_in(head: Browser, file: bytes) -> Answer:
    return await head.post(f"{DUTY}/import", (await bring(head, file)).form(f"{DUTY}/import"))


async def test_one_who_confirms_twice_is_told_both_times_that_it_was_brought_in(console: Console) -> None:
    head, anne, bo = await the_people(console)
    fields = (await bring(head, for_them(GOOGLE, anne, bo))).form(f"{DUTY}/import")

    answers = [await head.post(f"{DUTY}/import", fields) for _ in range(2)]

    assert [each.location for each in answers] == [f"{DUTY}?said=roster_imported"] * 2
    assert len(await shifts(console)) == 6


async def test_an_entry_that_moved_out_of_the_span_of_its_file_is_moved_and_not_doubled(
    console: Console,
) -> None:
    head, anne, _ = await the_people(console)
    event = f"UID:x\nSUMMARY:Vagt {anne.email}\nDTSTART:202605{{0}}T060000Z\nDTEND:202605{{0}}T140000Z"
    await brought_in(head, a_file(event.format("12")))

    moved = await brought_in(head, a_file(event.format("20")))

    assert moved.location == f"{DUTY}?said=roster_imported"
    assert await shifts(console) == [
        (anne.id, datetime(2026, 5, 20, 6, tzinfo=UTC), datetime(2026, 5, 20, 14, tzinfo=UTC))
    ]


async def test_an_absence_in_a_file_must_be_one_that_could_be_typed(console: Console) -> None:
    head, anne, _ = await the_people(console)
    assert head.person is not None
    start = console.clock.at + timedelta(days=8)

    async def wrong(person: PersonId, days: int) -> object:
        away = Entry(
            person_id=person, start=start, end=start + timedelta(days=days), source="x", is_absence=True
        )
        plan = await console.store.read(plan_import, by=head_id, entries=[away])
        assert isinstance(plan, Plan)
        return plan.wrong

    head_id = head.person.id
    await console.store.write(
        lambda tx: tx.people.save(replace(tx.people.lock(anne.id), state=PersonState.DISABLED))
    )

    assert await wrong(head_id, 5) is None
    assert await wrong(head_id, 401) == Refused(Reason.TOO_LONG_AWAY)
    assert await wrong(head_id, -1) == Refused(Reason.ENDS_BEFORE_START)
    assert await wrong(anne.id, 5) == Refused(Reason.NOT_FOUND)


async def test_absences_of_others_are_handed_out_to_whoever_keeps_the_roster_only(console: Console) -> None:
    head, anne, _ = await the_people(console)
    await head.send(DUTY, f"{DUTY}/absence", {"person": str(anne.id), "date": "2026-06-01"})
    officer = await console.come_in(name="Testperson Vagt")
    await officer.send(DUTY, f"{DUTY}/absence", {"date": "2026-06-02"})

    async def days(browser: Browser) -> list[str]:
        async with browser.session.get(f"{browser.address}{DUTY}/roster.ics") as response:
            return re.findall(r"DTSTART:(202606\d\d|20260531T220000Z)", await response.text())

    assert len(await days(head)) == 2
    assert len(await days(officer)) == 1
