"""The roster as iCalendar (RFC 5545): written for calendars, and read from what they export.

An entry of a foreign calendar may say anything. What is taken of it is who (by an e-mail address of a known person),
when, and a hash of which entry it is; its words are shown to whoever imports it, and stored nowhere.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from icalendar import Calendar as File
from icalendar import Component, Event, vBroken

from admin.ics_repeats import UnknownRepeatError, occurrences
from triage.ids import PersonId, ShiftId
from triage.people.importing import HORIZON, MOST_ENTRIES, Entry
from triage.people.person import Person
from triage.people.roster import Absence, Shift
from triage.people.rostering import LONGEST_ABSENCE, LONGEST_SHIFT

_ABSENCE = "ABSENCE"
_OUT_OF_OFFICE = "OOF"
_OWN_UID = re.compile(r"shift-([0-9a-f-]{36})@tovholder", re.ASCII)
_MAIL = re.compile(r"[^\s<>,;:\"'()]{1,64}@[^\s<>,;:\"'()]{1,190}")
_LONGEST_SHOWN = 80
_DAY = timedelta(days=1)

FindByEmail = Callable[[str], PersonId | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Puzzle:
    """An entry that was not understood: what it is called there, and the end of the text key that says why."""

    title: str = field(repr=False)
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """What a file says."""

    entries: tuple[Entry, ...] = ()
    puzzles: tuple[Puzzle, ...] = ()


class NoCalendarError(ValueError):
    """The file is no calendar at all."""


class _PuzzleError(Exception):
    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a file is read with. `zone` is that of times which name none."""

    zone: ZoneInfo
    now: datetime
    find: FindByEmail


def write_roster(
    shifts: Iterable[Shift],
    absences: Iterable[Absence],
    people: Mapping[PersonId, Person],
    say: Callable[..., str],
    *,
    now: datetime,
) -> bytes:
    """A calendar of these; the same shift has the same UID in every export."""
    file = File()
    file.add("prodid", "-//Tovholder//Roster//EN")
    file.add("version", "2.0")
    for shift in shifts:
        person = people[shift.person_id]
        event = _event(f"shift-{shift.id}@tovholder", shift.start, shift.end, now)
        event.add("summary", say("console.duty.ics_shift", name=person.name))
        event.add("attendee", f"mailto:{person.email}")
        file.add_component(event)
    for absence in absences:
        person = people[absence.person_id]
        event = _event(f"absence-{absence.id}@tovholder", absence.start, absence.end, now)
        event.add("summary", say("console.duty.ics_absence", name=person.name))
        event.add("attendee", f"mailto:{person.email}")
        event.add("categories", [_ABSENCE])
        event.add("transp", "TRANSPARENT")
        file.add_component(event)
    written: bytes = file.to_ical()
    return written


def read_roster(raw: bytes, reading: Reading) -> ReadFile:
    """The shifts and absences of a file. Raises `NoCalendarError` for what is no calendar.

    An entry that stands in the file twice counts as it stands there last; a single day that was moved out of a
    repeated entry counts instead of that day.
    """
    try:
        file: Component = File.from_ical(raw.decode("utf-8-sig", "replace"))
    except (ValueError, IndexError, KeyError, AttributeError, TypeError) as error:
        raise NoCalendarError from error
    if getattr(file, "name", None) != "VCALENDAR":
        raise NoCalendarError
    zone = _zone_of(file, reading.zone)
    events = list(file.walk("VEVENT"))
    moved = {(_uid(each), _moved_day(each, zone)) for each in events if "RECURRENCE-ID" in each}
    entries: dict[str, Entry] = {}
    puzzles: list[Puzzle] = []
    for event in events:
        try:
            for entry in _entries(event, reading, zone, moved):
                entries[entry.source] = entry
        except _PuzzleError as error:
            puzzles.append(Puzzle(title=_title(event), why=error.why))
        except OverflowError:
            # At the edge of all time there is no day before, or after, or none in UTC.
            puzzles.append(Puzzle(title=_title(event), why="no_time"))
        if len(entries) > MOST_ENTRIES:
            puzzles.append(Puzzle(title="", why="too_many"))
            return ReadFile(puzzles=tuple(puzzles))
    return ReadFile(entries=tuple(entries.values()), puzzles=tuple(puzzles))


def _event(uid: str, start: datetime, end: datetime, now: datetime) -> Event:
    event = Event()
    event.add("uid", uid)
    event.add("dtstamp", now.replace(microsecond=0))
    event.add("dtstart", start)
    event.add("dtend", end)
    return event


def _entries(
    event: Component, reading: Reading, zone: ZoneInfo, moved: set[tuple[str, date | None]]
) -> Iterator[Entry]:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return
    start, end = _times(event, zone)
    is_absence = _is_absence(event)
    if end <= start:
        raise _PuzzleError("no_time")
    if end - start > (LONGEST_ABSENCE if is_absence else LONGEST_SHIFT):
        raise _PuzzleError("too_long")
    person_id = _person(event, reading.find)
    uid, exception = _uid(event), "RECURRENCE-ID" in event
    until = (reading.now + HORIZON).astimezone(zone)
    try:
        begins = (
            [start] if exception or "RRULE" not in event else list(occurrences(event, start, until=until))
        )
    except UnknownRepeatError as error:
        raise _PuzzleError("repeat") from error
    own = _OWN_UID.fullmatch(uid)
    length = end.replace(tzinfo=None) - start.replace(tzinfo=None)
    for each in begins:
        day = _day_of(event["RECURRENCE-ID"], zone) if exception else each.date()
        if "RRULE" in event and not exception and (uid, day) in moved:
            continue
        # By the wall clock: a shift from 8 to 16 stays one when summer time begins.
        ends = (each.replace(tzinfo=None) + length).replace(tzinfo=each.tzinfo)
        if ends <= reading.now:
            continue
        yield Entry(
            person_id=person_id,
            start=each.astimezone(UTC),
            end=ends.astimezone(UTC),
            source=_source(uid, day if exception or "RRULE" in event else None, person_id, each),
            shift_id=None if own is None else ShiftId(UUID(own[1])),
            is_absence=is_absence,
        )


def _source(uid: str, day: date | None, person_id: PersonId, start: datetime) -> str:
    named = f"{uid}|{day}" if uid else f"{person_id}|{start.isoformat()}"
    return hashlib.sha256(named.encode("utf-8", "replace")).hexdigest()[:32]


def _times(event: Component, zone: ZoneInfo) -> tuple[datetime, datetime]:
    start = _instant(event.get("DTSTART"), zone)
    if start is None:
        raise _PuzzleError("no_time")
    if "DTEND" in event:
        end = _instant(event.get("DTEND"), zone)
        if end is None:
            raise _PuzzleError("no_time")
        return start, end.astimezone(start.tzinfo)
    length = _dt(event.get("DURATION"))
    if isinstance(length, timedelta):
        return start, start + length
    if _is_day(event.get("DTSTART")):
        return start, start + _DAY
    raise _PuzzleError("no_time")


def _dt(value: object) -> object:
    return None if isinstance(value, vBroken) else getattr(value, "dt", None)


def _instant(value: object, zone: ZoneInfo) -> datetime | None:
    at = _dt(value)
    if isinstance(at, datetime):
        if at.tzinfo is not None:
            return at
        if "TZID" in getattr(value, "params", {}):
            raise _PuzzleError("zone")
        return at.replace(tzinfo=zone)
    return datetime.combine(at, time(0), tzinfo=zone) if isinstance(at, date) else None


def _is_day(value: object) -> bool:
    at = _dt(value)
    return isinstance(at, date) and not isinstance(at, datetime)


def _day_of(value: object, zone: ZoneInfo) -> date | None:
    at = _instant(value, zone)
    return None if at is None else at.date()


def _moved_day(event: Component, zone: ZoneInfo) -> date | None:
    """Which day of a repeated entry this one stands for; None where that cannot be said, which comes up again."""
    try:
        return _day_of(event["RECURRENCE-ID"], zone)
    except _PuzzleError:
        return None


def _zone_of(file: Component, zone: ZoneInfo) -> ZoneInfo:
    try:
        return ZoneInfo(str(file["X-WR-TIMEZONE"]))
    except (KeyError, ValueError, OSError):
        return zone


def _is_absence(event: Component) -> bool:
    said = event.get("CATEGORIES")
    found = [each for each in (said if isinstance(said, list) else [said]) if not isinstance(each, vBroken)]
    names = {str(name).strip().upper() for each in found for name in getattr(each, "cats", ())}
    return _ABSENCE in names or str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == _OUT_OF_OFFICE


def _person(event: Component, find: FindByEmail) -> PersonId:
    """Whoever is invited; else whoever the title names; else who wrote the entry."""
    ways = (
        _mails(event.get("ATTENDEE")),
        _MAIL.findall(str(event.get("SUMMARY", ""))),
        _mails(event.get("ORGANIZER")),
    )
    organizers = {found for each in ways[2] if (found := find(each)) is not None}
    seen = False
    for mails in ways:
        seen = seen or bool(mails)
        known = {found for each in mails if (found := find(each)) is not None}
        if len(known) > 1 and mails is ways[0]:
            # Who invites is often among the invited.
            known -= organizers
        if len(known) > 1:
            raise _PuzzleError("two_people")
        if known:
            return known.pop()
    raise _PuzzleError("unknown_person" if seen else "no_person")


def _mails(value: object) -> list[str]:
    found = value if isinstance(value, list) else [] if value is None else [value]
    return [str(each).removeprefix("mailto:").removeprefix("MAILTO:").strip() for each in found]


def _uid(event: Component) -> str:
    return str(event.get("UID", ""))


def _title(event: Component) -> str:
    said = " ".join(str(event.get("SUMMARY", "")).split())
    return said[:_LONGEST_SHOWN]
