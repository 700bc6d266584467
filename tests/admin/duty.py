"""A roster for pages: shifts, an absence with a deputy, gaps, a handover that waits; and a calendar to bring in."""

from __future__ import annotations

from datetime import timedelta

from tests.admin.house import Console
from tests.support.profiles import shipped
from triage.people.handing_over import hand_over
from triage.people.person import Person
from triage.people.rostering import add_absence, add_pattern, set_deputies

DAY = timedelta(days=1)


async def a_roster(console: Console, head: Person, other: Person) -> None:
    """Three weeks of Mondays and Tuesdays; the other is away next week, and the head stands in; a note waits."""
    rules, today = shipped().rules(), shipped().rules().calendar.local(console.clock.at).date()
    store = console.store
    await store.write(
        add_pattern, rules, by=head.id, first_day=today, weeks=3, pattern={0: other.id, 1: head.id}
    )
    start = console.clock.at + 6 * DAY
    await store.write(add_absence, by=head.id, person_id=other.id, start=start, end=start + 4 * DAY)
    await store.write(set_deputies, by=head.id, person_id=other.id, deputies=[head.id])
    await store.write(lambda tx: tx.people.set_on_duty(other.id))
    await store.write(hand_over, rules, by=other.id, to=head.id, note="Ring til skolen om busturen.")


def roster_file(console: Console, head: Person, other: Person) -> bytes:
    """A calendar with a new shift, one that names nobody, and an absence."""
    day = (console.clock.at + 2 * DAY).strftime("%Y%m%d")
    events = [
        ("new@example.org", f"Vagt {other.email}", f"{day}T060000Z", f"{day}T140000Z", ""),
        ("party@example.org", "Frokost", f"{day}T100000Z", f"{day}T110000Z", ""),
        (
            "away@example.org",
            f"Ferie {head.email}",
            f"{day}T060000Z",
            f"{day}T140000Z",
            "CATEGORIES:ABSENCE\r\n",
        ),
    ]
    return (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Test//EN\r\n"
        + "".join(
            f"BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260501T000000Z\r\nDTSTART:{start}\r\nDTEND:{end}\r\n"
            f"SUMMARY:{title}\r\n{more}END:VEVENT\r\n"
            for uid, title, start, end, more in events
        )
        + "END:VCALENDAR\r\n"
    ).encode()
