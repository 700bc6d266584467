"""The roster as iCalendar: out, in again, from other programs, and broken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import aiohttp
import pytest

from admin.ics import NoCalendarError, Reading, read_roster, write_roster
from admin.parts import HOME
from tests.admin.house import Answer, Browser, Console
from triage.ids import PersonId
from triage.people.importing import Entry
from triage.people.person import Person, Role

DUTY = f"{HOME}/duty"
NOW = datetime(2026, 5, 4, 7, 0, tzinfo=UTC)
COPENHAGEN = ZoneInfo("Europe/Copenhagen")
ANNE, BO = PersonId(UUID(int=1)), PersonId(UUID(int=2))
KNOWN = {"anne@example.org": ANNE, "bo@example.org": BO}
READING = Reading(zone=COPENHAGEN, now=NOW, find=lambda email: KNOWN.get(email.casefold()))


@pytest.fixture
def engine() -> str:
    """Pages stand above the store, whose rules are shown on both engines in `tests/people`."""
    return "sqlite"


def a_file(*events: str, more: str = "") -> bytes:
    body = "".join(f"BEGIN:VEVENT\n{event.strip()}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//EN\n{more}{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def said(entries: Sequence[Entry]) -> list[str]:
    names = {ANNE: "Anne", BO: "Bo"}
    return [
        f"{each.start.astimezone(COPENHAGEN):%a %d.%m %H:%M}-{each.end.astimezone(COPENHAGEN):%H:%M} "
        f"{names[each.person_id]}{' away' if each.is_absence else ''}"
        for each in sorted(entries, key=lambda each: (each.start, each.source))
    ]


OUTLOOK = a_file(
    """
CLASS:PUBLIC
UID:040000008200E00074C5B7101A82E00800000000B0000000000000000000000000000000
SUMMARY:Vagt p=C3=A5 hotlinen – aftalt med de andre i huset, s=C3=A5 det er en
  lang linje
DTSTART;TZID="Romance Standard Time":20260505T080000
DTEND;TZID="Romance Standard Time":20260505T160000
ORGANIZER;CN=Leder:MAILTO:leder@example.org
ATTENDEE;CN="Testperson, Anne";ROLE=REQ-PARTICIPANT;RSVP=TRUE:mailto:Anne@exa
 mple.org
X-MICROSOFT-CDO-BUSYSTATUS:BUSY
TRANSP:OPAQUE
""",
    """
UID:oof@outlook
SUMMARY:Ferie
DTSTART;VALUE=DATE:20260511
DTEND;VALUE=DATE:20260516
ORGANIZER:mailto:bo@example.org
X-MICROSOFT-CDO-BUSYSTATUS:OOF
""",
    more="METHOD:PUBLISH\nX-WR-TIMEZONE:Romance Standard Time\n"
    "BEGIN:VTIMEZONE\nTZID:Romance Standard Time\nBEGIN:STANDARD\nDTSTART:16010101T030000\n"
    "TZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\nEND:STANDARD\n"
    "BEGIN:DAYLIGHT\nDTSTART:16010101T020000\nTZOFFSETFROM:+0100\nTZOFFSETTO:+0200\n"
    "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\nEND:DAYLIGHT\nEND:VTIMEZONE\n",
)

GOOGLE = a_file(
    """
DTSTART;TZID=Europe/Copenhagen:20260504T080000
DTEND;TZID=Europe/Copenhagen:20260504T160000
RRULE:FREQ=WEEKLY;WKST=MO;UNTIL=20260520T215959Z;BYDAY=MO,WE
EXDATE;TZID=Europe/Copenhagen:20260506T080000
UID:abc123@google.com
ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED:mailto:anne@example.org
ATTENDEE;CUTYPE=INDIVIDUAL;PARTSTAT=ACCEPTED:mailto:leder@example.org
ORGANIZER:mailto:leder@example.org
SUMMARY:Vagt
""",
    """
DTSTART;TZID=Europe/Copenhagen:20260514T090000
DTEND;TZID=Europe/Copenhagen:20260514T120000
RECURRENCE-ID;TZID=Europe/Copenhagen:20260513T080000
UID:abc123@google.com
ATTENDEE:mailto:bo@example.org
SUMMARY:Vagt\\, byttet
""",
    """
DTSTART:20260520T140000Z
DTEND:20260520T180000Z
UID:def456@google.com
SUMMARY:Aftenvagt (bo@example.org)
STATUS:CONFIRMED
""",
    """
DTSTART:20260521T140000Z
DTEND:20260521T180000Z
UID:ghi789@google.com
SUMMARY:Aflyst bo@example.org
STATUS:CANCELLED
""",
    more="X-WR-CALNAME:Vagter\nX-WR-TIMEZONE:Europe/Copenhagen\n",
)


def test_what_outlook_exports_is_read_with_its_zone_its_folded_lines_and_its_absences() -> None:
    read = read_roster(OUTLOOK, READING)

    assert said(read.entries) == ["Tue 05.05 08:00-16:00 Anne", "Mon 11.05 00:00-00:00 Bo away"]
    assert read.entries[1].end - read.entries[1].start == timedelta(days=5)
    assert read.puzzles == ()


def test_what_google_exports_is_written_out_with_its_exceptions() -> None:
    read = read_roster(GOOGLE, READING)

    assert said(read.entries) == [
        "Mon 04.05 08:00-16:00 Anne",
        "Mon 11.05 08:00-16:00 Anne",
        "Thu 14.05 09:00-12:00 Bo",
        "Mon 18.05 08:00-16:00 Anne",
        "Wed 20.05 08:00-16:00 Anne",
        "Wed 20.05 16:00-20:00 Bo",
    ]
    assert read.puzzles == ()
    assert len({each.source for each in read.entries}) == 6


def test_a_repeated_shift_keeps_its_hours_by_the_wall_clock_and_ends_with_half_a_year() -> None:
    event = """
UID:x
SUMMARY:anne@example.org
DTSTART;TZID=Europe/Copenhagen:20251020T080000
DTEND;TZID=Europe/Copenhagen:20251020T160000
RRULE:FREQ=WEEKLY;INTERVAL=2
"""
    reading = Reading(zone=COPENHAGEN, now=datetime(2026, 10, 12, 5, tzinfo=UTC), find=READING.find)

    read = read_roster(a_file(event), reading)

    hours = {each[-16:-5] for each in said(read.entries)}
    assert hours == {"08:00-16:00"}
    assert len({each.start.hour for each in read.entries}) == 2
    assert (read.entries[0].start.date().isoformat(), len(read.entries)) == ("2026-10-19", 13)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("DTSTART:20260505T060000Z\nDTEND:20260505T140000Z", "Tue 05.05 08:00-16:00 Anne"),
        ("DTSTART:20260505T080000\nDTEND:20260505T160000", "Tue 05.05 08:00-16:00 Anne"),
        ("DTSTART:20260505T060000Z\nDURATION:PT8H", "Tue 05.05 08:00-16:00 Anne"),
        ("DTSTART;VALUE=DATE:20260505", "Tue 05.05 00:00-00:00 Anne"),
        (
            "DTSTART:20260505T080000\nDTEND:20260505T090000\nRRULE:FREQ=DAILY;COUNT=1",
            "Tue 05.05 08:00-09:00 Anne",
        ),
        (
            "DTSTART;TZID=Europe/London:20260505T070000\nDTEND;TZID=Europe/London:20260505T080000",
            "Tue 05.05 08:00-09:00 Anne",
        ),
        ("DTSTART:20260505T080000", "no_time"),
        ("DTEND:20260505T080000Z", "no_time"),
        ("DTSTART:20260505T080000Z\nDTEND:20260505T070000Z", "no_time"),
        ("DTSTART:tomorrow\nDTEND:20260505T070000Z", "no_time"),
        ("DTSTART:20260505T080000Z\nDTEND:20260605T070000Z", "too_long"),
        ("DTSTART;TZID=Middle/Earth:20260505T070000\nDTEND;TZID=Middle/Earth:20260505T080000", "zone"),
        ("DTSTART:20260505T080000\nDTEND:20260505T090000\nRRULE:FREQ=MONTHLY", "repeat"),
        ("DTSTART:20260505T080000\nDTEND:20260505T090000\nRRULE:FREQ=WEEKLY;BYDAY=1MO", "repeat"),
        ("DTSTART:20260505T080000\nDTEND:20260505T090000\nRRULE:FREQ=WEEKLY;BYSETPOS=1", "repeat"),
        (
            "DTSTART:20260505T080000\nDTEND:20260505T090000\nRRULE:FREQ=WEEKLY\nRDATE:20260509T080000",
            "repeat",
        ),
        ("DTSTART;VALUE=DATE:20261101\nRRULE:FREQ=WEEKLY;UNTIL=99991231", "Sun 01.11 00:00-00:00 Anne"),
        ("DTSTART:99991231T080000\nDURATION:P1D", "no_time"),
        ("DTSTART;VALUE=DATE:20260505\nRECURRENCE-ID;TZID=Middle/Earth:20260505T080000", "zone"),
    ],
)
def test_times_are_read_or_said_not_to_be(lines: str, expected: str) -> None:
    read = read_roster(a_file(f"UID:x\nSUMMARY:Vagt anne@example.org\n{lines}"), READING)

    assert [*said(read.entries), *(each.why for each in read.puzzles)] == [expected]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ("SUMMARY:Frokost", "no_person"),
        ("SUMMARY:Vagt ukendt@example.org", "unknown_person"),
        ("ATTENDEE:mailto:anne@example.org\nATTENDEE:mailto:bo@example.org", "two_people"),
        ("SUMMARY:anne@example.org eller bo@example.org", "two_people"),
    ],
)
def test_whoever_is_not_plainly_named_is_not_guessed(lines: str, why: str) -> None:
    read = read_roster(a_file(f"UID:x\nDTSTART:20260505T060000Z\nDTEND:20260505T140000Z\n{lines}"), READING)

    assert ([each.why for each in read.puzzles], read.entries) == ([why], ())


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff\xfe",
        b"hello",
        b"BEGIN:VCARD\r\nFN:x\r\nEND:VCARD\r\n",
        b"BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n",
        b"BEGIN:VCALENDAR\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
        b"END:VCALENDAR\r\n",
        b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
    ],
)
def test_what_is_no_calendar_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(NoCalendarError):
        read_roster(raw, READING)


def test_more_than_a_roster_holds_is_not_read() -> None:
    events = [
        f"UID:{number}\nSUMMARY:anne@example.org\nDTSTART:20260505T{number // 60:02}{number % 60:02}00Z\nDURATION:PT1M"
        for number in range(401)
    ]

    read = read_roster(a_file(*events), READING)

    assert ([each.why for each in read.puzzles], read.entries) == (["too_many"], ())


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


def test_a_roster_of_nobody_is_a_calendar_all_the_same() -> None:
    file = write_roster([], [], {}, lambda key, **_: key, now=NOW)

    assert read_roster(file, READING).entries == ()


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
