"""Plain records for tests of the store; every one is synthetic."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID, uuid4

from handlers.dialog.conversation import DRAFT_LIVES, Conversation
from handlers.dialog.draft import Draft
from storage.transaction import Transaction
from triage.cases.case import Case
from triage.cases.records import Channel, Submission
from triage.clocks.clock import Clock
from triage.ids import CaseCode, CaseId, ClockId, ClockPolicyId, ConversationId, OutboxId, SubmissionId
from triage.notices.outbox import Lane, Outgoing, Via

PEER = b"p" * 32
TWO_DAYS = timedelta(hours=48)


def a_draft(**answers: str) -> Draft:
    return Draft(flow_id="relative", flow_version=1, fingerprint="f" * 64, answers=answers)


def a_conversation(tx: Transaction, *, peer: bytes = PEER, worry: str = "Testord") -> Conversation:
    """A Telegram conversation with a draft, stored."""
    begun = replace(
        tx.conversations.lock_peer("telegram", peer, address="4711"),
        hotline="local",
        language="da",
        round=1,
        nonce="abc",
        draft=a_draft(worry=worry),
        started_at=tx.now,
        expires_at=tx.now + DRAFT_LIVES,
    )
    tx.conversations.save(begun)
    return begun


def a_case(tx: Transaction, *, code: str = "K-TEST001", acute: bool = False) -> Case:
    """A case without a clock, stored."""
    case = Case(
        id=CaseId(tx.new_id()),
        code=CaseCode(code),
        hotline="local",
        kind="relative",
        received_at=tx.now,
        acute=acute,
    )
    tx.cases.add(case)
    return case


def a_clock(tx: Transaction, case: Case, *, limit: timedelta = TWO_DAYS) -> Clock:
    """A case's running clock, due after `limit` and firing then, stored."""
    clock = Clock(
        id=ClockId(tx.new_id()),
        policy_id=ClockPolicyId("triage48"),
        policy_version=1,
        case_id=case.id,
        started_at=tx.now,
        anchor_at=tx.now,
        due_at=tx.now + limit,
        wakes=False,
        next_fire_at=tx.now + limit,
    )
    tx.clocks.add(clock)
    return clock


def a_submission(tx: Transaction, case: Case, *, conversation_id: ConversationId | None = None) -> Submission:
    """A submission with words in each of its parts, stored."""
    submission = Submission(
        id=SubmissionId(tx.new_id()),
        case_id=case.id,
        conversation_id=conversation_id or ConversationId(tx.new_id()),
        channel=Channel.TELEGRAM,
        hotline="local",
        kind="relative",
        language="da",
        flow_id="relative",
        flow_version=1,
        fingerprint="f" * 64,
        received_at=tx.now,
        clear={"danger": "no", "signs": ("weapons", "prison")},
        body={"story": "Testord om en testperson 🧵", "signs": ("one", "two")},
        identity={"reach": {"name": "Testperson A", "phone": "00000000"}},
    )
    tx.cases.add_submission(submission)
    return submission


def a_row(
    tx: Transaction,
    *,
    peer: str = "peer-1",
    lane: Lane = Lane.CONVERSATION,
    via: Via = Via.TELEGRAM,
    wait: timedelta = timedelta(),
    dedupe: str | None = None,
    conversation_id: ConversationId | None = None,
    case_id: CaseId | None = None,
    leased: bool = False,
    text: str = "Testord",
) -> OutboxId:
    """A row of the outbox, stored."""
    row = Outgoing(
        id=OutboxId(tx.new_id()),
        lane=lane,
        via=via,
        peer=peer,
        payload={"method": "sendMessage", "params": {"text": text}},
        not_before=tx.now + wait,
        dedupe=dedupe,
        conversation_id=conversation_id,
        case_id=case_id,
    )
    tx.outbox.add(row, leased=leased)
    return row.id


def some_id() -> UUID:
    """An id of nothing."""
    return uuid4()
