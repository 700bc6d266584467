"""Row security on PostgreSQL: what is hidden from a reader is not there, whatever a question forgot to ask."""

from __future__ import annotations

import itertools
from datetime import timedelta

import asyncpg
import pytest
from sqlalchemy import LargeBinary, text

from storage.keyring import Keyring
from storage.migrations.row_security import _SWITCH_ON
from storage.schema import metadata
from storage.store import Store, open_store
from storage.transaction import Transaction
from tests.support.builders import a_case, a_person, some_rules
from tests.support.postgres import PostgresServer
from tests.support.stores import SettableClock
from triage.access.reader import reader, reading_for
from triage.cases.acute import Action, answer_alarm
from triage.cases.case import Case
from triage.cases.conflict import keep_out
from triage.cases.decide import decide
from triage.cases.dialogue import write_to_reporter
from triage.cases.handle import add_note, claim
from triage.cases.identity_requests import IdentityRequest
from triage.cases.linking import link_cases
from triage.cases.person_marks import name_marks
from triage.cases.presence import be_here
from triage.cases.reading import QueueView, read_alarm, read_case, read_queue
from triage.cases.records import Channel
from triage.cases.replying import hold_reply
from triage.cases.tasks import make_task
from triage.cases.words import Done
from triage.coordination.answering import Answered, answer
from triage.coordination.asking import ask, can_be_passed
from triage.coordination.proposals import answer_proposal
from triage.ids import IdentityRequestId, PersonId
from triage.people.invite import disable
from triage.people.person import Person, Role
from triage.refusals import Reason, Refused

RULES = some_rules()
TABLES = {
    "cases": "id",
    "case_keys": "owner",
    "case_events": "case_id",
    "submissions": "case_id",
    "messages": "case_id",
    "alarms": "case_id",
    "enquiries": "case_id",
    "enquiry_words": "case_id",
    "tasks": "case_id",
    "held_replies": "case_id",
    "identity_requests": "case_id",
    "proposal_answers": "case_id",
    "presences": "case_id",
    "person_marks": "case_id",
    "case_links": "case_a",
}
BEHIND_NO_NET = {"receipts", "doors", "conversations", "outbox"}
"""These are the reporter's own: codes, ways back and what is being written. What goes out is read by nobody."""
_numbers = itertools.count()


@pytest.fixture
def engine() -> str:
    """SQLite has no such thing: one process, and the first net alone."""
    return "postgresql"


def rows(tx: Transaction, case: Case) -> dict[str, int]:
    """How many rows of the case there are, for a question that forgets all about readers."""
    found = {}
    for table, column in TABLES.items():
        count = text(f"SELECT count(*) FROM {table} WHERE {column} = :id").bindparams(id=case.id)  # noqa: S608 - names from above
        found[table] = tx._work.run(count).scalar_one()
    return found


async def a_hidden_case(store: Store) -> tuple[Case, Person, Person]:
    """A case with an alarm and a note, from which the first of two officers is kept out."""
    out, there = await store.write(a_person, on_duty=True), await store.write(a_person)
    case = await store.write(lambda tx: a_case(tx, acute=True, channel=Channel.TELEGRAM))
    await store.write(add_note, RULES, case_id=case.id, by=there.id, words="Synthetic.")
    await store.write(_a_talk_and_an_enquiry, case, there.id)
    await store.write(_a_task, case, there.id)
    await store.write(be_here, code=case.code, by=there.id)
    done = await store.write(
        keep_out, RULES, case_id=case.id, by=there.id, person_id=out.id, words="Synthetic."
    )
    assert isinstance(done, Done)
    return done.case, out, there


def _a_task(tx: Transaction, case: Case, by: PersonId) -> None:
    made = make_task(
        tx, RULES, case_id=case.id, by=by, what="Synthetic.", owner=by, due=tx.now + timedelta(days=1)
    )
    assert isinstance(made, Done)
    request = IdentityRequest(
        id=IdentityRequestId(tx.new_id()), case_id=case.id, asked_by=by, asked_at=tx.now, reason="Synthetic."
    )
    tx.identity_requests.add(request)
    said = answer_proposal(
        tx,
        RULES,
        case_id=case.id,
        by=by,
        rule="prison",
        target="authority",
        code="KF",
        taken=True,
        answers={},
    )
    assert isinstance(said, Done)
    linked = link_cases(tx, RULES, case_id=case.id, by=by, other=a_case(tx).code, reason="Synthetic.")
    assert isinstance(linked, Done)
    tx.persons.add_marks(case.id, name_marks(tx.digest, "Testperson"))


def _a_talk_and_an_enquiry(tx: Transaction, case: Case, by: PersonId) -> None:
    member = a_person(tx, roles=[Role.UNIT_MEMBER], authority="SSP")
    for write in (write_to_reporter, hold_reply):
        assert isinstance(write(tx, RULES, case_id=case.id, by=by, words="Synthetic."), Done)
    done = decide(
        tx,
        RULES,
        case_id=case.id,
        by=by,
        outcome="to_unit",
        reason="Synthetic.",
        local_action=True,
        to_unit=True,
    )
    assert isinstance(done, Done)
    passed = can_be_passed(RULES, tx.cases.submissions(case.id, identity=True))
    made = ask(
        tx,
        RULES,
        case_id=case.id,
        by=by,
        authority="SSP",
        basis="rpl115_ssp",
        necessity="Synthetic.",
        passed=passed,
    )
    assert isinstance(made, Done)
    [enquiry] = tx.enquiries.of_case(case.id)
    said = answer(tx, RULES, enquiry_id=enquiry.id, by=member.id, says="need_time")
    assert isinstance(said, Answered)


def test_every_table_that_seals_words_of_a_case_is_behind_the_net() -> None:
    sealing = {
        table.name
        for table in metadata.tables.values()
        if "case_id" in table.c and any(isinstance(column.type, LargeBinary) for column in table.c)
    }

    assert sealing - BEHIND_NO_NET <= set(TABLES)
    assert set(TABLES) == set(_SWITCH_ON)


async def test_no_row_of_a_hidden_case_is_there_for_whoever_is_kept_out_of_it(store: Store) -> None:
    case, out, there = await a_hidden_case(store)

    with reading_for(out.id):
        hidden = [await store.read(rows, case), await store.write(rows, case)]
    with reading_for(there.id):
        seen = await store.read(rows, case)
    house = await store.read(rows, case)

    assert hidden == [dict.fromkeys(TABLES, 0)] * 2
    assert seen == house
    assert min(house.values()) > 0


async def test_a_connection_that_is_used_again_hides_nothing_from_the_next_and_everything_from_its_own(
    database_url: str, clock: SettableClock, keyring: Keyring
) -> None:
    store = open_store(database_url, clock=clock, keyring=keyring, pool_size=1)
    await store.open()
    case, out, there = await a_hidden_case(store)

    def fails(tx: Transaction) -> None:
        rows(tx, case)
        raise ZeroDivisionError

    seen = []
    for who in (out.id, None, there.id, out.id, None):
        if who is None:
            seen.append((await store.read(rows, case))["cases"])
            continue
        with reading_for(who):
            with pytest.raises(ZeroDivisionError):
                await store.write(fails)
            seen.append((await store.write(rows, case))["cases"])
    await store.close()

    assert seen == [0, 1, 1, 0, 1]
    assert reader() is None


async def test_it_holds_for_a_role_that_does_not_own_the_tables(
    store: Store, database_url: str, postgres_server: PostgresServer
) -> None:
    case, out, there = await a_hidden_case(store)
    role, name = f"guest_{next(_numbers)}", database_url.rpartition("/")[2]
    await postgres_server.execute(f"CREATE ROLE {role} LOGIN PASSWORD 'synthetic'")
    await postgres_server.execute(
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {role}", name
    )
    address = postgres_server.url(name, role=role).replace("+asyncpg", "")
    connection = await asyncpg.connect(address, password="synthetic")

    async def as_reader(person: PersonId, statement: str) -> str:
        async with connection.transaction():
            await connection.execute("SELECT set_config('tovholder.reader', $1, true)", str(person))
            return str(await connection.execute(statement, case.id))

    try:
        answers = [
            await as_reader(who, statement)
            for who in (out.id, there.id)
            for statement in (
                "SELECT 1 FROM cases WHERE id = $1",
                "UPDATE cases SET acute = acute WHERE id = $1",
                "SELECT 1 FROM case_keys WHERE owner = $1",
            )
        ]
        with_nobody = await connection.execute("SELECT 1 FROM cases WHERE id = $1", case.id)
    finally:
        await connection.close()
        await postgres_server.execute(f"DROP OWNED BY {role}", name)
        await postgres_server.execute(f"DROP ROLE {role}")

    assert answers == ["SELECT 0", "UPDATE 0", "SELECT 0", "SELECT 1", "UPDATE 1", "SELECT 2"]
    assert with_nobody == "SELECT 1"


async def test_every_use_case_says_to_its_reader_what_it_says_without_the_net(store: Store) -> None:
    case, out, there = await a_hidden_case(store)
    [alarm] = await store.read(lambda tx: tx.alarms.of_case(case.id))

    for who, there_is in ((out, False), (there, True)):
        with reading_for(who.id):
            queue = await store.write(read_queue, RULES, by=who.id)
            found = await store.write(read_case, RULES, code=case.code, by=who.id)
            opened = await store.write(read_alarm, alarm_id=alarm.id, by=who.id)
        assert isinstance(queue, QueueView)
        assert (
            case.id in {row.case.id for row in (*queue.waiting, *queue.decided)},
            [each.id for each in queue.alarms],
        ) == (there_is, [alarm.id] if there_is else [])
        assert (found == Refused(Reason.NOT_FOUND), opened == Refused(Reason.NOT_FOUND)) == (
            not there_is,
        ) * 2
    with reading_for(out.id):
        answered = await store.write(
            answer_alarm, RULES, alarm_id=alarm.id, by=out.id, action=Action.CALLED_POLICE
        )
    assert answered == Refused(Reason.NOT_FOUND)


async def test_a_list_says_no_more_of_a_hidden_case_behind_the_net_than_without_it(store: Store) -> None:
    case, out, there = await a_hidden_case(store)
    [alarm] = await store.read(lambda tx: tx.alarms.of_case(case.id))
    with reading_for(there.id):
        await store.write(read_case, RULES, code=case.code, by=there.id)
        await store.write(read_alarm, alarm_id=alarm.id, by=there.id)

    def lists(tx: Transaction, by: PersonId) -> list[int]:
        tx._work.run(text("UPDATE outbox SET state = 'dead', last_error = 'x' WHERE case_id IS NOT NULL"))
        tx._work.run(text("UPDATE notices SET given_up_at = 0, confirmed_at = NULL, settled_at = NULL"))
        read = tx.audit.readings(reader=by, limit=9)
        told, lost = (
            tx.notices.latest(reader=by, limit=9, own=False),
            tx.outbox.undelivered(reader=by, limit=9),
        )
        return [len(each) for each in (read, told, lost)]

    behind = []
    for who in (out, there):
        without = await store.write(lists, who.id)
        with reading_for(who.id):
            behind.append(await store.write(lists, who.id))
        assert behind[-1] == without

    # Notices of what came before there was a case are nobody's to hide.
    hidden, seen = behind
    assert (hidden[0], seen[0]) == (0, 2)
    assert all(less < more for less, more in zip(hidden, seen, strict=True))


async def test_who_keeps_themself_out_and_who_shuts_out_a_colleague_leave_nothing_half_done(
    store: Store,
) -> None:
    out, holder = (
        await store.write(a_person, on_duty=True),
        await store.write(a_person, roles=[Role.COORDINATOR]),
    )
    chief = await store.write(a_person, roles=[Role.ADMINISTRATOR, Role.HEAD])
    case = await store.write(a_case)
    await store.write(claim, RULES, case_id=case.id, by=holder.id)

    with reading_for(out.id):
        done = await store.write(keep_out, RULES, case_id=case.id, by=out.id, person_id=out.id)
    with reading_for(chief.id):
        await store.write(keep_out, RULES, case_id=case.id, by=chief.id, person_id=chief.id)
        gone = await store.write(disable, RULES, by=chief.id, person_id=holder.id)

    assert isinstance(done, Done)
    assert isinstance(gone, Person)
    after = await store.read(lambda tx: tx.cases.get(case.id))
    assert (after.conflicts, after.assignee) == (frozenset({out.id, chief.id}), None)
