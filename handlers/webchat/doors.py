"""The door: what a browser's cookie leads to. Of the cookie only a keyed hash is stored."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from dataclasses import replace

from handlers.dialog.conversation import DOOR_IDLE, Conversation, Door
from handlers.dialog.ports import IntakeTransaction
from handlers.webchat.parts import ASKS_AGAIN_AFTER
from triage.ids import CaseId, ConversationId

_NEAR_V4, _NEAR_V6 = 24, 56


def digest_of(tx: IntakeTransaction, token: str) -> bytes:
    """By what a browser's cookie is known."""
    return tx.digest("door", token.encode("utf-8", "replace"))


def next_token(key: bytes, token: str) -> str:
    """The cookie that takes the place of this one: the same at every repeat, and nobody else can work it out."""
    return hmac.new(key, b"door\0" + token.encode("utf-8", "replace"), hashlib.sha256).hexdigest()[:40]


def find_locked(tx: IntakeTransaction, digest: bytes) -> Door | None:
    """The browser's door; of two first inputs at once, the second waits here and finds what the first one opened."""
    door = tx.conversations.find_door(digest)
    if door is not None:
        return door
    tx.remember("door", digest.hex())
    return tx.conversations.find_door(digest)


def is_first(tx: IntakeTransaction, digest: bytes, input_id: str) -> bool:
    """Whether this browser sends this input for the first time; from now on it counts as taken."""
    return tx.remember("web", _key(digest, input_id))


def was_taken(tx: IntakeTransaction, digest: bytes, input_id: str) -> bool:
    """Whether this browser's input was taken before. Of two at once, only a lock makes the second see the first."""
    return tx.remembers("web", _key(digest, input_id))


def new_door(
    tx: IntakeTransaction, *, conversation_id: ConversationId | None, case_id: CaseId | None = None
) -> Door:
    """A door that somebody has just come through."""
    return Door(
        conversation_id=conversation_id,
        case_id=case_id,
        confirmed=True,
        seen_at=tx.now,
        expires_at=tx.now + DOOR_IDLE,
    )


def stepped_in(tx: IntakeTransaction, door: Door) -> Door:
    """The door after an input: somebody is here now."""
    return replace(door, confirmed=True, seen_at=tx.now, expires_at=tx.now + DOOR_IDLE)


def stayed(tx: IntakeTransaction, door: Door) -> Door:
    """The door after an input that says nothing about whose draft lies behind it: a yes is still asked for."""
    return replace(stepped_in(tx, door), confirmed=door.confirmed)


def is_quiet(tx: IntakeTransaction, door: Door) -> bool:
    """Whether nothing came through the door for so long that it must be asked who is here."""
    return tx.now - door.seen_at > ASKS_AGAIN_AFTER


def leads_to(door: Door, conversation: Conversation | None) -> bool:
    """Whether the door leads to the draft that stands in its conversation.

    A draft that was begun after the door's last input was begun elsewhere, in the chat, and is none of its business.
    """
    if conversation is None or conversation.draft is None:
        return False
    return conversation.started_at is None or conversation.started_at <= door.seen_at


def source_of(tx: IntakeTransaction, address: str) -> str:
    """Whose tries are counted: a keyed hash of the neighbourhood of an address, never the address."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        near = "unknown"
    else:
        prefix = _NEAR_V4 if parsed.version == 4 else _NEAR_V6  # noqa: PLR2004  IPv4
        near = str(ipaddress.ip_network(f"{parsed}/{prefix}", strict=False))
    return tx.digest("address", near.encode()).hex()


def _key(digest: bytes, input_id: str) -> str:
    return f"{digest.hex()[:32]}:{input_id}"  # a key has 128 signs at most
