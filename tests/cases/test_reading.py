from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import product
from uuid import UUID

import pytest

from storage.store import Store
from tests.support.builders import a_case, a_conversation, a_person, a_submission, some_rules
from tests.support.stores import MONDAY_MORNING, SettableClock
from triage.access.table import TABLE, Relation, Right, allowed, relation
from triage.audit import Act
from triage.cases.acute import raise_alarm
from triage.cases.case import EventKind
from triage.cases.decide import decide
from triage.cases.dialogue import write_from_reporter
from triage.cases.handle import claim
from triage.cases.identity import Identity, read_identity
from triage.cases.identity_requests import IdentityRequest
from triage.cases.reading import (
    CaseView,
    QueueView,
    read_alarm,
    read_case,
    read_queue,
)
from triage.clocks.keep import stop_clocks
from triage.ids import CaseCode, CaseId, PersonId
from triage.people.person import Person, PersonState, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
DESK = frozenset({Role.DUTY_OFFICER, Role.COORDINATOR, Role.HEAD})


def a_member(role: Role) -> Person:
    return Person(
        id=PersonId(UUID(int=1)),
        name="Testperson A",
        email="a@example.org",
        roles=frozenset({role}),
        language="en",
        state=PersonState.ACTIVE,
        created_at=MONDAY_MORNING,
    )


async def queue_of(store: Store, by: PersonId) -> QueueView:
    view = await store.write(read_queue, RULES, by=by)
    assert isinstance(view, QueueView)
    return view


async def test_every_reading_of_a_case_is_an_audit_entry_and_the_first_is_kept(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)
    first = clock.advance(timedelta(minutes=5))
    await store.write(read_case, RULES, code=case.code, by=officer.id)
    clock.advance(timedelta(minutes=5))

    view = await store.write(read_case, RULES, code=case.code, by=officer.id)

    assert isinstance(view, CaseView)
    assert view.case.first_read_at == first
    entries = await store.read(lambda tx: tx.audit.of_object(case.id))
    assert [entry.actor for entry in entries if entry.act is Act.CASE_READ] == [officer.id] * 2


async def test_a_case_shows_words_rights_and_clocks_and_keeps_identity_shut(store: Store) -> None:
    coordinator = await store.write(a_person, roles=[Role.COORDINATOR])
    case = await store.write(a_case, acute=True)

    view = await store.write(read_case, RULES, code=case.code, by=coordinator.id)

    assert isinstance(view, CaseView)
    assert view.submissions[0].body == {"worry": "Something has changed."}
    assert view.submissions[0].identity == {}
    assert len(view.clocks) == 2
    assert len(view.alarms) == 1
    assert {Right.DECIDE, Right.CLAIM, Right.READ_IDENTITY} <= view.rights
    assert Right.MANAGE_PEOPLE not in view.rights
    assert (view.can_reply, view.overdue, view.overdue_explained) == (False, False, False)


async def test_a_case_that_one_may_not_see_looks_like_none(store: Store) -> None:
    administrator = await store.write(a_person, roles=[Role.ADMINISTRATOR])
    officer = await store.write(a_person)
    case = await store.write(a_case)

    hidden = await store.write(read_case, RULES, code=case.code, by=administrator.id)
    missing = await store.write(read_case, RULES, code=CaseCode("K-0000000"), by=officer.id)

    assert hidden == missing == Refused(Reason.NOT_FOUND)
    assert Act.CASE_READ not in [
        each.act for each in await store.read(lambda tx: tx.audit.of_object(case.id))
    ]


async def test_reading_marks_what_the_reporter_wrote(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)
    await store.write(write_from_reporter, RULES, case_id=case.id, words="More.")

    await store.write(read_case, RULES, code=case.code, by=officer.id)

    [message] = await store.read(lambda tx: tx.messages.of_case(case.id))
    assert message.read_at == clock.at


async def test_identity_opens_with_a_reason_and_a_fresh_factor(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person)
    case = await store.write(a_case)

    async def ask(reason: str, verified_at: datetime | None) -> Identity | IdentityRequest | Refused:
        return await store.write(
            read_identity, RULES, code=case.code, by=officer.id, reason=reason, verified_at=verified_at
        )

    stale = await ask("To call.", clock.at - timedelta(minutes=6))
    never = await ask("To call.", None)
    unsaid = await ask("", clock.at)
    opened = await ask("To call.", clock.at)

    assert [stale, never, unsaid] == [
        Refused(Reason.SECOND_FACTOR_NEEDED),
        Refused(Reason.SECOND_FACTOR_NEEDED),
        Refused(Reason.REASON_NEEDED),
    ]
    assert isinstance(opened, Identity)
    assert opened.answers == ({"your_name": "Testperson R"},)
    event = (await store.read(lambda tx: tx.cases.timeline(case.id)))[-1]
    entry = (await store.read(lambda tx: tx.audit.of_object(case.id)))[-1]
    assert (event.kind, event.words, entry.act) == (EventKind.IDENTITY_READ, "To call.", Act.IDENTITY_READ)


async def test_a_coordinator_does_not_open_the_identity_in_a_colleagues_case(
    store: Store, clock: SettableClock
) -> None:
    mine, theirs = [await store.write(a_person, roles=[Role.COORDINATOR]) for _ in range(2)]
    case = await store.write(a_case)
    await store.write(claim, RULES, case_id=case.id, by=theirs.id)

    refused = await store.write(
        read_identity, RULES, code=case.code, by=mine.id, reason="To call.", verified_at=clock.at
    )

    assert refused == Refused(Reason.NOT_ALLOWED)


async def test_the_queue_goes_by_acute_flag_then_time_left_then_arrival(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person, on_duty=True)
    first = await store.write(a_submission)
    clock.advance(timedelta(hours=1))
    second = await store.write(a_submission)
    clock.advance(timedelta(hours=1))
    acute = await store.write(a_case, acute=True)

    view = await queue_of(store, officer.id)

    assert [row.case.code for row in view.waiting] == [acute.code, first.code, second.code]
    assert [row.left for row in view.waiting][1:] == [timedelta(hours=46), timedelta(hours=47)]
    assert view.on_duty is not None
    assert view.on_duty.id == officer.id


async def test_the_queue_shows_alarms_who_holds_what_and_what_was_decided(store: Store) -> None:
    officer = await store.write(a_person)
    conversation = await store.write(a_conversation)
    alarm = await store.write(raise_alarm, RULES, conversation_id=conversation.id, trigger="danger_yes")
    held, done = await store.write(a_submission), await store.write(a_submission)
    await store.write(claim, RULES, case_id=held.id, by=officer.id)
    await store.write(
        lambda tx: decide(
            tx,
            RULES,
            case_id=done.id,
            by=officer.id,
            outcome="advice_only",
            reason="Advice.",
            local_action=False,
            to_unit=False,
        )
    )

    view = await queue_of(store, officer.id)

    assert [each.id for each in view.alarms] == [alarm.id]
    assert [(row.case.id, row.holder) for row in view.waiting] == [(held.id, officer)]
    assert [row.case.id for row in view.decided] == [done.id]
    assert view.on_duty is None


async def pages_of(
    store: Store, by: PersonId, *, between: Callable[[], Awaitable[None]]
) -> list[list[CaseId]]:
    """The queue as somebody leafs through it, two cases at a time, while other things happen."""
    pages: list[list[CaseId]] = []
    after = None
    while not pages or after is not None:
        view = await store.write(read_queue, RULES, by=by, after=after, limit=2)
        assert isinstance(view, QueueView)
        pages.append([row.case.id for row in view.waiting])
        after = view.further
        await between()
    return pages


async def nothing() -> None:
    """Between two pages nothing happens."""


async def test_the_queue_is_leafed_through_in_its_only_order(store: Store, clock: SettableClock) -> None:
    officer = await store.write(a_person)
    made = []
    for number in range(7):
        made.append(await store.write(a_case, acute=number in {3, 5}))
        # Two of them came in at the same moment.
        clock.advance(timedelta(hours=0 if number == 1 else 1))
    await store.write(lambda tx: stop_clocks(tx, RULES, made[0].id))

    pages = await pages_of(store, officer.id, between=nothing)

    whole = await queue_of(store, officer.id)
    assert [len(page) for page in pages] == [2, 2, 2, 1]
    assert [each for page in pages for each in page] == [row.case.id for row in whole.waiting]
    assert (pages[0], pages[3]) == ([made[3].id, made[5].id], [made[0].id])
    assert whole.further is None


async def test_what_is_decided_meanwhile_hides_no_case_from_whoever_leafs(
    store: Store, clock: SettableClock
) -> None:
    officer = await store.write(a_person)
    made = []
    for _ in range(4):
        made.append(await store.write(a_case))
        clock.advance(timedelta(hours=1))

    async def the_first_is_decided() -> None:
        first = await store.read(lambda tx: tx.cases.queue(reader=None, limit=1)[0])
        await store.write(
            decide,
            RULES,
            case_id=first.id,
            by=officer.id,
            outcome="advice_only",
            reason="Advice was given.",
            local_action=False,
            to_unit=False,
        )

    pages = await pages_of(store, officer.id, between=the_first_is_decided)

    assert pages == [[made[0].id, made[1].id], [made[2].id, made[3].id]]


async def test_a_queue_that_fits_has_nothing_further(store: Store) -> None:
    officer = await store.write(a_person)
    for _ in range(2):
        await store.write(a_case)

    view = await store.write(read_queue, RULES, by=officer.id, limit=2)

    assert isinstance(view, QueueView)
    assert (len(view.waiting), view.further) == (2, None)


async def test_a_page_that_refreshes_itself_only_reads(store: Store) -> None:
    officer = await store.write(a_person)
    await store.write(a_case)

    view = await store.read(read_queue, RULES, by=officer.id, again=True)

    assert isinstance(view, QueueView)
    assert len(view.waiting) == 1


@pytest.mark.parametrize("role", sorted(set(Role) - DESK))
async def test_only_the_desk_sees_queue_and_alarms(store: Store, role: Role) -> None:
    person = await store.write(a_person, roles=[role])
    conversation = await store.write(a_conversation)
    alarm = await store.write(raise_alarm, RULES, conversation_id=conversation.id, trigger="danger_yes")

    assert await store.write(read_queue, RULES, by=person.id) == Refused(Reason.NOT_ALLOWED)
    assert await store.write(read_alarm, alarm_id=alarm.id, by=person.id) == Refused(Reason.NOT_ALLOWED)


async def test_opening_an_alarm_is_an_audit_entry(store: Store) -> None:
    officer = await store.write(a_person, on_duty=True)
    conversation = await store.write(a_conversation)
    alarm = await store.write(raise_alarm, RULES, conversation_id=conversation.id, trigger="danger_yes")

    assert await store.write(read_alarm, alarm_id=alarm.id, by=officer.id) == alarm
    entry = (await store.read(lambda tx: tx.audit.of_object(alarm.id)))[-1]
    assert (entry.act, entry.actor) == (Act.ALARM_READ, officer.id)


def test_every_right_stands_in_the_table() -> None:
    assert set(TABLE) == set(Right)


@pytest.mark.parametrize("role", list(Role))
def test_every_cell_is_as_the_table_says_and_nobody_inactive_has_any(role: Role) -> None:
    person = a_member(role)
    for right, to in product(Right, Relation):
        assert allowed(person, right, to) is (to in TABLE[right].get(role, frozenset()))
        for state in (PersonState.INVITED, PersonState.DISABLED):
            assert not allowed(replace(person, state=state), right, to)


@pytest.mark.parametrize("role", sorted(set(Role) - DESK))
def test_only_the_desk_has_case_content(role: Role) -> None:
    # What an authority is asked is no case that its members can open: see `tests/house/test_access_of_authorities.py`.
    of_cases = set(Relation) - {Relation.NONE, Relation.ASKED}
    assert [right for right, to in product(Right, of_cases) if allowed(a_member(role), right, to)] == []


async def test_whoever_holds_a_case_stands_to_it_as_their_own(store: Store) -> None:
    officer, other = await store.write(a_person), await store.write(a_person)
    case = await store.write(a_case)
    held = await store.write(claim, RULES, case_id=case.id, by=officer.id)

    assert not isinstance(held, Refused)
    assert [relation(officer, case), relation(officer, held), relation(other, held)] == [
        Relation.UNASSIGNED,
        Relation.OWN,
        Relation.FOREIGN,
    ]
