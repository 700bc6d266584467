from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from pathlib import Path

import pytest
from alembic import op
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, UniqueConstraint, inspect, select

import storage.migrations
from storage.keyring import Keyring
from storage.migrate import downgrade, head, upgrade
from storage.schema import metadata
from storage.store import Store, open_store
from storage.transaction import Transaction
from tests.storage.builders import a_case, a_clock, a_conversation, a_row, a_submission
from tests.storage.looking import look
from tests.support.stores import SettableClock
from triage.cases.case import CaseState
from triage.cases.records import Channel, Direction, Message, Submission
from triage.ids import CaseCode, ConversationId, MessageId, SubmissionId

VERSIONS = Path(storage.migrations.__file__).parent / "versions"


async def test_the_migrated_tables_are_those_of_the_code(database_url: str) -> None:
    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), metadata))

    assert await look(database_url, differences) == []


async def test_every_index_of_the_code_is_there_with_its_condition(database_url: str) -> None:
    def conditions(connection: Connection) -> dict[str, bool]:
        inspector = inspect(connection)
        return {
            str(index["name"]): any("where" in option for option in index.get("dialect_options", {}))
            for table in metadata.tables
            for index in inspector.get_indexes(table)
        }

    found = await look(database_url, conditions)
    expected = {
        str(index.name): index.dialect_options["sqlite"]["where"] is not None
        for table in metadata.tables.values()
        for index in table.indexes
    }

    assert {name: found.get(name) for name in expected} == expected


async def test_data_survives_up_and_a_way_down_leaves_nothing(
    store: Store, database_url: str, clock: SettableClock, keyring: Keyring
) -> None:
    conversation = await store.write(a_conversation)
    case = await store.write(a_case)
    submission = await store.write(lambda tx: a_submission(tx, case))
    await store.write(a_clock, case)
    await store.write(a_row, conversation_id=conversation.id)
    await store.close()

    await upgrade(database_url)
    again = open_store(database_url, clock=clock, keyring=keyring)
    await again.open()
    assert await again.read(lambda tx: tx.conversations.find(conversation.id)) == conversation
    assert await again.read(lambda tx: tx.cases.submissions(case.id, identity=True)) == [submission]
    await again.close()

    await downgrade(database_url, "base")
    tables = await look(database_url, lambda connection: inspect(connection).get_table_names())
    assert tables == ["alembic_version"]

    await upgrade(database_url)
    fresh = open_store(database_url, clock=clock, keyring=keyring)
    await fresh.open()
    assert await fresh.read(lambda tx: tx.cases.queue(reader=None, limit=5)) == []
    await fresh.close()


async def test_words_that_nobody_read_in_a_decided_case_stand_in_the_queue_after_0002_and_go_with_it(
    store: Store, database_url: str, clock: SettableClock, keyring: Keyring
) -> None:
    def letter(tx: Transaction, code: str, *, state: CaseState, read: bool) -> None:
        case = replace(a_case(tx, code=code), state=state)
        tx.cases.save(case)
        message = Message(
            id=MessageId(tx.new_id()),
            case_id=case.id,
            direction=Direction.FROM_REPORTER,
            at=tx.now,
            by=None,
            words="Testord",
            read_at=tx.now if read else None,
        )
        tx.messages.add(message)

    await store.write(letter, "K-UNREAD", state=CaseState.TRIAGED, read=False)
    await store.write(letter, "K-READ", state=CaseState.TRIAGED, read=True)
    await store.write(letter, "K-OPEN", state=CaseState.IN_TRIAGE, read=False)
    await store.write(letter, "K-CLOSED", state=CaseState.CLOSED, read=False)
    await store.close()

    def waiting(connection: Connection) -> set[str]:
        query = select(metadata.tables["cases"].c.code).where(metadata.tables["cases"].c.waits.is_(True))
        return set(connection.execute(query).scalars())

    await downgrade(database_url, "0001")
    before = await look(database_url, waiting)
    await upgrade(database_url)
    after = await look(database_url, waiting)
    again = open_store(database_url, clock=clock, keyring=keyring)
    await again.open()
    unread = await again.read(lambda tx: tx.cases.find(CaseCode("K-UNREAD")))
    await again.close()
    await downgrade(database_url, "0001")

    assert (before, after) == ({"K-OPEN"}, {"K-OPEN", "K-UNREAD"})
    assert unread is not None
    assert unread.addition_at == clock.at
    assert await look(database_url, waiting) == {"K-OPEN"}
    await upgrade(database_url)


async def test_how_a_case_came_is_taken_from_its_channel_after_0003_and_goes_with_it(
    store: Store, database_url: str
) -> None:
    def bare(tx: Transaction) -> None:
        for code, channel in (
            ("K-TELEGRAM", Channel.TELEGRAM),
            ("K-DESK", Channel.CONSOLE),
            ("K-NONE", None),
        ):
            case = a_case(tx, code=code)
            if channel is not None:
                some = Submission(
                    id=SubmissionId(tx.new_id()),
                    case_id=case.id,
                    conversation_id=ConversationId(tx.new_id()),
                    channel=channel,
                    hotline="local",
                    kind="relative",
                    language="da",
                    flow_id="relative",
                    flow_version=1,
                    fingerprint="f" * 64,
                    received_at=tx.now,
                )
                tx.cases.add_submission(some)

    def sources(connection: Connection) -> dict[str, str]:
        cases = metadata.tables["cases"].c
        return {row.code: row.source for row in connection.execute(select(cases.code, cases.source))}

    await store.write(bare)
    await store.close()
    await downgrade(database_url, "0002")
    columns = await look(database_url, lambda each: [c["name"] for c in inspect(each).get_columns("cases")])
    await upgrade(database_url)

    assert "source" not in columns
    assert await look(database_url, sources) == {
        "K-TELEGRAM": "telegram",
        "K-DESK": "other",
        "K-NONE": "other",
    }


async def test_what_waits_about_a_case_waits_still_after_0005_and_after_the_way_down(
    store: Store, database_url: str, clock: SettableClock, keyring: Keyring
) -> None:
    conversation = await store.write(a_conversation)
    case = await store.write(a_case)
    row = await store.write(lambda tx: a_row(tx, conversation_id=conversation.id, case_id=case.id))
    await store.close()

    def found(connection: Connection) -> tuple[bool, list[tuple[object, ...]]]:
        of = metadata.tables["outbox"].c
        indexes = {each["name"] for each in inspect(connection).get_indexes("outbox")}
        rows = connection.execute(select(of.id, of.case_id, of.state)).all()
        return "ix_outbox_case" in indexes, [tuple(each) for each in rows]

    waits = [(row, case.id, "pending")]
    await downgrade(database_url, "0004")
    assert await look(database_url, found) == (False, waits)
    await upgrade(database_url)
    assert await look(database_url, found) == (True, waits)

    again = open_store(database_url, clock=clock, keyring=keyring)
    await again.open()
    await again.write(lambda tx: tx.reporters.shut(case.id))
    await again.close()
    assert await look(database_url, found) == (True, [(row, case.id, "dead")])


async def test_a_failing_migration_leaves_everything_as_it_was(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(table: str) -> None:
        if table == "cases":
            raise RuntimeError(table)
        real(table)

    real = op.drop_table
    monkeypatch.setattr(op, "drop_table", broken)
    with pytest.raises(RuntimeError):
        await downgrade(database_url, "base")

    tables = await look(database_url, lambda connection: set(inspect(connection).get_table_names()))
    assert tables >= set(metadata.tables)


async def test_the_revisions_stand_in_one_line_that_ends_at_the_head() -> None:
    written = [path.read_text(encoding="utf-8") for path in VERSIONS.glob("[0-9]*.py")]
    after = {_named(text, "down_revision"): _named(text, "revision") for text in written}
    assert len(after) == len(written)
    last = after[None]
    while last in after:
        last = after[last]
    assert await asyncio.to_thread(head) == last


def _named(text: str, name: str) -> str | None:
    [said] = re.findall(rf'^{name} = (?:"(\w+)"|None)$', text, flags=re.MULTILINE)
    return said or None


async def test_a_new_sqlite_file_and_its_folder_are_made(tmp_path: Path) -> None:
    await upgrade(f"sqlite:///{tmp_path / 'new' / 'store.db'}")

    assert (tmp_path / "new" / "store.db").exists()


async def test_keys_are_named_alike_in_code_and_migration(database_url: str) -> None:
    def names(connection: Connection) -> set[str | None]:
        inspector = inspect(connection)
        return {inspector.get_pk_constraint(table)["name"] for table in metadata.tables} | {
            key["name"] for table in metadata.tables for key in inspector.get_unique_constraints(table)
        }

    expected = {f"pk_{table}" for table in metadata.tables} | {
        str(constraint.name)
        for table in metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, UniqueConstraint)
    }

    assert await look(database_url, names) == expected
