"""Readings that are one look are drawn as one line, on whatever page, and the audit keeps each of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

import pytest

from storage.store import Store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_conversation, a_person, some_rules
from tests.support.stores import MONDAY_MORNING, SettableClock
from tests.support.trails import all_of, hidden_from, noted, opens, own
from triage.audit import Act
from triage.cases.acute import raise_alarm
from triage.cases.handle import claim
from triage.cases.records import Alarm
from triage.cases.trail import FOLDED_AT_MOST, FOLDED_WITHIN, OF_A_CASE, SHOWN, TrailLine, readers_of
from triage.people.person import Role

RULES = some_rules()


def an_alarm(tx: Transaction, /) -> Alarm:
    return raise_alarm(tx, RULES, conversation_id=a_conversation(tx).id, trigger="danger_yes")


def drawn(lines: Iterable[TrailLine]) -> list[tuple[int, int, int]]:
    """Of each line how often, and from which minute to which."""
    minute = timedelta(minutes=1)
    return [
        (each.times, (each.at - MONDAY_MORNING) // minute, (each.last.at - MONDAY_MORNING) // minute)
        for each in lines
    ]


async def test_looking_again_within_a_quarter_of_an_hour_is_no_line_of_its_own(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)
    for minutes in (0, 8, 7, 1):
        clock.advance(timedelta(minutes=minutes))
        await opens(store, officer, case)

    mine = await own(store, officer.id)

    # Minutes 0, 8, 15 and 16: the latest three are within a quarter of an hour, the first one is not.
    assert drawn(mine.lines) == [(3, 8, 16), (1, 0, 0)]
    assert mine.lines[0].at == MONDAY_MORNING + timedelta(minutes=8)
    entries = await store.read(lambda tx: tx.audit.of_object(case.id))
    assert [each.act for each in entries].count(Act.CASE_READ) == 4


async def test_what_is_another_look_is_never_the_same_line(store: Store) -> None:
    dpo = await store.write(a_person, roles=[Role.DPO])
    one, other = await store.write(a_person), await store.write(a_person)
    case, second = (await store.write(a_case)).id, (await store.write(a_case)).id
    alarm, another = [(await store.write(an_alarm)).id for _ in range(2)]
    at = MONDAY_MORNING
    await store.write(noted, [(one.id, Act.CASE_READ, each, at) for each in (case, second, case, case)])
    await store.write(noted, [(each.id, Act.CASE_READ, case, at) for each in (other, one)])
    await store.write(noted, [(one.id, Act.IDENTITY_READ, case, at)] * 2)
    await store.write(noted, [(one.id, Act.IDENTITY_READ, case, at)], glass="broken")
    await store.write(noted, [(one.id, Act.IDENTITY_READ, case, at)], alone="yes")
    await store.write(noted, [(one.id, Act.CASE_READ, case, at)], sheet="police")
    await store.write(noted, [(one.id, Act.CASE_READ, case, at)])
    await store.write(noted, [(one.id, Act.ALARM_READ, each, at) for each in (alarm, another)])

    week = await all_of(store, dpo.id)

    lines = [
        (each.times, each.last.person_id, each.last.act.value, each.last.glass_broken) for each in week.lines
    ]
    assert lines == [
        (1, one.id, "alarm:read", False),
        (1, one.id, "alarm:read", False),
        (1, one.id, "case:read", False),
        (1, one.id, "case:read", False),
        (1, one.id, "identity:read", False),
        (1, one.id, "identity:read", True),
        (2, one.id, "identity:read", False),
        (1, one.id, "case:read", False),
        (1, other.id, "case:read", False),
        (2, one.id, "case:read", False),
        (1, one.id, "case:read", False),
        (1, one.id, "case:read", False),
    ]


@pytest.mark.parametrize("seconds", [4, 10])
async def test_lines_are_the_same_on_pages_as_on_one_long_sheet(store: Store, *, seconds: int) -> None:
    officer = await store.write(a_person)
    objects = [(await store.write(a_case)).id for _ in range(7)]
    # Looks of one to five readings, and one so long that no line holds it where a page ends.
    sizes = [number % 5 + 1 for number in range(80)] + [2 * FOLDED_AT_MOST + 9] + [3] * 90
    looks = [objects[number % 7] for number, size in enumerate(sizes) for _ in range(size)]
    times = [MONDAY_MORNING + timedelta(seconds=seconds * number) for number in range(len(looks))]
    await store.write(
        noted, [(officer.id, Act.CASE_READ, each, at) for each, at in zip(looks, times, strict=True)]
    )

    pages: list[Sequence[TrailLine]] = []
    before: int | None = None
    while not pages or before is not None:
        page = await own(store, officer.id, before)
        pages.append(page.lines)
        before = page.further

    expected: list[list[datetime]] = []
    held: UUID | None = None
    for each, at in zip(reversed(looks), reversed(times), strict=True):
        line = expected[-1] if expected else []
        if each == held and line and line[0] - at <= FOLDED_WITHIN and len(line) < FOLDED_AT_MOST:
            line.append(at)
        else:
            expected.append([at])
        held = each
    shown = [line for lines in pages for line in lines]
    assert [(each.times, each.last.at, each.at) for each in shown] == [
        (len(line), line[0], line[-1]) for line in expected
    ]
    assert sum(each.times for each in shown) == len(looks)
    assert max(len(lines) for lines in pages) <= SHOWN


async def test_the_page_of_a_case_shows_whole_lines_too(store: Store) -> None:
    holder = await store.write(a_person)
    case = await store.write(a_case)
    await store.write(claim, RULES, case_id=case.id, by=holder.id)
    readers = [(await store.write(a_person)).id for _ in range(2)]
    size = 4
    at = MONDAY_MORNING
    looks = [readers[number % 2] for number in range(2 * OF_A_CASE) for _ in range(size)]
    await store.write(noted, [(each, Act.CASE_READ, case.id, at) for each in looks])

    lines = await store.read(lambda tx: readers_of(tx, tx.cases.get(case.id), by=holder.id))

    assert {each.times for each in lines} == {size}


async def test_what_is_hidden_parts_no_line_from_another(store: Store) -> None:
    dpo, officer = await store.write(a_person, roles=[Role.DPO]), await store.write(a_person)
    case, hidden = await store.write(a_case), await store.write(a_case)
    await opens(store, officer, case, hidden, case)

    await hidden_from(store, dpo.id, hidden)

    assert [(each.times, each.last.code) for each in (await all_of(store, dpo.id)).lines] == [(2, case.code)]
