"""A roster read from what other programs write, and from what is broken."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from admin.ics import NoCalendarError, Reading, read_roster, write_roster
from admin.parts import HOME
from triage.ids import PersonId
from triage.people.importing import Entry

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


def test_a_roster_of_nobody_is_a_calendar_all_the_same() -> None:
    file = write_roster([], [], {}, lambda key, **_: key, now=NOW)

    assert read_roster(file, READING).entries == ()
