from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from storage.store import Store
from storage.tables import outbox, parked
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, some_rules
from tests.support.stores import SettableClock
from triage.audit import Act
from triage.cases.case import Case
from triage.cases.records import Channel
from triage.ids import ConversationId, OutboxId, PersonId
from triage.notices.outbox import Lane, Outgoing, ParkedNotice, Via
from triage.notices.undelivered import read_parked, read_undelivered, settle_parked, settle_undelivered
from triage.people.person import Person, PersonState, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
MARKER = "Testord, som kun beskeden har"


@dataclass(frozen=True, kw_only=True)
class Given:
    """A case, somebody with a bad address, a dead notice to them and a dead one to the reporter."""

    case: Case
    officer: Person
    administrator: Person
    to_staff: OutboxId
    to_reporter: OutboxId


def dead(
    tx: Transaction,
    *,
    case: Case | None = None,
    person: PersonId | None = None,
    conversation_id: ConversationId | None = None,
    via: Via = Via.MAIL,
    error: str = "mailbox_refused",
) -> OutboxId:
    """A row that was given up."""
    row = Outgoing(
        id=OutboxId(tx.new_id()),
        lane=Lane.CONVERSATION if person is None else Lane.ESCALATION,
        via=via,
        peer=f"peer:{person or conversation_id}",
        payload={"notice": "notice.reporter_reply", "params": {"words": MARKER}, "to": "x@example.org"},
        not_before=tx.now,
        conversation_id=conversation_id,
        case_id=None if case is None else case.id,
        person_id=person,
    )
    assert tx.outbox.add(row, leased=False)
    tx.outbox.bury(row.id, error=error)
    return row.id


def given(tx: Transaction) -> Given:
    case = a_case(tx, channel=Channel.TELEGRAM)
    conversation_id = tx.reporters.conversation_of(case.id)
    assert conversation_id is not None
    officer = a_person(tx)
    to_reporter = dead(tx, case=case, conversation_id=conversation_id, via=Via.TELEGRAM, error="forbidden")
    return Given(
        case=case,
        officer=officer,
        administrator=a_person(tx, roles=(Role.ADMINISTRATOR,)),
        to_staff=dead(tx, case=case, person=officer.id),
        to_reporter=to_reporter,
    )


def told(tx: Transaction, by: PersonId) -> list[tuple[str | None, str | None, str]]:
    found = read_undelivered(tx, RULES, by=by)
    assert not isinstance(found, Refused)
    return [(row.case_code, row.person, row.error) for row in found]


def with_roles(
    tx: Transaction, roles: Collection[Role], *, state: PersonState = PersonState.ACTIVE
) -> PersonId:
    return a_person(tx, roles=roles, state=state).id


async def test_what_was_given_up_is_a_task_escalations_first(store: Store) -> None:
    g = await store.write(given)

    assert await store.read(told, g.officer.id) == [
        (g.case.code, g.officer.name, "mailbox_refused"),
        (g.case.code, None, "forbidden"),
    ]


async def test_an_administrator_sees_whom_and_how_but_no_code_and_nothing_of_a_reporter(store: Store) -> None:
    g = await store.write(given)
    found = await store.read(read_undelivered, RULES, by=g.administrator.id)
    refused = await store.write(settle_undelivered, RULES, by=g.administrator.id, row=g.to_reporter)

    assert not isinstance(found, Refused)
    assert [(row.case_code, row.person, row.via) for row in found] == [(None, g.officer.name, Via.MAIL)]
    assert refused == Refused(Reason.NOT_WAITING)


async def test_rows_whose_contact_was_ended_on_purpose_are_no_tasks(store: Store) -> None:
    def end(tx: Transaction) -> PersonId:
        case = a_case(tx, channel=Channel.TELEGRAM)
        conversation_id = tx.reporters.conversation_of(case.id)
        assert conversation_id is not None
        row = Outgoing(
            id=OutboxId(tx.new_id()),
            lane=Lane.CONVERSATION,
            via=Via.TELEGRAM,
            peer="p",
            payload={"notice": "notice.reporter_reply"},
            not_before=tx.now,
            conversation_id=conversation_id,
            case_id=case.id,
        )
        assert tx.outbox.add(row, leased=False)
        tx.reporters.end_contact(conversation_id)
        return a_person(tx).id

    by = await store.write(end)

    assert len(await store.read(lambda tx: tx.outbox.dead_letters(limit=5))) == 1
    assert await store.read(told, by) == []


async def test_a_line_of_a_conversation_that_became_no_case_is_no_task(store: Store) -> None:
    def line(tx: Transaction) -> PersonId:
        dead(tx, via=Via.TELEGRAM, error="forbidden")
        return a_person(tx).id

    assert await store.read(told, await store.write(line)) == []


async def test_seeing_to_it_ends_the_task_forgets_the_words_and_is_an_entry_of_codes(store: Store) -> None:
    g = await store.write(given)
    for row in (g.to_staff, g.to_reporter):
        done = await store.write(settle_undelivered, RULES, by=g.officer.id, row=row)
        assert not isinstance(done, Refused)

    def kept(tx: Transaction) -> list[tuple[object, ...]]:
        columns = (outbox.c.state, outbox.c.payload, outbox.c.sealed)
        mine = outbox.c.id.in_([g.to_staff, g.to_reporter])
        return [tuple(row) for row in tx._work.all(select(*columns).where(mine))]

    (entry,) = await store.read(lambda tx: tx.audit.of_object(g.to_staff))
    assert await store.read(told, g.officer.id) == []
    assert await store.read(kept) == [("settled", None, None)] * 2
    assert (entry.act, entry.actor) == (Act.NOTICE_SETTLED, g.officer.id)
    assert dict(entry.facts) == {
        "lane": "escalation",
        "via": "mail",
        "to": "staff",
        "error": "mailbox_refused",
    }


async def test_only_the_first_of_two_sees_to_it(store: Store) -> None:
    g = await store.write(given)
    await store.write(settle_undelivered, RULES, by=g.officer.id, row=g.to_staff)

    late = await store.write(settle_undelivered, RULES, by=g.administrator.id, row=g.to_staff)
    never = await store.write(settle_undelivered, RULES, by=g.officer.id, row=OutboxId(uuid4()))

    assert (late, never) == (Refused(Reason.NOT_WAITING), Refused(Reason.NOT_WAITING))
    assert len(await store.read(lambda tx: tx.audit.of_object(g.to_staff))) == 1


async def test_a_row_that_still_waits_or_was_sent_is_never_settled(store: Store) -> None:
    def waiting(tx: Transaction) -> tuple[OutboxId, PersonId]:
        officer = a_person(tx)
        row = Outgoing(
            id=OutboxId(tx.new_id()),
            lane=Lane.ESCALATION,
            via=Via.MAIL,
            peer="p",
            payload={"notice": "n"},
            not_before=tx.now,
            person_id=officer.id,
        )
        assert tx.outbox.add(row, leased=False)
        return row.id, officer.id

    row, by = await store.write(waiting)
    first = await store.write(settle_undelivered, RULES, by=by, row=row)
    await store.write(lambda tx: tx.outbox.mark_sent([(row, None)]))
    second = await store.write(settle_undelivered, RULES, by=by, row=row)

    assert (first, second) == (Refused(Reason.NOT_WAITING), Refused(Reason.NOT_WAITING))


@pytest.mark.parametrize("role", Role)
async def test_each_role_sees_to_what_the_table_gives_it_and_nobody_shut_out_does(
    store: Store, role: Role
) -> None:
    g = await store.write(given)
    lies = await store.write(lambda tx: tx.parked.park(b"{}", error="KeyError"))
    by = await store.write(with_roles, (role,))
    gone = await store.write(with_roles, tuple(Role), state=PersonState.DISABLED)
    not_allowed = Refused(Reason.NOT_ALLOWED)
    reads = role in {Role.DUTY_OFFICER, Role.HEAD, Role.ADMINISTRATOR}
    sees_parked = role in {Role.HEAD, Role.ADMINISTRATOR}

    for who, may, may_parked in ((gone, False, False), (by, reads, sees_parked)):
        answers = (
            await store.read(read_undelivered, RULES, by=who),
            await store.write(settle_undelivered, RULES, by=who, row=g.to_staff),
        )
        about_parked = (
            await store.read(read_parked, by=who),
            await store.write(settle_parked, by=who, parked_id=lies),
        )
        assert [answer != not_allowed for answer in answers] == [may, may]
        assert [answer != not_allowed for answer in about_parked] == [may_parked, may_parked]


async def test_a_parked_update_is_told_without_its_content_and_destroyed_once_seen_to(
    store: Store, clock: SettableClock
) -> None:
    head = await store.write(with_roles, (Role.HEAD,))
    first = await store.write(lambda tx: tx.parked.park(MARKER.encode(), error="KeyError"))
    began = clock.at
    clock.advance(timedelta(minutes=1))
    await store.write(lambda tx: tx.parked.park(b"{}", error="ValueError"))

    found = await store.read(read_parked, by=head)
    done = await store.write(settle_parked, by=head, parked_id=first)
    again = await store.write(settle_parked, by=head, parked_id=first)

    def ids(tx: Transaction) -> list[UUID]:
        return [row.id for row in tx._work.all(select(parked.c.id))]

    assert not isinstance(found, Refused)
    assert found[0] == ParkedNotice(id=first, at=began, error="KeyError")
    assert [each.error for each in found] == ["KeyError", "ValueError"]
    assert (done, again) == (first, Refused(Reason.NOT_WAITING))
    assert await store.read(ids) == [found[1].id]
    (entry,) = await store.read(lambda tx: tx.audit.of_object(first))
    assert (entry.act, entry.actor, dict(entry.facts)) == (Act.UPDATE_SETTLED, head, {})
