from __future__ import annotations

from dataclasses import replace

from handlers.dialog.conversation import DRAFT_LIVES, Conversation
from handlers.dialog.draft import Draft
from storage.store import Store
from storage.transaction import Transaction
from triage.cases.records import Channel

PEER = b"p" * 32


def draft(**answers: str) -> Draft:
    return Draft(flow_id="relative", flow_version=1, fingerprint="f" * 64, answers=answers)


def begin(tx: Transaction, *, peer: bytes = PEER) -> Conversation:
    found = tx.conversations.lock_peer("telegram", peer, address="4711")
    started = replace(
        found,
        hotline="local",
        language="da",
        round=1,
        nonce="abc",
        draft=draft(worry="Han har ændret sig \ud800 🧵"),
        started_at=tx.now,
        expires_at=tx.now + DRAFT_LIVES,
    )
    tx.conversations.save(started)
    return started


async def test_a_new_peer_gets_a_conversation_and_keeps_it(store: Store) -> None:
    first = await store.write(lambda tx: tx.conversations.lock_peer("telegram", PEER, address="4711"))
    again = await store.write(lambda tx: tx.conversations.lock_peer("telegram", PEER, address="4711"))

    assert first == again
    assert first.address == "4711"
    assert first.channel is Channel.TELEGRAM
    assert first.draft is None


async def test_a_saved_conversation_comes_back_equal(store: Store) -> None:
    saved = await store.write(begin)

    assert await store.read(lambda tx: tx.conversations.find(saved.id)) == saved
    assert await store.write(lambda tx: tx.conversations.lock(saved.id)) == saved
