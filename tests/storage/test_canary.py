"""Words that were handed to the store stand in clear nowhere in its files."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from storage.schema import metadata
from storage.store import Store
from storage.transaction import Transaction
from tests.storage.builders import a_case, a_conversation, a_draft, a_row, a_submission
from triage.cases.case import CaseEvent, EventKind
from triage.cases.person_marks import name_marks
from triage.cases.person_ports import CaseLink, Searched
from triage.cases.records import Direction, Message
from triage.coordination.enquiry import Enquiry, EnquiryState, EnquiryWord, Says
from triage.ids import EnquiryId, EnquiryWordId, HandoverId, LinkId, MessageId, PersonId, SubmissionId
from triage.people.handover import Handover
from triage.people.person import Person, PersonState, Role

MARK = "marker-8842-"

on_files = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def hand_over_everything(tx: Transaction) -> None:
    """Give a marker to every place that takes words."""
    peer = tx.digest("peer", f"{MARK}peer".encode())
    found = tx.conversations.lock_peer("telegram", peer, address=f"{MARK}address")
    tx.conversations.save(replace(found, draft=a_draft(worry=f"{MARK}draft"), round=1))
    a_row(tx, conversation_id=found.id, text=f"{MARK}outbox")
    a_row(tx, conversation_id=found.id, text=f"{MARK}leased", leased=True)
    case = a_case(tx)
    tx.cases.add_submission(
        replace(
            a_submission(tx, case),
            id=SubmissionId(tx.new_id()),
            body={"story": f"{MARK}body"},
            identity={"reach": {"name": f"{MARK}identity"}},
        )
    )
    tx.cases.record(
        CaseEvent(
            id=tx.new_id(), case_id=case.id, kind=EventKind.NOTE, at=tx.now, by=None, words=f"{MARK}note"
        )
    )
    tx.messages.add(
        Message(
            id=MessageId(tx.new_id()),
            case_id=case.id,
            direction=Direction.TO_REPORTER,
            at=tx.now,
            by=None,
            words=f"{MARK}message",
        )
    )
    enquiry = Enquiry(
        id=EnquiryId(tx.new_id()),
        case_id=case.id,
        authority="SSP",
        asked_by=PersonId(tx.new_id()),
        asked_at=tx.now,
        basis="synthetic",
        passed=(),
        state=EnquiryState.WAITS,
        necessity=f"{MARK}necessity",
    )
    tx.enquiries.add(enquiry)
    word = EnquiryWord(
        id=EnquiryWordId(tx.new_id()),
        at=tx.now,
        by=enquiry.asked_by,
        says=Says.SHARED,
        words=f"{MARK}answer",
    )
    tx.enquiries.say(enquiry, word)
    assert [each.necessity for each in tx.enquiries.of_case(case.id)] == [enquiry.necessity]
    assert tx.enquiries.words_of(case.id, [enquiry.id]) == {enquiry.id: [word]}
    tx.people.add(
        Person(
            id=PersonId(tx.new_id()),
            name="Testperson A",
            email="a@example.org",
            roles=frozenset({Role.HEAD}),
            language="da",
            state=PersonState.ACTIVE,
            created_at=tx.now,
            totp_secret=f"{MARK}totp",
        )
    )
    tx.persons.add_marks(case.id, name_marks(tx.digest, f"{MARK}person"))
    mark, *_ = name_marks(tx.digest, f"{MARK}searched")
    searched = Searched(
        by=enquiry.asked_by,
        at=tx.now,
        kind=mark.kind,
        digest=mark.digest,
        purpose=f"{MARK}purpose",
        found=False,
    )
    tx.persons.record_search(searched)
    link = CaseLink(
        id=LinkId(tx.new_id()),
        first=case.id,
        second=a_case(tx, code="K-OTHER").id,
        by=enquiry.asked_by,
        at=tx.now,
        reason=f"{MARK}reason",
    )
    tx.persons.add_link(link)
    assert [each.reason for each in tx.persons.links_of(case.id, reader=link.by)] == [link.reason]
    tx.parked.park(f"{MARK}parked".encode(), error="KeyError")
    tx.duty.add_handover(Handover(id=HandoverId(tx.new_id()), asked_at=tx.now, note=f"{MARK}handover"))


def every_value(tx: Transaction) -> list[object]:
    return [value for table in metadata.sorted_tables for row in tx._work.all(select(table)) for value in row]


async def test_no_marker_stands_in_any_column(store: Store) -> None:
    await store.write(hand_over_everything)

    values = await store.read(every_value)

    assert [value for value in values if MARK in str(value) or MARK.encode() in _bytes(value)] == []
    assert len(values) > 100


@on_files
async def test_no_marker_stands_in_the_files_of_sqlite(store: Store, tmp_path: Path) -> None:
    await store.write(hand_over_everything)
    files = [path for path in tmp_path.iterdir() if path.is_file()]

    assert {path.name for path in files} >= {"store.db", "store.db-wal"}
    assert [path.name for path in files if MARK.encode() in path.read_bytes()] == []


@on_files
async def test_erased_keys_are_overwritten_in_the_file(store: Store, tmp_path: Path) -> None:
    conversation = await store.write(a_conversation)
    wrapped = await store.read(_contact_key)
    await store.write(lambda tx: tx.reporters.end_contact(conversation.id))

    await store.close()

    assert wrapped is not None
    assert wrapped not in (tmp_path / "store.db").read_bytes()


def _contact_key(tx: Transaction) -> bytes | None:
    found: bytes | None = tx._work.run(select(metadata.tables["conversations"].c.contact_key)).scalar_one()
    return found


def _bytes(value: object) -> bytes:
    return value if isinstance(value, bytes) else b""
